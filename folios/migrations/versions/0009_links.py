"""Links to outlets' systems over FIAS: how they are set up, what came over them, wake-up calls, messages, keys.

News can be of no guest (the night audit), and for one link alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "key_request",
    "room_sign",
    "guest_message",
    "wake_up",
    "link_state",
    "link_message",
    "link_payment",
    "link_outlet",
    "link",
)


def upgrade() -> None:
    _create_links()
    _create_asked()
    _make_news(of_links=True)


def downgrade() -> None:
    op.execute("DELETE FROM news WHERE stay_id IS NULL OR link_id IS NOT NULL")
    _make_news(of_links=False)
    for table in TABLES:
        op.drop_table(table)


def _make_news(of_links: bool) -> None:
    """Lets news be of no guest and for one link, or not. SQLite changes no column: there the table is made anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("news", "stay_id", nullable=of_links)
        if of_links:
            op.add_column("news", sa.Column("link_id", sa.BigInteger(), nullable=True))
        else:
            op.drop_column("news", "link_id")
        return
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT id, turn, at, kind, stay_id, content FROM news")
    op.drop_table("news")
    op.create_table(
        "news",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=of_links),
        *([sa.Column("link_id", sa.BigInteger(), nullable=True)] if of_links else []),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_news_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index("ix_news_turn", "news", ["turn", "id"])
    op.execute(
        "INSERT INTO news (id, turn, at, kind, stay_id, content) SELECT id, turn, at, kind, stay_id, content FROM kept"
    )
    op.execute("DROP TABLE kept")


def _create_links() -> None:
    op.create_table(
        "link",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("protocol", sa.String(length=8), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("host", sa.String(length=45), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.String(length=500), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.Column("baud", sa.Integer(), nullable=False),
        sa.Column("data_bits", sa.SmallInteger(), nullable=False),
        sa.Column("parity", sa.String(length=1), nullable=False),
        sa.Column("check_bytes", sa.Boolean(), nullable=False),
        sa.Column("encoding", sa.String(length=20), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), nullable=False),
        sa.Column("silence_s", sa.Integer(), nullable=True),
        sa.Column("records", sa.String(length=200), nullable=False),
        sa.Column("negative", sa.Boolean(), nullable=False),
        sa.Column("over_limit", sa.Boolean(), nullable=False),
        sa.Column("to_suspense", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("parity IN ('N', 'E', 'O')", name=op.f("ck_link_parity_known")),
        sa.CheckConstraint("protocol IN ('fias', 'xml_pos')", name=op.f("ck_link_protocol_known")),
        sa.CheckConstraint("way <> 'serial' OR device IS NOT NULL", name=op.f("ck_link_serial_has_device")),
        sa.CheckConstraint("way IN ('tcp', 'serial')", name=op.f("ck_link_way_known")),
        sa.CheckConstraint("decimals BETWEEN 0 AND 4", name=op.f("ck_link_decimals_possible")),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_link_port_possible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("code", name=op.f("uq_link_code")),
    )
    op.create_table(
        "link_outlet",
        sa.Column("link_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("terminal_code", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_outlet_link_id")),
        sa.ForeignKeyConstraint(["terminal_code"], ["terminal.code"], name=op.f("fk_link_outlet_terminal_code")),
        sa.PrimaryKeyConstraint("link_id", "number", name=op.f("pk_link_outlet")),
    )
    op.create_index(op.f("ix_link_outlet_terminal_code"), "link_outlet", ["terminal_code"], unique=False)
    op.create_table(
        "link_payment",
        sa.Column("link_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("method", sa.String(length=5), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("folio_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["code"], ["transaction_code.code"], name=op.f("fk_link_payment_code")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_link_payment_folio_id")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_payment_link_id")),
        sa.PrimaryKeyConstraint("link_id", "method", name=op.f("pk_link_payment")),
    )
    op.create_table(
        "link_message",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.String(length=16), nullable=False),
        sa.Column("check_number", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("voucher_id", BIG_ID, nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_message_link_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_link_message_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_message")),
    )
    op.create_index("ix_link_message_link_id", "link_message", ["link_id", "number", "received_at"], unique=False)
    op.create_index("ix_link_message_received_at", "link_message", ["received_at"], unique=False)
    op.create_table(
        "link_state",
        sa.Column("link_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("peer", sa.String(length=100), nullable=True),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("heard_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("shown_at", MOMENT, nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("lists", sa.JSON(), nullable=False),
        sa.Column("refused_lists", sa.JSON(), nullable=False),
        sa.Column("resyncing", sa.Boolean(), nullable=False),
        sa.Column("dropped_bytes", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.Column("spoken", sa.JSON(), nullable=False),
        sa.Column("resync_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_turn", sa.BigInteger(), nullable=False),
        sa.Column("seen_id", sa.BigInteger(), nullable=False),
        sa.Column("replaced_turn", sa.BigInteger(), nullable=False),
        sa.Column("replaced_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_state_link_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_link_state")),
    )


def _create_asked() -> None:
    op.create_table(
        "wake_up",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("room_id", BIG_ID, nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("answer", sa.String(length=2), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("seen_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('set', 'sent', 'answered', 'unanswered', 'cleared')", name=op.f("ck_wake_up_state_known")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_wake_up_room_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_wake_up_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wake_up")),
    )
    op.create_index(op.f("ix_wake_up_room_id"), "wake_up", ["room_id"], unique=False)
    op.create_index("ix_wake_up_state", "wake_up", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_wake_up_stay_id"), "wake_up", ["stay_id"], unique=False)
    op.create_table(
        "guest_message",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("written_by", sa.String(length=40), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_guest_message_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_message")),
    )
    op.create_index(op.f("ix_guest_message_stay_id"), "guest_message", ["stay_id"], unique=False)
    op.create_table(
        "room_sign",
        sa.Column("room_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("sign", sa.String(length=2), nullable=False),
        sa.Column("value", sa.String(length=8), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_sign_room_id")),
        sa.PrimaryKeyConstraint("room_id", "sign", name=op.f("pk_room_sign")),
    )
    op.create_table(
        "key_request",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("stay_id", BIG_ID, nullable=False),
        sa.Column("room", sa.String(length=8), nullable=False),
        sa.Column("coder", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("keys", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=2), nullable=True),
        sa.Column("text", sa.String(length=50), nullable=True),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('N', 'D', 'O')", name=op.f("ck_key_request_kind_known")),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name=op.f("ck_key_request_state_known")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_key_request_link_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_key_request_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_request")),
    )
    op.create_index("ix_key_request_link_id", "key_request", ["link_id", "state"], unique=False)
    op.create_index(op.f("ix_key_request_stay_id"), "key_request", ["stay_id"], unique=False)
