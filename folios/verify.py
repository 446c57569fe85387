"""Proving the books: every identity that must always hold, worked out again from the vouchers and postings.

Each identity is a query that returns only what is wrong: where, what was expected, what was found. The floors above add
theirs with `identity`. `run` reads one snapshot and changes nothing. Sources of the identities: the basic formula
(previous balance + debits - credits = net outstanding balance) and the balancing rules named beside each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.drafts import ACTIONS
from folios.errors import N_
from folios.models import BusinessDay, Event, Posting, Voucher


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is off: where (folio, voucher, day), what should be there, what is."""

    where: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class Checked:
    """One identity and what is off about it; nothing is off when `differences` is empty."""

    name: str
    differences: tuple[Difference, ...]


Check = Callable[[Session], Iterable[Difference]]
_identities: dict[str, Check] = {}


def identity(name: str) -> Callable[[Check], Check]:
    """Registers a check under its name, a sentence that states what always holds."""

    def register(check: Check) -> Check:
        _identities[name] = check
        return check

    return register


def run(session: Session) -> list[Checked]:
    """Checks every identity. Open the session with `folios.db.reading`, so that all see one snapshot."""
    return [Checked(name, tuple(check(session))) for name, check in _identities.items()]


def holds(name: str, sql: str) -> None:
    """Registers an identity told in SQL that both engines read; its rows are (where, expected, found)."""
    query = sa.text(sql)

    def check(session: Session) -> Iterable[Difference]:
        return [Difference(*row) for row in session.execute(query)]

    identity(name)(check)


# Each posting seen from both of its folios.
_SIDES = """
    SELECT debit_folio_id AS folio_id, business_date, voucher_id, id, amount_minor AS debit, 0 AS credit FROM posting
    UNION ALL
    SELECT credit_folio_id, business_date, voucher_id, id, 0, amount_minor FROM posting
"""

holds(
    N_("each posting stands on a voucher and on two folios, all of one day and one currency"),
    """
    SELECT 'posting ' || p.id || ' of voucher ' || p.voucher_id,
           coalesce(v.currency, 'a voucher') || ' ' || coalesce(cast(v.business_date AS text), ''),
           coalesce(d.currency, 'no debit folio') || '/' || coalesce(c.currency, 'no credit folio') || ' '
               || cast(p.business_date AS text)
    FROM posting p LEFT JOIN voucher v ON v.id = p.voucher_id
    LEFT JOIN folio d ON d.id = p.debit_folio_id LEFT JOIN folio c ON c.id = p.credit_folio_id
    WHERE v.id IS NULL OR d.id IS NULL OR c.id IS NULL OR v.business_date <> p.business_date
       OR d.currency <> v.currency OR c.currency <> v.currency OR p.amount_minor <= 0
       OR p.debit_folio_id = p.credit_folio_id
    """,
)
holds(
    N_("each voucher has postings, and a business day to count for"),
    """
    SELECT 'voucher ' || v.id, 'at least one posting, a known day',
           (SELECT count(*) FROM posting p WHERE p.voucher_id = v.id) || ' postings, ' || cast(v.business_date AS text)
    FROM voucher v
    WHERE NOT EXISTS (SELECT 1 FROM posting p WHERE p.voucher_id = v.id)
       OR NOT EXISTS (SELECT 1 FROM business_day b WHERE b.business_date = v.business_date)
    """,
)
# Sum of all debits = sum of all credits, per day and per currency (domain: identities).
holds(
    N_("the folios' debits equal the folios' credits, per day and currency"),
    f"""
    SELECT 'day ' || s.business_date || ' ' || f.currency, sum(s.debit), sum(s.credit)
    FROM ({_SIDES}) s JOIN folio f ON f.id = s.folio_id
    GROUP BY s.business_date, f.currency HAVING sum(s.debit) <> sum(s.credit)
    """,  # noqa: S608 - no outside text in it
)
holds(
    N_("a stored balance equals the sum of the folio's postings"),
    f"""
    SELECT 'folio ' || f.number, coalesce(m.net, 0), f.balance_minor
    FROM folio f LEFT JOIN (SELECT s.folio_id, sum(s.debit - s.credit) AS net FROM ({_SIDES}) s GROUP BY s.folio_id) m
      ON m.folio_id = f.id
    WHERE f.type <> 'control' AND f.balance_minor <> coalesce(m.net, 0)
    """,  # noqa: S608
)
holds(
    N_("a closed folio stands at zero"),
    "SELECT 'folio ' || number, 0, balance_minor FROM folio WHERE status = 'closed' AND balance_minor <> 0",
)
# Opening + debits - credits = closing, per folio; yesterday's closing = today's opening.
holds(
    N_("each folio's closing balance is its opening, plus the day's debits, less its credits"),
    f"""
    SELECT 'folio ' || f.number || ' on ' || r.business_date,
           r.opening || ' + ' || r.debits || ' - ' || r.credits,
           CASE r.closings WHEN 0 THEN 'no closing'
               ELSE r.closed_debits || ' - ' || r.closed_credits || ' -> ' || r.closing END
    FROM (SELECT folio_id, business_date, sum(debit) AS debits, sum(credit) AS credits, sum(closings) AS closings,
                 sum(opening) AS opening, sum(closed_debit) AS closed_debits, sum(closed_credit) AS closed_credits,
                 sum(closing) AS closing
          FROM (SELECT s.folio_id, s.business_date, s.debit, s.credit, 0 AS closings, 0 AS opening, 0 AS closed_debit,
                       0 AS closed_credit, 0 AS closing
                FROM ({_SIDES}) s JOIN business_day b ON b.business_date = s.business_date AND b.status = 'closed'
                UNION ALL
                SELECT folio_id, business_date, 0, 0, 1, opening_minor, debits_minor, credits_minor, closing_minor
                FROM closing_balance) AS told
          GROUP BY folio_id, business_date) r
    JOIN folio f ON f.id = r.folio_id
    WHERE r.closings <> 1 OR r.closed_debits <> r.debits OR r.closed_credits <> r.credits
       OR r.opening + r.debits - r.credits <> r.closing
    """,  # noqa: S608
)
holds(
    N_("each folio opens a day with what it closed the last one with"),
    """
    SELECT 'folio ' || f.number || ' on ' || c.business_date, c.before, c.opening_minor
    FROM (SELECT folio_id, business_date, opening_minor,
                 coalesce(lag(closing_minor) OVER (PARTITION BY folio_id ORDER BY business_date), 0) AS before
          FROM closing_balance) c
    JOIN folio f ON f.id = c.folio_id WHERE c.opening_minor <> c.before
    """,
)
holds(
    N_("each ledger's closing is that of its folios, and its next opening"),
    """
    SELECT 'ledger ' || l.ledger || ' (' || l.type || ') on ' || l.business_date,
           l.before || ' + ' || coalesce(c.debits, 0) || ' - ' || coalesce(c.credits, 0),
           l.opening_minor || ' + ' || l.debits_minor || ' - ' || l.credits_minor || ' -> ' || l.closing_minor
    FROM (SELECT business_date, ledger, type, currency, opening_minor, debits_minor, credits_minor, closing_minor,
                 coalesce(lag(closing_minor) OVER (PARTITION BY ledger, type, currency ORDER BY business_date), 0)
                     AS before
          FROM ledger_closing) l
    LEFT JOIN (SELECT c.business_date, f.ledger, f.type, f.currency, sum(c.debits_minor) AS debits,
                      sum(c.credits_minor) AS credits
               FROM closing_balance c JOIN folio f ON f.id = c.folio_id
               GROUP BY c.business_date, f.ledger, f.type, f.currency) c
      ON c.business_date = l.business_date AND c.ledger = l.ledger AND c.type = l.type AND c.currency = l.currency
    WHERE l.opening_minor <> l.before OR l.debits_minor <> coalesce(c.debits, 0)
       OR l.credits_minor <> coalesce(c.credits, 0)
       OR l.opening_minor + l.debits_minor - l.credits_minor <> l.closing_minor
    """,
)
holds(
    N_("each ledger whose folios closed a day closed it too"),
    """
    SELECT 'ledger ' || c.ledger || ' (' || c.type || ') on ' || c.business_date, 'a closing', 'none'
    FROM (SELECT DISTINCT b.business_date, f.ledger, f.type, f.currency
          FROM closing_balance b JOIN folio f ON f.id = b.folio_id) c
    LEFT JOIN ledger_closing l ON l.business_date = c.business_date AND l.ledger = c.ledger AND l.type = c.type
                              AND l.currency = c.currency
    WHERE l.business_date IS NULL
    """,
)
holds(
    N_("all ledgers together close at zero, per day and currency"),
    """
    SELECT 'day ' || business_date || ' ' || currency, 0, sum(closing_minor)
    FROM ledger_closing GROUP BY business_date, currency HAVING sum(closing_minor) <> 0
    """,
)
# Net change of a ledger = (charges + taxes) - (payments + refunds): what guests, city and deposits owe changes only by
# vouchers whose other side is a revenue, tax or cash folio, and by exactly their amounts.
holds(
    N_("what guests and the city owe changes by charges, less payments and what was taken back"),
    """
    SELECT 'day ' || v.business_date || ' ' || v.currency, v.net, coalesce(l.net, 0)
    FROM (SELECT p.business_date, v.currency,
                 sum(CASE WHEN c.type = 'control' THEN p.amount_minor ELSE 0 END)
                     - sum(CASE WHEN d.type = 'control' THEN p.amount_minor ELSE 0 END) AS net
          FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN business_day b ON b.business_date = v.business_date
          JOIN folio d ON d.id = p.debit_folio_id JOIN folio c ON c.id = p.credit_folio_id
          WHERE b.status = 'closed' GROUP BY p.business_date, v.currency) v
    LEFT JOIN (SELECT business_date, currency, sum(closing_minor - opening_minor) AS net
               FROM ledger_closing WHERE ledger <> 'control' GROUP BY business_date, currency) l
      ON l.business_date = v.business_date AND l.currency = v.currency
    WHERE v.net <> coalesce(l.net, 0)
    """,
)
# Control-folio credits of an outlet = guest debits for it: line by line, hence for every sum of lines.
holds(
    N_("a charge's control folio is its code's, line by line"),
    """
    SELECT 'posting ' || p.id || ' of voucher ' || p.voucher_id || ', code ' || p.code, k.number,
           CASE WHEN v.kind = 'charge' THEN c.number ELSE d.number END
    FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN transaction_code t ON t.code = p.code
    JOIN folio k ON k.id = t.folio_id
    JOIN folio d ON d.id = p.debit_folio_id JOIN folio c ON c.id = p.credit_folio_id
    WHERE t.kind IN ('charge', 'tax')
      AND ((v.kind = 'charge' AND c.id <> k.id) OR (v.kind IN ('correction', 'allowance') AND d.id <> k.id)
           OR (v.kind = 'transfer' AND (c.type = 'control' OR d.type = 'control')))
    """,
)
# Bank deposit = cash sales + cash received on receivables - paid-outs: the places of cash together move by those alone.
# Such a place is a control folio that is no code's own; cash is carried between two of them.
holds(
    N_("a payment, a paid-out and an opening balance stand on their tender, a drawer or their code's folio"),
    """
    SELECT 'posting ' || p.id || ' of voucher ' || p.voucher_id || ', code ' || p.code,
           t.kind || ' ' || coalesce(t.tender, '') || ' ' || coalesce(k.number, ''), d.number || ' / ' || c.number
    FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN transaction_code t ON t.code = p.code
    LEFT JOIN folio k ON k.id = t.folio_id
    JOIN folio d ON d.id = p.debit_folio_id JOIN folio c ON c.id = p.credit_folio_id
    LEFT JOIN (SELECT DISTINCT folio_id FROM transaction_code WHERE folio_id IS NOT NULL) dc ON dc.folio_id = d.id
    LEFT JOIN (SELECT DISTINCT folio_id FROM transaction_code WHERE folio_id IS NOT NULL) cc ON cc.folio_id = c.id
    WHERE t.kind IN ('payment', 'paid_out', 'opening')
      AND NOT (v.kind = 'transfer' AND d.type <> 'control' AND c.type <> 'control')
      AND NOT (v.kind = 'transfer' AND t.tender IS NOT NULL AND t.tender = 'cash'
               AND d.type = 'control' AND dc.folio_id IS NULL AND c.type = 'control' AND cc.folio_id IS NULL)
      AND NOT (v.kind <> 'transfer' AND t.tender IS NOT NULL AND t.tender = 'card' AND k.id IN (d.id, c.id))
      AND NOT (v.kind <> 'transfer' AND t.tender IS NOT NULL AND t.tender = 'cash'
               AND ((d.type = 'control' AND dc.folio_id IS NULL) OR (c.type = 'control' AND cc.folio_id IS NULL)))
      AND NOT (v.kind <> 'transfer' AND t.tender IS NOT NULL AND t.tender = 'direct_bill'
               AND 'semi_permanent' IN (d.type, c.type))
      AND NOT (v.kind <> 'transfer' AND t.kind = 'paid_out' AND c.type = 'control' AND cc.folio_id IS NULL
               AND (d.id = k.id OR d.type <> 'control'))
      AND NOT (t.kind = 'paid_out' AND v.kind = 'correction' AND d.type = 'control' AND dc.folio_id IS NULL
               AND c.type <> 'control')
      AND NOT (v.kind <> 'transfer' AND t.kind = 'opening' AND k.id IN (d.id, c.id))
    """,
)
holds(
    N_("nothing is moved on or taken back that was not there"),
    """
    SELECT 'posting ' || s.id || ' of voucher ' || s.voucher_id, s.amount_minor, t.taken
    FROM (SELECT source_posting_id AS id, side, sum(amount_minor) AS taken
          FROM (SELECT source_posting_id, 'debit' AS side, amount_minor FROM posting
                WHERE source_side IN ('debit', 'both')
                UNION ALL SELECT source_posting_id, 'credit', amount_minor FROM posting
                WHERE source_side IN ('credit', 'both')) AS takers
          GROUP BY source_posting_id, side) t
    JOIN posting s ON s.id = t.id WHERE t.taken > s.amount_minor
    """,
)
holds(
    N_("what is moved on or taken back leaves the folio it stood on, and is traced to its beginning"),
    """
    SELECT 'posting ' || t.id || ' of voucher ' || t.voucher_id, 'from posting ' || t.source_posting_id,
           coalesce('origin ' || t.origin_posting_id, 'no origin')
    FROM posting t LEFT JOIN posting s ON s.id = t.source_posting_id LEFT JOIN posting o ON o.id = t.origin_posting_id
    LEFT JOIN transaction_code k ON k.code = o.code
    WHERE t.source_posting_id IS NOT NULL
      AND (s.id IS NULL OR o.id IS NULL OR o.id <> coalesce(s.origin_posting_id, s.id)
           OR (t.code <> o.code AND k.kind <> 'opening')
           OR (t.source_side IN ('debit', 'both') AND t.credit_folio_id <> s.debit_folio_id)
           OR (t.source_side IN ('credit', 'both') AND t.debit_folio_id <> s.credit_folio_id))
    """,
)
# Cash carried from one place to another takes nothing that stands on an account.
holds(
    N_("a transfer, a correction and an allowance say what they take, and a correction or allowance why"),
    """
    SELECT 'voucher ' || v.id || ' (' || v.kind || ')', 'taken from voucher ' || coalesce(v.corrects_voucher_id, 0),
           coalesce(v.reason, 'no reason') || ', posting ' || p.id || ' from voucher ' || coalesce(s.voucher_id, 0)
    FROM voucher v JOIN posting p ON p.voucher_id = v.id LEFT JOIN posting s ON s.id = p.source_posting_id
    LEFT JOIN posting o ON o.id = p.origin_posting_id
    JOIN folio d ON d.id = p.debit_folio_id JOIN folio c ON c.id = p.credit_folio_id
    WHERE (v.kind IN ('transfer', 'correction', 'allowance') AND s.id IS NULL
           AND NOT (v.kind = 'transfer' AND d.type = 'control' AND c.type = 'control'))
       OR (v.kind IN ('correction', 'allowance') AND (v.corrects_voucher_id IS NULL OR v.reason IS NULL))
       OR (v.corrects_voucher_id IS NOT NULL AND v.corrects_voucher_id NOT IN (s.voucher_id, o.voucher_id))
    """,
)
holds(
    N_("a correction belongs to the day of what it corrects"),
    """
    SELECT 'voucher ' || v.id || ', posting ' || p.id, cast(o.business_date AS text), cast(v.business_date AS text)
    FROM voucher v JOIN posting p ON p.voucher_id = v.id JOIN posting o ON o.id = p.origin_posting_id
    WHERE v.kind = 'correction' AND o.business_date <> v.business_date
    """,
)
holds(
    N_("each closed day since the first that was closed with a balance has its ledgers' closings"),
    """
    SELECT 'day ' || b.business_date, 'closings of the ledgers', 'none'
    FROM business_day b
    WHERE b.status = 'closed' AND b.business_date > (SELECT min(business_date) FROM ledger_closing)
      AND NOT EXISTS (SELECT 1 FROM ledger_closing l WHERE l.business_date = b.business_date)
    """,
)
holds(
    N_("one business day is open, the one before it closed or being audited, all others closed"),
    """
    SELECT 'day ' || d.business_date, d.expected, d.status
    FROM (SELECT business_date, status,
                 CASE row_number() OVER (ORDER BY business_date DESC)
                     WHEN 1 THEN 'open' WHEN 2 THEN 'auditing or closed' ELSE 'closed' END AS expected
          FROM business_day) d
    WHERE NOT (d.expected = d.status OR (d.expected = 'auditing or closed' AND d.status IN ('auditing', 'closed')))
    """,
)


_of_voucher = sa.cast(Event.after["voucher"].as_string(), sa.BigInteger)
_told_total = sa.cast(Event.after["total_minor"].as_string(), sa.BigInteger)


@identity(N_("each voucher stands in the audit trail once, with its day, its kind and what it moves"))
def _told_once(session: Session) -> Iterable[Difference]:
    kind = sa.case({action: kind for kind, action in ACTIONS.items()}, value=Event.action)
    zero, one = sa.literal(0), sa.literal(1)
    both = sa.union_all(
        sa.select(
            Voucher.id.label("voucher"),
            Voucher.business_date.label("day"),
            Voucher.kind.label("kind"),
            sa.func.sum(Posting.amount_minor).label("moved"),
            zero.label("told"),
            one.label("vouchers"),
            zero.label("events"),
        )
        .join(Posting, Posting.voucher_id == Voucher.id)
        .group_by(Voucher.id, Voucher.business_date, Voucher.kind),
        sa.select(_of_voucher, Event.business_date, kind, zero, _told_total, zero, one).where(
            Event.action.in_(ACTIONS.values())
        ),
    ).subquery()
    moved, told, vouchers, events = (
        sa.func.sum(column) for column in (both.c.moved, both.c.told, both.c.vouchers, both.c.events)
    )
    off = (
        sa.select(both.c.voucher, both.c.day, both.c.kind, moved, told, vouchers, events)
        .group_by(both.c.voucher, both.c.day, both.c.kind)
        .having(sa.or_(moved != told, vouchers != 1, events != 1))
        .order_by(both.c.voucher, both.c.day)
    )
    for voucher, day, kind_told, *figures in session.execute(off):
        moves, tells, written, recorded = figures
        where = f"voucher {voucher} ({kind_told}) of {day}"
        yield Difference(where, f"{recorded} event of {tells}", f"{written} voucher of {moves}")


@identity(N_("a voucher's event names the folio that each of its postings stands on"))
def _told_of(session: Session) -> Iterable[Difference]:
    here = sa.literal("folio:")
    debit, credit = (here + sa.cast(side, sa.String) for side in (Posting.debit_folio_id, Posting.credit_folio_id))
    elsewhere = (
        sa.select(Posting.voucher_id, Posting.id, Event.subject, debit, credit)
        .select_from(Event)
        .join(Posting, Posting.voucher_id == _of_voucher)
        .where(Event.action.in_(ACTIONS.values()), Event.subject != debit, Event.subject != credit)
    )
    for voucher, posting, subject, debit_folio, credit_folio in session.execute(elsewhere):
        yield Difference(f"posting {posting} of voucher {voucher}", subject, f"{debit_folio}, {credit_folio}")


@identity(N_("business days follow each other without a gap"))
def _gaps(session: Session) -> Iterable[Difference]:
    days = session.execute(sa.select(BusinessDay.business_date).order_by(BusinessDay.business_date)).scalars().all()
    return [
        Difference(f"day {before.isoformat()}", "the next day", after.isoformat())
        for before, after in pairwise(days)
        if (after - before).days != 1
    ]
