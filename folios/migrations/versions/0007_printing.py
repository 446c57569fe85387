"""Printing: printers, which slip goes to which of them, and the queue of slips.

Rights that came with this version are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

NEW_RIGHTS = {
    "supervisor": ("print.manage",),
    "night_auditor": ("print.manage",),
    "manager": ("print.manage", "printer.set_up"),
    "administrator": ("print.manage", "printer.set_up"),
}


def upgrade() -> None:
    _create_printers()
    _create_queue()
    _grant_new_rights()


def downgrade() -> None:
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(("print.manage", "printer.set_up"))))
    op.drop_table("print_job")
    op.drop_table("print_route")
    op.drop_table("printer")


def _create_printers() -> None:
    op.create_table(
        "printer",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.Column("baud_rate", sa.Integer(), nullable=False),
        sa.Column("usb_vendor", sa.Integer(), nullable=True),
        sa.Column("usb_product", sa.Integer(), nullable=True),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("width_mm", sa.SmallInteger(), nullable=False),
        sa.Column("dots", sa.SmallInteger(), nullable=False),
        sa.Column("code_pages", sa.String(length=200), nullable=False),
        sa.Column("has_drawer", sa.Boolean(), nullable=False),
        sa.Column("has_cutter", sa.Boolean(), nullable=False),
        sa.Column("timeout_s", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=200), nullable=True),
        sa.Column("down_since", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('network', 'serial', 'usb', 'file', 'dummy')", name=op.f("ck_printer_kind_known")),
        sa.CheckConstraint("dots BETWEEN 64 AND 2048", name=op.f("ck_printer_dots_possible")),
        sa.CheckConstraint("timeout_s BETWEEN 1 AND 60", name=op.f("ck_printer_timeout_possible")),
        sa.CheckConstraint(
            "kind <> 'network' OR (host IS NOT NULL AND port IS NOT NULL)",
            name=op.f("ck_printer_network_has_address"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('serial', 'file') OR device IS NOT NULL", name=op.f("ck_printer_device_is_named")
        ),
        sa.CheckConstraint(
            "kind <> 'usb' OR (usb_vendor IS NOT NULL AND usb_product IS NOT NULL)",
            name=op.f("ck_printer_usb_has_numbers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("name", name=op.f("uq_printer_name")),
    )
    op.create_index(
        "ix_printer_error",
        "printer",
        ["name"],
        unique=False,
        sqlite_where=sa.text("error IS NOT NULL"),
        postgresql_where=sa.text("error IS NOT NULL"),
    )
    op.create_table(
        "print_route",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outlet", sa.String(length=16), nullable=False),
        sa.Column("terminal", sa.String(length=16), nullable=False),
        sa.Column("printer_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name=op.f("fk_print_route_printer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_route")),
        sa.UniqueConstraint("kind", "outlet", "terminal", name=op.f("uq_print_route_kind_outlet_terminal")),
    )
    op.create_index(op.f("ix_print_route_printer_id"), "print_route", ["printer_id"], unique=False)


def _create_queue() -> None:
    op.create_table(
        "print_job",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outlet", sa.String(length=16), nullable=True),
        sa.Column("terminal", sa.String(length=16), nullable=True),
        sa.Column("voucher_id", BIG_ID, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(length=10), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("printer_id", BIG_ID, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("copy", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("copy_of_id", BIG_ID, nullable=True),
        sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("sending_at", MOMENT, nullable=True),
        sa.Column("lost", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=200), nullable=True),
        sa.Column("notice", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("printed_at", MOMENT, nullable=True),
        sa.Column("output", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'printing', 'printed', 'failed', 'cancelled')",
            name=op.f("ck_print_job_status_known"),
        ),
        sa.CheckConstraint(
            "(status = 'printed') = (printed_at IS NOT NULL)", name=op.f("ck_print_job_printed_at_a_moment")
        ),
        sa.CheckConstraint(
            "(status = 'printing') = (lease_until IS NOT NULL)", name=op.f("ck_print_job_printing_on_a_lease")
        ),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_print_job_voucher_id")),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name=op.f("fk_print_job_printer_id")),
        sa.ForeignKeyConstraint(
            ["copy_of_id"], ["print_job.id"], name=op.f("fk_print_job_copy_of_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
        sa.UniqueConstraint("key", name=op.f("uq_print_job_key")),
    )
    op.create_index("ix_print_job_status", "print_job", ["status", "printer_id", "id"], unique=False)
    op.create_index("ix_print_job_created_at", "print_job", ["created_at"], unique=False)
    op.create_index(
        "ix_print_job_voucher_id",
        "print_job",
        ["voucher_id"],
        unique=False,
        sqlite_where=sa.text("voucher_id IS NOT NULL"),
        postgresql_where=sa.text("voucher_id IS NOT NULL"),
    )


def _grant_new_rights() -> None:
    """To the starter roles that are there; a role of the hotel's own gets them from the administrator."""
    connection = op.get_bind()
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(connection.execute(sa.select(role.c.code)).scalars())
    rows = [
        {"role_code": code, "right": right} for code, rights in NEW_RIGHTS.items() if code in there for right in rights
    ]
    if rows:
        op.bulk_insert(role_right, rows)
