"""The files of a ledger export: CSV and XLSX for a bookkeeping program, Beancount and hledger as text.

Each is made of the stored export alone and is the same to the byte whenever it is made. The two texts state what each
account opened and closed with, so that the program that reads them proves our balances.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import xlsxwriter

from folios.money import minor_digits
from frontoffice.cells import harmless
from night_audit.ledger_export import Content

COLUMNS = ("date", "debit", "debit name", "credit", "credit name", "amount", "currency", "code", "text", "postings")


@dataclass(frozen=True, slots=True)
class ExportForm:
    """A form of file: how its name ends, its media type, who writes it."""

    ending: str
    media_type: str
    write: Callable[[Content], bytes]


def _amount(content: Content, minor: int) -> Decimal:
    return Decimal(f"{minor}e-{minor_digits(content['currency'])}")


def _rows(content: Content) -> list[list[Any]]:
    accounts = content["accounts"]
    return [
        [
            line["day"],
            accounts[line["debit"]]["number"],
            accounts[line["debit"]]["name"],
            accounts[line["credit"]]["number"],
            accounts[line["credit"]]["name"],
            _amount(content, line["minor"]),
            content["currency"],
            line["code"],
            line["text"],
            line["count"],
        ]
        for line in content["lines"]
    ]


def as_csv(content: Content) -> bytes:
    """A line for each movement between two accounts on a day; amounts with a point, text that is no formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(content):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode()


def as_xlsx(content: Content) -> bytes:
    """The same in a workbook, with the balances of the accounts on a second sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    made = datetime.combine(date.fromisoformat(content["last"]), datetime.min.time())
    book.set_properties({"title": "Ledger export", "author": content["hotel"], "created": made})
    bold = book.add_format({"bold": True, "bottom": 1})
    digits = minor_digits(content["currency"])
    money = book.add_format({"num_format": "#,##0" + (f".{'0' * digits}" if digits else "")})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    accounts = content["accounts"]
    balances = [
        [each["kind"], each["number"], each["name"], _amount(content, content["opening"].get(subject, 0)),
         _amount(content, content["closing"].get(subject, 0))]
        for subject, each in sorted(accounts.items(), key=lambda pair: (pair[1]["number"], pair[0]))
    ]  # fmt: skip
    heads = ("kind", "account", "name", "opening", "closing")
    for name, columns, rows in (("Movements", COLUMNS, _rows(content)), ("Balances", heads, balances)):
        sheet = book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
            sheet.set_column(place, place, 28 if "name" in column or column == "text" else 13)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(number, place, float(cell), money)
                elif isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                elif columns[place] == "date":
                    sheet.write_datetime(number, place, datetime.fromisoformat(cell), day)
                else:
                    sheet.write_string(number, place, cell)
        sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


# --- plain text accounting ------------------------------------------------------------------------------------


def as_beancount(content: Content) -> bytes:
    """A whole Beancount file: accounts, opening balances, a transaction for each day, what each account closes at."""
    names = {subject: beancount_name(each) for subject, each in content["accounts"].items()}
    first, currency = content["first"], content["currency"]
    out = [
        f'option "title" "{_quoted(content["hotel"])} {first} to {content["last"]}"',
        f'option "operating_currency" "{currency}"',
        "",
        *(f"{first} open {name} {currency}" for name in sorted(set(names.values()))),
        "",
    ]
    for told, day, sums in _transactions(content, names):
        out.append(f'{day} * "{told}"')
        out += [f"  {name}  {_amount(content, minor)} {currency}" for name, minor in sums]
        out.append("")
    after = date.fromisoformat(content["last"]) + timedelta(days=1)
    closing = _by_name(content["closing"], names)
    out += [f"{after} balance {name}  {_amount(content, closing[name])} ~ 0 {currency}" for name in sorted(closing)]
    return ("\n".join(out) + "\n").encode()


def as_hledger(content: Content) -> bytes:
    """A whole hledger journal with the same in it; its balance assertions are checked when it is read."""
    names = {subject: hledger_name(each) for subject, each in content["accounts"].items()}
    currency = content["currency"]
    out = [f"; {_line(content['hotel'])} {content['first']} to {content['last']}", ""]
    out += [f"account {name}" for name in sorted(set(names.values()))]
    digits = minor_digits(currency)
    out += [f"commodity {currency} 1000{'.' + '0' * digits if digits else '.'}", ""]
    for told, day, sums in _transactions(content, names):
        out.append(f"{day} * {told}")
        out += [f"    {name}  {currency} {_amount(content, minor)}" for name, minor in sums]
        out.append("")
    closing = _by_name(content["closing"], names)
    out.append(f"{content['last']} * closing balances")
    out += [
        f"    {name}  {currency} {_amount(content, 0)} = {currency} {_amount(content, closing[name])}"
        for name in sorted(closing)
    ]
    return ("\n".join(out) + "\n").encode()


def _transactions(content: Content, names: dict[str, str]) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """What it is, its day, and what it adds to each account: the opening balances, then each day."""
    opening = _by_name(content["opening"], names)
    found = [("opening balances", content["first"], sorted(_moving(opening).items()))] if _moving(opening) else []
    for day, lines in groupby(content["lines"], key=lambda line: line["day"]):
        sums: defaultdict[str, int] = defaultdict(int)
        for line in lines:
            sums[names[line["debit"]]] += line["minor"]
            sums[names[line["credit"]]] -= line["minor"]
        if _moving(sums):
            found.append(("business day", day, sorted(_moving(sums).items())))
    return found


def _moving(sums: dict[str, int]) -> dict[str, int]:
    return {name: minor for name, minor in sums.items() if minor}


def _by_name(amounts: dict[str, int], names: dict[str, str]) -> dict[str, int]:
    """Amounts by account: several of ours may be one of the accountant's."""
    sums: defaultdict[str, int] = defaultdict(int)
    for subject, minor in amounts.items():
        sums[names[subject]] += minor
    return dict(sums)


def beancount_name(account: Content) -> str:
    """`Income:8400-Room-revenue`: letters, digits and dashes, as Beancount takes them."""
    text = re.sub(r"[^\w]|_", "-", f"{account['number']} {account['name']}")
    text = re.sub(r"-+", "-", text).strip("-")
    return f"{account['kind']}:{text if text[:1].isdigit() else text[:1].upper() + text[1:]}"


def hledger_name(account: Content) -> str:
    """`income:8400 Room revenue`: without what would end an account's name there."""
    text = re.sub(r"[;:()\[\]*!=\"]|\s+", " ", f"{account['number']} {account['name']}")
    return f"{account['kind'].lower()}:{re.sub(r' +', ' ', text).strip()}"


def _quoted(text: str) -> str:
    return _line(text).replace("\\", "\\\\").replace('"', '\\"')


def _line(text: str) -> str:
    return " ".join(text.split())


FORMS = {
    "csv": ExportForm("csv", "text/csv", as_csv),
    "xlsx": ExportForm("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "beancount": ExportForm("beancount", "text/plain", as_beancount),
    "hledger": ExportForm("journal", "text/plain", as_hledger),
}
