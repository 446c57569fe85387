"""The rules of the house that a machine can hold: each one finds what it forbids, and the house has none of it.

A rule about one module is a function from its path and syntax tree to what is wrong in it. What imports may do is
import-linter's business, and style is ruff's.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from folios.errors import Refusal

ROOT = Path(__file__).parents[1]
PACKAGES = ("folios", "frontoffice", "pos_bridge", "night_audit")
MIGRATIONS = "folios/migrations/"
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_MODULE = 500
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers"}

Functions = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[str, str], list[str]]


def paths_of_modules(*folders: str) -> list[str]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts]


def imported_modules() -> Iterator[str]:
    """The names of all modules of the house, imported; the migrations' environment only works inside a migration."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield package
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.startswith("folios.migrations"):
                importlib.import_module(module.name)
                yield module.name


# --- rules about one module -----------------------------------------------------------------------------------


def commits_elsewhere(path: str, text: str) -> list[str]:
    """`commit()` stands in folios/db.py, once."""
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    return [f"{path}:{line} commits" for line in (calls[1:] if path == "folios/db.py" else calls)]


def long_functions(path: str, text: str) -> list[str]:
    """A function has at most 60 lines."""
    if path.startswith(MIGRATIONS):
        return []
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, Functions)]
    lengths = {function: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    return [
        f"{path}:{function.lineno} {function.name} has {length} lines"
        for function, length in lengths.items()
        if length > MOST_LINES_OF_A_FUNCTION
    ]


def long_module(path: str, text: str) -> list[str]:
    """A module has at most 500 lines."""
    length = len(text.splitlines())
    return [f"{path} has {length} lines"] if length > MOST_LINES_OF_A_MODULE and not path.startswith(MIGRATIONS) else []


def module_without_docstring(path: str, text: str) -> list[str]:
    """A module opens with what lives in it."""
    return [] if ast.get_docstring(ast.parse(text)) else [f"{path} has no docstring"]


def undocumented_names(path: str, text: str) -> list[str]:
    """Every public function and class of the ledger says what it is. A refusal does so by its message."""
    if not path.startswith("folios/") or path.startswith(MIGRATIONS):
        return []
    return [
        f"{path}:{node.lineno} {node.name} has no docstring"
        for node in ast.parse(text).body
        if isinstance(node, Functions | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not _has_message(node)
    ]


def _has_message(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    targets = [target for each in node.body if isinstance(each, ast.Assign) for target in each.targets]
    return any(isinstance(target, ast.Name) and target.id == "message" for target in targets)


def empty_names(path: str, text: str) -> list[str]:
    """A module is named after what is in it."""
    return [f"{path}: {part} says nothing" for part in Path(path).with_suffix("").parts if part in EMPTY_NAMES]


def names_of_tests_that_say_too_little(path: str, text: str) -> list[str]:
    """A test's name says what is true when it passes."""
    if not Path(path).name.startswith("test_"):
        return []
    return [
        f"{path}:{node.lineno} {node.name} is no sentence"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Functions) and node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]


RULES: list[tuple[Rule, tuple[str, ...]]] = [
    (commits_elsewhere, PACKAGES),
    (long_functions, PACKAGES),
    (long_module, PACKAGES),
    (module_without_docstring, PACKAGES),
    (undocumented_names, ("folios",)),
    (empty_names, (*PACKAGES, "tests")),
    (names_of_tests_that_say_too_little, ("tests",)),
]
WRONG = [
    (commits_elsewhere, "folios/folios.py", "def close(session):\n    session.commit()\n"),
    (commits_elsewhere, "folios/db.py", "session.commit()\nsession.commit()\n"),
    (long_functions, "folios/folios.py", "def close():\n" + "    pass\n" * 60),
    (long_functions, "frontoffice/stays.py", "class A:\n    async def b():\n" + "        pass\n" * 60),
    (long_module, "folios/folios.py", "\n" * 501),
    (module_without_docstring, "folios/folios.py", "x = 1\n"),
    (undocumented_names, "folios/folios.py", "def close(): ...\n"),
    (undocumented_names, "folios/folios.py", "class Folio:\n    number = 1\n"),
    (empty_names, "folios/utils.py", ""),
    (empty_names, "frontoffice/common/names.py", ""),
    (names_of_tests_that_say_too_little, "tests/test_folios.py", "def test_folio_closes(): ...\n"),
]


@pytest.mark.parametrize(("rule", "folders"), RULES, ids=[rule.__name__ for rule, _ in RULES])
def test_the_house_keeps_the_rule(rule: Rule, folders: tuple[str, ...]) -> None:
    paths = paths_of_modules(*folders)
    assert {Path(path).parts[0] for path in paths} == set(folders)
    wrong = [complaint for path in paths for complaint in rule(path, (ROOT / path).read_text("utf-8"))]
    assert not wrong, f"{rule.__doc__}\n" + "\n".join(wrong)


@pytest.mark.parametrize(("rule", "path", "text"), WRONG, ids=[rule.__name__ for rule, *_ in WRONG])
def test_the_rule_finds_what_it_forbids(rule: Rule, path: str, text: str) -> None:
    assert rule(path, text)


# --- refusals -------------------------------------------------------------------------------------------------


def all_refusals(root: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in root.__subclasses__():
        yield refusal
        yield from all_refusals(refusal)


def faults_of_refusals(refusals: list[type[Refusal]]) -> list[str]:
    used = Counter(refusal.code for refusal in refusals)
    faults = [f"code {code} is used {count} times" for code, count in used.items() if count > 1]
    for refusal in refusals:
        faults += [f"{refusal} has no {name} of its own" for name in ("code", "message") if name not in vars(refusal)]
        faults += [f"{refusal}: {refusal.code} is not dotted"] if not re.fullmatch(r"[a-z_.]+", refusal.code) else []
        faults += [f"{refusal} says nothing"] if not refusal.message.strip() else []
    return faults


def test_every_refusal_has_its_own_code_and_a_message() -> None:
    modules = set(imported_modules())
    refusals = [refusal for refusal in all_refusals(Refusal) if refusal.__module__ in modules]
    assert len(refusals) > 20
    assert faults_of_refusals(refusals) == []


def test_a_refusal_without_a_code_of_its_own_is_found() -> None:
    taken = type("Taken", (Refusal,), {"code": "room.taken", "message": "Taken."})
    unsaid = type("Unsaid", (taken,), {})
    assert len(faults_of_refusals([taken])) == 0
    assert len(faults_of_refusals([taken, unsaid])) == 3


# --- templates ------------------------------------------------------------------------------------------------


def unused_templates(folder: Path, sources: list[str]) -> list[str]:
    """Templates that neither the code's strings nor a tag of another template names."""
    templates = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files_in(folder)}
    named = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for name, text in templates.items():
        tags = re.findall(r"{%.*?%}", text, re.DOTALL)
        named |= {found for tag in tags for found in re.findall(r"[\"']([^\"']+)[\"']", tag) if found != name}
    return sorted(set(templates) - named)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]


def test_every_template_is_used_somewhere() -> None:
    sources = [(ROOT / path).read_text("utf-8") for path in paths_of_modules(*PACKAGES)]
    assert unused_templates(ROOT / "templates", sources) == []


def test_a_template_that_is_never_used_is_found(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house/page.html").write_text("{% extends 'house/base.html' %} 'house/lost.html'")
    (tmp_path / "house/base.html").write_text("<p>")
    (tmp_path / "house/lost.html").write_text("{% include 'house/lost.html' %}")
    assert unused_templates(tmp_path, ["render('house/page.html')"]) == ["house/lost.html"]


# --- the command line -----------------------------------------------------------------------------------------


def all_commands(command: click.Command, name: str) -> Iterator[str]:
    """What one types for each command, such as `frontoffice users add`; a group is not a command."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            if child := command.get_command(context, part):
                yield from all_commands(child, f"{name} {part}")
    elif not command.hidden:
        yield name


def missing_commands(command: click.Command, text: str) -> list[str]:
    return [
        name
        for name in all_commands(command, "frontoffice")
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    ]


def test_every_command_stands_in_the_readme() -> None:
    cli = importlib.import_module("frontoffice.cli")
    assert missing_commands(cli.main, (ROOT / "README.md").read_text("utf-8")) == []


def test_a_command_that_the_readme_does_not_name_is_found() -> None:
    main = click.Group(commands=[click.Command("init"), click.Group("users", commands=[click.Command("add")])])
    assert missing_commands(main, "frontoffice initiate, frontoffice init-all") == [
        "frontoffice init",
        "frontoffice users add",
    ]
    assert missing_commands(main, "`frontoffice init`, frontoffice users add --name") == []
