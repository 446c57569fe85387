"""The ledger: folios, codes and taxes, vouchers, postings, business days, closings and the audit trail.

What is immutable is guarded by the database itself: triggers refuse every UPDATE and DELETE, on both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
IMMUTABLE = ("voucher", "posting", "closing_balance", "ledger_closing", "event")


def upgrade() -> None:
    _create_tables()
    for table in IMMUTABLE:
        _make_immutable(table)


def downgrade() -> None:
    op.drop_table("tax_rate")
    op.drop_table("code_tax")
    op.drop_table("tax")
    op.drop_table("posting")
    op.drop_table("voucher")
    op.drop_table("transaction_code")
    op.drop_table("ledger_closing")
    op.drop_table("closing_balance")
    op.drop_table("ledger")
    op.drop_table("folio")
    op.drop_table("event")
    op.drop_table("business_day")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _make_immutable(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '% is immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
            """
        )
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


def _create_tables() -> None:

    op.create_table(
        "business_day",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("rolled_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('open', 'auditing', 'closed')", name=op.f("ck_business_day_status_known")),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_business_day")),
    )
    op.create_index(
        "uq_business_day_open",
        "business_day",
        ["status"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "event",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_business_date", "event", ["business_date"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject"], unique=False)
    op.create_table(
        "folio",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("ledger", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("house_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("exempt_from", sa.String(length=200), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(type IN ('individual') AND ledger IN ('guest', 'deposit'))"
            " OR (type = 'master' AND ledger = 'guest')"
            " OR (type IN ('non_guest', 'staff', 'semi_permanent', 'permanent') AND ledger = 'city')"
            " OR (type = 'control' AND ledger = 'control')",
            name=op.f("ck_folio_ledger_follows_type"),
        ),
        sa.CheckConstraint("status = 'open' OR balance_minor = 0", name=op.f("ck_folio_closed_at_zero")),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_folio_status_known")),
        sa.CheckConstraint("type <> 'control' OR balance_minor = 0", name=op.f("ck_folio_control_keeps_no_balance")),
        sa.CheckConstraint(
            "type IN ('individual', 'master', 'non_guest', 'staff', 'control', 'semi_permanent', 'permanent')",
            name=op.f("ck_folio_type_known"),
        ),
        sa.CheckConstraint("house_limit_minor >= 0", name=op.f("ck_folio_house_limit_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folio")),
        sa.UniqueConstraint("number", name=op.f("uq_folio_number")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("catalogue_mark", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "closing_balance",
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("debits_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "opening_minor + debits_minor - credits_minor = closing_minor",
            name=op.f("ck_closing_balance_rolls_forward"),
        ),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_closing_balance_business_date")
        ),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_closing_balance_folio_id")),
        sa.PrimaryKeyConstraint("folio_id", "business_date", name=op.f("pk_closing_balance")),
    )
    op.create_index("ix_closing_balance_business_date", "closing_balance", ["business_date"], unique=False)
    op.create_table(
        "ledger_closing",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ledger", sa.String(length=8), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("debits_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "opening_minor + debits_minor - credits_minor = closing_minor", name=op.f("ck_ledger_closing_rolls_forward")
        ),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_ledger_closing_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", "ledger", "type", "currency", name=op.f("pk_ledger_closing")),
    )
    op.create_table(
        "transaction_code",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("tender", sa.String(length=16), nullable=True),
        sa.Column("folio_id", BIG_ID, nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'payment') = (tender IS NOT NULL)", name=op.f("ck_transaction_code_payment_has_tender")
        ),
        sa.CheckConstraint(
            "kind IN ('charge', 'tax', 'payment', 'paid_out', 'opening')", name=op.f("ck_transaction_code_kind_known")
        ),
        sa.CheckConstraint("tender IN ('cash', 'card', 'direct_bill')", name=op.f("ck_transaction_code_tender_known")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_transaction_code_price_positive")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_transaction_code_folio_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_transaction_code")),
    )
    op.create_index(op.f("ix_transaction_code_folio_id"), "transaction_code", ["folio_id"], unique=False)
    op.create_table(
        "voucher",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("outlet", sa.String(length=32), nullable=True),
        sa.Column("terminal", sa.String(length=32), nullable=True),
        sa.Column("shift", sa.String(length=32), nullable=True),
        sa.Column("sender", sa.String(length=40), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("check_number", sa.String(length=32), nullable=True),
        sa.Column("covers", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("authorised_by", sa.String(length=32), nullable=True),
        sa.Column("corrects_voucher_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "kind IN ('charge', 'payment', 'paid_out', 'transfer', 'correction', 'allowance', 'opening')",
            name=op.f("ck_voucher_kind_known"),
        ),
        sa.CheckConstraint("(sender IS NULL) = (key IS NULL)", name=op.f("ck_voucher_key_has_sender")),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_voucher_business_date")
        ),
        sa.ForeignKeyConstraint(["corrects_voucher_id"], ["voucher.id"], name=op.f("fk_voucher_corrects_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("sender", "key", name=op.f("uq_voucher_sender_key")),
    )
    op.create_index("ix_voucher_business_date_operator", "voucher", ["business_date", "operator"], unique=False)
    op.create_index(op.f("ix_voucher_check_number"), "voucher", ["check_number"], unique=False)
    op.create_index(op.f("ix_voucher_corrects_voucher_id"), "voucher", ["corrects_voucher_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("voucher_id", BIG_ID, nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("parent_line", sa.SmallInteger(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("debit_folio_id", BIG_ID, nullable=False),
        sa.Column("credit_folio_id", BIG_ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("tax_base_minor", sa.BigInteger(), nullable=True),
        sa.Column("tax_rate_ppm", sa.Integer(), nullable=True),
        sa.Column("source_posting_id", BIG_ID, nullable=True),
        sa.Column("source_side", sa.String(length=6), nullable=True),
        sa.Column("origin_posting_id", BIG_ID, nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_posting_amount_positive")),
        sa.CheckConstraint("debit_folio_id <> credit_folio_id", name=op.f("ck_posting_two_folios")),
        sa.CheckConstraint("source_side IN ('debit', 'credit', 'both')", name=op.f("ck_posting_source_side_known")),
        sa.CheckConstraint(
            "(source_posting_id IS NULL) = (source_side IS NULL)", name=op.f("ck_posting_source_has_side")
        ),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_posting_code")),
        sa.ForeignKeyConstraint(["credit_folio_id"], ["folio.id"], name=op.f("fk_posting_credit_folio_id")),
        sa.ForeignKeyConstraint(["debit_folio_id"], ["folio.id"], name=op.f("fk_posting_debit_folio_id")),
        sa.ForeignKeyConstraint(["origin_posting_id"], ["posting.id"], name=op.f("fk_posting_origin_posting_id")),
        sa.ForeignKeyConstraint(["source_posting_id"], ["posting.id"], name=op.f("fk_posting_source_posting_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_posting_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("voucher_id", "line", name=op.f("uq_posting_voucher_id_line")),
    )
    op.create_index("ix_posting_business_date", "posting", ["business_date"], unique=False)
    op.create_index("ix_posting_credit_folio_id", "posting", ["credit_folio_id", "business_date"], unique=False)
    op.create_index("ix_posting_debit_folio_id", "posting", ["debit_folio_id", "business_date"], unique=False)
    op.create_index(
        "ix_posting_source_posting_id",
        "posting",
        ["source_posting_id"],
        unique=False,
        sqlite_where=sa.text("source_posting_id IS NOT NULL"),
        postgresql_where=sa.text("source_posting_id IS NOT NULL"),
    )
    op.create_table(
        "tax",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("stacked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("basis IN ('percent', 'person_night')", name=op.f("ck_tax_basis_known")),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_tax_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tax")),
    )
    op.create_table(
        "code_tax",
        sa.Column("transaction_code", sa.String(length=16), nullable=False),
        sa.Column("tax_code", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tax_code"], ["tax.code"], name=op.f("fk_code_tax_tax_code")),
        sa.ForeignKeyConstraint(
            ["transaction_code"], ["transaction_code.code"], name=op.f("fk_code_tax_transaction_code")
        ),
        sa.PrimaryKeyConstraint("transaction_code", "tax_code", name=op.f("pk_code_tax")),
    )
    op.create_table(
        "tax_rate",
        sa.Column("tax_code", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate_ppm", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rate_ppm >= 0 AND amount_minor >= 0", name=op.f("ck_tax_rate_rate_not_negative")),
        sa.ForeignKeyConstraint(["tax_code"], ["tax.code"], name=op.f("fk_tax_rate_tax_code")),
        sa.PrimaryKeyConstraint("tax_code", "valid_from", name=op.f("pk_tax_rate")),
    )
