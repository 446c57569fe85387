"""What always holds between what the terminals were answered and the ledger; `frontoffice verify` proves it."""

from __future__ import annotations

from folios.errors import N_
from folios.verify import holds

holds(
    N_("each charge a terminal was told of stands in the books, with the amount it was told"),
    """
    SELECT 'request ' || r.id || ' of ' || r.sender, r.total_minor, p.amount
    FROM pos_request r LEFT JOIN (
        SELECT v.id, v.sender, v.key, sum(p.amount_minor) AS amount FROM voucher v JOIN posting p ON p.voucher_id = v.id
        WHERE v.sender LIKE 'pos:%' GROUP BY v.id, v.sender, v.key
    ) p ON p.id = r.voucher_id AND p.sender = r.sender AND p.key = r.key
    WHERE r.kind = 'charge' AND r.outcome <> 'refused' AND (p.amount IS NULL OR p.amount <> r.total_minor)
    """,
)
holds(
    N_("each charge of a terminal in the books is one it was told of"),
    """
    SELECT 'voucher ' || v.id || ' of ' || v.sender, 'a request', 'none'
    FROM voucher v LEFT JOIN pos_request r ON r.sender = v.sender AND r.key = v.key AND r.voucher_id = v.id
    WHERE v.sender LIKE 'pos:%' AND r.id IS NULL
    """,
)
holds(
    N_("each charge a terminal was told of counts for the business date it was told"),
    """
    SELECT 'request ' || r.id || ' of ' || r.sender, v.business_date, r.business_date
    FROM pos_request r JOIN voucher v ON v.id = r.voucher_id
    WHERE r.business_date IS NULL OR r.business_date <> v.business_date
    """,
)
holds(
    N_("nothing that was refused to a terminal stands in the books"),
    """
    SELECT 'request ' || r.id || ' of ' || r.sender, 'refused', 'voucher ' || v.id
    FROM pos_request r JOIN voucher v ON v.sender = r.sender AND v.key = r.key WHERE r.outcome = 'refused'
    """,
)
holds(
    N_("what terminals took back of a charge is never more than the charge"),
    """
    SELECT 'request ' || c.id || ' of ' || c.sender, c.total_minor, sum(r.total_minor)
    FROM pos_request r JOIN pos_request c ON c.id = r.charge_id
    WHERE r.kind = 'void' AND r.outcome = 'done' GROUP BY c.id, c.sender, c.total_minor
    HAVING sum(r.total_minor) > c.total_minor
    """,
)
