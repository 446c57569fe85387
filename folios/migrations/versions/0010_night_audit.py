"""The night audit: audits and their steps, seals, totals of closed days, the clock's runs; fixed charges of stays.

What a closed day said is immutable, as the ledger is. Rights that came with this version are given to the roles a
hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
IMMUTABLE = ("night_audit_acceptance", "day_seal", "day_code_total", "day_figure")
NEW_RIGHTS = {
    "day.accept": ("manager", "administrator"),
    "day.rules": ("manager", "administrator"),
    "stay.fixed_charge": ("cashier", "supervisor", "night_auditor", "manager", "administrator"),
}


def upgrade() -> None:
    _create_audits()
    _create_totals()
    _create_clockwork_and_fixed_charges()
    for table in IMMUTABLE:
        _make_immutable(table)
    op.execute(
        "INSERT INTO night_audit_rules (id, no_shows, extend_due_outs, force_shifts, minimum_hours, most_days, version)"
        " VALUES (1, 'mark', false, false, 12, 3, 1)"
    )
    _grant_new_rights()


def downgrade() -> None:
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(sorted(NEW_RIGHTS))))
    op.drop_table("fixed_charge")
    op.drop_table("scheduled_run")
    op.drop_table("day_figure")
    op.drop_table("day_code_total")
    op.drop_table("night_audit_rules")
    op.drop_table("day_seal")
    op.drop_table("night_audit_acceptance")
    op.drop_table("night_audit_step")
    op.drop_table("night_audit")


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


def _create_audits() -> None:
    op.create_table(
        "night_audit",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("unattended", sa.Boolean(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("alive_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("status IN ('running', 'stopped', 'done')", name=op.f("ck_night_audit_status_known")),
        sa.CheckConstraint(
            "step IN ('READY', 'ROLL', 'POST', 'CLOSE', 'SEAL', 'REPORT')", name=op.f("ck_night_audit_step_known")
        ),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_night_audit_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_night_audit")),
    )
    op.create_table(
        "night_audit_step",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name=op.f("ck_night_audit_step_status_known")),
        sa.CheckConstraint(
            "step IN ('READY', 'ROLL', 'POST', 'CLOSE', 'SEAL', 'REPORT')", name=op.f("ck_night_audit_step_step_known")
        ),
        sa.ForeignKeyConstraint(
            ["business_date"], ["night_audit.business_date"], name=op.f("fk_night_audit_step_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", "step", name=op.f("pk_night_audit_step")),
    )
    op.create_table(
        "night_audit_acceptance",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("rows_hash", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("accepted_by", sa.String(length=32), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_night_audit_acceptance_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", "code", "rows_hash", name=op.f("pk_night_audit_acceptance")),
    )
    op.create_table(
        "day_seal",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("balances_hash", sa.String(length=64), nullable=False),
        sa.Column("vouchers", sa.Integer(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("sealed_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_day_seal_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_day_seal")),
    )
    op.create_table(
        "night_audit_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("no_shows", sa.String(length=4), nullable=False),
        sa.Column("extend_due_outs", sa.Boolean(), nullable=False),
        sa.Column("force_shifts", sa.Boolean(), nullable=False),
        sa.Column("minimum_hours", sa.SmallInteger(), nullable=False),
        sa.Column("most_days", sa.SmallInteger(), nullable=False),
        sa.Column("run_at", sa.Time(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("most_days BETWEEN 1 AND 366", name=op.f("ck_night_audit_rules_days_of_a_year")),
        sa.CheckConstraint("minimum_hours BETWEEN 0 AND 23", name=op.f("ck_night_audit_rules_hours_of_a_day")),
        sa.CheckConstraint("no_shows IN ('mark', 'ask')", name=op.f("ck_night_audit_rules_no_shows_known")),
        sa.CheckConstraint("id = 1", name=op.f("ck_night_audit_rules_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night_audit_rules")),
    )


def _create_totals() -> None:
    op.create_table(
        "day_code_total",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("corrected_minor", sa.BigInteger(), nullable=False),
        sa.Column("allowed_minor", sa.BigInteger(), nullable=False),
        sa.Column("day_minor", sa.BigInteger(), nullable=False),
        sa.Column("month_minor", sa.BigInteger(), nullable=False),
        sa.Column("year_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_day_code_total_business_date")
        ),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_day_code_total_code")),
        sa.PrimaryKeyConstraint("business_date", "code", name=op.f("pk_day_code_total")),
    )
    op.create_index("ix_day_code_total_code", "day_code_total", ["code", "business_date"])
    op.create_table(
        "day_figure",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("inventory", sa.Integer(), nullable=False),
        sa.Column("out_of_order", sa.Integer(), nullable=False),
        sa.Column("rooms_sold", sa.Integer(), nullable=False),
        sa.Column("complimentary", sa.Integer(), nullable=False),
        sa.Column("house_use", sa.Integer(), nullable=False),
        sa.Column("arrivals", sa.Integer(), nullable=False),
        sa.Column("departures", sa.Integer(), nullable=False),
        sa.Column("in_house", sa.Integer(), nullable=False),
        sa.Column("guests", sa.Integer(), nullable=False),
        sa.Column("no_shows", sa.Integer(), nullable=False),
        sa.Column("cancellations", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_day_figure_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_day_figure")),
    )


def _create_clockwork_and_fixed_charges() -> None:
    op.create_table(
        "scheduled_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("slot", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("alive_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("told", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name=op.f("ck_scheduled_run_status_known")),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_scheduled_run")),
    )
    op.create_table(
        "fixed_charge",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("window_number", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=12), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "frequency IN ('once', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly')",
            name=op.f("ck_fixed_charge_frequency_known"),
        ),
        sa.CheckConstraint("to_date >= from_date", name=op.f("ck_fixed_charge_lasts")),
        sa.CheckConstraint("window_number BETWEEN 1 AND 8", name=op.f("ck_fixed_charge_one_to_eight")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_fixed_charge_price_positive")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fixed_charge_quantity_positive")),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_fixed_charge_code")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_fixed_charge_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixed_charge")),
    )
    op.create_index("ix_fixed_charge_stay_id", "fixed_charge", ["stay_id"])
