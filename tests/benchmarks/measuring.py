"""How the benchmarks measure: two sides in turns within one run, medians of both, and the ratio of neighbours.

A machine's speed drifts while others use it; a round compares two moments that lie beside each other, and the median of
the rounds' ratios is what is held against the target. Absolute figures are printed too and mean nothing elsewhere.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

Kind = Literal["rate", "time"]
Figure = TypeVar("Figure")


@dataclass(frozen=True)
class Pair:
    """Our figures and the floor's, round by round: a rate (charges per second) or a time (seconds).

    `target` bounds the ratio of ours to the floor's: from below for rates, from above for times; None: none is set.
    """

    name: str
    kind: Kind
    ours: list[float]
    floor: list[float]
    target: float | None = None

    @property
    def ratio(self) -> float:
        return statistics.median(ours / floor for ours, floor in zip(self.ours, self.floor, strict=True))

    @property
    def reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.ratio >= self.target if self.kind == "rate" else self.ratio <= self.target

    def plain(self) -> dict[str, Any]:
        """Everything about the pair, for `--json`."""
        medians = {"ours_median": statistics.median(self.ours), "floor_median": statistics.median(self.floor)}
        return asdict(self) | medians | {"ratio": self.ratio, "reached": self.reached}


def in_turns(rounds: int, ours: Callable[[], Figure], floor: Callable[[], Figure]) -> tuple[list[Figure], list[Figure]]:
    """A, B, A, B, ...; each callable measures itself and returns its figure, or several."""
    figures = [(ours(), floor()) for _ in range(rounds)]
    return [each for each, _ in figures], [each for _, each in figures]


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """How long `work` takes, on average of `times`."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def table(pairs: Sequence[Pair]) -> str:
    """The pairs as text: a line each."""
    rows = [("", "ours", "floor", "ratio", "target", ""), *(_row(pair) for pair in pairs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *others = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)


def _row(pair: Pair) -> tuple[str, ...]:
    ours, floor = statistics.median(pair.ours), statistics.median(pair.floor)
    verdict = {True: "reached", False: "MISSED", None: ""}[pair.reached]
    if pair.kind == "rate":
        target = "" if pair.target is None else f">= {pair.target:.0%}"
        return pair.name, f"{ours:,.0f}/s", f"{floor:,.0f}/s", f"{pair.ratio:.0%}", target, verdict
    target = "" if pair.target is None else f"<= {pair.target:g} x"
    return pair.name, f"{ours * 1000:,.2f} ms", f"{floor * 1000:,.2f} ms", f"{pair.ratio:.2f} x", target, verdict
