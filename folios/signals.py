"""News from the ledger for the floors above. A receiver only writes rows, in the same unit of work.

Each signal is sent with the session as sender.
"""

from blinker import Namespace

_news = Namespace()

payment_taken = _news.signal("payment-taken")
"""A payment was posted: `posted` (folios.vouchers.Posted), `payment` (folios.payments.Payment), `origin`."""

refund_given = _news.signal("refund-given")
"""Money was given back: `posted`, `payment` (folios.payments.Payment), `origin`, `reason`."""

paid_out = _news.signal("paid-out")
"""Cash was handed out of a drawer: `posted`, `paid_out` (folios.payments.PaidOut), `origin`."""

day_rolled = _news.signal("day-rolled")
"""The next business date is open: `left`, `opened` (dates)."""

day_closed = _news.signal("day-closed")
"""A business day was closed: `day`."""
