"""Gaps of the desk: house limits know who was faster, a sign-out ends the visit on the server."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("house_limit", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_table(
        "ended_visit",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_ended_visit")),
    )
    op.create_index("ix_ended_visit_at", "ended_visit", ["at"])


def downgrade() -> None:
    op.drop_index("ix_ended_visit_at", table_name="ended_visit")
    op.drop_table("ended_visit")
    op.drop_column("house_limit", "version")
