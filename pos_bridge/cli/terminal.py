"""`frontoffice terminal`: a small till for the command line. It talks to a hotel's interface and to nothing else.

Exit status: 0 done, 2 refused (the reason is told), 3 kept in the queue because the hotel did not answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from folios.errors import N_, Refusal
from folios.money import Money
from frontoffice.language import amount
from frontoffice.language import gettext as _
from pos_bridge.till.client import Client, Reply
from pos_bridge.till.queue import Message, Queue

REFUSED, QUEUED = 2, 3
QUEUE = "~/.frontoffice-terminal.queue"
WHOM = ("room", "name", "stay", "account", "card")


class TillAmountInvalid(Refusal):
    code = "till.amount_invalid"
    message = N_("{text} is not an amount in {currency}. Write it like 45.50.")


class Till:
    """What the commands share: the line to the hotel and the queue, both opened when they are first needed."""

    def __init__(self, url: str, key: str, queue: Path, as_json: bool, timeout_s: float) -> None:
        self.client: Callable[[], Client] = lambda: Client(url, key, timeout_s)
        self.queue: Callable[[], Queue] = lambda: Queue(queue)
        self.as_json = as_json

    def ask(self, path: str, query: dict[str, Any], told: Callable[[dict[str, Any]], list[str]]) -> None:
        """Asks the hotel, says what it answers, and ends with the status for it."""
        reply = self.client().get(path, query)
        self.say(reply.body, told(reply.body) if reply.done else [reply.text])
        if not reply.done:
            raise click.exceptions.Exit(REFUSED)

    def tell(self, path: str, body: dict[str, Any], key: str | None) -> None:
        """Writes a message into the queue, sends whatever waits there, says what became of this one."""
        client, queue = self.client(), self.queue()
        key = queue.put(path, body, key)
        sent = queue.send(client)
        message = queue.find(key)
        reply = None if message is None else message.reply
        if reply is None:
            told = _("Kept with key {key}; send it with: frontoffice terminal queue send", key=key)
            self.say({"queued": key, "why": sent.why_not_all}, [f"{sent.why_not_all} {told}"])
            raise click.exceptions.Exit(QUEUED)
        self.say(reply.body | {"key": key, "status": reply.status}, _lines_of(reply, key))
        if not reply.done:
            raise click.exceptions.Exit(REFUSED)

    def say(self, facts: dict[str, Any], lines: list[str]) -> None:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if self.as_json else "\n".join(lines))


@click.group()
@click.option("--url", envvar="FRONTOFFICE_TERMINAL_URL", default="http://127.0.0.1:5000", show_default=True)
@click.option("--key", envvar="FRONTOFFICE_TERMINAL_KEY", default="", help="The terminal's key.")
@click.option("--queue", envvar="FRONTOFFICE_TERMINAL_QUEUE", default=QUEUE, show_default=True, help="A file.")
@click.option("--timeout", "timeout_s", default=10.0, show_default=True, type=click.FloatRange(0.1, 300))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def terminal(ctx: click.Context, url: str, key: str, queue: str, timeout_s: float, as_json: bool) -> None:
    """A small till: ask who is in a room, charge, take back, report. What is not answered is kept and sent again."""
    ctx.obj = Till(url, key, Path(queue).expanduser(), as_json, timeout_s)


def whom(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who is to pay."""
    for name in reversed(WHOM):
        kind = click.IntRange(1) if name == "stay" else None
        command = click.option(f"--{name}", type=kind)(command)
    return command


@terminal.command()
@whom
@click.pass_obj
def guests(till: Till, /, **named: Any) -> None:
    """Who is in a room, has a name, an account or a card, and may they charge."""
    till.ask("/guests", named, lambda body: [_guest(each) for each in body["guests"]] or [_("Nobody was found.")])


@terminal.command()
@whom
@click.option("--item", "items", multiple=True, metavar="TEXT=AMOUNT", help="A line; as many as there are.")
@click.option("--tip", metavar="AMOUNT")
@click.option("--article", "articles", multiple=True, metavar="NUMBER[xQUANTITY]", help="Priced by the hotel.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--check", "check_number", help="The number of the check.")
@click.option("--covers", type=click.IntRange(0, 9999))
@click.option("--message-key", help="The key of this message; drawn, if none is given.")
@click.pass_obj
def charge(
    till: Till,
    /,
    items: tuple[str, ...],
    tip: str | None,
    articles: tuple[str, ...],
    currency: str,
    check_number: str | None,
    covers: int | None,
    message_key: str | None,
    **named: Any,
) -> None:
    """Charge a check to a room, a stay, an account or a card."""
    lines = [_item(each, currency) for each in items] + [_article(each) for each in articles]
    if tip is not None:
        lines.append({"kind": "tip", "amount_minor": _minor(tip, currency)})
    body = {"whom": _given(named), "lines": lines, "currency": currency.upper()}
    if not articles:
        body["total_minor"] = sum(line["amount_minor"] for line in lines)
    till.tell("/charges", body | _given({"check_number": check_number, "covers": covers}), message_key)


@terminal.command()
@click.argument("charge_key")
@click.option("--reason", required=True)
@click.option("--amount", "part", help="Only so much of it.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--message-key", help="The key of this message; drawn, if none is given.")
@click.pass_obj
def void(till: Till, charge_key: str, reason: str, part: str | None, currency: str, message_key: str | None) -> None:
    """Take back the charge that was sent with CHARGE_KEY, in whole or in part."""
    body: dict[str, Any] = {"reason": reason}
    if part is not None:
        body |= {"amount_minor": _minor(part, currency), "currency": currency.upper()}
    till.tell(f"/charges/{quote(charge_key, safe='')}/void", body, message_key)


@terminal.command("z-report")
@click.argument("number")
@click.option("--check", "checks", multiple=True, metavar="NUMBER=AMOUNT", help="A check; as many as there are.")
@click.option("--date", "business_date", metavar="DATE", help="The business date; the open one, if none is given.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--message-key", help="The key of this message; drawn, if none is given.")
@click.pass_obj
def z_report(
    till: Till, number: str, checks: tuple[str, ...], business_date: str | None, currency: str, message_key: str | None
) -> None:
    """Compare the till's checks of a day with the hotel's books."""
    told: list[dict[str, Any]] = []
    for each in checks:
        check_number, _sign, figure = each.rpartition("=")
        told.append({"check_number": check_number, "total_minor": _minor(figure, currency)})
    total = sum(int(each["total_minor"]) for each in told)
    body = {"number": number, "total_minor": total, "checks": told, "currency": currency.upper()}
    till.tell("/z-reports", body | _given({"business_date": business_date}), message_key)


# --- the queue --------------------------------------------------------------------------------------------------


@terminal.group()
def queue() -> None:
    """What is kept on this till until the hotel has answered it."""


@queue.command("list")
@click.pass_obj
def list_queue(till: Till) -> None:
    """Show what is kept, with its answer if there is one."""
    kept = till.queue().all()
    till.say({"messages": [_told(each) for each in kept]}, [_kept(each) for each in kept] or [_("Nothing is kept.")])


@queue.command("send")
@click.pass_obj
def send_queue(till: Till) -> None:
    """Send what was not answered, in the order in which it happened."""
    client, kept = till.client(), till.queue()
    sent = kept.send(client)
    left = len(kept.waiting())
    lines = [_kept(each) for each in sent.answered] + [_("{count} still wait.", count=left)]
    lines += [sent.why_not_all] if sent.why_not_all else []
    facts = {"answered": [_told(each) for each in sent.answered], "waiting": left, "why": sent.why_not_all}
    till.say(facts, lines)
    if left:
        raise click.exceptions.Exit(QUEUED)
    if any(each.reply is not None and not each.reply.done for each in sent.answered):
        raise click.exceptions.Exit(REFUSED)


@queue.command("forget")
@click.pass_obj
def forget_queue(till: Till) -> None:
    """Drop what has been answered."""
    count = till.queue().forget_answered()
    till.say({"forgotten": count}, [_("{count} forgotten.", count=count)])


# --- words and figures --------------------------------------------------------------------------------------------


def _given(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _minor(text: str, currency: str) -> int:
    """An amount with a dot, as minor units."""
    try:
        return Money.of(text.strip(), currency.upper()).minor
    except (ArithmeticError, ValueError):
        raise TillAmountInvalid(text=text, currency=currency) from None


def _item(text: str, currency: str) -> dict[str, Any]:
    name, _sign, figure = text.rpartition("=")
    return {"kind": "item", "amount_minor": _minor(figure, currency)} | ({"text": name} if name else {})


def _article(text: str) -> dict[str, Any]:
    number, _sign, quantity = text.partition("x")
    if not number.isdecimal() or not (quantity or "1").isdecimal():
        raise TillAmountInvalid(text=text, currency="NUMBER[xQUANTITY]")
    return {"kind": "item", "article": int(number), "quantity": int(quantity or 1)}


def _guest(found: dict[str, Any]) -> str:
    reason = found["may"].get("charge")
    place = found["room"] or found["folio"]
    return f"{place}  {found['guest']}  " + (_("may charge") if reason is None else reason)


def _lines_of(reply: Reply, key: str) -> list[str]:
    lines = [f"{reply.text}  [{key}]"]
    currency = str(reply.body.get("currency"))
    for each in reply.body.get("differences", ()):
        figures = [
            "-" if each[side] is None else amount(Money(each[side], currency)) for side in ("till_minor", "books_minor")
        ]
        facts = {"number": each["check_number"], "till": figures[0], "books": figures[1]}
        lines.append("  " + _("check {number}: till {till}, books {books}", **facts))
    return lines


def _kept(message: Message) -> str:
    state = _("waits") if message.reply is None else f"{message.reply.status} {message.reply.text}"
    return f"{message.written_at}  {message.key}  {message.path}  {state}"


def _told(message: Message) -> dict[str, Any]:
    answer = None if message.reply is None else {"status": message.reply.status} | message.reply.body
    return {"key": message.key, "path": message.path, "body": json.loads(message.body), "answer": answer}
