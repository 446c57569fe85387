"""The hotel itself, and those who work with the system: users, roles, rights."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "property",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property")),
        sa.CheckConstraint("id = 1", name=op.f("ck_property_single_row")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("code", name=op.f("uq_user_account_code")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
    )
    op.create_table(
        "role_right",
        sa.Column("role_code", sa.String(32), nullable=False),
        sa.Column("right", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("role_code", "right", name=op.f("pk_role_right")),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_role_right_role_code")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("role_code", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role_code", name=op.f("pk_user_role")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id")),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_user_role_role_code")),
    )
    op.create_index(op.f("ix_user_role_role_code"), "user_role", ["role_code"])


def downgrade() -> None:
    op.drop_table("user_role")
    op.drop_table("role_right")
    op.drop_table("role")
    op.drop_table("user_account")
    op.drop_table("property")
