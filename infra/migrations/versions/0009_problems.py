"""Problems, lists, annual inspections, licences, and conclusions of clues."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "serial",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "series", "year", name=op.f("pk_serial")),
    )
    op.create_table(
        "annual_inspection",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("basis_kind", sa.Text(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("basis_text", sa.Text(), nullable=True),
        sa.Column("decided_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(basis_kind = 'DOCUMENT') = (basis_id IS NULL)",
            name=op.f("ck_annual_inspection_basis"),
        ),
        sa.CheckConstraint(
            "(basis_kind = 'DOCUMENT') = (basis_text IS NOT NULL)",
            name=op.f("ck_annual_inspection_document"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_annual_inspection_tenant_id_decided_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "institution_id"],
            ["institution.tenant_id", "institution.id"],
            name=op.f("fk_annual_inspection_tenant_id_institution_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_annual_inspection")),
    )
    op.create_index(
        "uq_annual_inspection_present",
        "annual_inspection",
        ["tenant_id", "institution_id", "year"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "list_entry",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis_kind", sa.Text(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("basis_text", sa.Text(), nullable=True),
        sa.Column("signed_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removal_reason", sa.Text(), nullable=True),
        sa.Column("removed_by_post_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(basis_kind = 'DOCUMENT') = (basis_id IS NULL)", name=op.f("ck_list_entry_basis")
        ),
        sa.CheckConstraint(
            "(basis_kind = 'DOCUMENT') = (basis_text IS NOT NULL)",
            name=op.f("ck_list_entry_document"),
        ),
        sa.CheckConstraint(
            "(kind = 'WHITE') = (reason = 'COMPLIANT')", name=op.f("ck_list_entry_reason")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removal_reason IS NULL)", name=op.f("ck_list_entry_removed")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "institution_id"],
            ["institution.tenant_id", "institution.id"],
            name=op.f("fk_list_entry_tenant_id_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "removed_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_list_entry_tenant_id_removed_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signed_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_list_entry_tenant_id_signed_by_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_list_entry")),
    )
    op.create_index(
        "ix_list_entry_effective", "list_entry", ["tenant_id", "effective_at", "id"], unique=False
    )
    op.create_index(
        "ix_list_entry_institution",
        "list_entry",
        ["tenant_id", "institution_id", "effective_at"],
        unique=False,
    )
    op.create_index(
        "uq_list_entry_live",
        "list_entry",
        ["tenant_id", "institution_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "list_publication",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=True),
        sa.Column("drafted_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("drafted_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_post_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'SIGNED') = (batch_no IS NOT NULL)", name=op.f("ck_list_publication_batch")
        ),
        sa.CheckConstraint(
            "(status = 'SIGNED') = (signed_at IS NOT NULL)", name=op.f("ck_list_publication_signed")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "drafted_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_list_publication_tenant_id_drafted_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "drafted_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_list_publication_tenant_id_drafted_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signed_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_list_publication_tenant_id_signed_by_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_list_publication")),
        sa.UniqueConstraint(
            "tenant_id", "batch_no", name=op.f("uq_list_publication_tenant_id_batch_no")
        ),
    )
    op.create_index(
        "uq_list_publication_month",
        "list_publication",
        ["tenant_id", "month_on"],
        unique=True,
        postgresql_where=sa.text("status <> 'WITHDRAWN'"),
    )
    op.create_table(
        "problem",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("violation_type", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("place_text", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("found_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("found_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'WRITTEN_OFF') = (written_off_at IS NOT NULL)",
            name=op.f("ck_problem_closed"),
        ),
        sa.CheckConstraint(
            "institution_id IS NOT NULL OR subject_name IS NOT NULL",
            name=op.f("ck_problem_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "found_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_problem_tenant_id_found_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "found_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_problem_tenant_id_found_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "institution_id"],
            ["institution.tenant_id", "institution.id"],
            name=op.f("fk_problem_tenant_id_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_problem_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_problem")),
    )
    op.create_index("ix_problem_found", "problem", ["tenant_id", "found_at", "id"], unique=False)
    op.create_index(
        "ix_problem_institution", "problem", ["tenant_id", "institution_id"], unique=False
    )
    op.create_index("ix_problem_unit", "problem", ["tenant_id", "unit_id"], unique=False)
    op.create_table(
        "clue_conclusion",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clue_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("conduct", sa.Text(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("proposed_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_post_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("problem_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(outcome IN ('SUBSTANTIATED', 'PARTIALLY')) = (conduct IS NOT NULL)",
            name=op.f("ck_clue_conclusion_conduct"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('SIGNED', 'RETURNED') OR decided_at IS NOT NULL",
            name=op.f("ck_clue_conclusion_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clue_id"],
            ["clue.tenant_id", "clue.id"],
            name=op.f("fk_clue_conclusion_tenant_id_clue_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_clue_conclusion_tenant_id_decided_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "institution_id"],
            ["institution.tenant_id", "institution.id"],
            name=op.f("fk_clue_conclusion_tenant_id_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "problem_id"],
            ["problem.tenant_id", "problem.id"],
            name=op.f("fk_clue_conclusion_tenant_id_problem_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposed_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_clue_conclusion_tenant_id_proposed_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposed_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_clue_conclusion_tenant_id_proposed_by_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clue_conclusion")),
    )
    op.create_index(
        "ix_clue_conclusion_clue", "clue_conclusion", ["tenant_id", "clue_id"], unique=False
    )
    op.create_index(
        "uq_clue_conclusion_live",
        "clue_conclusion",
        ["tenant_id", "clue_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('PROPOSED', 'SIGNED')"),
    )
    op.create_table(
        "false_report_education",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clue_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("ordered_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clue_id"],
            ["clue.tenant_id", "clue.id"],
            name=op.f("fk_false_report_education_tenant_id_clue_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ordered_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_false_report_education_tenant_id_ordered_by_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_false_report_education")),
        sa.UniqueConstraint(
            "tenant_id", "clue_id", name=op.f("uq_false_report_education_tenant_id_clue_id")
        ),
    )
    op.create_table(
        "list_publication_entry",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("list_entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "list_entry_id"],
            ["list_entry.tenant_id", "list_entry.id"],
            name=op.f("fk_list_publication_entry_tenant_id_list_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "publication_id"],
            ["list_publication.tenant_id", "list_publication.id"],
            name=op.f("fk_list_publication_entry_tenant_id_publication_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_list_publication_entry")),
        sa.UniqueConstraint(
            "tenant_id",
            "publication_id",
            "list_entry_id",
            name=op.f("uq_list_publication_entry_tenant_id_publication_id_list_entry_id"),
        ),
    )
    op.create_table(
        "recheck",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rechecked_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("rechecked_by_post_id", sa.Uuid(), nullable=False),
        sa.Column("rechecked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "problem_id"],
            ["problem.tenant_id", "problem.id"],
            name=op.f("fk_recheck_tenant_id_problem_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rechecked_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_recheck_tenant_id_rechecked_by_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rechecked_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_recheck_tenant_id_rechecked_by_post_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_recheck")),
        sa.UniqueConstraint(
            "tenant_id", "problem_id", "round", name=op.f("uq_recheck_tenant_id_problem_id_round")
        ),
    )
    op.create_table(
        "rectification_evidence",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("submitted_by_account_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "problem_id"],
            ["problem.tenant_id", "problem.id"],
            name=op.f("fk_rectification_evidence_tenant_id_problem_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submitted_by_account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_rectification_evidence_tenant_id_submitted_by_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rectification_evidence")),
    )
    op.create_index(
        "ix_rectification_evidence_problem",
        "rectification_evidence",
        ["tenant_id", "problem_id"],
        unique=False,
    )
    op.create_table(
        "evidence_file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evidence_id"],
            ["rectification_evidence.tenant_id", "rectification_evidence.id"],
            name=op.f("fk_evidence_file_tenant_id_evidence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["file.tenant_id", "file.id"],
            name=op.f("fk_evidence_file_tenant_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint(
            "tenant_id", "file_id", name=op.f("uq_evidence_file_tenant_id_file_id")
        ),
    )
    op.create_index(
        "ix_evidence_file_evidence", "evidence_file", ["tenant_id", "evidence_id"], unique=False
    )
    op.create_table(
        "rectification_notice",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("goal", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_by_post_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status = 'DRAFT' OR (year IS NOT NULL AND number IS NOT NULL AND goal IS NOT NULL AND measures IS NOT NULL AND issued_at IS NOT NULL)",
            name=op.f("ck_rectification_notice_issued"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "issued_by_post_id"],
            ["post.tenant_id", "post.id"],
            name=op.f("fk_rectification_notice_tenant_id_issued_by_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "problem_id"],
            ["problem.tenant_id", "problem.id"],
            name=op.f("fk_rectification_notice_tenant_id_problem_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rectification_notice")),
        sa.UniqueConstraint(
            "tenant_id",
            "year",
            "number",
            name=op.f("uq_rectification_notice_tenant_id_year_number"),
        ),
    )
    op.create_index(
        "ix_rectification_notice_problem",
        "rectification_notice",
        ["tenant_id", "problem_id"],
        unique=False,
    )
    op.create_index(
        "uq_rectification_notice_draft",
        "rectification_notice",
        ["tenant_id", "problem_id"],
        unique=True,
        postgresql_where=sa.text("status = 'DRAFT'"),
    )
    op.add_column("institution", sa.Column("licence_no", sa.Text(), nullable=True))
    op.add_column("institution", sa.Column("licensed_until", sa.Date(), nullable=True))
    op.create_index(
        "uq_institution_licence",
        "institution",
        ["tenant_id", "licence_no"],
        unique=True,
        postgresql_where=sa.text("licence_no IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_institution_licence"),
        "institution",
        "(licence_no IS NULL) = (licensed_until IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_institution_licence"), "institution", type_="check")
    op.drop_index(
        "uq_institution_licence",
        table_name="institution",
        postgresql_where=sa.text("licence_no IS NOT NULL"),
    )
    op.drop_column("institution", "licensed_until")
    op.drop_column("institution", "licence_no")
    op.drop_index(
        "uq_rectification_notice_draft",
        table_name="rectification_notice",
        postgresql_where=sa.text("status = 'DRAFT'"),
    )
    op.drop_index("ix_rectification_notice_problem", table_name="rectification_notice")
    op.drop_table("rectification_notice")
    op.drop_index("ix_evidence_file_evidence", table_name="evidence_file")
    op.drop_table("evidence_file")
    op.drop_index("ix_rectification_evidence_problem", table_name="rectification_evidence")
    op.drop_table("rectification_evidence")
    op.drop_table("recheck")
    op.drop_table("list_publication_entry")
    op.drop_table("false_report_education")
    op.drop_index(
        "uq_clue_conclusion_live",
        table_name="clue_conclusion",
        postgresql_where=sa.text("status IN ('PROPOSED', 'SIGNED')"),
    )
    op.drop_index("ix_clue_conclusion_clue", table_name="clue_conclusion")
    op.drop_table("clue_conclusion")
    op.drop_index("ix_problem_unit", table_name="problem")
    op.drop_index("ix_problem_institution", table_name="problem")
    op.drop_index("ix_problem_found", table_name="problem")
    op.drop_table("problem")
    op.drop_index(
        "uq_list_publication_month",
        table_name="list_publication",
        postgresql_where=sa.text("status <> 'WITHDRAWN'"),
    )
    op.drop_table("list_publication")
    op.drop_index(
        "uq_list_entry_live",
        table_name="list_entry",
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index("ix_list_entry_institution", table_name="list_entry")
    op.drop_index("ix_list_entry_effective", table_name="list_entry")
    op.drop_table("list_entry")
    op.drop_index(
        "uq_annual_inspection_present",
        table_name="annual_inspection",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("annual_inspection")
    op.drop_table("serial")
