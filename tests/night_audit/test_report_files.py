"""The files a report is had as: the same bytes whenever they are asked for, and nothing in them that does anything."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from folios.db import reading
from frontoffice.cli import main
from frontoffice.models.stays import Stay
from night_audit.reports import files, making, pack, paper
from night_audit.reports.catalogue import REPORTS
from night_audit.reports.forms import FORMS
from night_audit.reports.models import ReportFile, StoredReport
from tests.frontoffice.house import House, at_once, day
from tests.night_audit.random_days import Days

FORMULA = "=cmd|' /C calc'!A0"


def sealed(house: House, seed: int = 3) -> dict[str, bytes]:
    """A day behind us with its pack stored; returns the reports' bytes."""
    Days(house, seed).pass_by(1)
    kept = pack.store(house.sessions, day(0), "auditor")
    assert kept.failed == {}
    return kept.reports


def file(house: House, name: str, form: str, language: str = "en", on: date | None = None) -> bytes:
    return files.of_report(house.sessions, name, on or day(0), form, language)


def test_each_report_makes_every_file_and_makes_the_same_bytes_again(house: House) -> None:
    for name, content in sealed(house).items():
        for form, made in FORMS.items():
            first, again = (made.draw(making.read(content), "en") for _ in range(2))
            assert first == again == file(house, name, form), (name, form)


def test_a_stored_report_stays_as_it_was_whatever_is_posted_and_changed_afterwards(house: House) -> None:
    before = sealed(house)
    files = {name: file(house, name, "pdf") for name in before}
    for stay in house.rows(Stay, status="in_house"):
        house.charge(stay.id, "12.00")
    house.do(lambda session: session.execute(sa.text("UPDATE guest SET surname = 'Changed'")))
    again = pack.store(house.sessions, day(0), "somebody else")
    assert again.made == ()
    assert again.reports == before
    assert {name: file(house, name, "pdf") for name in before} == files
    assert {each.stored_by for each in house.rows(StoredReport)} == {"auditor"}


def test_of_two_who_ask_for_the_pack_or_a_file_at_once_both_get_the_same(house: House) -> None:
    Days(house, 4).pass_by(1)
    kept = at_once([lambda: pack.store(house.sessions, day(0), "auditor").reports] * 2)
    assert all(isinstance(each, dict) for each in kept), kept
    assert kept[0] == kept[1]
    assert len(house.rows(StoredReport)) == len(REPORTS)
    answers = at_once([lambda: file(house, "manager", "xlsx")] * 4)
    assert len({each for each in answers if isinstance(each, bytes)}) == 1
    assert len(house.rows(ReportFile)) == 1


def test_what_is_stored_cannot_be_changed_by_the_database_and_is_not_believed_when_it_was(house: House) -> None:
    sealed(house)
    with pytest.raises(sa.exc.DBAPIError, match="immutable"), house.engine.begin() as connection:
        connection.execute(sa.update(StoredReport).values(stored_by="me"))
    with house.engine.begin() as connection:
        drop = "DROP TRIGGER stored_report_immutable ON stored_report"
        connection.exec_driver_sql(
            "DROP TRIGGER stored_report_no_update" if house.engine.dialect.name == "sqlite" else drop
        )
        connection.execute(sa.update(StoredReport).where(StoredReport.report == "manager").values(content=b"x"))
    with reading(house.sessions) as session, pytest.raises(pack.ReportDamaged):
        pack.said(session, "manager", day(0))


def test_a_report_that_fails_is_named_the_others_are_stored_and_it_can_be_made_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    Days(house, 3).pass_by(1)

    def fails(session: Any, _asked: Any) -> Any:
        session.execute(sa.text("SELECT * FROM nothing"))

    with monkeypatch.context() as broken:
        aging = REPORTS["aging"]
        broken.setitem(REPORTS, "aging", replace(aging, parts=(replace(aging.parts[0], lines=fails),)))
        kept = pack.store(house.sessions, day(0), "auditor")
    assert set(kept.failed) == {"aging"}
    assert "nothing" in kept.failed["aging"]
    assert len(house.rows(StoredReport)) == len(REPORTS) - 1
    later = pack.store(house.sessions, day(0), "auditor")
    assert later.made == ("aging",)
    assert len(house.rows(StoredReport)) == len(REPORTS)


def test_a_rehearsal_makes_drafts_that_say_so_and_stores_nothing(house: House) -> None:
    Days(house, 3).pass_by(1)
    drafts = pack.store(house.sessions, day(1), "auditor", draft=True)
    assert drafts.failed == {}
    assert house.rows(StoredReport) == []
    text = PdfReader(io.BytesIO(paper.as_pdf(making.read(drafts.reports["manager"]), "en"))).pages[0].extract_text()
    assert "DRAFT" in text
    with house.refuses(pack.PackDayNotClosed):
        pack.store(house.sessions, day(1), "auditor")


def test_the_pack_of_a_day_is_one_pdf_that_begins_with_its_contents_and_never_changes(house: House) -> None:
    before = sealed(house)
    first = files.of_pack(house.sessions, day(0), "en")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(first)).pages]
    assert all(making.read(content)["title"] in pages[0] for content in before.values())
    assert f"Page 1 of {len(pages)}" in pages[0]
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    house.do(lambda session: session.execute(sa.text("UPDATE guest SET surname = 'Changed'")))
    house.do(lambda session: session.execute(sa.text("UPDATE property SET name = 'Changed'")))
    again = at_once([lambda: files.of_pack(house.sessions, day(0), "en")] * 2)
    assert again == [first, first]
    assert len(house.rows(ReportFile)) == 1
    assert files.of_pack(house.sessions, day(0), "de") != first
    files.of_pack(house.sessions, day(1), "en")
    assert len(house.rows(ReportFile)) == 2, "of an open day none is kept"


def test_every_file_of_a_draft_says_that_it_is_one_wherever_it_is_looked_at(house: House) -> None:
    Days(house, 3).pass_by(1)
    drafts = pack.store(house.sessions, day(1), "auditor", draft=True)
    content = making.read(drafts.reports["journal-by-code"])
    pages = PdfReader(io.BytesIO(files.of_draft(content, "pdf", "en"))).pages
    assert len(pages) > 1
    assert all(page.extract_text().count("DRAFT") == 2 for page in pages)
    book = CalamineWorkbook.from_filelike(io.BytesIO(files.of_draft(content, "xlsx", "en")))
    assert all(str(book.get_sheet_by_name(each).to_python()[0][0]).startswith("DRAFT") for each in book.sheet_names)
    assert files.of_draft(content, "csv", "en").startswith(b'"DRAFT: a rehearsal')
    assert json.loads(files.of_draft(content, "json", "en"))["standing"] == "draft"


def test_a_day_still_open_is_told_as_preliminary_and_its_files_are_not_kept(house: House) -> None:
    Days(house, 3).pass_by(1)
    text = PdfReader(io.BytesIO(file(house, "trial-balance", "pdf", on=day(1)))).pages[0].extract_text()
    assert "Preliminary" in text
    assert house.rows(ReportFile) == []


def test_what_people_typed_is_never_a_formula_in_a_workbook_or_a_csv_file(house: House) -> None:
    Days(house, 3).pass_by(3)
    told = [file(house, "corrections", "csv", on=day(number)).decode() for number in range(4)]
    cells = [cell for text in told for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells
    for number in range(4):
        book = file(house, "corrections", "xlsx", on=day(number))
        rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
        texts = [cell for row in rows for cell in row if isinstance(cell, str)]
        if FORMULA in texts:
            assert b"<f>" not in unzipped(book)
            return
    raise AssertionError("the dice took nothing back")


def unzipped(book: bytes) -> bytes:
    with ZipFile(io.BytesIO(book)) as zipped:
        return b"".join(zipped.read(name) for name in zipped.namelist())


def test_all_files_of_a_report_say_the_same_figures(house: House) -> None:
    made = making.read(sealed(house)["trial-balance"])
    total = next(row["values"] for row in made["parts"][0]["rows"] if row["style"] == "total")
    debits = total[3]
    assert f"{debits / 100:.2f}" in file(house, "trial-balance", "csv").decode()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file(house, "trial-balance", "xlsx"))).get_sheet_by_index(0)
    assert debits / 100 in [row[3] for row in sheet.to_python()]
    text = PdfReader(io.BytesIO(file(house, "trial-balance", "pdf"))).pages[0].extract_text()
    assert f"{debits / 100:,.2f}" in text
    assert json.loads(file(house, "trial-balance", "json")) == made
    assert "1.234,50" not in text
    assert (
        f"{debits / 100:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
        in PdfReader(io.BytesIO(file(house, "trial-balance", "pdf", "de"))).pages[0].extract_text()
    )


def test_a_long_report_breaks_over_pages_and_repeats_its_head() -> None:
    row = {"style": "line", "values": ["A name that is rather long " * 6, 12_345, None, "a rule " * 20]}
    columns = [("name", "Name", "text"), ("amount", "Amount", "money"), ("on", "Day", "day"), ("rule", "Rule", "text")]
    part = {
        "name": "p", "title": "Part", "group": None, "empty": "", "notes": [{"text": "A note.", "params": {}}],
        "columns": [{"name": n, "title": t, "kind": k, "under": n == "rule"} for n, t, k in columns],
        "rows": [row] * 300,
    }  # fmt: skip
    facts = {"report": "x", "title": "Title", "question": "Why?", "hotel": "Hotel", "currency": "EUR", "wide": False}
    content = {**facts, "day": "2026-03-01", "standing": "closed", "parts": [part], "notes": []}
    pages = PdfReader(io.BytesIO(paper.bind([content, content], "en"))).pages
    assert len(pages) > 10
    assert all("Amount EUR" in page.extract_text() for page in pages[: len(pages) // 2 - 1])
    assert f"Page 2 of {len(pages) // 2}" in pages[1].extract_text()


def test_the_command_lists_the_reports_and_writes_each_form(house: House, database_url: str, tmp_path: Path) -> None:
    content = sealed(house)

    def run(*options: str) -> Any:
        return CliRunner().invoke(main, ["report", "--database", database_url, *options])

    listed = run("--list")
    assert listed.exit_code == 0
    assert all(name in listed.output for name in REPORTS)
    assert run("trial-balance", "--format", "json").output_bytes == content["trial-balance"]
    for form in FORMS:
        path = tmp_path / f"manager.{form}"
        assert run("manager", "--date", day(0).isoformat(), "--format", form, "--output", str(path)).exit_code == 0
        assert path.read_bytes() == file(house, "manager", form, "" if form == "json" else "en")
    path = tmp_path / "pack.pdf"
    assert run("--pack", "--date", day(0).isoformat(), "--format", "pdf", "--output", str(path)).exit_code == 0
    assert path.read_bytes() == run("--pack").output_bytes == files.of_pack(house.sessions, day(0), "en")
    for wrong in (
        ("profit",),
        (),
        ("manager", "--date", "2020-01-01"),
        ("manager", "--pack"),
        ("--pack", "--format", "csv"),
    ):
        assert run(*wrong).exit_code == 2


def test_the_list_of_reports_needs_no_database() -> None:
    listed = CliRunner().invoke(main, ["report", "--list"], env={"FRONTOFFICE_DATABASE_URL": ""})
    assert listed.exit_code == 0
    assert all(name in listed.output for name in REPORTS)
