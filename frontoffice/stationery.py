"""What stands on the hotel's paper: its firm, address, numbers, bank, footer and logo. Drawing it belongs to `paper`.

A logo comes from outside: it is taken only as PNG, JPEG or WebP of bounded size and always written anew as PNG, so
that nothing but the picture is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, Refusal
from frontoffice.fields import clean_fields
from frontoffice.models.invoices import Logo, Stationery
from frontoffice.models.property import Property

SUBJECT = "stationery:1"
# The longest text each field takes.
FIELDS = {
    "company_name": 200,
    "address": 300,
    "postal_code": 16,
    "city": 100,
    "phone": 40,
    "email": 254,
    "website": 200,
    "vat_number": 32,
    "registration": 200,
    "bank": 300,
    "footer": 500,
}
LOGO_FORMATS = ("PNG", "JPEG", "WEBP")
MOST_LOGO_BYTES = 1_000_000
MOST_LOGO_PIXELS = 4000  # each way
KEPT_LOGO_PIXELS = 1200  # each way: 600 dots per inch at the size it is printed


class LogoInvalid(Refusal):
    code = "logo.invalid"
    message = N_("This file is no picture that can be used. Choose a PNG, JPEG or WebP file.")


class LogoUnknown(Refusal):
    code = "logo.unknown"
    message = N_("There is no such picture.")


class LogoTooLarge(Refusal):
    code = "logo.too_large"
    message = N_("The picture is too large. At most 1 MB and 4,000 pixels each way are taken.")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on the paper, as plain data. `country` is the hotel's, two letters (ISO 3166)."""

    hotel: str
    country: str | None = None
    company_name: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    vat_number: str | None = None
    registration: str | None = None
    bank: str | None = None
    footer: str | None = None
    logo_sha256: str | None = None

    def plain(self) -> dict[str, str | None]:
        """The fields by name, to be stored."""
        return asdict(self)


def get_stationery(session: Session) -> Stationery:
    """The row of the stationery; one that is not stored yet, of version 1, when nobody has filled it in."""
    return session.get(Stationery, 1) or Stationery(id=1, version=1)


def letterhead(session: Session) -> Letterhead:
    """What stands on the paper now; two statements."""
    hotel = session.execute(sa.select(Property.name, Property.country)).one_or_none()
    row = get_stationery(session)
    name, country = hotel or (row.company_name or "", None)
    given = {field: getattr(row, field) for field in (*FIELDS, "logo_sha256")}
    return Letterhead(name, country, **given)


def amend(session: Session, seen_version: int, changes: Mapping[str, str | None], operator: str) -> bool:
    """Saves fields (`FIELDS`) that were edited at `seen_version`; returns whether anything changed.

    Refuses an unknown field, an e-mail address that is none, bad text, and `ChangedMeanwhile`.
    """
    fields = clean_fields(changes, FIELDS)
    return events.amend(session, _row(session), seen_version, fields, "stationery.amended", SUBJECT, operator)


def set_logo(session: Session, content: bytes, operator: str) -> str:
    """Puts a picture (the bytes of its file) at the head of the paper; returns its SHA-256.

    Refuses what is no PNG, JPEG or WebP (`LogoInvalid`), more than 1 MB or 4,000 pixels each way (`LogoTooLarge`).
    Earlier logos are kept: invoices show them.
    """
    picture = read_logo(content)
    sha256 = hashlib.sha256(picture).hexdigest()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Logo).values(sha256=sha256, content=picture).on_conflict_do_nothing())
    _show(session, sha256, operator)
    return sha256


def remove_logo(session: Session, operator: str) -> None:
    """Takes the picture off the paper; what was issued with it keeps it."""
    _show(session, None, operator)


def logos(session: Session, letterheads: list[Letterhead]) -> dict[str, bytes]:
    """The pictures (PNG) of letterheads by their SHA-256; one statement."""
    wanted = {each.logo_sha256 for each in letterheads if each.logo_sha256}
    if not wanted:
        return {}
    rows = session.execute(sa.select(Logo.sha256, Logo.content).where(Logo.sha256.in_(wanted)))
    return {sha256: content for sha256, content in rows}  # noqa: C416 - typed, where dict() of rows is not


def logo(session: Session, sha256: str) -> bytes:
    """One picture (PNG) by its SHA-256. Refuses `LogoUnknown`."""
    found = session.get(Logo, sha256) if len(sha256) == 64 and sha256.isalnum() and sha256.isascii() else None
    if found is None:
        raise LogoUnknown
    return found.content


def _show(session: Session, sha256: str | None, operator: str) -> None:
    row = _row(session)
    session.refresh(row, with_for_update={"key_share": True})
    changes = {"logo_sha256": sha256}
    events.amend(session, row, row.version, changes, "stationery.logo.set", SUBJECT, operator)


def _row(session: Session) -> Stationery:
    """The stored row, written now when there is none; two who do so at once get the same."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Stationery).values(id=1, version=1).on_conflict_do_nothing())
    return session.get_one(Stationery, 1)


# --- pictures from outside ----------------------------------------------------------------------------------


def read_logo(content: bytes) -> bytes:
    """The picture of a file as PNG without anything else, at most 1,200 pixels each way. Refuses as `set_logo`."""
    if len(content) > MOST_LOGO_BYTES:
        raise LogoTooLarge
    try:
        return _drawn_anew(content)
    except Refusal:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LogoTooLarge from None
    except Exception:  # whatever a hostile file makes the decoder stumble over: it is no picture we can use
        raise LogoInvalid from None


def _drawn_anew(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=LOGO_FORMATS) as opened:
        if max(opened.size) > MOST_LOGO_PIXELS:
            raise LogoTooLarge
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    picture = upright.convert("RGBA" if clear else "RGB")
    picture.thumbnail((KEPT_LOGO_PIXELS, KEPT_LOGO_PIXELS), Image.Resampling.LANCZOS)
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # profile, comments and the rest stay behind
    png = BytesIO()
    bare.save(png, "PNG", optimize=True)
    return png.getvalue()
