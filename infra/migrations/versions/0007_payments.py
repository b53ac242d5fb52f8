"""payments."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_account",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("account_mac", sa.LargeBinary(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint(
            "tenant_id", "account_no", name=op.f("uq_bank_account_tenant_id_account_no")
        ),
    )
    op.create_table(
        "reconciliation_due",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_reconciliation_due")),
    )
    op.create_index("ix_reconciliation_due_at", "reconciliation_due", ["due_at"], unique=False)
    op.create_table(
        "bank_seat",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_bank_seat_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_seat")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "bank_code",
            name=op.f("uq_bank_seat_tenant_id_account_id_bank_code"),
        ),
    )
    op.create_table(
        "bank_statement",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("lines_new", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_bank_statement_tenant_id_bank_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_statement")),
    )
    op.create_index(
        "ix_bank_statement_account",
        "bank_statement",
        ["tenant_id", "bank_account_id", "imported_at"],
    )
    op.create_table(
        "payment_instruction",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("payee_account", sa.LargeBinary(), nullable=False),
        sa.Column("payee_name", sa.LargeBinary(), nullable=False),
        sa.Column("payee_mac", sa.LargeBinary(), nullable=False),
        sa.Column("payee_tail", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ref_kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("content_mac", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bank_serial", sa.Text(), nullable=True),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("inquiries", sa.Integer(), nullable=False),
        sa.Column("instructed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'DONE') = (bank_serial IS NOT NULL)",
            name=op.f("ck_payment_instruction_serial"),
        ),
        sa.CheckConstraint(
            "(state = 'REFUSED') = (refusal_code IS NOT NULL)",
            name=op.f("ck_payment_instruction_refusal"),
        ),
        sa.CheckConstraint(
            "(state IN ('DONE', 'REFUSED')) = (settled_at IS NOT NULL)",
            name=op.f("ck_payment_instruction_settled"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_instruction_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_payment_instruction_tenant_id_bank_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_instruction")),
    )
    op.create_index(
        "ix_payment_instruction_account",
        "payment_instruction",
        ["tenant_id", "bank_account_id", "instructed_at"],
    )
    op.create_index(
        "ix_payment_instruction_open",
        "payment_instruction",
        ["tenant_id", "instructed_at"],
        postgresql_where=sa.text("state NOT IN ('DONE', 'REFUSED')"),
    )
    op.create_index(
        "uq_payment_instruction_live",
        "payment_instruction",
        ["tenant_id", "ref_kind", "ref_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("state <> 'REFUSED'"),
    )
    op.create_table(
        "bank_statement_line",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("claim_kind", sa.Text(), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(claim_kind IS NULL) = (claim_id IS NULL)", name=op.f("ck_bank_statement_line_claim")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_statement_line_amount")),
        sa.CheckConstraint(
            "instruction_id IS NULL OR claim_id IS NULL",
            name=op.f("ck_bank_statement_line_belongs_once"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_bank_statement_line_tenant_id_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["payment_instruction.tenant_id", "payment_instruction.id"],
            name=op.f("fk_bank_statement_line_tenant_id_instruction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["bank_statement.tenant_id", "bank_statement.id"],
            name=op.f("fk_bank_statement_line_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_statement_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "bank_account_id",
            "serial",
            name=op.f("uq_bank_statement_line_tenant_id_bank_account_id_serial"),
        ),
    )
    op.create_index(
        "ix_bank_statement_line_booked",
        "bank_statement_line",
        ["tenant_id", "booked_on", "id"],
    )
    op.create_index(
        "ix_bank_statement_line_open",
        "bank_statement_line",
        ["tenant_id", "bank_account_id", "booked_on"],
        postgresql_where=sa.text("instruction_id IS NULL AND claim_id IS NULL"),
    )
    op.create_index(
        "ix_bank_statement_line_statement",
        "bank_statement_line",
        ["tenant_id", "statement_id"],
    )
    op.create_index(
        "uq_bank_statement_line_instruction",
        "bank_statement_line",
        ["tenant_id", "instruction_id", "direction"],
        unique=True,
        postgresql_where=sa.text("instruction_id IS NOT NULL"),
    )
    op.create_table(
        "payment_attempt",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["payment_instruction.tenant_id", "payment_instruction.id"],
            name=op.f("fk_payment_attempt_tenant_id_instruction_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_attempt")),
    )
    op.create_index(
        "ix_payment_attempt_instruction",
        "payment_attempt",
        ["tenant_id", "instruction_id"],
    )
    op.create_table(
        "reconciliation_break",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "line_id IS NOT NULL OR instruction_id IS NOT NULL",
            name=op.f("ck_reconciliation_break_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_reconciliation_break_tenant_id_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["payment_instruction.tenant_id", "payment_instruction.id"],
            name=op.f("fk_reconciliation_break_tenant_id_instruction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["bank_statement_line.tenant_id", "bank_statement_line.id"],
            name=op.f("fk_reconciliation_break_tenant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reconciliation_break")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "subject_id",
            name=op.f("uq_reconciliation_break_tenant_id_kind_subject_id"),
        ),
    )
    op.create_index(
        "ix_reconciliation_break_found",
        "reconciliation_break",
        ["tenant_id", "found_at", "id"],
    )
    op.create_index(
        "ix_reconciliation_break_open",
        "reconciliation_break",
        ["tenant_id", "bank_account_id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("reconciliation_break")
    op.drop_table("payment_attempt")
    op.drop_table("bank_statement_line")
    op.drop_table("payment_instruction")
    op.drop_table("bank_statement")
    op.drop_table("bank_seat")
    op.drop_table("reconciliation_due")
    op.drop_table("bank_account")
