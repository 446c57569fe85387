"""Stationery: what stands on the paper, and pictures from outside that may be anything."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from folios.errors import ChangedMeanwhile
from frontoffice import stationery
from frontoffice.fields import EmailInvalid, FieldUnknown
from frontoffice.models.invoices import Logo, Stationery
from frontoffice.stationery import LogoInvalid, LogoTooLarge, read_logo
from tests.frontoffice.house import CLERK, House, at_once


def picture(size: tuple[int, int] = (300, 100), kind: str = "PNG", mode: str = "RGB", **more: object) -> bytes:
    made = BytesIO()
    Image.new(mode, size, None).save(made, kind, **more)
    return made.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def bomb(side: int) -> bytes:
    """A small PNG that says it is `side` pixels each way."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")


def test_the_first_who_fills_in_the_paper_needs_no_set_up(house: House) -> None:
    assert house.do(stationery.get_stationery).version == 1
    filled = {"company_name": " Hotel Ltd. ", "city": "Porto", "email": "desk@hotel.example", "footer": ""}
    assert house.do(stationery.amend, 1, filled, CLERK)
    head = house.do(stationery.letterhead)
    assert (head.company_name, head.city, head.email, head.footer) == (
        "Hotel Ltd.",
        "Porto",
        "desk@hotel.example",
        None,
    )
    (event,) = house.told("stationery.amended")
    assert event.after == {"company_name": "Hotel Ltd.", "city": "Porto", "email": "desk@hotel.example"}


def test_a_stale_save_of_the_paper_is_refused(house: House) -> None:
    house.do(stationery.amend, 1, {"city": "Porto"}, CLERK)
    with house.refuses(ChangedMeanwhile):
        house.do(stationery.amend, 1, {"city": "Faro"}, CLERK)
    assert [each.city for each in house.rows(Stationery)] == ["Porto"]


def test_fields_that_cannot_be_are_refused_by_name(house: House) -> None:
    with house.refuses(FieldUnknown, field="logo_sha256"):
        house.do(stationery.amend, 1, {"logo_sha256": "x"}, CLERK)
    with house.refuses(EmailInvalid):
        house.do(stationery.amend, 1, {"email": "nowhere"}, CLERK)


def test_two_who_begin_the_paper_at_once_write_one_row(house: House) -> None:
    found = at_once(
        [lambda city=city: house.do(stationery.amend, 1, {"city": city}, CLERK) for city in ("Porto", "Faro")]
    )
    assert sorted(type(each).__name__ for each in found) == ["ChangedMeanwhile", "bool"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_kept_as_png_under_its_hash(house: House, kind: str) -> None:
    sha256 = house.do(stationery.set_logo, picture(kind=kind), CLERK)
    (kept,) = house.rows(Logo)
    assert kept.sha256 == sha256 == hashlib.sha256(kept.content).hexdigest()
    assert Image.open(BytesIO(kept.content)).format == "PNG"
    head = house.do(stationery.letterhead)
    assert head.logo_sha256 == sha256
    assert house.do(stationery.logos, [head]) == {sha256: kept.content}


def test_a_logo_taken_away_is_kept_for_what_shows_it(house: House) -> None:
    house.do(stationery.set_logo, picture(), CLERK)
    house.do(stationery.set_logo, picture((10, 10)), CLERK)
    house.do(stationery.remove_logo, CLERK)
    assert len(house.rows(Logo)) == 2
    assert house.do(stationery.letterhead).logo_sha256 is None
    assert len(house.told("stationery.logo.set")) == 3


def test_a_large_logo_is_drawn_smaller_and_a_clear_one_stays_clear() -> None:
    wide = Image.open(BytesIO(read_logo(picture((4000, 1000)))))
    assert (wide.size, wide.mode) == ((1200, 300), "RGB")
    assert Image.open(BytesIO(read_logo(picture(mode="RGBA")))).mode == "RGBA"
    assert Image.open(BytesIO(read_logo(picture(kind="JPEG", mode="CMYK")))).mode == "RGB"


def test_a_photograph_taken_upright_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert Image.open(BytesIO(read_logo(picture((300, 100), "JPEG", exif=turned)))).size == (100, 300)


def test_nothing_but_the_picture_is_kept() -> None:
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Comment", "<script>alert(1)</script>")
    kept = read_logo(picture(pnginfo=said, icc_profile=b"profile" * 9) + b"PK\x03\x04 a second file behind the first")
    for hidden in (b"script", b"PK\x03\x04", b"iCCP", b"tEXt"):
        assert hidden not in kept


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
NO_PICTURES = {
    "nothing": b"",
    "text": b"hello",
    "svg": SVG,
    "svg behind a mark": b"\xef\xbb\xbf" + SVG,
    "html with a png's name": b"<html><img src=x.png></html>",
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj",
    "cut off": picture((300, 300), "JPEG")[:-300],
    "png of nothing": b"\x89PNG\r\n\x1a\n",
    "gif": picture(kind="GIF"),
    "tiff": picture(kind="TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) run",
}


@pytest.mark.parametrize("content", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_is_no_picture_is_refused_whatever_it_claims(content: bytes) -> None:
    with pytest.raises(LogoInvalid):
        read_logo(content)


@pytest.mark.parametrize("side", [4001, 10_000, 60_000])
def test_a_picture_that_unfolds_to_too_many_pixels_is_refused_unread(side: int) -> None:
    with pytest.raises(LogoTooLarge):
        read_logo(bomb(side))


def test_a_file_of_more_than_a_megabyte_is_refused_unread(house: House) -> None:
    with house.refuses(LogoTooLarge):
        house.do(stationery.set_logo, picture() + bytes(1_000_000), CLERK)
