"""The ways of writing what is said on a link: the records of FIAS, or XML_POS in the same frames."""

from __future__ import annotations

from typing import Protocol

from pos_bridge.fias.link import Link, LinkSettings
from pos_bridge.fias.records import Record, parse, write
from pos_bridge.fias.xml_pos import XmlLink, XmlPos
from pos_bridge.fias_links.seam import SERIAL, XML_POS, LinkFacts


class Dialect(Protocol):
    """How records are read and written on a link, and by which rules it lives."""

    def link(self, settings: LinkSettings) -> Link:
        """A new link, closed."""

    def read(self, data: bytes) -> Record:
        """The record in a frame. Raises `NotARecord`."""

    def write(self, record: Record) -> bytes | None:
        """What goes into a frame; None for what cannot be said."""


class Fias:
    """The records of FIAS in the code page of the link."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def link(self, settings: LinkSettings) -> Link:
        return Link(settings)

    def read(self, data: bytes) -> Record:
        return parse(data, self.encoding)

    def write(self, record: Record) -> bytes | None:
        return write(record, self.encoding)


class Xml(XmlPos):
    """The elements of XML_POS in the code page of the link."""

    def link(self, settings: LinkSettings) -> Link:
        return XmlLink(settings)


def dialect_of(facts: LinkFacts) -> Dialect:
    """The dialect of a link. Seven bits have room for no letters but ASCII."""
    encoding = "ascii" if facts.way == SERIAL and facts.data_bits < 8 else facts.encoding
    return Xml(encoding, facts.settings.hotel_id) if facts.protocol == XML_POS else Fias(encoding)
