"""The bridge to the outlets: what they sell, their terminals and keys, what these sent, their totals, and the news.

Rights that come with it are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

_WATCH = ("outlet.watch", "suspense.place")
NEW_RIGHTS = {
    "cashier": ("suspense.place",),
    "supervisor": _WATCH,
    "night_auditor": _WATCH,
    "manager": (*_WATCH, "outlet.set_up"),
    "administrator": (*_WATCH, "outlet.set_up", "terminal.key"),
}
TABLES = (
    "news",
    "terminal_key",
    "terminal",
    "tariff",
    "pos_request",
    "outlet_code",
    "article",
    "outlet",
    "z_report",
    "wrong_key",
)


def upgrade() -> None:
    op.create_table(
        "wrong_key",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_key")),
    )
    op.create_index("ix_wrong_key_address", "wrong_key", ["address", "at"], unique=False)
    op.create_table(
        "z_report",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("outlet", sa.String(length=16), nullable=False),
        sa.Column("terminal", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("till_minor", sa.BigInteger(), nullable=False),
        sa.Column("books_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_z_report")),
        sa.UniqueConstraint("terminal", "number", name=op.f("uq_z_report_terminal_number")),
    )
    op.create_index("ix_z_report_business_date", "z_report", ["business_date", "outlet"], unique=False)
    op.create_table(
        "outlet",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("treatment", sa.String(length=8), nullable=False),
        sa.Column("suspense_folio_id", BIG_ID, nullable=True),
        sa.Column("shows_guest", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("treatment IN ('inside', 'added')", name=op.f("ck_outlet_treatment_known")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_outlet_folio_id")),
        sa.ForeignKeyConstraint(["suspense_folio_id"], ["folio.id"], name=op.f("fk_outlet_suspense_folio_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_outlet")),
        sa.UniqueConstraint("folio_id", name=op.f("uq_outlet_folio_id")),
    )
    op.create_table(
        "article",
        sa.Column("outlet_code", sa.String(length=16), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 9999", name=op.f("ck_article_number_of_four_digits")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_article_price_positive")),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_article_code")),
        sa.ForeignKeyConstraint(["outlet_code"], ["outlet.code"], name=op.f("fk_article_outlet_code")),
        sa.PrimaryKeyConstraint("outlet_code", "number", name=op.f("pk_article")),
    )
    op.create_table(
        "outlet_code",
        sa.Column("outlet_code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.CheckConstraint("kind IN ('item', 'tax', 'service', 'tip')", name=op.f("ck_outlet_code_kind_known")),
        sa.CheckConstraint("number BETWEEN 0 AND 99", name=op.f("ck_outlet_code_number_of_till")),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_outlet_code_code")),
        sa.ForeignKeyConstraint(["outlet_code"], ["outlet.code"], name=op.f("fk_outlet_code_outlet_code")),
        sa.PrimaryKeyConstraint("outlet_code", "kind", "number", name=op.f("pk_outlet_code")),
    )
    op.create_table(
        "pos_request",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("refusal", sa.String(length=64), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("outlet", sa.String(length=16), nullable=False),
        sa.Column("terminal", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("folio_id", BIG_ID, nullable=True),
        sa.Column("check_number", sa.String(length=32), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("voucher_id", BIG_ID, nullable=True),
        sa.Column("charge_id", BIG_ID, nullable=True),
        sa.Column("twin_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_pos_request_refused_with_a_code")
        ),
        sa.CheckConstraint(
            "kind IN ('inquiry', 'charge', 'void', 'z_report', 'batch')", name=op.f("ck_pos_request_kind_known")
        ),
        sa.CheckConstraint("outcome IN ('done', 'suspense', 'refused')", name=op.f("ck_pos_request_outcome_known")),
        sa.ForeignKeyConstraint(["charge_id"], ["pos_request.id"], name=op.f("fk_pos_request_charge_id")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_pos_request_folio_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_pos_request_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pos_request")),
        sa.UniqueConstraint("sender", "key", name=op.f("uq_pos_request_sender_key")),
    )
    op.create_index("ix_pos_request_business_date", "pos_request", ["business_date", "outlet"], unique=False)
    op.create_index(op.f("ix_pos_request_charge_id"), "pos_request", ["charge_id"], unique=False)
    op.create_index(op.f("ix_pos_request_folio_id"), "pos_request", ["folio_id"], unique=False)
    op.create_index("ix_pos_request_outcome", "pos_request", ["outcome", "received_at"], unique=False)
    op.create_index("ix_pos_request_outlet_check_number", "pos_request", ["outlet", "check_number"], unique=False)
    op.create_index("ix_pos_request_terminal", "pos_request", ["terminal", "place", "received_at"], unique=False)
    op.create_index(
        "ix_pos_request_twin_id",
        "pos_request",
        ["twin_id"],
        unique=False,
        sqlite_where=sa.text("twin_id IS NOT NULL"),
        postgresql_where=sa.text("twin_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_pos_request_voucher_id"), "pos_request", ["voucher_id"], unique=False)
    op.create_table(
        "tariff",
        sa.Column("outlet_code", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("connection_minor", sa.BigInteger(), nullable=False),
        sa.Column("minute_minor", sa.BigInteger(), nullable=False),
        sa.Column("pulse_minor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "connection_minor >= 0 AND minute_minor >= 0 AND pulse_minor >= 0", name=op.f("ck_tariff_not_negative")
        ),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_tariff_code")),
        sa.ForeignKeyConstraint(["outlet_code"], ["outlet.code"], name=op.f("fk_tariff_outlet_code")),
        sa.PrimaryKeyConstraint("outlet_code", "prefix", name=op.f("pk_tariff")),
    )
    op.create_table(
        "terminal",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("outlet_code", sa.String(length=16), nullable=False),
        sa.Column("rights", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("heard_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_code"], ["outlet.code"], name=op.f("fk_terminal_outlet_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_terminal")),
    )
    op.create_index(op.f("ix_terminal_outlet_code"), "terminal", ["outlet_code"], unique=False)
    op.create_table(
        "terminal_key",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("terminal_code", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("beginning", sa.String(length=12), nullable=False),
        sa.Column("addresses", sa.String(length=500), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["terminal_code"], ["terminal.code"], name=op.f("fk_terminal_key_terminal_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_terminal_key_key_hash")),
    )
    op.create_index(op.f("ix_terminal_key_terminal_code"), "terminal_key", ["terminal_code"], unique=False)
    op.create_table(
        "news",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_news_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index("ix_news_turn", "news", ["turn", "id"], unique=False)
    _grant_new_rights()


def downgrade() -> None:
    rights = sorted({right for rights in NEW_RIGHTS.values() for right in rights})
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(rights)))
    for table in TABLES:
        op.drop_table(table)


def _grant_new_rights() -> None:
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(op.get_bind().execute(sa.select(role.c.code)).scalars())
    rows = [
        {"role_code": code, "right": right} for code, rights in NEW_RIGHTS.items() if code in there for right in rights
    ]
    if rows:
        op.get_bind().execute(role_right.insert(), rows)
