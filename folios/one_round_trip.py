"""Charges on PostgreSQL in one statement: check, lock, insert, add to the balance, record; all of it or none of it.

The conditions are those of `folios.vouchers`, where a refusal finds its reason; this statement only ever writes what
would be accepted there. A draft whose key was used before is left out of the answer and found there too.

Why: a round trip is the price of a charge (`tests/benchmarks`). Locks are taken as everywhere: the day's row is shared,
then folios by id; both are read again under the lock, so that a day rolled or a limit reached meanwhile writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from folios import clock
from folios.drafts import ACTIONS, Assumed, Draft, Posted, movement, posting_row, voucher_row
from folios.folio_types import types_taking

_SQL = """
WITH day AS MATERIALIZED (
    SELECT business_date FROM business_day
    WHERE status = %(status)s AND business_date = %(day)s FOR SHARE
), need AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(needs)s) AS n(
        folio_id bigint, currency text, exempt_from text, increase_minor bigint, limited boolean)
), locked AS MATERIALIZED (
    SELECT id, type, ledger, status, currency, exempt_from, balance_minor, house_limit_minor FROM folio
    WHERE id = ANY(%(folio_ids)s) ORDER BY id FOR NO KEY UPDATE
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
"""


def write(connection: Connection, drafts: Sequence[Draft], assumed: Assumed) -> dict[int, Posted]:
    """Writes what may be written; returns the answers by index. A draft that is missing was not written."""
    days = {draft.business_date for draft in drafts}
    if len(days) > 1 or any(draft.tenders or draft.kind != "charge" for draft in drafts):
        return {}
    named: date | None = days.pop()
    accounts = sorted({folio_id for draft in drafts for folio_id in draft.accounts})
    parameters = {
        "status": "open" if named is None else "auditing",
        "day": assumed.business_date,
        "mark": assumed.mark,
        "at": clock.now(),
        "folio_ids": accounts,
        "folios": len(accounts),
        "types": list(types_taking("charge")),
        "action": ACTIONS["charge"],
        "needs": json.dumps(_needs(drafts, assumed)),
        "vouchers": json.dumps([_given(index, draft) for index, draft in enumerate(drafts)]),
        "lines": json.dumps(
            [
                posting_row(line, number) | {"n": index}
                for index, draft in enumerate(drafts)
                for number, line in enumerate(draft.lines, 1)
            ]
        ),
    }
    written = connection.exec_driver_sql(_SQL, parameters).all()
    return {n: Posted(voucher_id, assumed.business_date, drafts[n].total_minor) for n, voucher_id in written}


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
