"""Postings read as checks: PS and PR of a direct charge, of articles, or of a call. Refuses what cannot be read.

The rule of the sum is FIAS's own: the total is the sum of subtotals, taxes, discounts, tip and service charge. An
outlet whose prices hold the taxes inside books the added taxes with the items they belong to, so that what is charged
is what the till says.
"""

from __future__ import annotations

import re
from dataclasses import replace

from folios.money import allocate
from pos_bridge.book import OutletFacts
from pos_bridge.checks import Call as TelephoneCall
from pos_bridge.checks import Check, CheckLine, Whom
from pos_bridge.fias import values
from pos_bridge.fias_desk.calls import Call, read_guest_number
from pos_bridge.fias_desk.statuses import PartsMismatch, ValueInvalid

DIRECT, MINIBAR, TELEPHONE = "C", "M", "T"
MOST_COVERS = 9999
_DIALLED = re.compile(r"[^0-9+*#]")


def kind_of(call: Call) -> str:
    """What kind of posting it is: PT, or what it must be by the fields it has. Refuses a PT that is none."""
    named = call.get("PT").upper()
    if not named:
        if call.get("MA"):
            return MINIBAR
        return TELEPHONE if not call.get("TA") and (call.get("MP") or call.get("DU")) else DIRECT
    if named == "D":
        return DIRECT
    if named not in (DIRECT, MINIBAR, TELEPHONE):
        raise ValueInvalid(code="PT")
    return named


def read_check(call: Call, outlet: OutletFacts, whom: Whom) -> Check:
    """The check of a posting. Its total may be below zero; then it has no lines, and something is to be taken back."""
    kind = kind_of(call)
    covers = values.whole(call.record.get("CV"))
    check = Check(
        whom,
        check_number=call.get("C#") or None,
        covers=covers if covers is not None and 0 < covers <= MOST_COVERS else None,
        table=call.get("T#")[:16] or None,
        period=call.get("ST")[:16] or None,
        waiter=call.get("ID")[:40] or None,
        reference=" ".join(text for text in (call.get("WS"), call.get("P#")) if text)[:100] or None,
        remark=call.get("X1")[:200] or None,
        at=f"{call.get('DA')} {call.get('TI')}".strip()[:40] or None,
    )
    if kind == MINIBAR:
        return replace(check, lines=tuple(_articles(call)))
    if kind == TELEPHONE:
        return replace(check, call=_telephone(call))
    total = call.minor("TA")
    if total is None:
        raise ValueInvalid(code="TA")
    return replace(check, total_minor=total, lines=() if total < 0 else tuple(_lines(call, outlet, total)))


def read_whom(call: Call) -> tuple[Whom, int | None]:
    """Whom a posting is for, and the number of the sharer it names, whose stay is still to be looked for."""
    room, name, number = call.get("RN") or None, call.get("GN") or None, call.get("G#")
    card = call.get("$2")
    if not number:
        if card and room is None:
            return Whom(card=card_of(card)), None
        return Whom(room=room, name=name), None
    stay, sharer = read_guest_number(number)
    if stay == 0 and sharer is None and room is not None and values.whole(number) == 0:
        return Whom(account=room), None
    return Whom(room=room, stay=stay), sharer


def card_of(track: str) -> str:
    """The number on a card's second track, without its frame: up to the separator."""
    return re.split(r"[=?^]", track.strip().lstrip(";%"))[0]


def _articles(call: Call) -> list[CheckLine]:
    """The articles with how many of each: the counts belong to the articles in their order, one where there is none."""
    found = [(code, value) for code, value in call.record.fields if code in ("MA", "M#")]
    numbers = [value for code, value in found if code == "MA"]
    counts: list[str | None] = [value for code, value in found if code == "M#"]
    if len(counts) != len(numbers):
        counts = []
        for code, value in found:
            if code == "MA":
                counts.append(None)
            elif counts:
                counts[-1] = value
            else:
                raise ValueInvalid(code="M#")
    lines = [_article(number, count) for number, count in zip(numbers, counts, strict=True)]
    if not lines:
        raise ValueInvalid(code="MA")
    return lines


def _article(number: str, count: str | None) -> CheckLine:
    article = values.whole(number)
    quantity = 1 if not count else values.whole(count)
    if article is None:
        raise ValueInvalid(code="MA")
    if quantity is None or quantity < 1:
        raise ValueInvalid(code="M#")
    return CheckLine("item", quantity=quantity, article=article)


def _telephone(call: Call) -> TelephoneCall:
    pulses, length = values.whole(call.record.get("MP")), call.get("DU")
    duration = values.to_seconds(length) if length else None
    if (call.get("MP") and pulses is None) or (length and duration is None):
        raise ValueInvalid(code="DU" if length and duration is None else "MP")
    return TelephoneCall(_DIALLED.sub("", call.get("DD"))[:20], duration, pulses)


def _lines(call: Call, outlet: OutletFacts, total: int) -> list[CheckLine]:
    text = " ".join(part for part in (call.get("CT"), call.get("DD")) if part)[:200] or None
    parts = [(code, call.minor(code)) for code in values.PARTS if call.get(code)]
    if not parts:
        return [CheckLine("item", total, text=text or call.get("X1")[:200] or None)]
    if values.sum_fits(call.record) is False:
        raise PartsMismatch
    lines, taxes = [], 0
    for code, minor in parts:
        if minor is None:
            raise ValueInvalid(code=code)
        if code[0] == "T" and code != "TP" and outlet.treatment == "inside":
            taxes += minor
        elif minor:
            lines.append(_line(code, minor, text))
    return _with_taxes(lines, taxes) if taxes else lines


def _line(code: str, minor: int, text: str | None) -> CheckLine:
    if code in ("TP", "SC"):
        if minor < 0:
            raise ValueInvalid(code=code)
        return CheckLine("tip" if code == "TP" else "service", minor)
    number = int(code[1])
    if code[0] == "T":
        if minor < 0:
            raise ValueInvalid(code=code)
        return CheckLine("tax", minor, number=number)
    return CheckLine("discount", -minor, number=number) if minor < 0 else CheckLine("item", minor, number, text=text)


def _with_taxes(lines: list[CheckLine], taxes: int) -> list[CheckLine]:
    """Taxes that were added to prices which hold them, put back into these."""
    items = [line.amount_minor or 0 if line.kind == "item" else 0 for line in lines]
    if taxes < 0:
        return [*lines, CheckLine("discount", -taxes)]
    if not sum(items):
        return [*lines, CheckLine("item", taxes)]
    return [
        replace(line, amount_minor=(line.amount_minor or 0) + share) if share else line
        for line, share in zip(lines, allocate(taxes, items), strict=True)
    ]
