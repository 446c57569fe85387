"""Folios by the day on which they were closed: reports ask for those that were open, and years later most are not."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_folio_closed_on", "folio", ["closed_on"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_folio_closed_on", table_name="folio")
