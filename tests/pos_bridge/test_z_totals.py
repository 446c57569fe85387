"""The tills of a day in the report of the outlets: Z-total, books, control folio, and what a difference opens."""

from __future__ import annotations

from typing import Any

from folios.charges import Charge, ChargeLine, charge
from folios.db import reading
from folios.drafts import Origin
from folios.models import Folio, TransactionCode
from frontoffice import till_totals
from night_audit.reports import making
from night_audit.reports.catalogue import report
from night_audit.reports.drilled_postings import postings
from night_audit.reports.drilling import read_address
from pos_bridge import shell
from tests.frontoffice.house import CLERK, day, euro
from tests.pos_bridge.test_z_reports import close, totals
from tests.pos_bridge.tills import Tills


def find_control(tills: Tills, number: str) -> int:
    return tills.rows(Folio, number=number)[0].id


def told(tills: Tills) -> dict[str, Any]:
    """The report's part about the tills, and the lines by terminal."""
    shell.join()
    with reading(tills.sessions) as session:
        part = making.make(session, report("outlet-reconciliation"), making.ask(session, day(0)))["parts"][0]
    names = [each["name"] for each in part["columns"]]
    lines = [
        {**dict(zip(names, row["values"], strict=True)), "opens": row.get("opens", {})}
        for row in part["rows"]
        if row["style"] == "line"
    ]
    return {"notes": part["notes"]} | {each["terminal"]: each for each in lines}


def test_each_tills_last_z_total_stands_beside_the_books_and_the_control_folio(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="1"), "a")
    tills.send(tills.drinks("8.00", check_number="2"), "b")
    tills.void("b", "3.00", "c")
    close(tills, totals("Z1", "12.00", ("1", "12.00")), "z1")
    close(tills, totals("Z2", "18.00", ("1", "12.00"), ("2", "6.00")), "z2")
    tills.send(tills.drinks("99.00", check_number="9"), "d", "BAR2")
    control = find_control(tills, told(tills)["BAR1"]["control"])
    code = next(each.code for each in tills.rows(TransactionCode, folio_id=control) if each.kind == "charge")
    tills.do(charge, Charge(tills.window(stay), (ChargeLine(code, euro("5.00")),)), Origin(CLERK))
    found = told(tills)
    first, second = found["BAR1"], found["BAR2"]
    assert (first["number"], first["till"], first["books"], first["difference"]) == ("Z2", 18_00, 17_00, 1_00)
    assert (second["number"], second["till"], second["books"], second["difference"]) == (None, None, 99_00, None)
    assert any(note["params"].get("terminals") == "BAR2" for note in found["notes"])
    assert first["control_minor"] > first["others"] > 0, "what the desk posted itself is told beside"
    with reading(tills.sessions) as session:
        for column in ("books", "control_minor", "others"):
            asked = read_address(first["opens"][column])
            assert asked is not None
            assert postings(session, [asked]).total == first[column]


def test_without_tills_there_is_nothing_to_reconcile(tills: Tills) -> None:
    with reading(tills.sessions) as session:
        assert till_totals.totals(session, day(0)) == []
