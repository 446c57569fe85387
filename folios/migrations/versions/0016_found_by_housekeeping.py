"""What housekeeping found of a room: vacant or occupied, and on which business date; who said so is in the event.

Columns with a check come in one statement with it, since SQLite adds a check to a table in no other way.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHECKED = (
    ("found", "VARCHAR(8)", "found_known", "found IN ('vacant', 'occupied')"),
    ("found_on", "DATE", "found_on_a_day", "(found IS NULL) = (found_on IS NULL)"),
)


def upgrade() -> None:
    for column, kind, name, check in CHECKED:
        op.execute(f"ALTER TABLE room ADD COLUMN {column} {kind} CONSTRAINT ck_room_{name} CHECK ({check})")


def downgrade() -> None:
    for column, *_check in reversed(CHECKED):
        op.drop_column("room", column)
