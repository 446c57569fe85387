"""Refusals as people and machines read them."""

from __future__ import annotations

import ast
import inspect
import string
from datetime import date
from pathlib import Path

import pytest

import folios
from folios import errors
from folios.errors import ChangedMeanwhile, CorrectionTooLate, DatabaseRefusal, HouseLimitExceeded, Refusal
from folios.folios import set_house_limit
from folios.money import Money
from tests.folios.hotel import CASHIER, Hotel, sold

MODULES = sorted(Path(folios.__file__).parent.glob("*.py"))
REFUSALS = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Refusal)]


def wants(refusal: type[Refusal]) -> set[str]:
    """The names its message is filled from."""
    return {name for _, name, _, _ in string.Formatter().parse(refusal.message) if name}


def raised(path: Path) -> list[tuple[type[Refusal], set[str]]]:
    """The refusals a module makes, with the names they are given; those given a whole mapping are left out."""
    names = {each.__name__: each for each in Refusal.__subclasses__() + DatabaseRefusal.__subclasses__()}
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [
        (names[name], {keyword.arg for keyword in call.keywords if keyword.arg})
        for call in calls
        if (name := getattr(call.func, "id", getattr(call.func, "attr", ""))) in names
        and all(keyword.arg for keyword in call.keywords)
    ]


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_a_refusal_is_given_what_its_message_names(path: Path) -> None:
    wrong = [(refusal.__name__, given) for refusal, given in raised(path) if not wants(refusal) <= given]
    assert wrong == []


def test_what_a_refusal_lacks_is_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("raise HouseLimitExceeded(limit=1)")
    assert [wants(refusal) - given for refusal, given in raised(module)] == [{"balance", "requested"}]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_a_stable_code_and_whole_sentences(refusal: type[Refusal]) -> None:
    assert all(part.isidentifier() for part in refusal.code.split("."))
    assert refusal.message[0].isupper() or refusal.message[0] == "{"
    assert refusal.message.endswith((".", "frontoffice init"))


def test_the_house_limit_is_written_as_each_language_writes_amounts(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("ROOM", "1234.50"))
    hotel.do(set_house_limit, guest, 150000, CASHIER)
    with hotel.refuses(HouseLimitExceeded) as refusal:
        hotel.charge(guest, sold("ROOM", "300.00"))
    assert refusal.value.code == "folio.house_limit"
    assert refusal.value.text() == "House limit 1,500.00, balance 1,234.50, requested 300.00."
    translations = {refusal.value.message: "Hauslimit {limit}, Saldo {balance}, verlangt {requested}."}
    in_german = refusal.value.text(translations.__getitem__, "de")
    assert in_german == "Hauslimit 1.500,00, Saldo 1.234,50, verlangt 300,00."


def test_dates_and_lists_are_written_as_each_language_writes_them() -> None:
    late = CorrectionTooLate(voucher=7, day=date(2026, 3, 1))
    assert late.text(locale="de").startswith("Voucher 7 belongs to 01.03.2026,")
    changed = ChangedMeanwhile(record="folio:1", changed=["name: a / b", Money(123456, "EUR")])
    assert "(name: a / b, 1.234,56)" in changed.text(locale="de")


def test_what_people_typed_is_never_taken_for_a_part_of_the_message() -> None:
    refusal = errors.FolioUnknown(folio="{limit} %s {0}")
    assert str(refusal) == "There is no folio {limit} %s {0}. Check the number."


def test_a_refusal_of_the_database_is_told_apart_from_one_of_the_rules() -> None:
    assert issubclass(errors.DatabaseBusy, DatabaseRefusal)
    assert not issubclass(HouseLimitExceeded, DatabaseRefusal)


def test_a_refusal_says_what_sort_of_no_it_is_or_its_code_does() -> None:
    class SafeEmpty(Refusal):
        code = "safe.empty"

    class StillEmpty(Refusal):
        code = "safe.still_empty"
        sort = errors.STANDING

    class EmptiedTwice(StillEmpty):
        pass

    assert (SafeEmpty.sort, StillEmpty.sort, EmptiedTwice.sort) == (errors.INVALID, errors.STANDING, errors.STANDING)
    assert (errors.FolioUnknown.sort, errors.FolioClosed.sort) == (errors.UNKNOWN, errors.STANDING)
    with pytest.raises(TypeError, match="is of no sort of refusal"):
        type("Nonsense", (Refusal,), {"code": "some.thing", "sort": "nonsense"})
