"""Reports: what closed days said, budgets, the accountant's accounts, exports, and what was decided about figures.

Rights that came with this version are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IMMUTABLE = ("stored_report", "report_file", "ledger_export")
NEW_RIGHTS = {
    "report.set_up": ("manager", "administrator"),
    "ledger.export": ("manager", "administrator"),
}


def upgrade() -> None:
    _add_reports()
    _add_decisions()
    _add_exports()
    for table in IMMUTABLE:
        _make_immutable(table)
    _grant_new_rights()


def downgrade() -> None:
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(sorted(NEW_RIGHTS))))
    for table in ("ledger_export", "ledger_account", "budget", "report_policy", "report_file", "stored_report"):
        op.drop_table(table)


def _add_reports() -> None:
    op.create_table(
        "stored_report",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_stored_report_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", "report", name=op.f("pk_stored_report")),
    )
    op.create_table(
        "report_file",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date", "report"],
            ["stored_report.business_date", "stored_report.report"],
            name=op.f("fk_report_file_business_date_report"),
        ),
        sa.PrimaryKeyConstraint("business_date", "report", "form", "language", name=op.f("pk_report_file")),
    )


def _add_decisions() -> None:
    op.create_table(
        "report_policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deduct_out_of_order", sa.Boolean(), nullable=False),
        sa.Column("rack_rate", sa.String(length=16), nullable=True),
        sa.Column("aging_percents", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_report_policy_single_row")),
        sa.ForeignKeyConstraint(["rack_rate"], ["rate_code.code"], name=op.f("fk_report_policy_rack_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_policy")),
    )
    op.create_table(
        "budget",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_budget_amount_not_negative")),
        sa.PrimaryKeyConstraint("month", "figure", name=op.f("pk_budget")),
    )


def _add_exports() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_ledger_account")),
    )
    op.create_table(
        "ledger_export",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exported_by", sa.String(length=32), nullable=False),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_ledger_export_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["first_date"], ["business_day.business_date"], name=op.f("fk_ledger_export_first_date")
        ),
        sa.ForeignKeyConstraint(["last_date"], ["business_day.business_date"], name=op.f("fk_ledger_export_last_date")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_export")),
        sa.UniqueConstraint("first_date", "last_date", name=op.f("uq_ledger_export_first_date_last_date")),
    )


def _make_immutable(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        )


def _grant_new_rights() -> None:
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(op.get_bind().execute(sa.select(role.c.code)).scalars())
    rows = [
        {"role_code": code, "right": right} for right, codes in NEW_RIGHTS.items() for code in codes if code in there
    ]
    if rows:
        op.get_bind().execute(role_right.insert(), rows)
