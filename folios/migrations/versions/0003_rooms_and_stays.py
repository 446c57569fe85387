"""Rooms and their outages, rates, guests and companies, stays with their nights and windows, house limits."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_people()
    _create_rooms()
    _create_rates()
    _create_stays()
    _create_nights()
    _create_windows()


def downgrade() -> None:
    for table in (
        "house_limit",
        "stay_window",
        "stay_night",
        "stay",
        "rate_price",
        "rate_code",
        "room_outage",
        "room",
        "room_type",
        "company",
        "guest",
    ):
        op.drop_table(table)


def _id() -> sa.Column[Any]:
    return sa.Column("id", BIG_ID, sa.Identity(), nullable=False)


def _address() -> list[sa.Column[Any]]:
    return [
        sa.Column("email", sa.String(254)),
        sa.Column("phone", sa.String(40)),
        sa.Column("address", sa.String(300)),
        sa.Column("postal_code", sa.String(16)),
        sa.Column("city", sa.String(100)),
        sa.Column("country", sa.String(2)),
        sa.Column("vat_number", sa.String(32)),
        sa.Column("remark", sa.Text()),
    ]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _create_people() -> None:
    op.create_table(
        "guest",
        _id(),
        sa.Column("surname", sa.String(100), nullable=False),
        sa.Column("first_names", sa.String(100)),
        sa.Column("title", sa.String(20)),
        sa.Column("language", sa.String(2)),
        sa.Column("id_document", sa.String(60)),
        sa.Column("search_name", sa.String(300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_address(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest")),
    )
    op.create_index(op.f("ix_guest_search_name"), "guest", ["search_name"])
    op.create_table(
        "company",
        _id(),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("credit_limit_minor", sa.BigInteger()),
        sa.Column("folio_id", BIG_ID),
        sa.Column("version", sa.Integer(), nullable=False),
        *_address(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        _unique("company", "code"),
        _unique("company", "folio_id"),
        _points("company", "folio_id", "folio.id"),
        _check("company", "terms_not_negative", "terms_days >= 0"),
        _check("company", "credit_limit_not_negative", "credit_limit_minor >= 0"),
    )


def _create_rooms() -> None:
    op.create_table(
        "room_type",
        _id(),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_type")),
        _unique("room_type", "code"),
    )
    op.create_table(
        "room",
        _id(),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("room_type_id", BIG_ID, nullable=False),
        sa.Column("floor", sa.String(16)),
        sa.Column("occupancy", sa.String(8), nullable=False),
        sa.Column("condition", sa.String(16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        _unique("room", "number"),
        _points("room", "room_type_id", "room_type.id"),
        _check("room", "occupancy_known", "occupancy IN ('vacant', 'occupied')"),
        _check("room", "condition_known", "condition IN ('clean', 'dirty', 'inspected')"),
        _check("room", "leaves_after_it_came", "until >= since"),
    )
    op.create_index(op.f("ix_room_room_type_id"), "room", ["room_type_id"])
    op.create_table(
        "room_outage",
        _id(),
        sa.Column("room_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_outage")),
        _points("room_outage", "room_id", "room.id"),
        _check("room_outage", "kind_known", "kind IN ('out_of_order', 'out_of_service')"),
        _check("room_outage", "lasts", "to_date > from_date"),
    )
    op.create_index("ix_room_outage_room_id", "room_outage", ["room_id", "from_date"])
    op.create_index("ix_room_outage_to_date", "room_outage", ["to_date"])


def _create_rates() -> None:
    op.create_table(
        "rate_code",
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("transaction_code", sa.String(16), nullable=False),
        sa.Column("meal_plan", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_rate_code")),
        _points("rate_code", "transaction_code", "transaction_code.code"),
        _check(
            "rate_code",
            "meal_plan_known",
            "meal_plan IN ('room_only', 'breakfast', 'half_board', 'full_board', 'all_inclusive')",
        ),
    )
    op.create_table(
        "rate_price",
        sa.Column("rate_code", sa.String(16), nullable=False),
        sa.Column("room_type_id", BIG_ID, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rate_code", "room_type_id", "from_date", name=op.f("pk_rate_price")),
        _points("rate_price", "rate_code", "rate_code.code"),
        _points("rate_price", "room_type_id", "room_type.id"),
        _check("rate_price", "price_not_negative", "price_minor >= 0"),
        _check("rate_price", "lasts", "to_date > from_date"),
    )


def _create_stays() -> None:
    op.create_table(
        "stay",
        _id(),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("nature", sa.String(16), nullable=False),
        sa.Column("room_type_id", BIG_ID, nullable=False),
        sa.Column("room_id", BIG_ID),
        sa.Column("guest_id", BIG_ID, nullable=False),
        sa.Column("company_id", BIG_ID),
        sa.Column("agent", sa.String(100)),
        sa.Column("rate_code", sa.String(16), nullable=False),
        sa.Column("adults", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("departure", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("cancelled_on", sa.Date()),
        sa.Column("checked_in_on", sa.Date()),
        sa.Column("departed_on", sa.Date()),
        sa.Column("payment_method", sa.String(16)),
        sa.Column("deposit_folio_id", BIG_ID),
        sa.Column("source", sa.String(40)),
        sa.Column("reference", sa.String(100)),
        sa.Column("remark", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
        _unique("stay", "source", "reference"),
        _unique("stay", "deposit_folio_id"),
        _points("stay", "room_type_id", "room_type.id"),
        _points("stay", "room_id", "room.id"),
        _points("stay", "guest_id", "guest.id"),
        _points("stay", "company_id", "company.id"),
        _points("stay", "rate_code", "rate_code.code"),
        _points("stay", "deposit_folio_id", "folio.id"),
        *_stay_checks(),
    )
    for column in ("status", "room_id", "guest_id", "company_id", "arrival", "departure", "cancelled_on"):
        op.create_index(op.f(f"ix_stay_{column}"), "stay", [column])
    in_house = sa.text("status = 'in_house'")
    op.create_index(
        "uq_stay_in_house_room_id", "stay", ["room_id"], unique=True, sqlite_where=in_house, postgresql_where=in_house
    )


def _stay_checks() -> list[sa.CheckConstraint]:
    return [
        _check("stay", "status_known", "status IN ('confirmed', 'cancelled', 'no_show', 'in_house', 'departed')"),
        _check("stay", "nature_known", "nature IN ('paying', 'complimentary', 'house_use')"),
        _check("stay", "payment_method_known", "payment_method IN ('cash', 'card', 'direct_bill')"),
        _check("stay", "reference_has_source", "(source IS NULL) = (reference IS NULL)"),
        _check("stay", "departs_after_arrival", "departure >= arrival"),
        _check("stay", "somebody_comes", "adults >= 1 AND children >= 0"),
        _check("stay", "in_house_in_a_room", "status <> 'in_house' OR room_id IS NOT NULL"),
        _check("stay", "cancelled_on_a_day", "(status = 'cancelled') = (cancelled_on IS NOT NULL)"),
        _check("stay", "checked_in_on_a_day", "(status IN ('in_house', 'departed')) = (checked_in_on IS NOT NULL)"),
        _check("stay", "departed_on_a_day", "(status = 'departed') = (departed_on IS NOT NULL)"),
        _check("stay", "checked_in_on_arrival", "checked_in_on = arrival"),
        _check("stay", "departed_on_departure", "departed_on = departure"),
    ]


def _create_nights() -> None:
    op.create_table(
        "stay_night",
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("room_type_id", BIG_ID, nullable=False),
        sa.Column("room_id", BIG_ID),
        sa.Column("rate_code", sa.String(16), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("override_reason", sa.String(200)),
        sa.Column("overridden_by", sa.String(32)),
        sa.PrimaryKeyConstraint("stay_id", "date", name=op.f("pk_stay_night")),
        _unique("stay_night", "room_id", "date"),
        _points("stay_night", "stay_id", "stay.id"),
        _points("stay_night", "room_type_id", "room_type.id"),
        _points("stay_night", "room_id", "room.id"),
        _points("stay_night", "rate_code", "rate_code.code"),
        _check("stay_night", "price_not_negative", "price_minor >= 0"),
        _check("stay_night", "override_has_reason", "(override_reason IS NULL) = (overridden_by IS NULL)"),
    )
    op.create_index("ix_stay_night_date", "stay_night", ["date", "room_type_id"])


def _create_windows() -> None:
    op.create_table(
        "stay_window",
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("window_number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("stay_id", "window_number", name=op.f("pk_stay_window")),
        _unique("stay_window", "folio_id"),
        _points("stay_window", "stay_id", "stay.id"),
        _points("stay_window", "folio_id", "folio.id"),
        _check("stay_window", "one_to_eight", "window_number BETWEEN 1 AND 8"),
    )
    op.create_table(
        "house_limit",
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("limit_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint("method", name=op.f("pk_house_limit")),
        _check("house_limit", "method_known", "method IN ('cash', 'card', 'direct_bill')"),
        _check("house_limit", "limit_not_negative", "limit_minor >= 0"),
    )
