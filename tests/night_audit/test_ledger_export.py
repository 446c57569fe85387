"""The ledger for the back office: Beancount and hledger accept it, their balances are ours; no day goes out twice."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from beancount import loader
from beancount.core.realization import compute_balance, get, realize
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from folios.db import reading
from folios.errors import ChangedMeanwhile
from frontoffice import rights, users
from frontoffice.cli import main
from night_audit import export_files, ledger_accounts, ledger_export
from night_audit.export_files import FORMS, beancount_name, hledger_name
from night_audit.ledger_export import ExportDamaged, ExportDayOpen, ExportDaysInvalid, Exported, ExportedAlready
from night_audit.reports import balances
from night_audit.reports.models import LedgerExport
from tests.frontoffice.house import CLERK, House, at_once, day
from tests.night_audit.random_days import Days

HLEDGER = shutil.which("hledger")
AWKWARD = 'Rooms; "net" [x] & = (é) {y} \\ *'


def export(house: House, first: int, last: int) -> Exported:
    return house.do(ledger_export.export, day(first), day(last), CLERK)


def content(house: House, exported: Exported) -> dict[str, Any]:
    with reading(house.sessions) as session:
        return ledger_export.read(session, exported.id)[1]


def closings(house: House, on: date, names: dict[str, str]) -> dict[str, Decimal]:
    """What our own books say, by the account it is exported under; accounts that stand at zero are left out."""
    sums: dict[str, int] = {}
    with reading(house.sessions) as session:
        for each in balances.ledgers(session, on):
            ledger, type = each.key
            if type not in ("control", "permanent"):
                name = names[f"{ledger}:{type}"]
                sums[name] = sums.get(name, 0) + each.closing_minor
        for folio in balances.folios(session, on, "control", "city"):
            if folio.type in ("control", "permanent"):
                name = names[f"folio:{folio.number}"]
                sums[name] = sums.get(name, 0) + folio.closing_minor
    return {name: Decimal(minor) / 100 for name, minor in sums.items() if minor}


def exported_days(house: House) -> tuple[Exported, Exported]:
    """Two exports that follow each other, the second with accounts that were mapped, two of ours onto one of theirs."""
    Days(house, 7).pass_by(4)
    first = export(house, 0, 1)
    for subject, number, name in (
        ("folio:ROOM", "8400", AWKWARD),
        ("folio:BAR", "8410", "Food and beverage"),
        ("folio:RESTAURANT", "8410", "Food and beverage"),
        ("guest:individual", "1400", "Gäste"),
    ):
        house.do(ledger_accounts.map_account, subject, 0, number, name, CLERK)
    return first, export(house, 2, 3)


def test_bean_check_accepts_each_export_and_its_balances_are_ours(house: House, tmp_path: Path) -> None:
    for exported in exported_days(house):
        told = content(house, exported)
        path = tmp_path / f"{exported.id}.beancount"
        path.write_bytes(FORMS["beancount"].write(told))
        bean_check = [sys.executable, "-m", "beancount.scripts.check", str(path)]
        checked = subprocess.run(bean_check, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
        entries, errors, _options = loader.load_file(str(path))
        assert errors == []
        real = realize(entries)
        names = {subject: beancount_name(each) for subject, each in told["accounts"].items()}
        ours = closings(house, exported.last, names)
        theirs = {
            name: compute_balance(get(real, name)).get_currency_units("EUR").number for name in set(names.values())
        }
        assert {name: number for name, number in theirs.items() if number} == ours


def test_a_wrong_cent_is_found_by_bean_check(house: House, tmp_path: Path) -> None:
    told = content(house, exported_days(house)[0])
    told["lines"][0]["minor"] += 1
    path = tmp_path / "wrong.beancount"
    path.write_bytes(FORMS["beancount"].write(told))
    assert loader.load_file(str(path))[1]


def hledger(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HLEDGER), "-f", str(path), *words], capture_output=True, text=True, check=False)


@pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed (Debian: hledger)")
def test_hledger_check_accepts_each_export_and_its_balances_are_ours(house: House, tmp_path: Path) -> None:
    for exported in exported_days(house):
        told = content(house, exported)
        path = tmp_path / f"{exported.id}.journal"
        path.write_bytes(FORMS["hledger"].write(told))
        checked = hledger(path, "check", "--strict")
        assert (checked.returncode, checked.stderr) == (0, "")
        told_by_it = hledger(path, "balance", "--flat", "--no-total", "-O", "csv").stdout
        found = list(csv.reader(io.StringIO(told_by_it)))[1:]
        names = {subject: hledger_name(each) for subject, each in told["accounts"].items()}
        ours = closings(house, exported.last, names)
        assert {name: Decimal(amount.replace("EUR", "").strip()) for name, amount in found} == ours


def test_csv_and_workbook_have_every_movement_between_accounts_and_nothing_that_is_a_formula(house: House) -> None:
    first, second = exported_days(house)
    told = content(house, second)
    rows = list(csv.DictReader(io.StringIO(FORMS["csv"].write(told).decode())))
    assert len(rows) == len(told["lines"])
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(sum(line["minor"] for line in told["lines"])) / 100
    credited = {row["credit"] for row in rows if row["code"] in ("BAR", "RESTAURANT") and row["credit name"] != "Gäste"}
    assert credited == {"8410"}
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(FORMS["xlsx"].write(told)))
    moved, standing = (sheets.get_sheet_by_name(name).to_python() for name in ("Movements", "Balances"))
    assert len(moved) == len(rows) + 1
    assert round(sum(row[4] for row in standing[1:]), 2) == 0
    assert content(house, first)["accounts"]["guest:individual"]["number"] == "individual", "what was exported stays"


def test_a_day_goes_out_once_and_the_same_days_again_are_the_same_files(house: House) -> None:
    first, second = exported_days(house)
    files = {form: each.write(content(house, first)) for form, each in FORMS.items()}
    house.do(ledger_accounts.map_account, "folio:SPA", 0, "8500", "Spa", CLERK)
    assert export(house, 0, 1) == first
    assert {form: each.write(content(house, export(house, 0, 1))) for form, each in FORMS.items()} == files
    assert len(house.rows(LedgerExport)) == 2
    with house.refuses(ExportedAlready, first=second.first, last=second.last):
        export(house, 3, 3)
    with house.refuses(ExportDayOpen):
        export(house, 4, 4)
    for wrong in ((4, 3), (0, 500)):
        with house.refuses(ExportDaysInvalid):
            export(house, *wrong)
    with reading(house.sessions) as session:
        assert ledger_export.next_days(session) is None


def test_of_two_who_export_the_same_days_at_once_one_export_comes_out(house: House) -> None:
    Days(house, 8).pass_by(2)
    answers = at_once([lambda: export(house, 0, 0)] * 2 + [lambda: export(house, 0, 1)])
    assert len(house.rows(LedgerExport)) == 1
    done = {each.id for each in answers if isinstance(each, Exported)}
    assert len(done) == 1
    assert all(isinstance(each, Exported | ExportedAlready) for each in answers), answers


def test_an_export_cannot_be_changed_and_is_not_believed_when_it_was(house: House) -> None:
    Days(house, 8).pass_by(1)
    exported = export(house, 0, 0)
    with pytest.raises(sa.exc.DBAPIError, match="immutable"), house.engine.begin() as connection:
        connection.execute(sa.delete(LedgerExport))
    with house.engine.begin() as connection:
        sqlite = house.engine.dialect.name == "sqlite"
        name = "ledger_export_no_update" if sqlite else "ledger_export_immutable ON ledger_export"
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(sa.update(LedgerExport).values(content=b"other"))
    with pytest.raises(ExportDamaged):
        content(house, exported)


def test_of_two_who_map_an_account_the_slower_sees_what_the_faster_wrote(house: House) -> None:
    mapped = house.do(ledger_accounts.map_account, "folio:SPA", 0, "8500", "Spa", CLERK)
    assert (mapped.number, mapped.version) == ("8500", 1)
    with house.refuses(ChangedMeanwhile):
        house.do(ledger_accounts.map_account, "folio:SPA", 0, "8501", "Wellness", CLERK)
    assert house.do(ledger_accounts.map_account, "folio:SPA", 1, "8501", "Wellness", CLERK).number == "8501"
    for number, name in (("", "Spa"), ("8 5", "Spa"), ("-", "Spa"), ("8500", "  "), ("8500", ";;"), ("x" * 21, "Spa")):
        with pytest.raises(Exception, match=r"An account needs|too long|at most"):
            house.do(ledger_accounts.map_account, "folio:SPA", 2, number, name, CLERK)
    with house.refuses(ledger_accounts.AccountUnknown):
        house.do(ledger_accounts.map_account, "folio:NOWHERE", 0, "1", "Nowhere", CLERK)


def test_the_command_exports_what_was_not_exported_and_gives_it_again(
    house: House, database_url: str, tmp_path: Path
) -> None:
    def staff(session: Session) -> None:
        rights.add_starter_roles(session)
        users.add_user(session, users.NewUser("BOSS", "Manager", roles=["manager"]), CLERK)
        users.add_user(session, users.NewUser("DESK", "Cashier", roles=["cashier"]), CLERK)

    house.do(staff)
    Days(house, 8).pass_by(2)

    def run(*options: str) -> Any:
        return CliRunner().invoke(main, ["ledger-export", "--database", database_url, *options])

    assert run("--operator", "DESK").exit_code == 2
    done = run("--operator", "BOSS")
    assert done.exit_code == 0
    assert done.output.startswith("date,debit,")
    assert run("--operator", "BOSS").exit_code == 2, "nothing is left"
    days = ("--from", day(0).isoformat(), "--to", day(1).isoformat())
    assert run("--operator", "BOSS", *days).output == done.output
    path = tmp_path / "ledger.beancount"
    assert run("--operator", "BOSS", *days, "--format", "beancount", "--output", str(path)).exit_code == 0
    assert loader.load_file(str(path))[1] == []


def test_names_of_accounts_are_what_the_programs_take() -> None:
    account = {"kind": "Income", "number": "8400", "name": AWKWARD}
    assert beancount_name(account) == "Income:8400-Rooms-net-x-é-y"
    assert hledger_name(account) == "income:8400 Rooms net x & é {y} \\"
    assert beancount_name({"kind": "Assets", "number": "visa", "name": "x"}) == "Assets:Visa-x"
    assert json.dumps(account)
    assert set(export_files.FORMS) == {"csv", "xlsx", "beancount", "hledger"}
