"""News from the front desk for the floors above. A receiver only writes rows, in the same unit of work.

Each signal is sent with the session as sender; one about stays once for all that one verb acted on: `stay_ids`, a list.
"""

from blinker import Namespace

_news = Namespace()

guest_checked_in = _news.signal("guest-checked-in")
"""Stays began, or a departed guest was reinstated: `stay_ids`."""

guest_changed = _news.signal("guest-changed")
"""Something about guests in house is different: name, language, departure, party, payment: `stay_ids`."""

guest_moved = _news.signal("guest-moved")
"""A guest in house has another room: `stay_ids`, and `from_room_id`, the room that was left."""

guest_checked_out = _news.signal("guest-checked-out")
"""Stays ended, or a check-in was reversed: `stay_ids`."""

shift_closed = _news.signal("shift-closed")
"""A cashier's shift was counted and closed: `shift_id`."""
