"""What an outlet's side is to say and to expect, as a script of lines: read, filled in, compared.

A script is what `frontoffice fias-vendor` plays: one step a line, as `STEPS` tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from folios.errors import N_, Refusal
from pos_bridge.fias.records import NotARecord, Record, parse

STEPS: Final = """\
let room 101                          a name; the command's --set gives it another value
ask PA AS P# RN DA TI                 a record that is asked for, with its fields (LR); before `start`
within 10                             how many seconds an expectation waits from here on
when LS send LS|DA{date}|TI{time}|    an answer that is given whenever such a record arrives
start IFPO V#1.0                      waits for LS; LD with these fields, the LRs, LA; waits for LA
send PS|RN{room}|PTC|TA1250|P#{next}|DA{date}|TI{time}|
expect PA|ASOK|P#{number}|            the next PA has these fields; `CT*` is any text, `CTno*` begins so
expect none GI 3                      for three seconds no GI arrives
wait 2                                hears what comes, for two seconds
noise 02 50 53                        bytes as they are
end                                   LE; waits for LE

In {} stand names, date, time and tomorrow (a date), number (the posting number
in use) and next (the next one), and codes of fields: {G#} is what the record
expected last had in it, {G#:2} its second one. A # begins a comment."""
MOST_SECONDS: Final = 86_400.0
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_NAME: Final = re.compile(r"[a-z][a-z_]*")
_FIELD: Final = re.compile(r"([A-Z0-9#+$][A-Z0-9#+]|\$[0-9A-Z])(?::([1-9][0-9]?))?")


class ScriptInvalid(Refusal):
    code = "vendor.script_invalid"
    message = N_("Line {line} of the script is no step: {text}. `frontoffice fias-vendor --help` tells what is.")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script. `words` are what stands after the verb, as the verb takes it."""

    line: int
    verb: str
    words: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(slots=True)
class Script:
    """A script: its steps, and the names it gives with their values."""

    steps: list[Step] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def read_script(text: str) -> Script:
    """The steps of a script. Refuses (`ScriptInvalid`) the first line that is none."""
    script = Script()
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.strip()
        if not line or line.startswith("#"):
            continue
        verb, _space, rest = line.partition(" ")
        step = _VERBS.get(verb, _no_verb)(number, rest.strip())
        if step is None:
            raise ScriptInvalid(line=number, text=line[:80])
        if step.verb == "let":
            script.names[step.words[0]] = step.words[1]
        else:
            script.steps.append(step)
    return script


def fill(template: str, names: Mapping[str, str], last: Record | None, special: Callable[[str], str | None]) -> str:
    """A template with its `{}` filled in; what has no value is left out."""

    def value(found: re.Match[str]) -> str:
        word = found[1]
        told = special(word)
        if told is not None:
            return told
        if word in names:
            return names[word]
        code = _FIELD.fullmatch(word)
        values = last.all(code[1]) if code and last is not None else ()
        at = int(code[2] or 1) - 1 if code else 0
        return values[at] if at < len(values) else ""

    return _PLACE.sub(value, template)


def record_of(text: str) -> Record:
    """A record as it is written in a script. Raises `NotARecord`."""
    return parse(text.encode("utf-8"), "utf-8")


def missing_in(expected: Record, heard: Record) -> list[str]:
    """What was expected of a record and is not there, as code and value. A field that comes twice is expected twice."""
    missing = []
    left = list(heard.fields)
    for code, value in expected.fields:
        found = next((each for each in left if each[0] == code and _fits(value, each[1])), None)
        if found is None:
            missing.append(code + value)
        else:
            left.remove(found)
    return missing


def _fits(wanted: str, value: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


# --- the verbs --------------------------------------------------------------------------------------------------


def _let(line: int, rest: str) -> Step | None:
    name, _space, value = rest.partition(" ")
    return Step(line, "let", (name, value.strip())) if _NAME.fullmatch(name) else None


def _ask(line: int, rest: str) -> Step | None:
    id_, *codes = rest.split()
    if len(id_) != 2 or not codes or any(len(code) != 2 for code in codes):
        return None
    return Step(line, "ask", (id_, *codes))


def _seconds(verb: str) -> Callable[[int, str], Step | None]:
    def read(line: int, rest: str) -> Step | None:
        seconds = _number(rest)
        return None if seconds is None else Step(line, verb, seconds=seconds)

    return read


def _when(line: int, rest: str) -> Step | None:
    id_, _space, more = rest.partition(" ")
    verb, _space, answer = more.partition(" ")
    return Step(line, "when", (id_, answer)) if len(id_) == 2 and verb == "send" and _is_record(answer) else None


def _start(line: int, rest: str) -> Step | None:
    fields = rest.split()
    return Step(line, "start", tuple(fields)) if all(len(each) >= 2 for each in fields) else None


def _send(line: int, rest: str) -> Step | None:
    return Step(line, "send", (rest,)) if _is_record(rest) else None


def _expect(line: int, rest: str) -> Step | None:
    if not rest.startswith("none "):
        return Step(line, "expect", (rest,)) if _is_record(rest) else None
    id_, _space, text = rest.removeprefix("none ").strip().partition(" ")
    seconds = _number(text)
    return None if seconds is None or len(id_) != 2 else Step(line, "expect none", (id_,), seconds)


def _noise(line: int, rest: str) -> Step | None:
    try:
        bytes.fromhex(rest)
    except ValueError:
        return None
    return Step(line, "noise", (rest,))


def _end(line: int, rest: str) -> Step | None:
    return None if rest else Step(line, "end")


def _no_verb(_line: int, _rest: str) -> Step | None:
    return None


def _is_record(text: str) -> bool:
    try:
        record_of(text)
    except NotARecord:
        return False
    return True


def _number(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= MOST_SECONDS else None


_VERBS: Final[dict[str, Callable[[int, str], Step | None]]] = {
    "let": _let,
    "ask": lambda line, rest: _ask(line, rest) if rest else None,
    "within": _seconds("within"),
    "wait": _seconds("wait"),
    "when": _when,
    "start": _start,
    "send": _send,
    "expect": _expect,
    "noise": _noise,
    "end": _end,
}
