"""python-escpos as this program uses it: the profiles of printers, their code pages, and a sheet that collects bytes.

Importing it sets up logging for the whole process and leaves an empty folder behind; both are taken back here, so
everything else gets it from this module.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_handlers, _level = list(logging.root.handlers), logging.root.level
from escpos import capabilities  # noqa: E402
from escpos.magicencode import Encoder, MagicEncode  # noqa: E402
from escpos.printer.dummy import Dummy  # noqa: E402

logging.root.handlers[:] = _handlers
logging.root.setLevel(_level)
shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

CELL = 12  # dots that a character of the printers' first font is wide
# Those that printers agree about, and that name each character once. Others are used where the hotel says so.
AGREED = frozenset(
    [f"CP{number}" for number in (437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 863, 865, 866, 1125)]
    + [f"CP{number}" for number in (1250, 1251, 1252, 1253, 1254, 1257)]
    + ["ISO_8859-1", "ISO_8859-2", "ISO_8859-5", "ISO_8859-15"]
)
DISPLAYS = ("AF-240", "OCD-100", "OCD-300")  # profiles of customers' displays, which have no paper


@dataclass(frozen=True, slots=True)
class Paper:
    """What a printer prints on: how wide it is in dots, its profile, the code pages it may use.

    None are those of its profile that printers agree about.
    """

    dots: int = 576
    profile: str = "default"
    code_pages: tuple[str, ...] = ()
    has_cutter: bool = True
    has_drawer: bool = False

    @property
    def columns(self) -> int:
        """How many characters stand beside each other."""
        return self.dots // CELL


def profiles() -> dict[str, str]:
    """The profiles of printers, by name, each with what it is called."""
    known: Mapping[str, Any] = capabilities.CAPABILITIES["profiles"]
    return {name: str(facts["name"]) for name, facts in sorted(known.items()) if name not in DISPLAYS}


@lru_cache
def code_pages_of(profile: str) -> dict[str, int]:
    """The code pages that printers of a profile have: name and the number they are called by."""
    facts = capabilities.CAPABILITIES["profiles"][profile]
    return {
        name: int(number) for number, name in facts["codePages"].items() if name != "Unknown" and _has_characters(name)
    }


def _has_characters(code_page: str) -> bool:
    try:
        Encoder({code_page: 0}).can_encode(code_page, "\u00e9")
        return bool(Encoder({code_page: 0}).encode("a", code_page))
    except (LookupError, ValueError):
        return False


@lru_cache
def used_code_pages(paper: Paper) -> dict[str, int]:
    """The code pages a slip may switch to on this paper."""
    has = code_pages_of(paper.profile)
    wanted = paper.code_pages or AGREED
    return {name: number for name, number in has.items() if name in wanted}


@lru_cache
def _encoder(paper: Paper) -> Encoder:
    return Encoder(used_code_pages(paper))


@lru_cache(maxsize=8_192)
def _has(paper: Paper, character: str) -> bool:
    encoder = _encoder(paper)
    return any(encoder.can_encode(name, character) for name in encoder.codepages)


def holds(paper: Paper, text: str) -> bool:
    """Whether the printer can write every character of a text by itself."""
    return all(32 <= ord(each) < 127 or (ord(each) > 127 and _has(paper, each)) for each in text)


class Sheet(Dummy):  # type: ignore[misc]
    """Collects the bytes of a slip. It has only the code pages it may use, and the width it was told."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(profile=paper.profile)
        facts = {
            **capabilities.CAPABILITIES["profiles"][paper.profile],
            "codePages": {str(number): name for name, number in used_code_pages(paper).items()},
            "media": {"dpi": 203, "width": {"pixels": paper.dots}},
        }
        self.profile.profile_data = facts
        self.magic = MagicEncode(self, encoder=Encoder(used_code_pages(paper)))

    def raw(self, content: bytes) -> None:
        """Adds bytes as they are."""
        self._raw(content)


def usb_printer(vendor: int, product: int, timeout_s: int) -> Any:
    """A printer at a USB port, by its two numbers. Raises `RuntimeError` where the libraries for it are not there."""
    from escpos.printer.usb import Usb  # noqa: PLC0415 - looks for pyusb

    if not Usb.is_usable():
        raise RuntimeError("pyusb")
    return Usb(vendor, product, timeout=timeout_s * 1000)
