"""FIAS: records cut out of a stream and read, beside the same by hand on bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.records import parse, write
from tests.benchmarks.measuring import Pair, in_turns

CALL = b"PS|RN2781|TA1050|DA000915|TI123545|P#1729|DD004989920920|PCI|CTInternational|PTC|"
GUEST = "GI|RN2781|G#12345|GNMüller, Herr|GLGE|GV3|GGA123|GSN|SF|".encode("cp1252")
STREAM = (frame(CALL) + frame(GUEST)) * 50
PARSING_TARGET = 0.30


def measure(_server: str | None, quick: bool) -> Iterator[Pair]:
    """Records parsed per second, and parsed and written again."""
    rounds, seconds = (5, 0.2) if quick else (15, 0.5)
    yield Pair("records of FIAS read", "rate", *_beside(rounds, seconds, _ours, _by_hand), PARSING_TARGET)
    yield Pair("records of FIAS read and written", "rate", *_beside(rounds, seconds, _both, _both_by_hand))


def _beside(
    rounds: int, seconds: float, ours: Callable[[], int], floor: Callable[[], int]
) -> tuple[list[float], list[float]]:
    if ours() != floor():
        raise AssertionError("the two sides read another number of records")
    return in_turns(rounds, lambda: _rate(ours, seconds), lambda: _rate(floor, seconds))


def _rate(side: Callable[[], int], seconds: float) -> float:
    count, begun = 0, time.perf_counter()
    while (now := time.perf_counter()) < begun + seconds:
        count += side()
    return count / (now - begun)


def _ours() -> int:
    return len([parse(each, "cp1252") for each in FrameReader().feed(STREAM)])


def _both() -> int:
    return len([write(parse(each, "cp1252"), "cp1252") for each in FrameReader().feed(STREAM)])


def _by_hand() -> int:
    return len(_split(STREAM))


def _both_by_hand() -> int:
    return len(
        ["|".join([id_, *(code + value for code, value in rest), ""]).encode("cp1252") for id_, rest in _split(STREAM)]
    )


def _split(stream: bytes) -> list[tuple[str, list[tuple[str, str]]]]:
    """Frames that are known to be whole and clean, split at once."""
    found = []
    for data in stream[1:-1].split(b"\x03\x02"):
        id_, *fields = data.decode("cp1252").split("|")
        found.append((id_, [(each[:2], each[2:]) for each in fields if each]))
    return found
