"""Keys and help: the table of keys holds every key that stands in a template, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from frontoffice import keys, shell
from frontoffice.rights import RIGHTS
from frontoffice.views.folios import DEEDS
from tests.frontoffice.desk_client import Client

Desk = Callable[[str], Client]
TEMPLATES = Path(__file__).parents[2] / "templates"
LITERAL = re.compile(r'data-key="([^"]+)"')
# The macros that make a button with a key, and which argument it is.
MACROS = {"deed": 2, "link": 2, "button": 2, "one_button": 3}
LEAFING = ("[", "]")  # what the macro of long lists brings along
FRAME = {"base.html", "fields.html", "form.html"}
IN_THE_FRAME = {"/", "?", "Escape"}


def keys_in(app: Flask, path: Path) -> Iterator[str]:
    """Every key that a template gives: written out, or as the argument of a macro."""
    tree = app.jinja_env.parse(path.read_text("utf-8"))
    for data in tree.find_all(nodes.TemplateData):
        yield from LITERAL.findall(data.data)
    for call in tree.find_all(nodes.Call):
        name = getattr(call.node, "attr", getattr(call.node, "name", None))
        yield from LEAFING if name == "leafing" else ()
        given = [call.args[MACROS[name]]] if name in MACROS and len(call.args) > MACROS[name] else []
        given += [each.value for each in call.kwargs if name in MACROS and each.key == "key"]
        for each in given:
            yield from (const.value for const in _consts(each) if isinstance(const.value, str))


def _consts(node: nodes.Node | None) -> list[nodes.Const]:
    """What an argument may be: itself, or either side of a condition."""
    if isinstance(node, nodes.CondExpr):
        return _consts(node.expr1) + _consts(node.expr2)
    return [node] if isinstance(node, nodes.Const) else []


def keys_by_folder(app: Flask) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        if path.name not in FRAME:
            found.setdefault(path.parent.name, set()).update(set(keys_in(app, path)) - IN_THE_FRAME)
    found["folios"] |= {deed.key for deed in DEEDS}
    return {folder: given for folder, given in found.items() if given}


def test_the_table_of_keys_is_that_of_the_templates(app: Flask) -> None:
    told = {screen.folder: {key for key, _label in screen.keys} for screen in keys.SCREENS}
    standing = keys_by_folder(app)
    assert len(standing) > 15
    wrong = {
        folder: {
            "missing": standing.get(folder, set()) - told.get(folder, set()),
            "gone": given - standing.get(folder, set()),
        }
        for folder in {*told, *standing}
        if (given := told.get(folder, set())) != standing.get(folder, set())
    }
    assert wrong == {}, "say in frontoffice/keys.py what these keys do, or take them out"


def test_a_key_is_found_wherever_a_template_gives_it(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<a data-key="z">x</a>{{ fields.deed("A", "/a", "y") }}{{ fields.one_button(form, "/b", "B", key="w") }}'
        '{{ fields.deed("C", "/c", "v" if may("x") else none) }}{{ fields.empty("no", "key", "u") }}'
    )
    found = set(keys_in(app, tmp_path / "page.html"))
    assert {"z", "y", "w", "v"} <= found
    assert "u" not in found


def test_every_key_of_a_screen_stands_once_with_words_and_a_right() -> None:
    folders = [screen.folder for screen in keys.SCREENS]
    assert len(folders) == len(set(folders))
    for screen in keys.SCREENS:
        given = [key for key, _label in screen.keys]
        assert len(given) == len(set(given)), screen.folder
        assert all(label for _key, label in screen.keys)
        assert screen.right in RIGHTS
    assert {answer.right for answer in keys.ANSWERS} <= RIGHTS.keys()
    assert len(keys.ANSWERS) == 10


def test_the_menus_keys_are_all_different_and_begin_like_no_keys_of_a_screen() -> None:
    menu = [item.keys for item in shell.MENU]
    assert len(menu) == len(set(menu))
    assert all(re.fullmatch("g [a-z]", given) for given in menu)
    assert not any(key == "g" for screen in keys.SCREENS for key, _label in screen.keys)


@pytest.mark.parametrize("role", ["cashier", "administrator"])
def test_everybody_finds_the_keys_of_their_own_screens(desk: Desk, role: str) -> None:
    page = desk(role).page("/help")
    assert "Post a charge" in page
    assert "How do I take a payment?" in page
    assert ("Reset the password" in page) == (role == "administrator")
    assert '<a href="/help" data-key="?"' in page


def test_help_is_for_who_is_signed_in(app: Flask) -> None:
    answer = Client(app).get("/help")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
