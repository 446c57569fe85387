"""Who does not come: what the house charges for it, which bookings are guaranteed, what deposits were asked for.

Columns with a check come in one statement with it, since SQLite adds a check to a table in no other way. The code of
the fee is checked by the rule that sets it; no code is ever taken away.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECKED = (
    ("stay", "deposit_asked_minor", "BIGINT", "deposit_asked_positive", "deposit_asked_minor > 0"),
    (
        "stay",
        "deposit_due_on",
        "DATE",
        "deposit_due_on_a_day",
        "(deposit_asked_minor IS NULL) = (deposit_due_on IS NULL)",
    ),
    ("night_audit_rules", "no_show_percent", "SMALLINT", "part_of_a_night", "no_show_percent BETWEEN 1 AND 100"),
)


def upgrade() -> None:
    op.add_column("stay", sa.Column("guaranteed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("night_audit_rules", sa.Column("no_show_code", sa.String(length=16), nullable=True))
    for table, column, kind, name, check in CHECKED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT ck_{table}_{name} CHECK ({check})")
    op.create_index("ix_stay_deposit_due_on", "stay", ["deposit_due_on"])


def downgrade() -> None:
    op.drop_index("ix_stay_deposit_due_on", table_name="stay")
    for table, column, *_check in reversed(CHECKED):
        op.drop_column(table, column)
    op.drop_column("night_audit_rules", "no_show_code")
    op.drop_column("stay", "guaranteed")
