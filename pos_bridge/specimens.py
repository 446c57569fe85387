"""Slips that nobody owes: one of each kind to look at while printers are set up, and the test of a printer."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from folios.business_day import open_date
from folios.money import minor_digits
from pos_bridge.desk_slips import head_of
from pos_bridge.models.printing import PrintJob
from pos_bridge.print_queue import PrinterOff, slip_row
from pos_bridge.printers import get_printer
from pos_bridge.slips import (
    KINDS,
    ChargeSlip,
    DepositSlip,
    PaidOutSlip,
    PaymentSlip,
    RefundSlip,
    ShiftSlip,
    Slip,
    SlipKindUnknown,
    SlipLine,
    TestSlip,
    ZSlip,
)


def specimen(session: Session, kind: str, printer: str, operator: str) -> Slip:
    """A slip of a kind with the hotel's name and currency. Refuses `SlipKindUnknown`."""
    if kind not in KINDS:
        raise SlipKindUnknown(kind=kind)
    head = head_of(session, open_date(session))
    return _facts(head, 10 ** minor_digits(head["currency"]), printer, operator)[kind]


def queue_test(session: Session, printer_id: int, operator: str, language: str) -> PrintJob:
    """Has a test slip printed by this printer. Refuses one that is switched off (`PrinterOff`)."""
    printer = get_printer(session, printer_id)
    if not printer.active:
        raise PrinterOff(name=printer.name)
    slip = TestSlip(**head_of(session, open_date(session)), printer=printer.name, operator=operator)
    job = PrintJob(**slip_row(slip, language=language), printer_id=printer_id)
    session.add(job)
    session.flush()
    return job


def _facts(head: dict[str, Any], unit: int, printer: str, operator: str) -> dict[str, Slip]:
    lines = (
        SlipLine("Wiener Schnitzel, Preiselbeeren", 2, 48 * unit),
        SlipLine("Борщ украинский", 1, 9 * unit),
        SlipLine("აჭარული ხაჭაპური", 1, 12 * unit),
        SlipLine("麻婆豆腐", 1, 15 * unit),
    )
    money: dict[str, Any] = {
        **head,
        "amount_minor": 84 * unit,
        "tender": "Cash",
        "cash": True,
        "voucher": 100_284,
        "operator": operator,
        "folio": "100123",
        "name": "Anna Specimen",
        "room": "305",
        "shift": 12,
        "balance_minor": 0,
    }
    slips: tuple[Slip, ...] = (
        ChargeSlip(
            **head, outlet_name="Restaurant", lines=lines, total_minor=90 * unit, voucher=100_284,
            check_number="R-104", table="7", covers=2, waiter="Ana", terminal="R1", room="305", guest="Anna Specimen",
            tip_minor=6 * unit, to_sign=True,
        ),
        PaymentSlip(**money),
        DepositSlip(**money),
        RefundSlip(**money, reason="Paid twice"),
        PaidOutSlip(**money, text="Taxi"),
        ShiftSlip(
            **head, shift=12, cashier=operator, drawer="Front desk (DRAWER)",
            payments=(SlipLine("Cash", 14, 1_284 * unit), SlipLine("Visa", 9, 2_310 * unit)),
            refunds=(SlipLine("Cash", 1, 20 * unit),), paid_outs=(SlipLine("Paid-out", 1, 15 * unit),),
            float_minor=200 * unit, expected_minor=1_449 * unit, counted_minor=1_448 * unit,
            dropped_minor=1_248 * unit, left_minor=200 * unit, bag="B-77", witness="supervisor",
        ),
        ZSlip(
            **head, outlet_name="Restaurant", number="31", lines=lines, total_minor=84 * unit, checks=21, covers=48,
            terminal="R1",
        ),
        TestSlip(**head, printer=printer, operator=operator),
    )  # fmt: skip
    return {each.kind: each for each in slips}
