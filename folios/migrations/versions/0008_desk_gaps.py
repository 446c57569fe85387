"""Gaps of the desk: versions of house limits, visits that ended with a sign-out, cash on its way to the bank.

Rights that came with this version are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NO_DRAWER = sa.text("place <> 'drawer'")
NEW_RIGHTS = {"safe.move": ("supervisor", "manager", "administrator")}
PLACES = ("drawer", "safe", "over", "short")
PLACES_NOW = (*PLACES, "bank")


def upgrade() -> None:
    op.add_column("house_limit", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_table(
        "ended_visit",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_ended_visit")),
    )
    op.create_index("ix_ended_visit_at", "ended_visit", ["at"])
    _set_places(PLACES_NOW)
    _grant_new_rights()


def downgrade() -> None:
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(sorted(NEW_RIGHTS))))
    cash_folio = sa.table("cash_folio", sa.column("place"))
    op.execute(cash_folio.delete().where(cash_folio.c.place == "bank"))  # its folio stays, with all that was posted
    _set_places(PLACES)
    op.drop_index("ix_ended_visit_at", table_name="ended_visit")
    op.drop_table("ended_visit")
    op.drop_column("house_limit", "version")


def _set_places(places: tuple[str, ...]) -> None:
    """Says which places there are. SQLite changes no check: there the table is made anew, as it was made at first."""
    known = "place IN ({})".format(", ".join(f"'{each}'" for each in places))
    name = op.f("ck_cash_folio_place_known")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(name, "cash_folio", type_="check")
        op.create_check_constraint(name, "cash_folio", known)
        return
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT folio_id, place, active FROM cash_folio")
    op.drop_table("cash_folio")
    op.create_table(
        "cash_folio",
        sa.Column("folio_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(known, name=name),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_cash_folio_folio_id")),
        sa.PrimaryKeyConstraint("folio_id", name=op.f("pk_cash_folio")),
    )
    op.create_index("uq_cash_folio_place", "cash_folio", ["place"], unique=True, sqlite_where=NO_DRAWER)
    op.execute("INSERT INTO cash_folio (folio_id, place, active) SELECT folio_id, place, active FROM kept")
    op.execute("DROP TABLE kept")


def _grant_new_rights() -> None:
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(op.get_bind().execute(sa.select(role.c.code)).scalars())
    rows = [
        {"role_code": code, "right": right} for right, codes in NEW_RIGHTS.items() for code in codes if code in there
    ]
    if rows:
        op.get_bind().execute(role_right.insert(), rows)
