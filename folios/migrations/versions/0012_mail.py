"""Mail: the queue, and whom the night audit calls and sends the morning's pack to."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubtful", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'sending', 'sent', 'failed')", name=op.f("ck_mail_status_known")),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_mail_sent_at_a_moment")),
        sa.CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name=op.f("ck_mail_sending_on_a_lease")),
        sa.CheckConstraint("status <> 'failed' OR error IS NOT NULL", name=op.f("ck_mail_failed_with_a_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", "recipient", name=op.f("uq_mail_key_recipient")),
    )
    op.create_index("ix_mail_status", "mail", ["status", "next_at"])
    for column in _of_the_rules():
        op.add_column("night_audit_rules", column)


def downgrade() -> None:
    for column in reversed(_of_the_rules()):
        op.drop_column("night_audit_rules", column.name)
    op.drop_table("mail")


def _of_the_rules() -> list[sa.Column[Any]]:
    pack = sa.text("'manager.pdf trial-balance.pdf'")
    return [
        sa.Column("mail_language", sa.String(length=16), nullable=True),
        sa.Column("call_to", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("call_after_hours", sa.SmallInteger(), server_default=sa.text("3"), nullable=True),
        sa.Column("pack_to", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("pack_files", sa.Text(), server_default=pack, nullable=False),
    ]
