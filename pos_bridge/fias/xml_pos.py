"""XML_POS: what large tills say instead of FIAS, in the same frames. Read into records of FIAS, and written from them.

So nothing behind the line knows the difference: an inquiry is a PR with PI, a posting a PR with TA, and the answers
are PL and PA. What an answer has to repeat of its question (payment method, workstation and so on) is kept here for a
while.
There is no negotiation: no LS from the hotel, no LR; whoever speaks is alive.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from pos_bridge.fias.link import Action, Alive, Close, Data, Down, Link, Phase, Send
from pos_bridge.fias.records import NotARecord, Record
from pos_bridge.fias.values import whole

KEPT: Final = 64  # questions whose answers may still come
TRACK_2, BY_CARD_ONLY = 2, 14  # bits of RequestType: card, and all that say what is asked by
_LINK_RECORDS: Final = {"LinkDescription": "LD", "LinkStart": "LS", "LinkAlive": "LA", "LinkEnd": "LE"}
_ELEMENTS: Final = {id_: element for element, id_ in _LINK_RECORDS.items()}

# Attributes and the fields they are, in the order in which they are written.
_QUESTION: Final = {
    "RoomNumber": "RN",
    "ReservationId": "G#",
    "LastName": "GN",
    "TotalAmount": "TA",
    "PostingDescription": "CT",
    "CheckNumber": "C#",
    "Covers": "CV",
    "ServingTime": "ST",
    "Tip": "TP",
    "MaximumReturnedMatches": "MX",
    "CreditLimitOverride": "CO",
    "CreditlimitOverride": "CO",
    "SequenceNumber": "P#",
    "PaymentMethod": "PM",
    "RevenueCenter": "SO",
    "WaiterId": "ID",
    "WorkstationId": "WS",
    "Date": "DA",
    "Time": "TI",
    "VerNum": "V#",
}
_ANSWER: Final = {
    "RoomNumber": "RN",
    "ReservationId": "G#",
    "LastName": "GN",
    "AnswerStatus": "AS",
    "ResponseText": "CT",
    "CheckNumber": "C#",
    "SequenceNumber": "P#",
    "Date": "DA",
    "Time": "TI",
    "WorkstationId": "WS",
    "RevenueCenter": "SO",
    "PaymentMethod": "PM",
    "WaiterId": "ID",
}
_LIST: Final = {
    "SequenceNumber": "P#",
    "PaymentMethod": "PM",
    "RevenueCenter": "SO",
    "WaiterId": "ID",
    "WorkstationId": "WS",
    "Date": "DA",
    "Time": "TI",
}
_ITEM: Final = {
    "RoomNumber": "RN",
    "ReservationId": "G#",
    "LastName": "GN",
    "FirstName": "GF",
    "Title": "GT",
    "Vip": "GV",
    "NoPost": "NP",
    "CreditLimit": "CL",
    "ProfileId": "G+",
}
_PARTS: Final = {"Subtotal": "S", "Tax": "T", "Discount": "D"}
_REPEATED: Final = ("PM", "SO", "ID", "WS")
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "PA": tuple(dict.fromkeys(_ANSWER.values())),
    "PL": tuple(dict.fromkeys((*_ITEM.values(), *_LIST.values()))),
}


class XmlLink(Link):
    """A link without negotiation: the hotel waits to be spoken to, and whoever speaks is alive."""

    def connected(self, now: datetime) -> list[Action]:
        super().connected(now)
        return []

    def tick(self, now: datetime) -> list[Action]:
        return [action for action in super().tick(now) if not (isinstance(action, Send) and action.record.id == "LS")]

    def receive(self, record: Record, now: datetime) -> list[Action]:
        if self.phase is Phase.ENDING or record.id in ("LE", "LR", "DR"):
            return super().receive(record, now)
        self._heard_at = now
        before = self.phase
        actions: list[Action] = []
        if record.id == "LD":
            actions = [Down()] if before is Phase.ALIVE else []
            self._forget()
            self.description = record
        self.phase = Phase.ALIVE
        if record.id in ("LD", "LS"):
            actions.append(self._send("LA", now))
        if before is not Phase.ALIVE or record.id == "LD":
            actions.append(Alive())
        return actions if record.id in ("LD", "LS", "LA") else [*actions, Data(record)]

    def unanswered(self, now: datetime) -> list[Action]:
        return [*self.lost(), Close("silent")]

    def wants(self, id_: str) -> tuple[str, ...] | None:
        return LISTS.get(id_) if self.phase is Phase.ALIVE else None

    def shape(self, record: Record) -> Record | None:
        """Nothing is cut: attributes are as long as they like."""
        return record if record.id in _ELEMENTS or self.wants(record.id) is not None else None


class XmlPos:
    """Reads and writes the elements of one link. `decimals` of amounts are as in FIAS."""

    def __init__(self, encoding: str, hotel_id: str) -> None:
        self.encoding, self.hotel_id = encoding, hotel_id
        self._asked: OrderedDict[str, Record] = OrderedDict()

    def read(self, data: bytes) -> Record:
        """The record that an element is. Raises `NotARecord` for what is no element of XML_POS."""
        element, attributes = _element(data.decode(self.encoding, errors="replace"))
        if element in _LINK_RECORDS:
            return Record(_LINK_RECORDS[element], _fields(attributes))
        if element == "PostInquiry":
            record = Record("PR", (_asked_by(attributes), *_fields(attributes)))
        elif element == "PostRequest":
            record = Record("PR", (*_fields(attributes), *_parts(attributes)))
        else:
            raise NotARecord(data[:40])
        self._asked[record.get("P#")] = record
        while len(self._asked) > KEPT:
            self._asked.popitem(last=False)
        return record

    def write(self, record: Record) -> bytes | None:
        """The element that says a record; None for what XML_POS has no word for."""
        if record.id in _ELEMENTS:
            moment = {"Date": record.get("DA"), "Time": record.get("TI")}
            return self._encoded(f"<{_ELEMENTS[record.id]}{_written(moment)} />")
        if record.id not in LISTS:
            return None
        asked = self._asked.get(record.get("P#"), Record("PR"))
        repeated = {code: asked.get(code) for code in _REPEATED if asked.has(code) and not record.has(code)}
        told = dict(reversed(record.fields)) | repeated
        if record.id == "PA":
            words = {name: told[code] for name, code in _ANSWER.items() if code in told}
            return self._encoded(f"<PostAnswer{_written(words | {'HotelId': self.hotel_id})}/>")
        words = {name: told[code] for name, code in _LIST.items() if code in told}
        items = "".join(f"<PostListItem{_written(each)}/>" for each in self._items(record, told.get("PM", "")))
        return self._encoded(f"<PostList{_written(words | {'HotelId': self.hotel_id})}>{items}</PostList>")

    def _items(self, record: Record, method: str) -> list[dict[str, str]]:
        """The guests of a PL: each begins with RN."""
        blocks: list[dict[str, str]] = []
        for code, value in record.fields:
            if code == "RN":
                blocks.append({})
            if blocks and code in LISTS["PL"]:
                blocks[-1].setdefault(code, value)
        items = []
        for block in blocks:
            item = {name: block.get(code, "") for name, code in _ITEM.items()}
            item["NoPost"] = "1" if item["NoPost"] == "Y" else "0"
            item["CreditLimit"] = item["CreditLimit"].replace(".", "") or "0"
            items.append(item | {"PaymentMethod": method, "HotelId": self.hotel_id})
        return items

    def _encoded(self, text: str) -> bytes:
        """What the code page lacks goes as a number, which every reader of XML knows."""
        return text.encode(self.encoding, errors="xmlcharrefreplace")


def _element(text: str) -> tuple[str, dict[str, str]]:
    """The outermost element with its attributes. No document type, so no entities but those of XML itself."""
    found: list[tuple[str, dict[str, str]]] = []

    def refuse(*_told: object) -> None:
        raise NotARecord(text[:40])

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", errors="replace"), True)
    except expat.ExpatError as error:
        raise NotARecord(text[:40]) from error
    return found[0]


def _fields(attributes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    known = {code: attributes[name] for name, code in _QUESTION.items() if attributes.get(name)}
    service = [whole(value) for name, value in attributes.items() if name.startswith("ServiceCharge")]
    if any(service):
        known["SC"] = str(sum(each or 0 for each in service))
    return tuple(known.items())


def _asked_by(attributes: Mapping[str, str]) -> tuple[str, str]:
    """Who is asked for: by the track of a card where nothing but that is said, else by room or name."""
    kind = whole(attributes.get("RequestType", "")) or 0
    return ("$2" if kind & BY_CARD_ONLY == TRACK_2 else "PI", attributes.get("InquiryInformation", ""))


def _parts(attributes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Subtotals, taxes and discounts: sixteen of each there, nine here, so that the last of ours holds the rest."""
    sums: dict[str, int] = {}
    for name, value in attributes.items():
        word = name.rstrip("0123456789")
        figure, number = whole(value), whole(name[len(word) :])
        if word in _PARTS and figure is not None and number:
            code = f"{_PARTS[word]}{min(number, 9)}"
            sums[code] = sums.get(code, 0) + figure
    return tuple((code, str(figure)) for code, figure in sums.items())


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_printable(value))}" for name, value in attributes.items())


def _printable(value: str) -> str:
    return value if value.isprintable() else "".join(each if each.isprintable() else " " for each in value)
