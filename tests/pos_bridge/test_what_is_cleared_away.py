"""What is old and decides nothing any more is cleared away; what makes a message safe to send twice stays for good."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from folios import clock
from pos_bridge import news, requests
from pos_bridge.book import book
from pos_bridge.models.messages import News
from pos_bridge.requests import Sender
from tests.pos_bridge.tills import Tills


def test_inquiries_and_news_go_after_a_month_and_charges_stay(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.arrive(room="102")  # the newest of the news stays, for numbers to go on from
    tills.send(tills.drinks("12.00"))
    tills.do(lambda session: requests.log_inquiry(session, Sender("BAR1"), book(session).terminal("BAR1"), "1", {}, 1))
    assert [each.kind for each in tills.requests()] == ["charge", "inquiry"]
    with time_machine.travel(clock.now() + timedelta(days=32), tick=False):
        assert tills.do(requests.forget_inquiries) == 1
        assert tills.do(news.forget_old) == 1
        assert tills.send(tills.drinks("12.00")).replayed
    assert [each.kind for each in tills.requests()] == ["charge"]
    assert [each.content["room"] for each in tills.rows(News)] == ["102"]
