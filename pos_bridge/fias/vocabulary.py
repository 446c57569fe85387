"""The words of FIAS: every field and every record, what each is called, which way it goes, what has to be in it.

What is told of a record in words, what a field is cut to, and the table of support in the help are made from this. What
the house does with a record is not here.
Source: "HGBU-IFC8-FIAS Interface Specification" 2.20.23, and what live links were seen to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from folios.errors import N_

VENDOR, HOTEL, BOTH = "vendor", "hotel", "both"  # who sends a record

TEXT, ASCII, NUMBER, MONEY, DATE, TIME, DURATION, CLOCK, SHORT_CLOCK, YES_NO, CHOICE, LIST, NOTHING = (
    "text",
    "ascii",
    "number",
    "money",
    "date",
    "time",
    "duration",
    "clock",
    "short clock",
    "yes or no",
    "choice",
    "list",
    "nothing",
)
KINDS_IN_WORDS: Final = {
    TEXT: N_("text"),
    ASCII: N_("letters and digits"),
    NUMBER: N_("number"),
    MONEY: N_("amount"),
    DATE: N_("date, YYMMDD"),
    TIME: N_("time, HHMMSS"),
    DURATION: N_("duration, HHMMSS"),
    CLOCK: N_("time, HH:MM"),
    SHORT_CLOCK: N_("time, HHMM"),
    YES_NO: N_("Y or N"),
    CHOICE: N_("one of a list"),
    LIST: N_("list"),
    NOTHING: N_("nothing"),
}
DIRECTIONS_IN_WORDS: Final = {VENDOR: N_("to the hotel"), HOTEL: N_("from the hotel"), BOTH: N_("both ways")}


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A field: its code, what kind of value it holds, how long that may be, and what it is called."""

    code: str
    kind: str
    most: int
    meaning: str


@dataclass(frozen=True, slots=True)
class RecordWord:
    """A record: its id, who sends it, what it is called, and the fields without which it says nothing."""

    id: str
    sender: str
    meaning: str
    required: tuple[str, ...] = ()


def _numbered(letter: str, kind: str, most: int, meaning: str, numbers: range = range(1, 10)) -> list[FieldWord]:
    return [FieldWord(f"{letter}{number}", kind, most, meaning) for number in numbers]


_FIELDS: Final = (
    FieldWord("$1", ASCII, 40, N_("card track 1")),
    FieldWord("$2", ASCII, 40, N_("card track 2")),
    FieldWord("$3", ASCII, 200, N_("card track 3")),
    FieldWord("$J", TEXT, 16, N_("card")),
    *_numbered("A", TEXT, 50, N_("free field"), range(10)),
    FieldWord("AS", CHOICE, 2, N_("answer")),
    FieldWord("BA", MONEY, 20, N_("balance")),
    FieldWord("BD", TEXT, 30, N_("item")),
    FieldWord("BI", MONEY, 20, N_("item amount")),
    FieldWord("C#", NUMBER, 8, N_("check")),
    FieldWord("CG", TEXT, 150, N_("proof of identity")),
    FieldWord("CL", MONEY, 15, N_("credit limit")),
    FieldWord("CO", YES_NO, 1, N_("over the limit")),
    FieldWord("CS", CHOICE, 1, N_("telephone")),
    FieldWord("CT", TEXT, 50, N_("text")),
    FieldWord("CV", NUMBER, 5, N_("covers")),
    *_numbered("D", MONEY, 15, N_("discount")),
    FieldWord("DA", DATE, 6, N_("date")),
    FieldWord("DC", NUMBER, 20, N_("department")),
    FieldWord("DD", NUMBER, 20, N_("dialled")),
    FieldWord("DN", YES_NO, 1, N_("do not disturb")),
    FieldWord("DT", CLOCK, 5, N_("time of departure")),
    FieldWord("DU", DURATION, 6, N_("duration")),
    FieldWord("EN", TEXT, 20, N_("virtual number")),
    FieldWord("EP", TEXT, 20, N_("equipment")),
    FieldWord("ES", TEXT, 20, N_("equipment status")),
    FieldWord("ET", TEXT, 20, N_("equipment type")),
    FieldWord("F#", NUMBER, 1, N_("window")),
    FieldWord("FD", YES_NO, 1, N_("may be shown")),
    FieldWord("FL", LIST, 200, N_("fields")),
    FieldWord("G#", NUMBER, 10, N_("stay")),
    FieldWord("G+", NUMBER, 10, N_("profile")),
    FieldWord("GA", DATE, 6, N_("arrival")),
    FieldWord("GD", DATE, 6, N_("departure")),
    FieldWord("GF", TEXT, 80, N_("first name")),
    FieldWord("GG", ASCII, 10, N_("group")),
    FieldWord("GL", CHOICE, 2, N_("language")),
    FieldWord("GN", TEXT, 200, N_("guest")),
    FieldWord("GP", NUMBER, 5, N_("PIN")),
    FieldWord("GS", YES_NO, 1, N_("shares the room")),
    FieldWord("GT", TEXT, 20, N_("title")),
    FieldWord("GV", ASCII, 20, N_("VIP")),
    FieldWord("ID", TEXT, 16, N_("user")),
    FieldWord("IF", CHOICE, 2, N_("kind of system")),
    FieldWord("K#", NUMBER, 2, N_("number of keys")),
    FieldWord("KC", TEXT, 8, N_("key coder")),
    FieldWord("KO", TEXT, 20, N_("key options")),
    FieldWord("KT", CHOICE, 1, N_("kind of key")),
    FieldWord("LT", SHORT_CLOCK, 4, N_("time")),
    FieldWord("M#", NUMBER, 2, N_("number of articles")),
    FieldWord("MA", NUMBER, 4, N_("article")),
    FieldWord("MI", NUMBER, 8, N_("message number")),
    FieldWord("ML", YES_NO, 1, N_("message light")),
    FieldWord("MP", NUMBER, 10, N_("pulses")),
    FieldWord("MR", CHOICE, 2, N_("minibar")),
    FieldWord("MT", TEXT, 1000, N_("message")),
    FieldWord("MX", NUMBER, 2, N_("most matches")),
    FieldWord("NP", YES_NO, 1, N_("no postings")),
    FieldWord("P#", NUMBER, 8, N_("posting number")),
    FieldWord("PC", CHOICE, 1, N_("kind of call")),
    FieldWord("PH", TEXT, 20, N_("hotel")),
    FieldWord("PI", TEXT, 10, N_("asked for")),
    FieldWord("PM", TEXT, 5, N_("paid by")),
    FieldWord("PP", NUMBER, 1, N_("printer")),
    FieldWord("PT", CHOICE, 1, N_("kind of posting")),
    FieldWord("PU", NUMBER, 2, N_("maids")),
    FieldWord("PX", NUMBER, 6, N_("trunk line")),
    FieldWord("RI", ASCII, 2, N_("record")),
    FieldWord("RL", NUMBER, 4, N_("longest record")),
    FieldWord("RN", TEXT, 16, N_("room")),
    FieldWord("RO", TEXT, 16, N_("room before")),
    FieldWord("RP", LIST, 200, N_("payment methods")),
    FieldWord("RS", CHOICE, 2, N_("room status")),
    FieldWord("RT", NUMBER, 5, N_("asks for")),
    *_numbered("S", MONEY, 15, N_("subtotal")),
    FieldWord("SC", MONEY, 15, N_("service charge")),
    FieldWord("SF", NOTHING, 0, N_("part of a resync")),
    FieldWord("SI", TEXT, 30, N_("suite")),
    FieldWord("SO", ASCII, 16, N_("outlet")),
    FieldWord("ST", NUMBER, 4, N_("serving time")),
    FieldWord("T#", NUMBER, 4, N_("table")),
    *_numbered("T", MONEY, 15, N_("tax")),
    FieldWord("TA", MONEY, 15, N_("amount")),
    FieldWord("TI", TIME, 6, N_("time")),
    FieldWord("TP", MONEY, 15, N_("tip")),
    FieldWord("TV", CHOICE, 2, N_("television")),
    FieldWord("UO", TEXT, 30, N_("old virtual number")),
    FieldWord("V#", TEXT, 10, N_("version")),
    FieldWord("VM", TEXT, 4, N_("voice mail")),
    FieldWord("VR", CHOICE, 2, N_("video")),
    FieldWord("WS", TEXT, 16, N_("workstation")),
    FieldWord("X1", TEXT, 25, N_("more text")),
)
FIELDS: Final = {each.code: each for each in _FIELDS}

_MOMENT = ("DA", "TI")
_RECORDS: Final = (
    RecordWord("LS", BOTH, N_("Link start"), _MOMENT),
    RecordWord("LA", BOTH, N_("Link alive"), _MOMENT),
    RecordWord("LE", BOTH, N_("Link end"), _MOMENT),
    RecordWord("LD", VENDOR, N_("Link description"), ("IF", "V#")),
    RecordWord("LR", VENDOR, N_("Asks for a record"), ("RI", "FL")),
    RecordWord("LC", HOTEL, N_("Link configuration"), ("PH",)),
    RecordWord("DR", VENDOR, N_("Asks for a resync"), _MOMENT),
    RecordWord("DS", HOTEL, N_("Resync starts"), _MOMENT),
    RecordWord("DE", HOTEL, N_("Resync ends"), _MOMENT),
    RecordWord("GI", HOTEL, N_("Guest checks in"), ("RN", "G#", "GS")),
    RecordWord("GO", HOTEL, N_("Guest checks out"), ("RN", "G#", "GS")),
    RecordWord("GC", HOTEL, N_("Guest changes"), ("RN", "G#", "GS")),
    RecordWord("NS", HOTEL, N_("Night audit starts"), _MOMENT),
    RecordWord("NE", HOTEL, N_("Night audit ends"), _MOMENT),
    RecordWord("PS", VENDOR, N_("Posting to a room"), ("RN", "PT", *_MOMENT)),
    RecordWord("PR", VENDOR, N_("Inquiry, or posting to a guest"), ("P#", "PM", "WS")),
    RecordWord("PL", HOTEL, N_("Guests found"), ("RN", "G#", "GN")),
    RecordWord("PA", HOTEL, N_("Answer to a posting"), ("AS", *_MOMENT, "RN")),
    RecordWord("XR", VENDOR, N_("Asks for the bill"), ("G#", "RN")),
    RecordWord("XI", HOTEL, N_("Line of the bill"), ("G#", "RN", "BD", "BI", "DC", "F#", "FD", *_MOMENT)),
    RecordWord("XB", HOTEL, N_("Balance of the bill"), ("G#", "RN", "BA")),
    RecordWord("XC", BOTH, N_("Check-out from the room"), ("G#", "RN")),
    RecordWord("XL", BOTH, N_("Message"), ("G#", "RN", "MI", "MT")),
    RecordWord("XM", BOTH, N_("Asks for messages"), ("G#", "RN")),
    RecordWord("XT", BOTH, N_("Text of a message"), ("G#", "RN", "MI", "MT")),
    RecordWord("XD", BOTH, N_("Message deleted"), ("G#", "RN", "MI")),
    RecordWord("LO", BOTH, N_("Guest locator on"), ("G#",)),
    RecordWord("LF", BOTH, N_("Guest locator off"), ("G#",)),
    RecordWord("LP", BOTH, N_("Asks where the guest is"), ("G#",)),
    RecordWord("RE", BOTH, N_("Room equipment"), ("RN",)),
    RecordWord("WR", BOTH, N_("Wake-up call set"), ("RN", *_MOMENT)),
    RecordWord("WC", BOTH, N_("Wake-up call cleared"), ("RN", *_MOMENT)),
    RecordWord("WA", BOTH, N_("Wake-up call answered"), ("RN", *_MOMENT)),
    RecordWord("KR", BOTH, N_("Key asked for"), ("WS", "KC", "RN", "KT")),
    RecordWord("KD", BOTH, N_("Key deleted"), ("WS", "KC", "RN")),
    RecordWord("KA", BOTH, N_("Answer to a key"), ("AS",)),
    RecordWord("KM", BOTH, N_("Keys of a room move"), ("WS", "KC", "RN", "RO")),
    RecordWord("KZ", BOTH, N_("Key read"), ("WS", "KC")),
    RecordWord("VA", VENDOR, N_("Answer to a virtual number"), ("EN", "AS")),
)
RECORDS: Final = {each.id: each for each in _RECORDS}

# What one of a list means, by field. AS stands in `answers`.
CHOICES: Final[dict[str, dict[str, str]]] = {
    "CS": {"0": N_("barred"), "1": N_("local calls"), "2": N_("national calls"), "3": N_("all calls")},
    "IF": {
        "CA": N_("call accounting"),
        "DL": N_("door locks"),
        "EM": N_("energy"),
        "MB": N_("minibar"),
        "MS": N_("other"),
        "PB": N_("telephone exchange"),
        "PO": N_("point of sale"),
        "VI": N_("television"),
        "VM": N_("voice mail"),
        "WW": N_("internet"),
    },
    "KT": {"N": N_("new key"), "D": N_("second key"), "O": N_("key for once")},
    "MR": {"MU": N_("open"), "MN": N_("normal"), "ML": N_("locked")},
    "PC": {"I": N_("international"), "N": N_("national"), "L": N_("local")},
    "PT": {"C": N_("direct charge"), "D": N_("direct charge"), "M": N_("minibar"), "T": N_("telephone")},
    "RS": {
        "1": N_("dirty, vacant"),
        "2": N_("dirty, occupied"),
        "3": N_("clean, vacant"),
        "4": N_("clean, occupied"),
        "5": N_("inspected, vacant"),
        "6": N_("inspected, occupied"),
        "8": N_("do not disturb"),
        "9": N_("make up the room"),
        "10": N_("do not disturb no more"),
    },
    "TV": {
        "TU": N_("all channels"),
        "TM": N_("no pay channels"),
        "TX": N_("no adult channels"),
        "TN": N_("switched off"),
    },
    "VR": {"VA": N_("may see the bill"), "VB": N_("may see the bill and check out"), "VN": N_("may not")},
}
