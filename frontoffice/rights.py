"""Rights: one per function, all of them in one table, and the roles that a new hotel starts with.

A door asks for a right (`require`), never the rule behind it: rules also serve the night audit and the outlets. Which
role gives which right is data (`role_right`); what stands here is what a hotel begins with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from frontoffice.models.users import Role, RoleRight, User, UserRole

RIGHTS = {
    "guest.read": N_("see guests"),
    "guest.edit": N_("add and edit guests and companies"),
    "stay.read": N_("see stays and rooms"),
    "stay.reserve": N_("reserve and change reservations"),
    "stay.cancel": N_("cancel reservations and book no-shows"),
    "stay.check_in": N_("check guests in"),
    "stay.move": N_("move guests to another room and change their dates"),
    "stay.check_out": N_("check guests out"),
    "stay.reinstate": N_("take a check-out back"),
    "stay.fixed_charge": N_("enter and end fixed charges of stays"),
    "room.set_up": N_("set up rooms and room types"),
    "room.status": N_("change the status of rooms and take them out of order"),
    "rate.set_up": N_("set up rates"),
    "rate.override": N_("give another rate than the registered one"),
    "folio.read": N_("see folios"),
    "folio.open": N_("open and close folios"),
    "folio.reopen": N_("reopen closed folios"),
    "folio.charge": N_("post charges"),
    "folio.pay": N_("take payments"),
    "folio.pay_out": N_("pay out of the drawer"),
    "folio.refund": N_("refund payments"),
    "folio.transfer": N_("transfer and split postings"),
    "folio.correct": N_("correct postings of the same day"),
    "folio.allow": N_("post allowances"),
    "folio.limit": N_("set house limits and credit limits"),
    "folio.over_limit": N_("go beyond house limits and credit limits"),
    "folio.stop": N_("stop charges from outlets"),
    "card.give": N_("give cards of the house and take them back"),
    "dispute.open": N_("mark lines as disputed"),
    "dispute.settle": N_("settle disputes"),
    "invoice.issue": N_("issue and print invoices"),
    "invoice.credit": N_("credit invoices"),
    "shift.open": N_("open a shift and count its drawer"),
    "shift.read": N_("see the shifts of all cashiers"),
    "shift.close_any": N_("close the shift of another cashier"),
    "safe.move": N_("bring cash into the safe and take it to the bank"),
    "note.write": N_("write notes and traces"),
    "code.set_up": N_("set up transaction codes and taxes"),
    "print.manage": N_("move, repeat and cancel slips in the print queue"),
    "printer.set_up": N_("set up printers"),
    "day.close": N_("close the business day"),
    "day.accept": N_("accept what the night audit warns of"),
    "day.rules": N_("say what the night audit may decide alone, and when it runs"),
    "report.read": N_("see reports"),
    "report.set_up": N_("enter budgets and decide how figures are worked out"),
    "ledger.export": N_("export the ledger to the back office"),
    "trail.read": N_("see the audit trail"),
    "outlet.watch": N_("see what the outlets' terminals send"),
    "suspense.place": N_("move charges from suspense to where they belong"),
    "outlet.set_up": N_("set up outlets, their articles and terminals"),
    "terminal.key": N_("give terminals their keys and revoke them"),
    "property.set_up": N_("set up the hotel"),
    "user.administer": N_("administer users and their roles"),
}

SET_UP = (
    "property.set_up",
    "room.set_up",
    "rate.set_up",
    "code.set_up",
    "outlet.set_up",
    "printer.set_up",
    "user.administer",
)
"""Whoever has one of these finds something to do among what is set up."""

_DESK = (
    "guest.read",
    "guest.edit",
    "stay.read",
    "stay.reserve",
    "stay.cancel",
    "stay.check_in",
    "stay.move",
    "stay.check_out",
    "stay.fixed_charge",
    "room.status",
    "folio.read",
    "folio.open",
    "folio.charge",
    "folio.pay",
    "folio.transfer",
    "folio.correct",
    "folio.stop",
    "card.give",
    "dispute.open",
    "invoice.issue",
    "shift.open",
    "note.write",
    "suspense.place",
)
_AUTHORITY = (
    "stay.reinstate",
    "rate.override",
    "folio.reopen",
    "folio.pay_out",
    "folio.refund",
    "folio.allow",
    "folio.limit",
    "folio.over_limit",
    "dispute.settle",
    "invoice.credit",
    "shift.read",
    "shift.close_any",
    "safe.move",
    "report.read",
    "trail.read",
    "outlet.watch",
    "print.manage",
)


@dataclass(frozen=True)
class StarterRole:
    """A role that a new hotel has from its first day."""

    code: str
    name: str
    rights: tuple[str, ...]


ADMINISTRATOR = "administrator"
STARTER_ROLES = (
    StarterRole("cashier", "Cashier", _DESK),
    StarterRole("supervisor", "Supervisor", _DESK + _AUTHORITY),
    StarterRole(
        "night_auditor",
        "Night auditor",
        (
            *_DESK,
            "shift.read",
            "shift.close_any",
            "report.read",
            "trail.read",
            "outlet.watch",
            "print.manage",
            "day.close",
        ),
    ),
    StarterRole(
        "manager",
        "Manager",
        (
            *_DESK,
            *_AUTHORITY,
            *SET_UP[:-1],
            "day.close",
            "day.accept",
            "day.rules",
            "report.set_up",
            "ledger.export",
        ),
    ),
    StarterRole(ADMINISTRATOR, "Administrator", tuple(RIGHTS)),
)


class NotAllowed(Refusal):
    """`right` is the word of the table above, `who` the user's code."""

    code = "right.missing"
    message = N_("{who} may not {what} (right {right}). Ask somebody who may.")

    def __init__(self, *, right: str, who: str) -> None:
        super().__init__(right=right, who=who)

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence for a person, with the right in words."""
        return translate(self.message).format(**self.params, what=translate(RIGHTS[self.params["right"]]))


def add_starter_roles(session: Session) -> None:
    """Writes the roles that a new hotel starts with, and their rights; who sets up the hotel records it."""
    session.execute(sa.insert(Role), [{"code": role.code, "name": role.name} for role in STARTER_ROLES])
    session.execute(
        sa.insert(RoleRight),
        [{"role_code": role.code, "right": right} for role in STARTER_ROLES for right in role.rights],
    )


def holders(right: str) -> sa.Select[Any]:
    """Selects the codes of the active users who have a right."""
    if right not in RIGHTS:
        raise LookupError(f"{right!r} is not in the table of rights")
    return (
        sa.select(User.code)
        .distinct()
        .join(UserRole, UserRole.user_id == User.id)
        .join(RoleRight, RoleRight.role_code == UserRole.role_code)
        .where(User.active, RoleRight.right == right)
    )


def has(session: Session, operator: str, right: str) -> bool:
    """Whether an active user of that code has the right."""
    return session.execute(holders(right).where(User.code == operator)).first() is not None


def require(session: Session, operator: str, right: str) -> None:
    """Refuses (`NotAllowed`) an operator who lacks the right, is disabled, or does not exist."""
    if not has(session, operator, right):
        raise NotAllowed(right=right, who=operator)
