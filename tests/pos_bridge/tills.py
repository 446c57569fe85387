"""The little hotel with outlets: a bar whose prices hold the tax, a restaurant that adds it, a minibar, a telephone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import codes
from folios.codes import mark_anew
from folios.folios import open_folio
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from frontoffice import guests
from frontoffice.models.charging import ChargeCard, ChargeStop, StaySharer
from pos_bridge import proofs  # noqa: F401 - what `prove` asks of the bridge
from pos_bridge.charging import charge
from pos_bridge.checks import Answer, Check, CheckLine, TakeBack, Whom
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import Article, Outlet, OutletCode, Tariff, Terminal
from pos_bridge.requests import Sender
from pos_bridge.taking_back import take_back
from tests.frontoffice.house import CLERK, FIRST_DAY, House, minor

ALL_RIGHTS = "charge events inquire report void"


class Tills(House):
    """The house, with terminals BAR1, REST1 (rights of all kinds), MINI1 and TEL1 (which may only charge)."""

    def set_up(self) -> None:
        super().set_up()
        self.do(self._outlets)

    def _outlets(self, session: Session) -> None:
        control: dict[str, int] = {}
        for number in ("BAR", "REST", "MINI", "PHONE", "VAT10", "VAT20", "TIPS", "SC"):
            control[number] = open_folio(session, type="control", name=number, number=f"C-{number}", operator=CLERK).id

        def add(code: str, on: str, kind: str = "charge", department: str = "Food and beverage") -> None:
            codes.add_code(
                session,
                code=code,
                name=code.title(),
                kind=kind,
                department=department,
                operator=CLERK,
                folio_id=control[on],
            )

        for code, on in (
            ("BARFOOD", "BAR"),
            ("BARDRINK", "BAR"),
            ("MEAL", "REST"),
            ("WINE", "REST"),
            ("SNACK", "MINI"),
            ("CALL", "PHONE"),
            ("TIP", "TIPS"),
            ("SERVICECH", "SC"),
        ):
            add(code, on)
        for tax, rate in (("VAT10", 100_000), ("VAT20", 200_000)):
            add(tax, tax, "tax", "Taxes")
            codes.add_tax(session, code=tax, basis="percent", inclusive=False, stacked=False, operator=CLERK)
            codes.set_rate(session, tax, FIRST_DAY, rate_ppm=rate, operator=CLERK)
        for code, tax in (("BARFOOD", "VAT10"), ("BARDRINK", "VAT20"), ("MEAL", "VAT10"), ("SNACK", "VAT20")):
            codes.set_taxes(session, code, [tax], CLERK)
        suspense = open_folio(session, type="master", name="Suspense", number="SUSPENSE", operator=CLERK).id
        booked = {
            "BAR": ("inside", suspense, {("item", 1): "BARFOOD", ("item", 2): "BARDRINK", ("tip", 0): "TIP"}),
            "REST": (
                "added",
                None,
                {
                    ("item", 1): "MEAL",
                    ("item", 2): "WINE",
                    ("tax", 1): "VAT10",
                    ("tax", 2): "VAT20",
                    ("service", 0): "SERVICECH",
                    ("tip", 0): "TIP",
                },
            ),
            "MINI": ("inside", None, {}),
            "PHONE": ("inside", None, {}),
        }
        for code, (treatment, suspense_id, lines) in booked.items():
            session.add(
                Outlet(
                    code=code,
                    name=code.title(),
                    folio_id=control[code],
                    treatment=treatment,
                    suspense_folio_id=suspense_id,
                )
            )
            session.flush()
            for (kind, number), transaction_code in lines.items():
                session.add(OutletCode(outlet_code=code, kind=kind, number=number, code=transaction_code))
        session.add(Article(outlet_code="MINI", number=7, name="Nuts", code="SNACK", price_minor=450))
        for prefix, name, minute in (("", "Local call", 10), ("00", "Call abroad", 90)):
            session.add(
                Tariff(
                    outlet_code="PHONE",
                    prefix=prefix,
                    name=name,
                    code="CALL",
                    connection_minor=20,
                    minute_minor=minute,
                    pulse_minor=5,
                )
            )
        for code, outlet, rights in (
            ("BAR1", "BAR", ALL_RIGHTS),
            ("BAR2", "BAR", ALL_RIGHTS),
            ("REST1", "REST", ALL_RIGHTS),
            ("MINI1", "MINI", "charge"),
            ("TEL1", "PHONE", "charge"),
        ):
            session.add(Terminal(code=code, name=code.title(), outlet_code=outlet, rights=rights))
        session.flush()
        mark_anew(session)

    # --- what the desk says about who may be charged ---------------------------------------------------------------

    def share(self, stay: int, surname: str, window: int = 1) -> int:
        """Somebody more lives in the room; the id of the guest."""

        def add(session: Session) -> int:
            guest = guests.add_guest(session, CLERK, surname=surname)
            session.add(StaySharer(stay_id=stay, guest_id=guest.id, window=window))
            return guest.id

        return self.do(add)

    def stop(self, folio_id: int, reason: str, outlet: str | None = None) -> None:
        self.do(
            lambda session: session.add(
                ChargeStop(folio_id=folio_id, outlet=outlet, reason=reason, set_on=FIRST_DAY, set_by=CLERK)
            )
        )

    def give_card(self, number: str, *, folio_id: int | None = None, stay: int | None = None) -> None:
        self.do(
            lambda session: session.add(
                ChargeCard(number=number, folio_id=folio_id, stay_id=stay, given_on=FIRST_DAY, given_by=CLERK)
            )
        )

    def account(self, type: str, number: str, name: str = "Club") -> int:
        return self.do(lambda session: open_folio(session, type=type, name=name, number=number, operator=CLERK).id)

    # --- what terminals do -----------------------------------------------------------------------------------------

    def drinks(self, amount: str, room: str | None = "101", **facts: Any) -> Check:
        """A check of the bar: one subtotal of drinks, for a room."""
        whom = {name: facts.pop(name) for name in ("name", "stay", "account", "card") if name in facts}
        facts = {"currency": "EUR", "total_minor": minor(amount)} | facts
        return Check(Whom(room=room, **whom), (CheckLine("item", minor(amount), number=2),), **facts)

    def send(self, check: Check, key: str = "k1", terminal: str = "BAR1") -> Answer:
        return charge(self.sessions, Sender(terminal), key, check)

    def void(self, charge_key: str, amount: str | None = None, key: str = "v1", terminal: str = "BAR1") -> Answer:
        take = TakeBack(charge_key, "wrong table", None if amount is None else minor(amount))
        return take_back(self.sessions, Sender(terminal), key, take)

    # --- looking ------------------------------------------------------------------------------------------------------

    def requests(self, **where: Any) -> list[PosRequest]:
        return self.rows(PosRequest, **where)

    def postings(self, voucher_id: int) -> list[str]:
        """A voucher's lines as a person would read them: `F12 <- BARDRINK 10.00`, debit and credit by folio number."""

        def read(session: Session) -> list[str]:
            debit, credit = sa.orm.aliased(Folio), sa.orm.aliased(Folio)
            rows = session.execute(
                sa.select(Posting.code, Posting.amount_minor, debit.type, debit.number, credit.type, credit.number)
                .join(debit, debit.id == Posting.debit_folio_id)
                .join(credit, credit.id == Posting.credit_folio_id)
                .where(Posting.voucher_id == voucher_id)
                .order_by(Posting.line)
            )
            sides = [
                (
                    row[0],
                    Money(row[1], "EUR").decimal,
                    *("guest" if kind == "individual" else number for kind, number in (row[2:4], row[4:6])),
                )
                for row in rows
            ]
            return [f"{code} {amount} {credit} -> {debit}" for code, amount, debit, credit in sides]

        return self.do(read)

    def vouchers(self) -> int:
        return len(self.rows(Voucher))


def with_tills(engine: Engine) -> None:
    """Furnishes a database with the hotel and its outlets."""
    Tills(engine).set_up()
