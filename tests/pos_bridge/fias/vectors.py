"""The published samples of FIAS, read from `tests/data/fias_vectors.txt`; the head of that file tells its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).parents[2] / "data" / "fias_vectors.txt"


@dataclass
class Vector:
    """A sample. `lines`: in wire order, who speaks (`V` the vendor, `P` the hotel) and the bytes of the record."""

    id: str
    title: str
    lines: list[tuple[str, bytes]] = field(default_factory=list)
    checks: list[tuple[bytes, int]] = field(default_factory=list)  # records of a serial line with their check bytes

    def said_by(self, whom: str) -> list[bytes]:
        return [data for who, data in self.lines if who == whom]

    @property
    def is_xml(self) -> bool:
        return any(data.startswith(b"<") for _who, data in self.lines)


def raw(text: str) -> bytes:
    """`\\xNN` is one byte; all else is ASCII in these samples."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode("latin-1"))


def read() -> dict[str, Vector]:
    vectors: dict[str, Vector] = {}
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("== "):
            id_, _space, title = line[3:].partition(" ")
            current = vectors[id_] = Vector(id_, title)
        elif line[:3] in ("V> ", "P> "):
            current.lines.append((line[0], raw(line[3:])))
        elif line.startswith("L> "):
            data, _tab, check = line[3:].partition("\t")
            current.checks.append((raw(data), int(check, 16)))
    return vectors


VECTORS = read()
