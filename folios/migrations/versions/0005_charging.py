"""Charging from outlets: folios that they may not charge, who else lives in a room, which card belongs to whom.

Rights that came with this version are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEW_RIGHTS = ("folio.stop", "card.give")
STARTER_ROLES = ("cashier", "supervisor", "night_auditor", "manager", "administrator")


def upgrade() -> None:
    _create_stops()
    _create_sharers()
    _create_cards()
    _grant_new_rights()


def downgrade() -> None:
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(NEW_RIGHTS)))
    for table in ("charge_card", "stay_sharer", "charge_stop"):
        op.drop_table(table)


def _grant_new_rights() -> None:
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(op.get_bind().execute(sa.select(role.c.code)).scalars())
    rows = [{"role_code": code, "right": right} for code in STARTER_ROLES if code in there for right in NEW_RIGHTS]
    if rows:
        op.get_bind().execute(role_right.insert(), rows)


def _create_stops() -> None:
    op.create_table(
        "charge_stop",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("outlet", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_charge_stop_folio_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_stop")),
    )
    for name, columns, where in (
        ("uq_charge_stop_folio_id_outlet", ["folio_id", "outlet"], sa.text("outlet IS NOT NULL")),
        ("uq_charge_stop_folio_id", ["folio_id"], sa.text("outlet IS NULL")),
    ):
        op.create_index(name, "charge_stop", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _create_sharers() -> None:
    op.create_table(
        "stay_sharer",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("guest_id", BIG_ID, nullable=False),
        sa.Column("window_number", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("window_number BETWEEN 1 AND 8", name=op.f("ck_stay_sharer_one_to_eight")),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_stay_sharer_guest_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_stay_sharer_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay_sharer")),
        sa.UniqueConstraint("stay_id", "guest_id", name=op.f("uq_stay_sharer_stay_id_guest_id")),
    )
    op.create_index(op.f("ix_stay_sharer_guest_id"), "stay_sharer", ["guest_id"], unique=False)


def _create_cards() -> None:
    op.create_table(
        "charge_card",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=True),
        sa.Column("stay_id", BIG_ID, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(folio_id IS NULL) <> (stay_id IS NULL)", name=op.f("ck_charge_card_of_folio_or_stay")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_charge_card_folio_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_charge_card_stay_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_charge_card")),
    )
    op.create_index(op.f("ix_charge_card_folio_id"), "charge_card", ["folio_id"], unique=False)
    op.create_index(op.f("ix_charge_card_stay_id"), "charge_card", ["stay_id"], unique=False)
