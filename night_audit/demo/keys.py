"""The demo's passwords and its secret key: drawn once, and kept readable in a note beside the database.

They guard nothing but a hotel that is made up. Whoever may read the note may read the database, too.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL

from frontoffice.config import SECRET_LEAST
from frontoffice.users import PASSWORD_LEAST, readable_password
from night_audit.demo.hotel import USERS


@dataclass(frozen=True)
class Keys:
    """What the demo is opened with: the key that signs cookies, the passwords by user, and by their names the keys of
    what other floors furnish it with (`frontoffice.furnishing`), noted as they were given.
    """

    secret_key: str = field(repr=False)
    passwords: Mapping[str, str] = field(repr=False)
    given: dict[str, str] = field(repr=False, default_factory=dict)


def note_of(database: URL) -> Path:
    """Where the note stands: beside the file of a SQLite database, else in the current folder."""
    if database.get_backend_name() == "sqlite":
        return Path(f"{database.database}-passwords.toml")
    return Path.cwd() / f"{database.database}-passwords.toml"


def draw_keys() -> Keys:
    """New ones."""
    return Keys(secrets.token_hex(32), {code: readable_password() for code in USERS})


def read_keys(note: Path) -> Keys | None:
    """The keys in the note; None when there is none, or something else stands in it."""
    try:
        told = tomllib.loads(note.read_text("utf-8"))
        secret_key, passwords = told["secret_key"], {code: told["passwords"][code] for code in USERS}
        given = {str(name): str(key) for name, key in told.get("given", {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(secret_key, str) or len(secret_key) < SECRET_LEAST:
        return None
    if not all(isinstance(each, str) and len(each) >= PASSWORD_LEAST for each in passwords.values()):
        return None
    return Keys(secret_key, passwords, given)


def write_keys(note: Path, keys: Keys) -> None:
    """Writes the note, whole or not at all, for its owner only."""
    lines = ["# The demo hotel's passwords, by user, and the key that signs its cookies.", "", "[passwords]"]
    lines += [f'{code} = "{password}"' for code, password in keys.passwords.items()]
    lines.insert(2, f'secret_key = "{keys.secret_key}"\n')
    if keys.given:
        lines += ["", "[given]", *(f'{name} = "{key}"' for name, key in keys.given.items())]
    draft = note.with_name(f"{note.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(note)
