"""The keys of the desk, in one table: what the page of keys and help shows, screen by screen.

A screen is a folder of templates. A test reads every key that stands in them and compares, so that the table cannot go
stale. Other floors add their screens to `SCREENS`. What keys do in the browser is `static/desk.js`; the menu's keys
stand with the menu (`shell.MENU`).
"""

from __future__ import annotations

from dataclasses import dataclass

from folios.errors import N_

Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """The keys of the templates in a folder, each with what it does; shown to who has the right."""

    folder: str
    title: str
    right: str
    keys: Keys


EVERYWHERE: Keys = (
    ("/", N_("Search: a room, a name, any number; Enter goes there")),
    ("Ctrl K", N_("The same, also while typing")),
    ("?", N_("This page")),
    ("Escape", N_("Back, or cancel")),
    ("Tab", N_("On to the next field or button")),
    ("Enter", N_("Send the form; open the row")),
    ("ArrowUp", N_("The row above")),
    ("ArrowDown", N_("The row below")),
    ("Home", N_("The first row")),
    ("End", N_("The last row")),
    ("Space", N_("Tick the row")),
)

SCREENS: list[Screen] = [
    Screen(
        "front_desk",
        N_("Front desk"),
        "stay.read",
        (
            ("1", N_("Arrivals")),
            ("2", N_("Departures")),
            ("3", N_("In house")),
            ("f", N_("Only rows with a text")),
            ("n", N_("New reservation")),
            ("k", N_("Walk-in")),
            ("t", N_("Traces that are due")),
            ("[", N_("The rows before these")),
            ("]", N_("The rows after these")),
        ),
    ),
    Screen(
        "folios",
        N_("Folio"),
        "folio.read",
        (
            ("p", N_("Post a charge")),
            ("y", N_("Payment")),
            ("c", N_("Correct what is ticked")),
            ("a", N_("Allowance on what is ticked")),
            ("t", N_("Transfer what is ticked")),
            ("s", N_("Split what is ticked")),
            ("d", N_("Dispute what is ticked")),
            ("r", N_("Refund")),
            ("u", N_("Pay out")),
            ("l", N_("House limit")),
            ("w", N_("New window")),
            ("n", N_("Stop outlets")),
            ("v", N_("Give a card")),
            ("x", N_("Close or reopen")),
            ("b", N_("Bill")),
            ("o", N_("Check out")),
            ("[", N_("Earlier lines")),
            ("]", N_("Later lines")),
            ("ArrowLeft", N_("The day before")),
            ("ArrowRight", N_("The day after")),
        ),
    ),
    Screen(
        "check_out",
        N_("Check-out"),
        "stay.check_out",
        (
            ("n", N_("Charge what is due")),
            ("e", N_("Extend to today")),
            ("y", N_("Take the payment")),
            ("r", N_("Refund")),
            ("b", N_("Bill")),
            ("o", N_("Check out")),
        ),
    ),
    Screen(
        "stays",
        N_("Stay"),
        "stay.read",
        (
            ("i", N_("Check in")),
            ("r", N_("Room")),
            ("o", N_("Check out")),
            ("f", N_("Folio")),
            ("m", N_("Move to another room")),
            ("x", N_("Extend or shorten")),
            ("w", N_("Open a window")),
            ("u", N_("Take the check-in or the check-out back")),
            ("e", N_("Edit")),
            ("p", N_("Agree on a price")),
            ("d", N_("Take a deposit")),
            ("c", N_("Cancel the reservation")),
            ("s", N_("No-show")),
            ("k", N_("Registration card")),
        ),
    ),
    Screen(
        "charging",
        N_("Who shares a room, cards, fixed charges"),
        "stay.read",
        (("a", N_("Add to the room")), ("v", N_("Give a card to the stay")), ("h", N_("New fixed charge"))),
    ),
    Screen(
        "rooms",
        N_("Rooms"),
        "stay.read",
        (
            ("d", N_("Another day")),
            ("l", N_("Another floor")),
            ("f", N_("Go to a room")),
            ("[", N_("The rooms before these")),
            ("]", N_("The rooms after these")),
            ("c", N_("What is ticked is clean")),
            ("i", N_("What is ticked is inspected")),
            ("x", N_("What is ticked is dirty")),
            ("v", N_("What is ticked was found vacant")),
            ("o", N_("What is ticked was found occupied")),
        ),
    ),
    Screen(
        "calendar",
        N_("Calendar"),
        "stay.read",
        (
            ("d", N_("Another day")),
            ("f", N_("Go to a room")),
            ("[", N_("The rooms before these")),
            ("]", N_("The rooms after these")),
            ("ArrowLeft", N_("A week back")),
            ("ArrowRight", N_("A week on")),
            ("t", N_("Today")),
        ),
    ),
    Screen(
        "reservations",
        N_("Reservations"),
        "stay.read",
        (("n", N_("New reservation")), ("k", N_("Walk-in"))),
    ),
    Screen(
        "guests",
        N_("Guests"),
        "guest.read",
        (("n", N_("New guest, or a reservation for this one")), ("e", N_("Edit")), ("h", N_("History"))),
    ),
    Screen(
        "companies",
        N_("Companies"),
        "guest.read",
        (("n", N_("New company")), ("e", N_("Edit")), ("f", N_("Folio")), ("h", N_("History"))),
    ),
    Screen(
        "groups",
        N_("Groups"),
        "stay.read",
        (
            ("n", N_("New group; book rooms for one")),
            ("a", N_("Add stays")),
            ("r", N_("Give rooms to those without")),
            ("i", N_("Check in the ready ones")),
            ("t", N_("Move to the master folio")),
            ("y", N_("Pay the master folio")),
            ("b", N_("Bills of all")),
            ("o", N_("Check out together")),
            ("f", N_("Master folio")),
            ("e", N_("Edit")),
        ),
    ),
    Screen(
        "accounts",
        N_("Accounts"),
        "folio.read",
        (("n", N_("New account")), ("ArrowLeft", N_("The page before")), ("ArrowRight", N_("The next page"))),
    ),
    Screen("notes", N_("Notes and traces"), "stay.read", (("n", N_("New note")),)),
    Screen(
        "shifts",
        N_("Shift"),
        "shift.open",
        (
            ("n", N_("Open a shift")),
            ("c", N_("Count and close")),
            ("u", N_("Pay out for the house")),
            ("s", N_("Safe")),
            ("r", N_("Report")),
            ("p", N_("Print")),
        ),
    ),
    Screen("safe", N_("Safe"), "safe.move", (("i", N_("Bring cash in")), ("b", N_("Take to the bank")))),
    Screen("bills", N_("Bill"), "folio.read", (("p", N_("As a PDF")), ("i", N_("Issue an invoice")))),
    Screen(
        "invoices",
        N_("Invoices"),
        "folio.read",
        (
            ("m", N_("Make it out to the company, or to the guest")),
            ("p", N_("Print")),
            ("c", N_("Credit the invoice")),
            ("f", N_("Folio")),
            ("b", N_("Bills of all departures")),
            ("l", N_("Long work")),
        ),
    ),
    Screen("jobs", N_("Long work"), "folio.read", (("o", N_("Look at it")), ("p", N_("Open what came out")))),
    Screen("mail", N_("Mail"), "property.set_up", (("t", N_("Send a test mail")), ("r", N_("Send again")))),
    Screen("trail", N_("Audit trail"), "trail.read", (("f", N_("Text to find")), ("o", N_("Older")))),
    Screen("set_up", N_("Rooms and room types"), "room.set_up", (("t", N_("New room type")), ("n", N_("New rooms")))),
    Screen(
        "codes",
        N_("Transaction codes and taxes"),
        "code.set_up",
        (
            ("n", N_("New code; new rate of a tax")),
            ("t", N_("New tax; taxes of a code")),
            ("e", N_("Edit")),
        ),
    ),
    Screen(
        "rates",
        N_("Rates and prices"),
        "rate.set_up",
        (("n", N_("New rate")), ("p", N_("Prices")), ("e", N_("Edit")), ("c", N_("Copy"))),
    ),
    Screen(
        "stationery",
        N_("Letterhead"),
        "property.set_up",
        (
            ("p", N_("Specimen")),
            ("l", N_("Logo")),
            ("r", N_("Remove the logo")),
            ("n", N_("New series of numbers")),
        ),
    ),
    Screen(
        "drawers",
        N_("Cash drawers, coins and notes"),
        "property.set_up",
        (("n", N_("New drawer")), ("c", N_("Coins and notes"))),
    ),
    Screen(
        "users",
        N_("Users"),
        "user.administer",
        (
            ("n", N_("New user")),
            ("r", N_("Roles and rights")),
            ("e", N_("Edit")),
            ("p", N_("Reset the password")),
            ("t", N_("What they did")),
            ("h", N_("History")),
        ),
    ),
    Screen(
        "roles",
        N_("Roles and rights"),
        "user.administer",
        (("n", N_("New role")), ("u", N_("Users")), ("s", N_("Save"))),
    ),
]

CAPS = {
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "Escape": "Esc",
    "Enter": "⏎",
    "Ctrl": N_("Ctrl"),
    "Home": N_("Home"),
    "End": N_("End"),
    "Space": N_("Space"),
}
"""What is printed on a key, where that is not its name, or differs from language to language."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question a cashier asks, and what to do; shown to who has the right."""

    question: str
    text: str
    right: str


PAGES: list[tuple[str, str]] = []
"""Further pages of the help, address and title; the floors above add theirs."""

ANSWERS = (
    Answer(
        N_("How do I check a guest in?"),
        N_(
            "Front desk, the arrival's row, Check in. Without a reservation: Walk-in. "
            "When the room is not ready, the page offers others that are."
        ),
        "stay.check_in",
    ),
    Answer(
        N_("How do I post a charge?"),
        N_(
            "Open the guest's folio (search the room number, then F), press P, choose the code, type the amount, "
            "Enter. Taxes are added by themselves."
        ),
        "folio.charge",
    ),
    Answer(
        N_("How do I take a payment?"),
        N_(
            "On the folio press Y. What is owed stands there already; choose how it is paid, Enter. "
            "Cash needs your own open shift."
        ),
        "folio.pay",
    ),
    Answer(
        N_("I posted something wrong. What now?"),
        N_(
            "On the same day: tick the line with Space, press C, say why. A day later: A, an allowance. "
            "Nothing is erased; both stand on record."
        ),
        "folio.correct",
    ),
    Answer(
        N_("How do I split a bill, or move a charge to another room?"),
        N_(
            "Tick the lines. S splits them by amount, percent or pieces; T moves them to another window, room, group "
            "or account. W opens a window first."
        ),
        "folio.transfer",
    ),
    Answer(
        N_("How do I check a guest out?"),
        N_(
            "Front desk, the departure's row, Check out. Everything that stands in the way is listed with the button "
            "that clears it. At zero: O."
        ),
        "stay.check_out",
    ),
    Answer(
        N_("How do I bill a company?"),
        N_(
            "At check-out pay with direct bill and name the company: what is owed moves to its account. "
            "The bill can be made out to it."
        ),
        "folio.pay",
    ),
    Answer(
        N_("The guest says a charge is not theirs."),
        N_(
            "Tick it, press D, write down what they say. It stays on the folio, marked; the rest can be paid. "
            "Whoever may, settles it later."
        ),
        "dispute.open",
    ),
    Answer(
        N_("How do I hand over my drawer?"),
        N_(
            "Shift, Count and close. Count what lies there; what should lie there is told afterwards. "
            "The next cashier opens their own shift with what you left."
        ),
        "shift.open",
    ),
    Answer(
        N_("It says that I may not, or that it is too much."),
        N_(
            "Somebody who may signs with their own code and password on your screen; you stay signed in, and both "
            "names stand on record."
        ),
        "folio.read",
    ),
)
