"""The figures of a closed day hold all that the manager's report counts: rooms out for long, walk-ins, shared rooms.

What a closed day said is never changed, so the table is written anew with what the stays and outages say of its days.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEPT = (
    "inventory",
    "out_of_order",
    "rooms_sold",
    "complimentary",
    "house_use",
    "arrivals",
    "departures",
    "in_house",
    "guests",
    "no_shows",
    "cancellations",
)
ADDED = ("long_out", "walk_ins", "shared")
CAME = "s.status IN ('in_house', 'departed')"
LONG_OUT_DAYS = 182


def upgrade() -> None:
    kept = ", ".join(f"k.{each}" for each in ("business_date", *KEPT))
    days = "o.to_date - o.from_date"
    if op.get_bind().dialect.name == "sqlite":
        days = "julianday(o.to_date) - julianday(o.from_date)"
    _write_anew(
        (*KEPT, *ADDED),
        f"""
        SELECT {kept},
            (SELECT count(DISTINCT o.room_id) FROM room_outage o JOIN room r ON r.id = o.room_id
             WHERE o.kind = 'out_of_order' AND o.from_date <= k.business_date AND o.to_date > k.business_date
               AND {days} > {LONG_OUT_DAYS}
               AND r.since <= k.business_date AND (r.until IS NULL OR r.until > k.business_date)),
            coalesce(w.stays, 0), coalesce(n.rooms, 0)
        FROM day_figure_kept k
        LEFT JOIN (SELECT s.arrival AS day, count(*) AS stays FROM stay s
                   WHERE {CAME} AND s.booked_on = s.arrival GROUP BY s.arrival) w ON w.day = k.business_date
        LEFT JOIN (SELECT n.date AS day, count(*) AS rooms FROM stay_night n JOIN stay s ON s.id = n.stay_id
                   WHERE {CAME} AND n.date < s.departure AND s.adults + s.children > 1
                   GROUP BY n.date) n ON n.day = k.business_date
        """,  # noqa: S608 - no outside text in it
    )


def downgrade() -> None:
    kept = ", ".join(("business_date", *KEPT))
    _write_anew(KEPT, f"SELECT {kept} FROM day_figure_kept")  # noqa: S608


def _write_anew(figures: tuple[str, ...], rows: str) -> None:
    op.execute("CREATE TEMPORARY TABLE day_figure_kept AS SELECT * FROM day_figure")
    op.drop_table("day_figure")
    op.create_table(
        "day_figure",
        sa.Column("business_date", sa.Date(), nullable=False),
        *(sa.Column(each, sa.Integer(), nullable=False) for each in figures),
        sa.ForeignKeyConstraint(
            ["business_date"], ["business_day.business_date"], name=op.f("fk_day_figure_business_date")
        ),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_day_figure")),
    )
    op.execute(f"INSERT INTO day_figure (business_date, {', '.join(figures)}) {rows} ORDER BY 1")
    op.execute("DROP TABLE day_figure_kept")
    _make_immutable()


def _make_immutable() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER day_figure_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON day_figure "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER day_figure_no_{verb.lower()} BEFORE {verb} ON day_figure "
            "BEGIN SELECT RAISE(ABORT, 'day_figure is immutable'); END"
        )
