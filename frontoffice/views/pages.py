"""What every page can say: the frame around it, amounts and dates as the reader writes them, addresses of static files.

The templates get these words and nothing else of the program.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.numbers import format_decimal
from flask import Flask, current_app, g, render_template, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from folios.db import reading
from folios.errors import Refusal
from folios.money import Money, format_amount
from frontoffice import shell
from frontoffice.app import db
from frontoffice.language import locale, show, translator, written
from frontoffice.lifecycle import STATE_WORDS, VERB_WORDS


def init_app(app: Flask) -> None:
    """Gives the templates their words."""
    app.jinja_env.filters |= {
        "money": money,
        "day": day,
        "short_day": short_day,
        "weekday": weekday,
        "moment": moment,
        "clock_time": clock_time,
        "figure": figure,
        "reason": show,
    }
    app.jinja_env.globals |= {
        "asset": asset,
        "amount_cell": amount_cell,
        "may": may,
        "csrf_token": generate_csrf,
        "state_words": STATE_WORDS,
        "verb_words": VERB_WORDS,
    }
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(frame)


def page(template: str, **values: Any) -> str:
    """A template as a page, with the frame around it."""
    return render_template(template, **values)


def head() -> shell.Head | None:
    """The top bar of this request; None where no hotel has been set up."""
    if "head" not in g:
        with reading(db.session) as session:
            g.head = shell.head(session, current_user.code if current_user.is_authenticated else None)
    found: shell.Head | None = g.head
    return found


def frame() -> dict[str, Any]:
    """What the frame is made of: the top bar, the menu for this reader, where they are."""
    signed_in = current_user.is_authenticated
    try:
        top = head() if signed_in else None
    except Refusal:  # an error page must come up without a database
        top = None
    menu = [item for item in shell.MENU if signed_in and any(map(current_user.may, (item.right, *item.or_rights)))]
    under = [item for item in menu if any(map(_is_under, (item.address, *item.also)))]
    opened = max(under, key=lambda item: len(item.address), default=None)
    reader = current_user._get_current_object() if signed_in else None
    return {"head": top, "menu": menu, "menu_item": opened, "visitor": reader, "_": translator()}


def _is_under(address: str) -> bool:
    return request.path == address or (address != "/" and request.path.startswith(address + "/"))


def may(right: str) -> bool:
    """Whether the reader has a right."""
    return bool(current_user.is_authenticated and current_user.may(right))


# --- as the reader writes it ----------------------------------------------------------------------------------


def money(minor: int | None, currency: str | None = None) -> str:
    """Minor units as an amount in the ledger's currency, without it: the column's head has the currency."""
    if minor is None:
        return ""
    usual, language = _manner()
    return _amount(minor, currency or usual, language)


def _manner() -> tuple[str, str]:
    """The ledger's currency and the reader's language: once a page, which has hundreds of amounts."""
    known: tuple[str, str] | None = g.get("written")
    if known is None:
        top = head()
        g.written = known = (top.currency if top else "EUR", written())
    return known


@lru_cache(maxsize=8_192)
def _amount(minor: int, currency: str, language: str) -> str:
    return format_amount(Money(minor, currency), language)


def amount_cell(minor: int | None) -> Markup:
    """An amount in a table cell; what is below zero has a minus and is not told by colour alone. Pages have hundreds,
    for which a macro of the templates takes too long.
    """
    return _EMPTY_CELL if minor is None else _amount_cell(minor, *_manner())


_EMPTY_CELL = Markup('<td class="num"></td>')


@lru_cache(maxsize=8_192)
def _amount_cell(minor: int, currency: str, language: str) -> Markup:
    below = " minus" if minor < 0 else ""
    return Markup('<td class="num{}">{}</td>').format(below, _amount(minor, currency, language))


def day(value: date | None) -> str:
    """A date in full: 1 Mar 2026."""
    return "" if value is None else _day(value, written())


def short_day(value: date | None) -> str:
    """A date without its year where that is clear: Mar 1."""
    return "" if value is None else _short_day(value, written())


def weekday(value: date) -> str:
    """The day of the week, short."""
    return _weekday(value, written())


@lru_cache(maxsize=512)
def _weekday(value: date, language: str) -> str:
    return str(format_date(value, "EEE", locale=language))


@lru_cache(maxsize=2_048)
def _day(value: date, language: str) -> str:
    return str(format_date(value, "medium", locale=language))


@lru_cache(maxsize=2_048)
def _short_day(value: date, language: str) -> str:
    return str(format_skeleton("MMMd", value, locale=language))


def moment(value: datetime | None) -> str:
    """A moment on the hotel's clock: date and time."""
    return "" if value is None else str(format_datetime(_there(value), "short", locale=locale()))


def clock_time(value: datetime | None) -> str:
    """A moment on the hotel's clock: the time alone."""
    return "" if value is None else str(format_time(_there(value), "short", locale=locale()))


def figure(value: float) -> str:
    """A number that is no money."""
    return str(format_decimal(value, locale=locale()))


def _there(value: datetime) -> datetime:
    top = head()
    return value.astimezone(ZoneInfo(top.time_zone)) if top else value


# --- static files ---------------------------------------------------------------------------------------------


def asset(name: str) -> str:
    """The address of a static file, with a mark of its content, so that browsers keep it for as long as it is so."""
    folder = Path(current_app.static_folder or "")
    mark = _mark(folder / name, (folder / name).stat().st_mtime_ns)
    return f"{current_app.static_url_path}/{name}?v={mark}"


@lru_cache
def _mark(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
