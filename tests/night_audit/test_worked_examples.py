"""Published examples, none of them ours, that the reports are held against; each names its source."""

from __future__ import annotations

from datetime import date

import pytest

from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.folios import find_folio, open_folio
from folios.money import Money
from folios.payments import PaidOut, Payment, pay, pay_out
from frontoffice import companies
from night_audit.reports import aging, key_figures, making, managers_report
from night_audit.reports.catalogue import report
from night_audit.reports.definition import Line
from night_audit.reports.key_figures import Counts
from tests.frontoffice.house import CLERK, House, day, euro

# --- 1: the manager's report (Bardi, Hotel Front Office Management, 5th edition, figure 10-5) --------------------

BARDI = {
    "actual": Counts(inventory=100, sold=65, guests=75, room_revenue=4_500_00, no_shows=3, rack=100 * 85_00),
    "budget": Counts(inventory=100, sold=85, guests=95, room_revenue=7_500_00, rack=100 * 85_00),
}


@pytest.mark.parametrize(
    ("figure", "actual", "budget"),
    [
        ("paid_occupancy", 65_00, 85_00),
        ("double_occupancy", 15_38, 11_76),
        ("yield", 52_94, 88_24),
        ("revpar", 45_00, 75_00),
        ("adr", 69_23, 88_24),
    ],
)
def test_key_figures_are_those_of_the_published_managers_report(figure: str, actual: int, budget: int) -> None:
    assert key_figures.value(figure, BARDI["actual"]) == actual
    assert key_figures.value(figure, BARDI["budget"]) == budget


def test_the_rule_of_rooms_available_is_the_hotels_choice_and_house_use_is_in_no_occupancy() -> None:
    counts = Counts(inventory=100, long_out=2, out_of_order=8, sold=45, complimentary=3, house_use=5)
    assert key_figures.value("paid_occupancy", counts) == 45_92
    assert key_figures.value("paid_occupancy", counts, deduct_out_of_order=True) == 50_00
    assert key_figures.value("total_occupancy", counts) == 48_98
    assert key_figures.value("multiple_occupancy", Counts(sold=40, guests=70, shared=25)) == 62_50
    assert key_figures.value("double_occupancy", Counts(sold=40, guests=70, shared=25)) == 75_00
    assert key_figures.value("alos", Counts(sold=37, arrivals=15)) == 2_47


def test_a_house_without_rooms_or_guests_divides_by_nothing() -> None:
    assert all(key_figures.value(each.name, Counts()) is None for each in key_figures.FIGURES)


# --- 10 and 11: aging and allowance (Farrior Hotel; Larkin Co, Lumen Learning) ----------------------------------

FARRIOR = [27_000_00, 5_700_00, 3_000_00, 2_000_00, 1_900_00]
LARKIN = [103_000_00, 97_500_00, 39_500_00, 10_000_00]


def test_the_allowance_is_each_bucket_at_its_percentage() -> None:
    assert sum(FARRIOR) == 39_600_00
    needed = aging.allowance(FARRIOR, (2, 4, 10, 20, 40))
    assert needed == 2_228_00
    assert needed - 528_00 == 1_700_00, "with an opening allowance of 528 the adjusting entry is 1,700"
    assert sum(LARKIN) == 250_000_00
    assert aging.allowance(LARKIN, (1, 5, 15, 95)) == 21_330_00


def test_thirty_days_are_in_the_first_bucket_and_thirty_one_in_the_second() -> None:
    last = date(2026, 12, 31)
    ages = {opened: (last - opened).days for opened in (date(2026, 12, 15), date(2026, 12, 1), date(2026, 11, 30))}
    assert [aging.bucket(age) for age in ages.values()] == [0, 0, 1]
    assert [aging.bucket(age, (30, 60, 90)) for age in (0, 30, 31, 60, 61, 90, 91)] == [0, 0, 1, 1, 2, 2, 3]


# Customers of Larkin Co, in thousands of cents: what they owe by bucket, the newest first.
CUSTOMERS = {
    "A": (40_000, 17_500, 0, 0),
    "B": (22_000, 0, 0, 0),
    "C": (14_500, 50_000, 10_000, 0),
    "D": (0, 0, 0, 8_000),
    "E": (0, 0, 12_500, 0),
    "F": (25_000, 0, 0, 0),
    "G": (1_500, 30_000, 17_000, 2_000),
}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_aging_of_the_published_customers_comes_out_of_the_ledger(house: House) -> None:
    """Charged 95, 65, 35 and 5 days before the day of the report; a payment takes what is oldest."""
    for name in CUSTOMERS:
        house.do(open_folio, type="non_guest", name=name, number=name, operator=CLERK)
    for number in range(96):
        for name, buckets in CUSTOMERS.items():
            for age, thousands in zip((5, 35, 65, 95), buckets, strict=True):
                if 95 - age == number and thousands:
                    folio = house.do(find_folio, name).id
                    amount = Money(thousands * 1000, "EUR")
                    house.do(charge, Charge(folio, (ChargeLine("SPA", amount),)), Origin(CLERK))
        if number < 95:
            house.end_day()
    house.do(pay, Payment(house.do(find_folio, "G").id, "VISA", euro("20.00")), Origin(CLERK))

    def told(session: object) -> making.Content:
        return making.make(session, report("aging"), making.ask(session, day(95)))  # type: ignore[arg-type]

    part = house.do(told)["parts"][0]
    names = [each["name"] for each in part["columns"]]
    rows = [dict(zip(names, row["values"], strict=True)) | {"style": row["style"]} for row in part["rows"]]
    by_name = {
        row["name"]: tuple(row[f"bucket_{n}"] // 1000 for n in range(4)) for row in rows if row["style"] == "line"
    }
    visa = next(row for row in rows if row["name"] == "Visa")
    assert visa["balance"] == 20_00
    assert by_name.pop("Visa") == (2, 0, 0, 0)
    assert by_name == {**CUSTOMERS, "G": (1_500, 30_000, 17_000, 1_998)}
    total = next(row for row in rows if row["style"] == "total")
    assert [total[f"bucket_{n}"] for n in range(4)] == [
        LARKIN[0] * 10 + 20_00,
        *(each * 10 for each in LARKIN[1:3]),
        LARKIN[3] * 10 - 20_00,
    ]


# --- 14: balancing departments (ASEAN, Conduct a night audit, D1.HFO.CL2.06) ------------------------------------

DEPARTMENTS = {
    "TELEPHONE": (("672.80", "786.50"), "1459.30", "0.00"),
    "LAUNDRY": (("145.65", "256.90"), "402.55", "0.00"),
    "BAR": (("976.45", "1089.50"), "2205.95", "140.00"),
    "RESTAURANT": (("1245.05", "890.35"), "2135.40", "0.00"),
    "SPA": (("789.30", "678.00"), "1267.60", "-199.70"),
    "MINIBAR": (("450.70", "23.90"), "474.90", "0.30"),
    "BREAKFAST": (("345.90", "1567.95", "2890.00"), "4803.85", "0.00"),
    "PARKING": (("650.80", "1095.90"), "1546.65", "-200.05"),
}
OUT_OF_BALANCE = ["BAR", "MINIBAR", "PARKING", "SPA"]


def test_the_journal_by_code_balances_each_department_and_names_those_that_do_not(house: House) -> None:
    """The vouchers of two shifts beside what the computer of the example had; cash, Visa and paid-outs agree."""
    folio = house.do(open_folio, type="non_guest", name="Everybody", operator=CLERK).id
    for code, (vouchers, _computer, _difference) in DEPARTMENTS.items():
        for amount in vouchers:
            house.do(charge, Charge(folio, (ChargeLine(code, euro(amount)),)), Origin(CLERK))
    drawer = house.do(find_folio, "DRAWER").id
    for amount in ("8900.75", "2450.50", "105.85", "785.30"):
        house.do(pay, Payment(folio, "VISA", euro(amount)), Origin(CLERK))
    for amount in ("2867.90", "1987.40", "89.60", "236.10", "890.00"):
        house.do(pay, Payment(folio, "CASH", euro(amount), drawer), Origin(CLERK))
    for amount in ("72.00", "18.90"):
        house.do(pay_out, PaidOut("HOUSEPAID", euro(amount), drawer), Origin(CLERK))

    content = house.do(lambda session: making.make(session, report("journal-by-code"), making.ask(session, day(0))))
    sums = {row["values"][0]: row["values"][4] for row in content["parts"][0]["rows"] if row["style"] == "line"}
    assert (sums["VISA"], sums["CASH"], sums["HOUSEPAID"]) == (12_242_40, 6_071_00, 90_90)
    differences = {code: euro(computer).minor - sums[code] for code, (_v, computer, _d) in DEPARTMENTS.items()}
    assert differences == {code: euro(difference).minor for code, (_v, _c, difference) in DEPARTMENTS.items()}
    assert sorted(code for code, minor in differences.items() if minor) == OUT_OF_BALANCE


# --- 21: identities (Woods; Bardi; roomMaster) ------------------------------------------------------------------


def test_the_bank_deposit_is_cash_received_less_paid_outs_and_net_worth_is_what_is_owed(house: House) -> None:
    """Bardi p. 280: bank deposit = cash sales + cash received on receivables - paid-outs."""
    stay = house.arrive(2)
    house.charge(stay, "80.00")
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme").id
    account = house.do(lambda session: companies.receivable_folio(session, company, CLERK).id)
    drawer = house.do(find_folio, "DRAWER").id
    for payment in (
        Payment(house.window(stay), "CASH", euro("30.00"), drawer),
        Payment(house.window(stay), "BILL", euro("50.00"), account),
        Payment(account, "CASH", euro("15.00"), drawer),
    ):
        house.do(pay, payment, Origin(CLERK))
    house.do(pay_out, PaidOut("HOUSEPAID", euro("4.00"), drawer), Origin(CLERK))
    content = house.do(lambda session: making.make(session, report("trial-balance"), making.ask(session, day(0))))
    ledgers, control = content["parts"]
    closing = {row["values"][0]: row["values"][5] for row in ledgers["rows"] if row["style"] == "subtotal"}
    assert closing == {"Guest ledger": 0, "City ledger": 35_00, "Control folios": -35_00}
    moved = {row["values"][0]: row["values"][6] for row in control["rows"] if row["style"] == "line"}
    assert moved["DRAWER"] == 30_00 + 15_00 - 4_00
    net = next(note["params"] for note in ledgers["notes"] if "net_minor" in note["params"])
    assert net == {"net_minor": 35_00}


# --- above a hundred percent ------------------------------------------------------------------------------------


def test_occupancy_above_a_hundred_percent_is_said_and_only_then(house: House) -> None:
    def notes(sold: int, available: int) -> list[str]:
        lines = [Line({"figure": "Rooms sold", "day": sold}), Line({"figure": "Rooms available", "day": available})]
        told = managers_report._manager_notes
        return house.do(lambda session: [each.text for each in told(session, making.ask(session, day(0)), lines)])

    assert any("oversold" in each for each in notes(6, 5))
    assert not any("oversold" in each for each in notes(5, 5))
