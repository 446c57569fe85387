r"""The language of whoever reads: which one it is, and the house's texts in it.

Every text that people see is marked where it stands: `_("...")` (this module's `gettext`) where it is shown at once,
`N_("...")` where it is only defined, as in a refusal. Values go into `{names}`. English is what stands in the code; the
other languages are catalogues in `translations/`. After a text was added or changed:

    pybabel extract -F frontoffice/translations/babel.cfg --no-location -o messages.pot \
        folios frontoffice pos_bridge night_audit templates
    pybabel update -i messages.pot -d frontoffice/translations -w 120 --no-fuzzy-matching --ignore-obsolete
    (translate what is empty in frontoffice/translations/*/LC_MESSAGES/messages.po)
    pybabel compile -d frontoffice/translations

In a request the language is the user's own choice, else the best of what the browser accepts, else the setting. On the
command line it is `--language`, else the setting.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, negotiate_locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, refresh  # type: ignore[import-untyped]

from folios.errors import Refusal
from folios.money import Money, format_amount

DIRECTORY = Path(__file__).with_name("translations")
SOURCE_LANGUAGE = "en"

_spoken: ContextVar[str] = ContextVar("spoken", default=SOURCE_LANGUAGE)


def init_app(app: Flask) -> None:
    """Chooses the language per request and gives the templates `_`, `locale()` and nothing else to translate with."""
    Babel(app, locale_selector=lambda: _wanted(app.config["LANGUAGE"]))
    app.jinja_env.install_gettext_callables(gettext, _ngettext, newstyle=False)  # type: ignore[attr-defined]
    # Not the extension's own `_`: that wants the context, and in a loop each call would copy it.
    app.jinja_env.globals |= {"_": gettext, "locale": locale}


def speak(language: str) -> None:
    """Sets the language outside of requests: for a command line from here on."""
    _spoken.set(language)


def choose(language: str | None) -> None:
    """Sets the language of this request to the user's own choice; None leaves it to the browser."""
    g.chosen_language = language
    g.pop("reader", None)
    g.pop("written", None)
    refresh()


def languages() -> tuple[str, ...]:
    """The languages the house can speak: English, and those with a catalogue."""
    return (SOURCE_LANGUAGE, *sorted(path.parent.parent.name for path in DIRECTORY.glob("*/LC_MESSAGES/messages.mo")))


def locale() -> Locale:
    """The reader's locale: of the request when there is one, else what was set with `speak`."""
    return _reader()[0]


def written() -> str:
    """The reader's locale by its name, which is what texts once written are kept under."""
    return _reader()[2]


def translator() -> Callable[..., str]:
    """`gettext` for one page: the reader is asked for once, not for each of its thousands of texts."""
    translate = _reader()[1].gettext

    def told(message: str, **values: Any) -> str:
        text: str = translate(message)
        return text.format(**values) if values else text

    return told


def gettext(message: str, **values: Any) -> str:
    """The text in the reader's language, with `values` in its {names}."""
    text: str = _reader()[1].gettext(message)
    return text.format(**values) if values else text


def show(refusal: Refusal) -> str:
    """A refusal as a sentence in the reader's language, amounts and dates written its way."""
    return refusal.text(translate=gettext, locale=str(locale()))


def amount(money: Money) -> str:
    """An amount with its currency, as the reader's language writes it: `1,234.50 EUR`."""
    return f"{format_amount(money, str(locale()))} {money.currency}"


def _ngettext(singular: str, plural: str, number: int) -> str:
    text: str = _reader()[1].ngettext(singular, plural, number)
    return text


def _reader() -> tuple[Locale, NullTranslations, str]:
    """The reader's locale and texts; a page asks for them thousands of times, so a request remembers them."""
    if not has_request_context():
        return _speaking(_spoken.get())
    known: tuple[Locale, NullTranslations, str] | None = g.get("reader")
    if known is None:
        wanted = get_locale()
        g.reader = known = _speaking(str(wanted) if wanted else _spoken.get())
    return known


@lru_cache
def _speaking(language: str) -> tuple[Locale, NullTranslations, str]:
    known = Locale.parse(language)
    return known, _catalogue(language), str(known)


def _wanted(default: str) -> str:
    """The locale of a request. A browser's `de-AT` is met by `de` when there is no catalogue of its own."""
    chosen = g.get("chosen_language")
    if chosen:
        return str(chosen)
    accepted = [tag.replace("-", "_") for tag in request.accept_languages.values()] if request else []
    return negotiate_locale(accepted, languages()) or default


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(DIRECTORY, [language])
