"""rewards."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reward_exclusion",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_mac", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reward_exclusion")),
        sa.UniqueConstraint(
            "tenant_id", "phone_mac", name=op.f("uq_reward_exclusion_tenant_id_phone_mac")
        ),
    )
    op.create_table(
        "reward_budget",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("appropriation_account_id", sa.Uuid(), nullable=False),
        sa.Column("budget_account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "appropriation_account_id"],
            ["ledger_account.tenant_id", "ledger_account.id"],
            name=op.f("fk_reward_budget_tenant_id_appropriation_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_reward_budget_tenant_id_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "budget_account_id"],
            ["ledger_account.tenant_id", "ledger_account.id"],
            name=op.f("fk_reward_budget_tenant_id_budget_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reward_budget")),
        sa.UniqueConstraint("tenant_id", "year", name=op.f("uq_reward_budget_tenant_id_year")),
    )
    op.create_table(
        "reward",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clue_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("proposed_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_account_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("approval_hash", sa.LargeBinary(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("notice_message_id", sa.Uuid(), nullable=True),
        sa.Column("notice_proof", sa.Text(), nullable=True),
        sa.Column("notice_note", sa.Text(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_account_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payee_name", sa.LargeBinary(), nullable=True),
        sa.Column("payee_account", sa.LargeBinary(), nullable=True),
        sa.Column("payee_id_mac", sa.LargeBinary(), nullable=True),
        sa.Column("paid_by_account_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("refusals", sa.SmallInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_reward_amount")),
        sa.CheckConstraint(
            "decided_by_account_id IS NULL OR decided_by_account_id <> proposed_by_account_id",
            name=op.f("ck_reward_approved_by_another"),
        ),
        sa.CheckConstraint(
            "paid_by_account_id IS NULL OR paid_by_account_id NOT IN (verified_by_account_id, decided_by_account_id)",
            name=op.f("ck_reward_paid_by_two"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "budget_id"],
            ["reward_budget.tenant_id", "reward_budget.id"],
            name=op.f("fk_reward_tenant_id_budget_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clue_id"],
            ["clue.tenant_id", "clue.id"],
            name=op.f("fk_reward_tenant_id_clue_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_reward_tenant_id_decided_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "paid_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_reward_tenant_id_paid_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposed_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_reward_tenant_id_proposed_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "verified_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_reward_tenant_id_verified_by_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reward")),
    )
    op.create_index("ix_reward_notice", "reward", ["tenant_id", "notice_message_id"], unique=False)
    op.create_index(
        "ix_reward_proposed", "reward", ["tenant_id", "proposed_at", "id"], unique=False
    )
    op.create_index(
        "uq_reward_live",
        "reward",
        ["tenant_id", "clue_id"],
        unique=True,
        postgresql_where=sa.text(
            "status IN ('PROPOSED', 'APPROVED', 'NOTIFIED', 'VERIFIED', 'CLAIMED', 'PAID', 'PAYMENT_REFUSED')"
        ),
    )
    op.create_table(
        "reward_voucher",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("bank_serial", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reward_id"],
            ["reward.tenant_id", "reward.id"],
            name=op.f("fk_reward_voucher_tenant_id_reward_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reward_voucher")),
        sa.UniqueConstraint(
            "tenant_id", "reward_id", name=op.f("uq_reward_voucher_tenant_id_reward_id")
        ),
        sa.UniqueConstraint(
            "tenant_id", "year", "number", name=op.f("uq_reward_voucher_tenant_id_year_number")
        ),
    )
    op.add_column("message", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "delivered_at")
    op.drop_table("reward_voucher")
    op.drop_index(
        "uq_reward_live",
        table_name="reward",
        postgresql_where=sa.text(
            "status IN ('PROPOSED', 'APPROVED', 'NOTIFIED', 'VERIFIED', 'CLAIMED', 'PAID', 'PAYMENT_REFUSED')"
        ),
    )
    op.drop_index("ix_reward_proposed", table_name="reward")
    op.drop_index("ix_reward_notice", table_name="reward")
    op.drop_table("reward")
    op.drop_table("reward_budget")
    op.drop_table("reward_exclusion")
