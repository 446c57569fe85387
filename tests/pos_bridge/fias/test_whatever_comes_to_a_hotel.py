"""Records with whatever in their fields, answered by a hotel: each gets an answer or none, and no cent is astray."""

from __future__ import annotations

import random

import pytest

from pos_bridge.fias.answers import AnswerStatus
from pos_bridge.fias.records import Record
from pos_bridge.fias.vendor_script import record_of
from pos_bridge.fias.vocabulary import FIELDS, RECORDS
from tests.pos_bridge.fias_desk.linked import NOW, Linked

ROOMS = ("101", "2781", "999", "", " 101", "1" * 50, "%", "'; DROP TABLE folio; --", "١٠١", "\ufffd\ufffd")
FIGURES = ("1250", "0", "-100", "", "1", "9" * 15, "9" * 16, "12.50", "1e9", "x", "-", "٣", "00000000000001")
TEXTS = ("", "A", "Müller", "Иванов", "x" * 300, "4111111111111111", "{room}", "%s", "<b>", "\u00a0", "Y", "N")
MOMENTS = ("260301", "120000", "", "999999", "x", "260229", "2603011")
CODES = ("C", "M", "T", "D", "", "X", "CC")
POOLS = {
    "RN": ROOMS,
    "RO": ROOMS,
    "PI": ROOMS,
    "PT": CODES,
    "DA": MOMENTS,
    "TI": MOMENTS,
    "DU": MOMENTS,
    "PM": ("ROOM", "16", "CASH", "AMEX", "", "NONE"),
    "SO": ("", "100", "200", "300", "WIFI", "x"),
    "MA": ("7", "1450", "0", "", "x", "99999"),
    "RS": ("1", "4", "8", "10", "", "77"),
    "P#": ("1", "2", "", "99999999", "x", "0001"),
}
FROM_THEM = sorted(
    id_ for id_, word in RECORDS.items() if word.sender != "hotel" and id_ not in ("LS", "LA", "LE", "LD")
)


GOOD = (
    "PS|RN101|PTC|TA1250|P#1|DA260301|TI120000|",
    "PS|RN101|PTM|SO200|MA7|M#2|MA1450|P#2|DA260301|TI120000|",
    "PS|RN2781|PTT|SO300|DD0049301234|DU000130|P#3|DA260301|TI120000|",
    "PR|PI101|PMROOM|WS1|P#4|DA260301|TI120000|",
    "PR|RN101|G#{guest}|GNGuest, Mr.|TA1000|S1800|D1-200|T1400|PMROOM|WS1|P#5|DA260301|TI120000|",
    "PR|PMCASH|TA500|WS1|P#6|DA260301|TI120000|",
    "XR|RN101|G#{guest}|",
    "RE|RN101|RS4|",
)


def a_record(chance: random.Random, guests: list[str]) -> Record:
    """A record that is right, most often; then with some of its fields lost, doubled, changed and added."""
    good = record_of(chance.choice(GOOD).format(guest=guests[0]))
    id_, fields = good.id, list(good.fields)
    if chance.random() < 0.2:
        id_, fields = chance.choice([*FROM_THEM, "QQ"]), [("RN", "101"), ("G#", chance.choice(guests))]
    for _fault in range(chance.choice([0, 0, 1, 1, 2, 5])):
        at = chance.randrange(len(fields) + 1)
        code = chance.choice([*sorted(FIELDS), *sorted(POOLS), *(each for each, _value in fields)])
        pool = (*guests, "0", "77", "") if code == "G#" else POOLS.get(code, chance.choice([FIGURES, TEXTS]))
        fields[at : at + chance.randrange(2)] = [(code, chance.choice(pool))] * chance.randrange(3)
    return Record(id_, tuple(fields))


@pytest.mark.parametrize("seed", range(4))
def test_records_with_whatever_in_them_are_answered_or_passed_over_and_the_books_hold(
    linked: Linked, seed: int
) -> None:
    chance = random.Random(seed)
    first = linked.arrive(room="101", payment_method="card")
    guests = [str(first), str(linked.sharer(first, "Sharer")), str(linked.arrive(room="2781"))]
    statuses: set[str] = set()
    for _each in range(150):
        record = a_record(chance, guests)
        for answer in linked.desk.answer(linked.line, record, NOW):
            assert all(isinstance(value, str) for _code, value in answer.fields), (str(record), str(answer))
            if answer.has("AS"):
                assert answer.get("AS") in set(AnswerStatus), (str(record), str(answer))
                statuses.add(answer.get("AS"))
            if record.id in ("PS", "PR") and answer.id == "PA" and record.get("P#"):
                assert answer.get("P#") == record.get("P#")
    assert {"OK", "NG", "UR"} <= statuses, statuses
    assert linked.vouchers() > 5
    assert "RY" not in statuses  # nothing of this is a fault of ours
    linked.prove()
