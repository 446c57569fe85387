"""The reports by hand: one SQL statement that gives the lines of a report's largest part, on both databases.

`:day` is the business day, `:month` and `:year` the first days of its month and year, `:days_30` so many before it.
What the report says in words of ours is left out; every figure is there, and is compared.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Floor:
    """Which part of a report, which of its columns in which order, and the statement."""

    part: str
    columns: tuple[str, ...]
    sql: str


ROLLED = ("number", "name", "opening", "debits", "credits", "closing")
MOVED_OR_OPEN = """
SELECT f.number, f.name, c.opening_minor, c.debits_minor, c.credits_minor, c.closing_minor
FROM closing_balance c JOIN folio f ON f.id = c.folio_id
WHERE c.business_date = :day AND f.ledger = :ledger
UNION ALL
SELECT number, name, closing, 0, 0, closing FROM (
    SELECT f.number, f.name, (SELECT c.closing_minor FROM closing_balance c WHERE c.folio_id = f.id
        AND c.business_date <= :day ORDER BY c.business_date DESC LIMIT 1) AS closing
    FROM folio f WHERE f.ledger = :ledger AND f.opened_on <= :day AND (f.closed_on IS NULL OR f.closed_on > :day)
      AND NOT EXISTS (SELECT 1 FROM closing_balance t WHERE t.folio_id = f.id AND t.business_date = :day)) AS stood
WHERE closing <> 0
"""
# The room of a folio that is a guest's window.
ROOM = """coalesce((SELECT max(r.number) FROM stay_window w JOIN stay s ON s.id = w.stay_id
    JOIN room r ON r.id = s.room_id WHERE w.folio_id = f.id), '')"""
STAYS = (
    "company",
    "room",
    "guest",
    "stay",
    "arrival",
    "departure",
    "room_type",
    "rate",
    "price",
    "adults",
    "children",
    "remark",
)
LIST_OF_STAYS = """
SELECT coalesce(co.name, s.agent), coalesce(r.number, ''),
    g.surname || coalesce(', ' || g.first_names, ''), s.id, s.arrival, s.departure, t.code,
    coalesce(n.rate_code, s.rate_code), n.price_minor, s.adults, s.children, s.remark
FROM stay s JOIN guest g ON g.id = s.guest_id JOIN room_type t ON t.id = s.room_type_id
LEFT JOIN stay_night n ON n.stay_id = s.id AND n.date = :day
LEFT JOIN room r ON r.id = coalesce(n.room_id, s.room_id) LEFT JOIN company co ON co.id = s.company_id WHERE
"""
JOURNAL = Floor(
    "lines",
    ("voucher", "code", "debit", "credit", "reference", "operator", "amount"),
    """
    SELECT v.id, p.code, d.number, c.number, coalesce(v.check_number, v.reference), v.operator, p.amount_minor
    FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN folio d ON d.id = p.debit_folio_id
    JOIN folio c ON c.id = p.credit_folio_id JOIN transaction_code t ON t.code = p.code
    WHERE p.business_date = :day ORDER BY v.operator, v.id, p.line
    """,
)
# The figures of the house, and what each department earned, this year and last.
SUMS = ", ".join(
    f"coalesce(sum(CASE WHEN d.business_date BETWEEN {first} AND {last} THEN f.figure END), 0)"
    for first, last in (
        (":day", ":day"),
        (":month", ":day"),
        (":year", ":day"),
        (":last_day", ":last_day"),
        (":last_month", ":last_day"),
        (":last_year", ":last_day"),
    )
)
COUNTED = ("rooms_sold", "guests", "arrivals", "departures", "no_shows", "cancellations", "complimentary", "house_use")
MANAGER = (
    " UNION ALL ".join(
        f"SELECT {SUMS.replace('f.figure', f'd.{each}')} FROM day_figure d"
        " WHERE d.business_date BETWEEN :last_year AND :day"
        for each in COUNTED
    )
    + f"""
    UNION ALL SELECT {SUMS.replace("f.figure", "d.day_minor")}
    FROM day_code_total d JOIN transaction_code t ON t.code = d.code
    WHERE t.kind = 'charge' AND d.business_date BETWEEN :last_year AND :day GROUP BY d.department
"""
)
CAME = "s.status IN ('in_house', 'departed')"
STAYING = f"{CAME} AND s.arrival <= :day AND (s.status = 'in_house' OR s.departure > :day)"


def _ledger(ledger: str) -> Floor:
    return Floor("folios", ROLLED, MOVED_OR_OPEN.replace(":ledger", f"'{ledger}'"))


def _stays(part: str, which: str) -> Floor:
    return Floor(part, STAYS, LIST_OF_STAYS + which)


FLOORS: dict[str, Floor] = {
    "trial-balance": Floor(
        "ledgers",
        ("opening", "debits", "credits", "closing"),
        """
        SELECT opening_minor, debits_minor, credits_minor, closing_minor FROM ledger_closing
        WHERE business_date = :day
        """,
    ),
    "guest-ledger": Floor(
        "folios",
        (*ROLLED, "room"),
        MOVED_OR_OPEN.replace(":ledger", "'guest'")
        .replace("c.closing_minor\nFROM", f"c.closing_minor, {ROOM}\nFROM")
        .replace("closing FROM (", "closing, room FROM (")
        .replace(") AS closing\n", f") AS closing, {ROOM} AS room\n"),
    ),
    "city-ledger": _ledger("city"),
    "deposit-ledger": _ledger("deposit"),
    "high-balance": Floor(
        "folios",
        ("number", "name", "closing", "limit", "room"),
        """
        SELECT number, name, closing, house_limit_minor, ROOM FROM (
            SELECT f.id, f.number, f.name, f.house_limit_minor, (SELECT c.closing_minor FROM closing_balance c
                WHERE c.folio_id = f.id AND c.business_date <= :day ORDER BY c.business_date DESC LIMIT 1) AS closing
            FROM folio f WHERE f.ledger IN ('guest', 'city') AND f.opened_on <= :day
              AND (f.closed_on IS NULL OR f.closed_on > :day)) AS f
        WHERE closing > 0 AND closing * 100 >= house_limit_minor * 80
        """.replace("ROOM", ROOM),
    ),
    "aging": Floor(
        "folios",
        ("number", "bucket_0", "bucket_1", "bucket_2", "bucket_3", "bucket_4", "unapplied", "balance"),
        """
        WITH standing AS MATERIALIZED (
            SELECT id, number, balance, CASE WHEN balance > 0 THEN balance ELSE 0 END AS owed FROM (
                SELECT f.id, f.number, (SELECT c.closing_minor FROM closing_balance c WHERE c.folio_id = f.id
                    AND c.business_date <= :day ORDER BY c.business_date DESC LIMIT 1) AS balance
                FROM folio f WHERE f.ledger = 'city' AND f.opened_on <= :day
                  AND (f.closed_on IS NULL OR f.closed_on > :day)) AS stood
            WHERE balance <> 0
        ), charged AS MATERIALIZED (
            SELECT id, sum(CASE WHEN on_day >= :days_30 THEN amount ELSE 0 END) AS upto_0,
                sum(CASE WHEN on_day >= :days_60 THEN amount ELSE 0 END) AS upto_1,
                sum(CASE WHEN on_day >= :days_90 THEN amount ELSE 0 END) AS upto_2, sum(amount) AS upto_3
            FROM (
                SELECT c.folio_id AS id, c.business_date AS on_day, c.debits_minor AS amount
                FROM closing_balance c JOIN standing s ON s.id = c.folio_id AND s.owed > 0
                WHERE c.business_date BETWEEN :days_120 AND :day
                UNION ALL
                SELECT t.credit_folio_id, p.business_date, -t.amount_minor
                FROM posting t JOIN standing s ON s.id = t.credit_folio_id AND s.owed > 0
                JOIN posting p ON p.id = t.source_posting_id + 0 AND p.business_date >= :days_120
                WHERE t.business_date BETWEEN :days_120 AND :day AND t.source_side IN ('debit', 'both')) AS moved
            GROUP BY id
        ), reached AS (
            SELECT s.number, s.balance, s.owed, UPTO
            FROM standing s LEFT JOIN charged c ON c.id = s.id
        )
        SELECT number, upto_0, upto_1 - upto_0, upto_2 - upto_1, upto_3 - upto_2, owed - upto_3,
            CASE WHEN balance < 0 THEN balance ELSE 0 END, balance FROM reached
        """.replace(
            "UPTO",
            ", ".join(
                f"CASE WHEN coalesce(upto_{each}, 0) < owed THEN coalesce(upto_{each}, 0) ELSE owed END AS upto_{each}"
                for each in range(4)
            ),
        ),
    ),
    "departmental-revenue": Floor(
        "codes",
        ("code", "posted", "taken", "day", "month", "year"),
        """
        SELECT d.code, day_minor + corrected_minor + allowed_minor, -corrected_minor - allowed_minor, day_minor,
            month_minor, year_minor
        FROM day_code_total d JOIN transaction_code t ON t.code = d.code
        WHERE d.business_date = :day AND t.kind = 'charge'
        """,
    ),
    "tax-by-rate": Floor(
        "taxes",
        ("code", "rate", "tax", "count"),
        """
        SELECT p.code, o.tax_rate_ppm, sum(CASE WHEN p.credit_folio_id = t.folio_id THEN p.amount_minor
            ELSE -p.amount_minor END), count(*)
        FROM posting p JOIN transaction_code t ON t.code = p.code
        JOIN posting o ON o.id = coalesce(p.origin_posting_id, p.id)
        WHERE p.business_date = :day AND t.kind = 'tax' AND t.folio_id IN (p.credit_folio_id, p.debit_folio_id)
        GROUP BY p.code, o.tax_rate_ppm
        """,
    ),
    "journal-by-cashier": JOURNAL,
    "journal-by-code": Floor("lines", JOURNAL.columns, JOURNAL.sql.replace("v.operator, v.id, p.line", "p.code, v.id")),
    "journal-by-outlet": Floor("lines", JOURNAL.columns, JOURNAL.sql.replace("BY v.operator,", "BY v.outlet,")),
    "corrections": Floor(
        "vouchers",
        ("voucher", "of", "reason", "operator", "authorised_by", "amount"),
        """
        SELECT v.id, v.corrects_voucher_id, coalesce(v.reason, v.remark), v.operator, v.authorised_by,
            sum(p.amount_minor)
        FROM voucher v JOIN posting p ON p.voucher_id = v.id
        WHERE v.business_date = :day AND v.kind IN ('correction', 'allowance', 'paid_out')
          AND coalesce(v.sender, '') NOT IN ('shift', 'safe') GROUP BY v.id
        """,
    ),
    "cashier-over-short": Floor(
        "shifts",
        ("shift", "cashier", "float", "expected", "counted", "dropped"),
        """
        SELECT id, cashier, float_minor, expected_minor, counted_minor, dropped_minor FROM shift
        WHERE status = 'closed' AND closed_on = :day
        """,
    ),
    "rate-variance": Floor(
        "nights",
        ("room", "rate", "charged", "reason", "by"),
        """
        SELECT r.number, n.rate_code, n.price_minor, n.override_reason, n.overridden_by
        FROM stay_night n JOIN stay s ON s.id = n.stay_id JOIN room r ON r.id = coalesce(n.room_id, s.room_id)
        LEFT JOIN rate_price p ON p.rate_code = n.rate_code AND p.room_type_id = s.room_type_id
            AND p.from_date <= n.date AND p.to_date > n.date
        WHERE n.date = :day AND s.status IN ('in_house', 'departed') AND s.nature = 'paying'
          AND (p.price_minor IS NULL OR p.price_minor <> n.price_minor)
        """,
    ),
    "arrivals": _stays("came", f"{CAME} AND s.arrival = :day"),
    "departures": _stays("left", "s.status = 'departed' AND s.departure = :day"),
    "in-house": _stays("stays", STAYING),
    "no-shows": _stays("stays", "s.status = 'no_show' AND s.arrival = :day"),
    "cancellations": _stays("stays", "s.cancelled_on = :day"),
    "complimentary": _stays("stays", f"{STAYING} AND s.nature <> 'paying'"),
    "manager": Floor(
        "figures", ("day", "month", "year", "day_last_year", "month_last_year", "year_last_year"), MANAGER
    ),
}
