"""Charges on PostgreSQL in one statement: check, lock, insert, add to the balance, record; all of it or none of it.

There are two such statements: one for a single charge, with what is written beside it, and one for many. They hold
the same conditions and write the same rows. Rows are given as JSON: the text is the same for any number of lines, and
short and with few enough parameters for the driver to read it once and not at every charge.

The conditions are those of `folios.vouchers`, where a refusal finds its reason; this statement only ever writes what
would be accepted there. A draft whose key was used before is left out of the answer and found there too.

Why: a round trip is the price of a charge (`tests/benchmarks`). Locks are taken as everywhere: the gate of the day, the
day's row, then folios by id, each step fed by the one before; rows are read again under their lock, so that a day
rolled or a limit reached meanwhile writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from folios import clock
from folios.business_day import GATE
from folios.drafts import ACTIONS, BUSINESS_DATE, Assumed, Beside, Draft, Posted, movement, posting_row, voucher_row
from folios.folio_types import types_taking

AT_ONCE = 1_000

# Rows are locked above all joins, so that whoever locks the day's row has passed the gate.
_HELD = """
WITH gate AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(%(gate)s)
), day AS MATERIALIZED (
    SELECT business_date FROM gate, business_day
    WHERE status = %(status)s AND business_date = %(day)s FOR SHARE OF business_day
)"""

_ONE = """{held}, locked AS MATERIALIZED (
    SELECT day.business_date, id, type, ledger, status, currency, exempt_from, balance_minor, house_limit_minor
    FROM day, folio WHERE id = %(account)s::bigint FOR NO KEY UPDATE OF folio
), fit AS MATERIALIZED (
    SELECT business_date FROM locked, ledger
    WHERE catalogue_mark = %(mark)s::bigint
      AND locked.status = 'open' AND locked.type = ANY(%(types)s) AND locked.ledger <> 'deposit'
      AND locked.currency = %(currency)s AND locked.exempt_from = %(exempt_from)s
      AND (%(limited)s::text IS NULL OR locked.house_limit_minor IS NULL
           OR locked.balance_minor + %(total_minor)s::bigint <= locked.house_limit_minor)
), written AS (
    INSERT INTO voucher (business_date, written_at, kind, currency, operator, outlet, terminal, shift, sender, key,
        content_hash, check_number, covers, reference, remark, reason, authorised_by)
    SELECT fit.business_date, %(at)s, kind, currency, operator, outlet, terminal, shift, sender, key,
        content_hash, check_number, covers, reference, remark, reason, authorised_by
    FROM fit, json_populate_record(NULL::voucher, %(voucher)s)
    ON CONFLICT (sender, key) DO NOTHING RETURNING id, business_date, operator
), posted AS (
    INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id,
        amount_minor, code, quantity, article, text, tax_base_minor, tax_rate_ppm)
    SELECT written.id, written.business_date, line, parent_line, debit_folio_id, credit_folio_id,
        amount_minor, code, quantity, article, text, tax_base_minor, tax_rate_ppm
    FROM written, json_populate_recordset(NULL::posting, %(lines)s)
), balanced AS (
    UPDATE folio SET balance_minor = balance_minor + %(total_minor)s::bigint
    FROM written WHERE folio.id = %(account)s::bigint
), recorded AS (
    INSERT INTO event (at, business_date, operator, action, subject, after)
    SELECT %(at)s, business_date, operator, %(action)s, 'folio:' || %(account)s,
        json_build_object('voucher', id, 'total_minor', %(total_minor)s::bigint) FROM written
){beside}
SELECT id FROM written
""".replace("{held}", _HELD)

_BESIDE = """, beside_{number} AS (
    INSERT INTO {table} (voucher_id, {columns}) SELECT written.id, {values}
    FROM written, json_populate_record(NULL::{table}, %(beside_{number})s) AS r
)"""

_MANY = """{held}, need AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(needs)s) AS n(
        folio_id bigint, currency text, exempt_from text, increase_minor bigint, limited boolean)
), locked AS MATERIALIZED (
    SELECT id, type, ledger, status, currency, exempt_from, balance_minor, house_limit_minor
    FROM day, folio WHERE id = ANY(%(folio_ids)s) ORDER BY id FOR NO KEY UPDATE OF folio
), fit AS MATERIALIZED (
    SELECT day.business_date FROM day, ledger
    WHERE ledger.catalogue_mark = %(mark)s AND %(folios)s = (
        SELECT count(*) FROM need JOIN locked ON locked.id = need.folio_id
        WHERE locked.status = 'open' AND locked.type = ANY(%(types)s) AND locked.ledger <> 'deposit'
          AND locked.currency = need.currency AND locked.exempt_from = need.exempt_from
          AND (NOT need.limited OR locked.house_limit_minor IS NULL
               OR locked.balance_minor + need.increase_minor <= locked.house_limit_minor))
), given AS MATERIALIZED (
    SELECT nextval('voucher_id_seq') AS id, g.* FROM json_to_recordset(%(vouchers)s) AS g(
        n int, account bigint, total_minor bigint, kind text, currency text, operator text, outlet text, terminal text,
        shift text, sender text, key text, content_hash text, check_number text, covers int, reference text,
        remark text, reason text, authorised_by text, corrects_voucher_id bigint)
), written AS (
    INSERT INTO voucher (id, business_date, written_at, kind, currency, operator, outlet, terminal, shift,
        sender, key, content_hash,
        check_number, covers, reference, remark, reason, authorised_by, corrects_voucher_id)
    SELECT given.id, fit.business_date, %(at)s, kind, currency, operator, outlet, terminal, shift, sender,
        key, content_hash,
        check_number, covers, reference, remark, reason, authorised_by, corrects_voucher_id FROM given, fit
    ON CONFLICT (sender, key) DO NOTHING RETURNING id
), kept AS MATERIALIZED (
    SELECT given.id, given.n, given.operator, given.account, given.total_minor
    FROM written JOIN given ON given.id = written.id
), posted AS (
    INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id,
        amount_minor, code, quantity,
        article, text, tax_base_minor, tax_rate_ppm)
    SELECT kept.id, %(day)s, line, parent_line, debit_folio_id, credit_folio_id, amount_minor, code, quantity,
        article, text, tax_base_minor, tax_rate_ppm FROM kept JOIN json_to_recordset(%(lines)s) AS l(
        n int, line smallint, parent_line smallint, debit_folio_id bigint, credit_folio_id bigint, amount_minor bigint,
        code text, quantity int, article text, text text, tax_base_minor bigint, tax_rate_ppm int) ON l.n = kept.n
    ORDER BY kept.id, line RETURNING debit_folio_id, credit_folio_id, amount_minor
), moved AS (
    SELECT folio_id, sum(amount) AS amount FROM (
        SELECT debit_folio_id AS folio_id, amount_minor AS amount FROM posted
        UNION ALL SELECT credit_folio_id, -amount_minor FROM posted) AS sides
    WHERE folio_id = ANY(%(folio_ids)s) GROUP BY folio_id
), balanced AS (
    UPDATE folio SET balance_minor = folio.balance_minor + moved.amount FROM moved WHERE folio.id = moved.folio_id
), recorded AS (
    INSERT INTO event (at, business_date, operator, action, subject, after)
    SELECT %(at)s, %(day)s, operator, %(action)s, 'folio:' || account,
           json_build_object('voucher', id, 'total_minor', total_minor) FROM kept
)
SELECT n, id FROM kept
""".replace("{held}", _HELD)


def write(connection: Connection, drafts: Sequence[Draft], assumed: Assumed) -> dict[int, Posted]:
    """Writes what may be written; returns the answers by index. A draft that is missing was not written.

    Very many go in pieces, one after the other in the same transaction: of rows given as JSON the planner expects a
    hundred, whatever their number, and of tens of thousands it would compare each with each.
    """
    if len(drafts) <= AT_ONCE:
        return _write(connection, drafts, assumed)
    answers: dict[int, Posted] = {}
    for first in range(0, len(drafts), AT_ONCE):
        written = _write(connection, drafts[first : first + AT_ONCE], assumed)
        answers |= {first + index: posted for index, posted in written.items()}
    return answers


def _write(connection: Connection, drafts: Sequence[Draft], assumed: Assumed) -> dict[int, Posted]:
    days = {draft.business_date for draft in drafts}
    if len(days) > 1 or any(draft.tenders or draft.kind != "charge" for draft in drafts):
        return {}
    if len(drafts) > 1 and any(draft.beside for draft in drafts):
        return {}
    standing = {
        "gate": GATE,
        "status": "open" if None in days else "auditing",
        "day": assumed.business_date,
        "types": list(types_taking("charge")),
        "at": clock.now(),
        "action": ACTIONS["charge"],
    }
    draft = drafts[0]
    if _alone(drafts):
        text = _one_text(tuple((each.table, tuple(each.row)) for each in draft.beside))
        parameters = standing | _one(draft, assumed)
        numbers = [(0, each[0]) for each in connection.exec_driver_sql(text, parameters)]
    elif draft.beside:
        return {}
    else:
        parameters = standing | _many(drafts, assumed)
        numbers = [(n, voucher_id) for n, voucher_id in connection.exec_driver_sql(_MANY, parameters)]
    return {n: Posted(voucher_id, assumed.business_date, drafts[n].total_minor) for n, voucher_id in numbers}


def _alone(drafts: Sequence[Draft]) -> bool:
    return len(drafts) == 1 and len(drafts[0].accounts) == 1


@lru_cache(maxsize=64)
def _one_text(beside: tuple[tuple[sa.Table, tuple[str, ...]], ...]) -> str:
    """The statement for one charge with rows of these tables and columns beside it."""
    extra = [_beside_text(number, table, columns) for number, (table, columns) in enumerate(beside, 1)]
    return _ONE.replace("{beside}", "".join(extra))


def _beside_text(number: int, table: sa.Table, columns: tuple[str, ...]) -> str:
    values = [f"r.{name}" for name in columns]
    if BUSINESS_DATE in table.c:
        columns, values = (*columns, BUSINESS_DATE), [*values, "written.business_date"]
    return _BESIDE.format(number=number, table=table.name, columns=", ".join(columns), values=", ".join(values))


def _one(draft: Draft, assumed: Assumed) -> dict[str, Any]:
    """Numbers are given as text: the driver would name a type by their size, and the server plan anew for each."""
    account = draft.accounts[0]
    return {
        "account": str(account),
        "mark": str(assumed.mark),
        "exempt_from": assumed.exempt_from.get(account, ""),
        "limited": "yes" if draft.limited else None,
        "total_minor": str(draft.total_minor),
        "currency": draft.currency,
        "voucher": json.dumps(voucher_row(draft, None)),
        "lines": json.dumps([posting_row(line, number) for number, line in enumerate(draft.lines, 1)]),
    } | {f"beside_{number}": _row(each) for number, each in enumerate(draft.beside, 1)}


def _row(beside: Beside) -> str:
    """A row for the server to unfold: moments and days as ISO writes them, as both take them."""
    return json.dumps(dict(beside.row), default=lambda told: told.isoformat())


def _many(drafts: Sequence[Draft], assumed: Assumed) -> dict[str, Any]:
    accounts = sorted({folio_id for draft in drafts for folio_id in draft.accounts})
    lines = [
        posting_row(line, number) | {"n": index}
        for index, draft in enumerate(drafts)
        for number, line in enumerate(draft.lines, 1)
    ]
    return {
        "mark": assumed.mark,
        "folio_ids": accounts,
        "folios": len(accounts),
        "needs": json.dumps(_needs(drafts, assumed)),
        "vouchers": json.dumps([_given(index, draft) for index, draft in enumerate(drafts)]),
        "lines": json.dumps(lines),
    }


def _given(index: int, draft: Draft) -> dict[str, Any]:
    return voucher_row(draft, None) | {
        "n": index,
        "account": draft.subject,
        "total_minor": draft.total_minor,
    }


def _needs(drafts: Sequence[Draft], assumed: Assumed) -> list[dict[str, Any]]:
    """What must be true of each folio, and by how much its balance goes up."""
    moved = movement(drafts)
    limited = {folio_id for draft in drafts if draft.limited for folio_id in draft.accounts}
    needs: dict[tuple[int, str], dict[str, Any]] = {}
    for draft in drafts:
        for folio_id in draft.accounts:
            needs[folio_id, draft.currency] = {
                "folio_id": folio_id,
                "currency": draft.currency,
                "exempt_from": assumed.exempt_from.get(folio_id, ""),
                "increase_minor": moved.get(folio_id, 0),
                "limited": folio_id in limited,
            }
    return list(needs.values())
