"""The desk in the browser: visits and sent forms, cashiers' shifts, invoices, groups, disputes, notes, long work.

Invoices are as immutable as vouchers. Rights that came with this version are given to the roles a hotel started with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
IMMUTABLE = ("invoice", "invoice_posting", "invoice_print")

_DESK = ("shift.open", "invoice.issue", "dispute.open", "note.write")
_AUTHORITY = ("shift.read", "shift.close_any", "invoice.credit", "dispute.settle")
NEW_RIGHTS = {
    "cashier": _DESK,
    "supervisor": _DESK + _AUTHORITY,
    "night_auditor": (*_DESK, "shift.read", "shift.close_any"),
    "manager": _DESK + _AUTHORITY,
    "administrator": _DESK + _AUTHORITY,
}


def upgrade() -> None:
    _create_visits()
    _create_cashiering()
    _create_paper()
    _create_desk()
    _create_ways_to_search()
    op.add_column("property", sa.Column("idle_minutes", sa.Integer(), server_default=sa.text("30"), nullable=False))
    op.add_column(
        "user_account", sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for table in IMMUTABLE:
        _make_immutable(table)
    _grant_new_rights()


def downgrade() -> None:
    rights = sorted({right for rights in NEW_RIGHTS.values() for right in rights})
    role_right = sa.table("role_right", sa.column("right"))
    op.execute(role_right.delete().where(role_right.c.right.in_(rights)))
    op.drop_column("user_account", "must_change_password")
    op.drop_column("property", "idle_minutes")
    _drop_ways_to_search()
    for table in (
        "job",
        "note",
        "dispute",
        "group_member",
        "stay_group",
        "invoice_print",
        "invoice_posting",
        "invoice",
        "invoice_series",
        "stationery",
        "logo",
        "shift_count",
        "shift",
        "cash_folio",
        "denomination",
        "held_form",
        "submission",
        "sign_in_attempt",
    ):
        op.drop_table(table)


def _create_ways_to_search() -> None:
    """Names by their beginning, whatever the language of the PostgreSQL server; references without their source.

    The few accounts and control folios are found among the many folios of guests.
    """
    op.drop_index("ix_guest_search_name", "guest")
    op.create_index(
        "ix_guest_search_name", "guest", ["search_name"], postgresql_ops={"search_name": "text_pattern_ops"}
    )
    op.create_index("ix_stay_reference", "stay", ["reference"])
    op.create_index("ix_folio_type", "folio", ["type", "number"])


def _drop_ways_to_search() -> None:
    op.drop_index("ix_folio_type", "folio")
    op.drop_index("ix_stay_reference", "stay")
    op.drop_index("ix_guest_search_name", "guest")
    op.create_index("ix_guest_search_name", "guest", ["search_name"])


def _make_immutable(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        )


def _grant_new_rights() -> None:
    role = sa.table("role", sa.column("code"))
    role_right = sa.table("role_right", sa.column("role_code"), sa.column("right"))
    there = set(op.get_bind().execute(sa.select(role.c.code)).scalars())
    rows = [
        {"role_code": code, "right": right} for code, rights in NEW_RIGHTS.items() if code in there for right in rights
    ]
    if rows:
        op.get_bind().execute(role_right.insert(), rows)


def _create_visits() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("user_code", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.CheckConstraint("outcome IN ('refused', 'granted')", name=op.f("ck_sign_in_attempt_outcome_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_address", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_user_code", "sign_in_attempt", ["user_code", "at"], unique=False)
    op.create_table(
        "submission",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("location", sa.String(length=500), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_at", "submission", ["at"], unique=False)
    op.create_table(
        "held_form",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_held_form")),
    )
    op.create_index("ix_held_form_at", "held_form", ["at"], unique=False)


def _create_cashiering() -> None:
    op.create_table(
        "denomination",
        sa.Column("value_minor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("value_minor > 0", name=op.f("ck_denomination_value_positive")),
        sa.PrimaryKeyConstraint("value_minor", name=op.f("pk_denomination")),
    )
    op.create_table(
        "cash_folio",
        sa.Column("folio_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("place IN ('drawer', 'safe', 'over', 'short')", name=op.f("ck_cash_folio_place_known")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_cash_folio_folio_id")),
        sa.PrimaryKeyConstraint("folio_id", name=op.f("pk_cash_folio")),
    )
    op.create_index(
        "uq_cash_folio_place",
        "cash_folio",
        ["place"],
        unique=True,
        sqlite_where=sa.text("place <> 'drawer'"),
        postgresql_where=sa.text("place <> 'drawer'"),
    )
    op.create_table(
        "shift",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("cashier", sa.String(length=32), nullable=False),
        sa.Column("drawer_folio_id", BIG_ID, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("float_minor", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.Column("expected_minor", sa.BigInteger(), nullable=True),
        sa.Column("counted_minor", sa.BigInteger(), nullable=True),
        sa.Column("dropped_minor", sa.BigInteger(), nullable=True),
        sa.Column("bag", sa.String(length=40), nullable=True),
        sa.Column("witness", sa.String(length=32), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("opening_key", sa.String(length=100), nullable=True),
        sa.Column("closing_key", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_shift_closed_on_a_day")),
        sa.CheckConstraint(
            "(status = 'closed') = (counted_minor IS NOT NULL)", name=op.f("ck_shift_closed_after_a_count")
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_shift_status_known")),
        sa.CheckConstraint("float_minor >= 0", name=op.f("ck_shift_float_not_negative")),
        sa.ForeignKeyConstraint(["drawer_folio_id"], ["folio.id"], name=op.f("fk_shift_drawer_folio_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("opening_key", name=op.f("uq_shift_opening_key")),
    )
    op.create_index("ix_shift_opened_on", "shift", ["opened_on"], unique=False)
    op.create_index(
        "uq_shift_open_cashier",
        "shift",
        ["cashier"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "uq_shift_open_drawer_folio_id",
        "shift",
        ["drawer_folio_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "shift_count",
        sa.Column("shift_id", BIG_ID, nullable=False),
        sa.Column("value_minor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces > 0", name=op.f("ck_shift_count_pieces_positive")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_shift_count_shift_id")),
        sa.PrimaryKeyConstraint("shift_id", "value_minor", name=op.f("pk_shift_count")),
    )


def _create_paper() -> None:
    op.create_table(
        "logo",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_logo")),
    )
    op.create_table(
        "stationery",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("postal_code", sa.String(length=16), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("vat_number", sa.String(length=32), nullable=True),
        sa.Column("registration", sa.String(length=200), nullable=True),
        sa.Column("bank", sa.String(length=300), nullable=True),
        sa.Column("footer", sa.String(length=500), nullable=True),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_stationery_single_row")),
        sa.ForeignKeyConstraint(["logo_sha256"], ["logo.sha256"], name=op.f("fk_stationery_logo_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stationery")),
    )
    op.create_table(
        "invoice_series",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_series_kind_known")),
        sa.CheckConstraint(
            "first_number > 0 AND next_number >= first_number", name=op.f("ck_invoice_series_counts_up")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("credits_invoice_id", BIG_ID, nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("asked_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(key IS NULL) = (asked_hash IS NULL)", name=op.f("ck_invoice_key_has_content")),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (credits_invoice_id IS NOT NULL)", name=op.f("ck_invoice_credits_an_invoice")
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_kind_known")),
        sa.ForeignKeyConstraint(["credits_invoice_id"], ["invoice.id"], name=op.f("fk_invoice_credits_invoice_id")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_invoice_folio_id")),
        sa.ForeignKeyConstraint(["series"], ["invoice_series.code"], name=op.f("fk_invoice_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("credits_invoice_id", name=op.f("uq_invoice_credits_invoice_id")),
        sa.UniqueConstraint("key", name=op.f("uq_invoice_key")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_invoice_series_sequence")),
    )
    op.create_index("ix_invoice_folio_id", "invoice", ["folio_id"], unique=False)
    op.create_index("ix_invoice_issued_on", "invoice", ["issued_on"], unique=False)
    op.create_table(
        "invoice_posting",
        sa.Column("invoice_id", BIG_ID, nullable=False),
        sa.Column("posting_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_posting_invoice_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_invoice_posting_posting_id")),
        sa.PrimaryKeyConstraint("invoice_id", "posting_id", name=op.f("pk_invoice_posting")),
    )
    op.create_index(op.f("ix_invoice_posting_posting_id"), "invoice_posting", ["posting_id"], unique=False)
    op.create_table(
        "invoice_print",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("invoice_id", BIG_ID, nullable=False),
        sa.Column("printed_at", MOMENT, nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_print_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_print")),
    )
    op.create_index(op.f("ix_invoice_print_invoice_id"), "invoice_print", ["invoice_id"], unique=False)


def _create_desk() -> None:
    op.create_table(
        "stay_group",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("company_id", BIG_ID, nullable=True),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_stay_group_company_id")),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_stay_group_folio_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay_group")),
        sa.UniqueConstraint("code", name=op.f("uq_stay_group_code")),
        sa.UniqueConstraint("folio_id", name=op.f("uq_stay_group_folio_id")),
    )
    op.create_index(op.f("ix_stay_group_company_id"), "stay_group", ["company_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("stay_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("group_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["stay_group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_group_member_stay_id")),
        sa.PrimaryKeyConstraint("stay_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("folio_id", BIG_ID, nullable=False),
        sa.Column("posting_id", BIG_ID, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.Column("settlement", sa.String(length=8), nullable=True),
        sa.Column("voucher_id", BIG_ID, nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(status = 'settled') = (settled_on IS NOT NULL)", name=op.f("ck_dispute_settled_on_a_day")),
        sa.CheckConstraint("(status = 'settled') = (settlement IS NOT NULL)", name=op.f("ck_dispute_settled_somehow")),
        sa.CheckConstraint("status IN ('open', 'settled')", name=op.f("ck_dispute_status_known")),
        sa.CheckConstraint(
            "settlement IN ('allowed', 'moved', 'upheld', 'agreed')", name=op.f("ck_dispute_settlement_known")
        ),
        sa.ForeignKeyConstraint(["folio_id"], ["folio.id"], name=op.f("fk_dispute_folio_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_dispute_posting_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_dispute_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index("ix_dispute_folio_id", "dispute", ["folio_id"], unique=False)
    op.create_index(
        "uq_dispute_open_posting_id",
        "dispute",
        ["posting_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "note",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("subject IN ('stay', 'guest', 'company', 'folio')", name=op.f("ck_note_subject_known")),
        sa.CheckConstraint("(done_by IS NULL) = (done_at IS NULL)", name=op.f("ck_note_done_by_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_due_on", "note", ["due_on"], unique=False)
    op.create_index("ix_note_subject", "note", ["subject", "subject_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", BIG_ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("alive_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("total_count", sa.Integer(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("result_name", sa.String(length=100), nullable=True),
        sa.Column("result_type", sa.String(length=60), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("notice", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name=op.f("ck_job_failed_with_a_reason")),
        sa.CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name=op.f("ck_job_finished_at_a_moment")
        ),
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("operator", "key", name=op.f("uq_job_operator_key")),
    )
    op.create_index("ix_job_status", "job", ["status"], unique=False)
