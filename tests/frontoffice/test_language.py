"""Languages: whose it is, what it sounds like, and that a catalogue lacks nothing."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner
from flask import Flask, g

from folios.errors import HouseLimitExceeded, TaxRateMissing
from folios.money import Money
from frontoffice import language
from frontoffice.cli import main
from frontoffice.rights import NotAllowed

ROOT = Path(__file__).parents[2]
PLACES = ("folios", "frontoffice", "pos_bridge", "night_audit", "templates")
CATALOGUES = sorted(language.DIRECTORY.glob("*/LC_MESSAGES/messages.po"))


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak("en")


@pytest.fixture
def app() -> Flask:
    """A page that tells its language, in a house that speaks German when nobody asks for anything else."""
    app = Flask("frontoffice", template_folder=None, static_folder=None)
    app.config["LANGUAGE"] = "de"
    language.init_app(app)
    app.add_url_rule("/", view_func=lambda: f"{language.locale()} {language.gettext('This cannot be done.')}")
    return app


# --- catalogues ---------------------------------------------------------------------------------------------


def messages_of_the_house() -> set[str]:
    with (language.DIRECTORY / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return {
        message
        for place in PLACES
        for _, _, found, _, _ in extract_from_dir(ROOT / place, methods, options, DEFAULT_KEYWORDS)
        for message in (found if isinstance(found, tuple) else [found])
    }


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def faults(catalogue: Catalog, messages: set[str]) -> list[str]:
    """What is untranslated or unused, and where a translation names other values than the text."""
    translated = {message.id: message.string for message in catalogue if message.id and not message.fuzzy}
    wrong = [f"not translated: {message}" for message in messages if not translated.get(message)]
    wrong += [f"no longer said: {message}" for message in set(translated) - messages]
    return wrong + [
        f"other values: {text}" for message, text in translated.items() if text and names(message) != names(text)
    ]


def names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)", text))


def test_there_are_messages_to_translate():
    messages = messages_of_the_house()

    assert "There is no folio {folio}. Check the number." in messages  # a refusal
    assert "Go back, or start again from the first page." in messages  # a template
    assert "Interrupted." in messages  # the command line


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_every_message_with_the_same_values(path):
    assert faults(read(path), messages_of_the_house()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_current(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}

    assert compiled == {message.id: message.string for message in read(path) if message.id and message.string}


def test_an_incomplete_catalogue_is_found():
    catalogue = Catalog("de")
    catalogue.add("kept {a}", "behalten {b}")
    catalogue.add("empty", "")
    catalogue.add("gone", "fort")

    assert sorted(faults(catalogue, {"kept {a}", "empty", "missing"})) == [
        "no longer said: gone",
        "not translated: empty",
        "not translated: missing",
        "other values: behalten {b}",
    ]


# --- refusals -----------------------------------------------------------------------------------------------


def limit_exceeded() -> HouseLimitExceeded:
    return HouseLimitExceeded(limit=Money(150000, "EUR"), balance=Money(147000, "EUR"), requested=Money(4550, "EUR"))


def test_a_refusal_is_told_in_german_with_german_amounts_and_dates():
    language.speak("de")

    assert language.show(limit_exceeded()) == "Hauslimit 1.500,00, Saldo 1.470,00, angefordert 45,50."
    assert "am 01.03.2026 keinen Satz" in language.show(TaxRateMissing(tax="VAT", day=date(2026, 3, 1)))


def test_a_right_that_is_lacking_is_told_in_german_words():
    language.speak("de")

    assert language.show(NotAllowed(right="folio.allow", who="bert")).startswith(
        "bert darf das nicht: Nachlässe buchen"
    )


def test_a_language_of_one_country_falls_back_on_its_catalogue():
    language.speak("de_CH")

    assert language.show(limit_exceeded()) == "Hauslimit 1’500.00, Saldo 1’470.00, angefordert 45.50."


def test_a_language_without_a_catalogue_has_english_words_and_its_own_amounts():
    language.speak("pt")

    assert language.show(limit_exceeded()) == "House limit 1.500,00, balance 1.470,00, requested 45,50."


def test_values_stand_where_the_text_names_them():
    language.speak("de")

    assert language.gettext("There is no page {page}", page=3) == "There is no page 3"
    assert language.gettext("100 % {of}") == "100 % {of}"  # without values nothing is replaced


# --- whose language -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("de", "de Das ist nicht möglich."),
        ("de-AT,de;q=0.9", "de Das ist nicht möglich."),
        ("en-GB,en;q=0.9,de;q=0.8", "en This cannot be done."),
        ("fr,en;q=0.5,de;q=0.4", "en This cannot be done."),
        ("fr", "de Das ist nicht möglich."),
        ("*", "de Das ist nicht möglich."),
        ("not a language;;q=x", "de Das ist nicht möglich."),
        ("", "de Das ist nicht möglich."),
    ],
)
def test_a_page_speaks_the_best_language_the_browser_accepts_else_the_houses(app, accepted, expected):
    assert app.test_client().get("/", headers={"Accept-Language": accepted}).text == expected


def test_the_users_own_choice_comes_before_the_browsers(app):
    app.before_request(lambda: language.choose("en"))

    assert app.test_client().get("/", headers={"Accept-Language": "de"}).text == "en This cannot be done."


def test_no_choice_leaves_it_to_the_browser(app):
    app.before_request(lambda: language.choose(None))

    assert app.test_client().get("/", headers={"Accept-Language": "en"}).text == "en This cannot be done."
    with app.app_context():
        assert "chosen_language" not in g


def test_the_languages_of_the_house_are_english_and_those_with_a_catalogue():
    assert language.languages()[:2] == ("en", "de")


@pytest.mark.parametrize(
    ("setting", "option", "word"),
    [
        (None, None, "No database is named"),
        ("de", None, "Keine Datenbank ist genannt"),
        ("de", "en", "No database is named"),
        (None, "de-AT", "Keine Datenbank ist genannt"),
    ],
)
def test_the_command_line_speaks_what_is_asked_for_else_what_is_set(setting, option, word):
    runner = CliRunner(env={"FRONTOFFICE_LANGUAGE": setting, "FRONTOFFICE_DATABASE_URL": None})

    result = runner.invoke(main, [*(["--language", option] if option else []), "init"])

    assert result.exit_code == 2
    assert word in result.stderr


def test_an_unknown_language_is_refused_by_the_command_line():
    result = CliRunner().invoke(main, ["--language", "klingon", "init"])

    assert result.exit_code == 2
    assert "klingon" in result.stderr
