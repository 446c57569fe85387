"""The settings: from the environment, and from a TOML file that FRONTOFFICE_CONFIG names. The environment wins.

| in the file    | in the environment         | what it is                                                      |
|----------------|----------------------------|-----------------------------------------------------------------|
| `database_url` | `FRONTOFFICE_DATABASE_URL` | `sqlite:////var/lib/hotel.db`, `postgresql://user:pw@host/hotel` |
| `secret_key`   | `FRONTOFFICE_SECRET_KEY`   | signs the browsers' cookies; needed to serve pages              |
| `language`     | `FRONTOFFICE_LANGUAGE`     | of who has not chosen one: `en`, `de`, `de_AT`                  |
| `https`        | `FRONTOFFICE_HTTPS`        | `true`: browsers send their cookies over HTTPS only; set it     |
|                |                            | where a web server speaks TLS                                   |
| `proxies`      | `FRONTOFFICE_PROXIES`      | how many web servers stand in front; they say, in               |
|                |                            | X-Forwarded-For and -Proto, who asks and how                    |
| `receipts`     | `FRONTOFFICE_RECEIPTS`     | the folder of the hotel's own templates of receipts             |
| `terminal_rate`| `FRONTOFFICE_TERMINAL_RATE`| how many requests a second a till may send in the long run;     |
|                |                            | 0: as many as it likes                                          |
| `mail_server`  | `FRONTOFFICE_MAIL_SERVER`  | where mail goes out: `smtp://user:pw@host:587`, `smtps://...`;  |
|                |                            | `?starttls=required` or `off` (else: when it is offered),       |
|                |                            | `?timeout=20` (seconds)                                         |
| `mail_from`    | `FRONTOFFICE_MAIL_FROM`    | the address that mail comes from                                |
| `backup_folder`| `FRONTOFFICE_BACKUP_FOLDER`| where backups go; with it the night audit makes one each night  |
| `backup_keep`  | `FRONTOFFICE_BACKUP_KEEP`  | how many of them are kept                                       |
| `pg_dump`      | `FRONTOFFICE_PG_DUMP`      | PostgreSQL's program that makes them, where not on the PATH     |

`FRONTOFFICE_TERMINAL_URL`, `_KEY` and `_QUEUE` are those of a till (`frontoffice terminal`), not of the hotel.

What belongs to the hotel (name, time zone, currency) is not a setting; it stands in the database.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from babel import Locale, UnknownLocaleError
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from folios.backup import KEEP, Plan
from folios.db import database_url
from folios.errors import N_, Refusal
from frontoffice.mail_line import TIMEOUT_S, MailAddressInvalid, MailServer, read_address

PREFIX = "FRONTOFFICE_"
FILE_VARIABLE = PREFIX + "CONFIG"
TEST_PREFIX = PREFIX + "TEST_"
TILL_VARIABLES = tuple(PREFIX + "TERMINAL_" + word for word in ("URL", "KEY", "QUEUE"))
NAMES = (
    *("database_url", "secret_key", "language", "https", "proxies", "receipts", "terminal_rate"),
    *("mail_server", "mail_from", "backup_folder", "backup_keep", "pg_dump"),
)
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
MOST_PROXIES = 10
MOST_RATE = 100_000
SECRET_LEAST = 32
MOST_BACKUPS = 10_000
MAIL_PORTS = {"smtp": 25, "smtps": 465}
STARTTLS = ("offered", "required", "off")
MOST_TIMEOUT_S = 120
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
_PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "example",
    "placeholder",
    "your-",
    "xxxx",
    "1234567890",
)


class SettingsRefusal(Refusal):
    """A setting is missing or wrong; nothing was started."""

    code = "settings.refused"
    message = N_("A setting is wrong. Nothing was started.")


class SettingsFileUnreadable(SettingsRefusal):
    code = "settings.file_unreadable"
    message = N_(
        "The settings file {path} named by FRONTOFFICE_CONFIG cannot be read ({cause})."
        " Correct the path or its permissions."
    )


class SettingsFileInvalid(SettingsRefusal):
    code = "settings.file_invalid"
    message = N_("The settings file {path} is not valid TOML ({cause}). Correct it there.")


class SettingUnknown(SettingsRefusal):
    code = "settings.unknown"
    message = N_(
        "There is no setting {setting}. Take it out of the environment or correct its name; there are: {known}."
    )


class SettingUnknownInFile(SettingsRefusal):
    code = "settings.unknown_in_file"
    message = N_("There is no setting {setting}. Take it out of {path} or correct its name; there are: {known}.")


class SettingNotText(SettingsRefusal):
    code = "settings.not_text"
    message = N_("The setting {setting} in {path} must be text in quotes.")


class DatabaseMissing(SettingsRefusal):
    code = "settings.database_missing"
    message = N_(
        "No database is named. Set FRONTOFFICE_DATABASE_URL or give --database, for example sqlite:///hotel.db or"
        " postgresql://user:password@host/hotel."
    )


class DatabaseUrlInvalid(SettingsRefusal):
    code = "settings.database_invalid"
    message = N_(
        "What FRONTOFFICE_DATABASE_URL or --database names is not the address of a database. Write it like"
        " sqlite:///hotel.db or postgresql://user:password@host/hotel."
    )


class DatabaseKindUnknown(SettingsRefusal):
    code = "settings.database_kind_unknown"
    message = N_("FRONTOFFICE_DATABASE_URL or --database names a database of kind {kind}. Use sqlite or postgresql.")


class DatabaseNameMissing(SettingsRefusal):
    code = "settings.database_name_missing"
    message = N_(
        "FRONTOFFICE_DATABASE_URL or --database ({url}) does not say which database, or one in memory. Put its name, or"
        " the path of its file, after the slash."
    )


class SecretMissing(SettingsRefusal):
    code = "settings.secret_missing"
    message = N_(
        "FRONTOFFICE_SECRET_KEY is not set. Set it to at least {least} random characters, for example from:"
        ' python -c "import secrets; print(secrets.token_hex(32))"'
    )


class SecretTooShort(SettingsRefusal):
    code = "settings.secret_too_short"
    message = N_("FRONTOFFICE_SECRET_KEY has {length} characters; it needs at least {least}, and random ones.")


class SecretGuessable(SettingsRefusal):
    code = "settings.secret_guessable"
    message = N_("FRONTOFFICE_SECRET_KEY looks like a placeholder. Set it to random characters that nobody can guess.")


class LanguageUnknown(SettingsRefusal):
    code = "settings.language_unknown"
    message = N_(
        "There is no language {language} (FRONTOFFICE_LANGUAGE, --language). Use a code such as en, de or de_AT."
    )


class HttpsInvalid(SettingsRefusal):
    code = "settings.https_invalid"
    message = N_("FRONTOFFICE_HTTPS is {text}. Set it to true or false.")


class ProxiesInvalid(SettingsRefusal):
    code = "settings.proxies_invalid"
    message = N_("FRONTOFFICE_PROXIES is {text}. Set it to the number of web servers in front, 0 to {most}.")


class TerminalRateInvalid(SettingsRefusal):
    code = "settings.terminal_rate_invalid"
    message = N_("FRONTOFFICE_TERMINAL_RATE is {text}. Set it to requests a second, 0 (no limit) to {most}.")


class ReceiptsMissing(SettingsRefusal):
    code = "settings.receipts_missing"
    message = N_("FRONTOFFICE_RECEIPTS is {path}, which is no folder that can be read. Make it, or correct its path.")


class BackupFolderInvalid(SettingsRefusal):
    code = "settings.backup_folder_invalid"
    message = N_("FRONTOFFICE_BACKUP_FOLDER is not the path of a folder. Set it, like /srv/backups/hotel.")


class BackupKeepInvalid(SettingsRefusal):
    code = "settings.backup_keep_invalid"
    message = N_("FRONTOFFICE_BACKUP_KEEP is {text}. Set it to how many backups are kept, 1 to {most}.")


class MailServerInvalid(SettingsRefusal):
    code = "settings.mail_server_invalid"
    message = N_(
        "FRONTOFFICE_MAIL_SERVER is not the address of a mail server. Write it like smtp://user:password@host:587 or"
        " smtps://user:password@host, all in plain letters, special signs of a password as %XX; after it, where needed,"
        " ?starttls=required, ?starttls=off or ?timeout=20 (seconds, 1 to {most})."
    )


class MailSenderInvalid(SettingsRefusal):
    code = "settings.mail_from_invalid"
    message = N_(
        "FRONTOFFICE_MAIL_FROM is not the address that mail comes from. Set it, like frontdesk@hotel.example, together"
        " with FRONTOFFICE_MAIL_SERVER."
    )


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside. Every value in it has been checked, except those asked for by need."""

    database: URL | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    language: str = "en"
    https: bool = False
    proxies: int = 0
    terminal_rate: int = 50
    receipts: Path | None = None
    mail: MailServer | None = None
    backup: Plan = field(default_factory=Plan)

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Reads file and environment. Refuses (`SettingsRefusal`) names it does not know and values that are wrong."""
        path = environment.get(FILE_VARIABLE)
        values = (_from_file(Path(path)) if path else {}) | _from_environment(environment)
        settings = cls()
        if "database_url" in values:
            settings = settings.with_database(values["database_url"])
        if "secret_key" in values:
            settings = replace(settings, secret_key=values["secret_key"])
        if "language" in values:
            settings = settings.with_language(values["language"])
        if "https" in values:
            settings = replace(settings, https=read_https(values["https"]))
        if "proxies" in values:
            settings = replace(settings, proxies=read_proxies(values["proxies"]))
        if "terminal_rate" in values:
            settings = replace(settings, terminal_rate=read_rate(values["terminal_rate"]))
        if "receipts" in values:
            settings = replace(settings, receipts=read_receipts(values["receipts"]))
        if "mail_server" in values or "mail_from" in values:
            settings = replace(settings, mail=read_mail_server(values.get("mail_server"), values.get("mail_from")))
        return replace(settings, backup=read_plan(values))

    def with_database(self, text: str) -> Self:
        """The same settings with another database."""
        return replace(self, database=read_database_url(text))

    def with_language(self, text: str) -> Self:
        """The same settings with another language."""
        return replace(self, language=read_language(text))

    def require_database(self) -> URL:
        """The database's address. Refuses (`DatabaseMissing`) when nobody named one."""
        if self.database is None:
            raise DatabaseMissing
        return self.database

    def require_secret(self) -> str:
        """The key that signs cookies. Refuses a missing, short or guessable one."""
        if not self.secret_key:
            raise SecretMissing(least=SECRET_LEAST)
        if len(self.secret_key) < SECRET_LEAST:
            raise SecretTooShort(length=len(self.secret_key), least=SECRET_LEAST)
        plain = self.secret_key.lower()
        if len(set(plain)) < 8 or any(word in plain for word in _PLACEHOLDERS):
            raise SecretGuessable
        return self.secret_key


def read_database_url(text: str) -> URL:
    """The address of a SQLite file (made absolute) or of a PostgreSQL database. The password is in no refusal."""
    try:
        url = database_url(text.strip())
    except (ArgumentError, ValueError):
        raise DatabaseUrlInvalid from None
    if url.drivername not in DRIVERS:
        raise DatabaseKindUnknown(kind=url.drivername)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseNameMissing(url=url.render_as_string(hide_password=True))
    if url.get_backend_name() == "sqlite":
        return url.set(database=str(Path(url.database).absolute()))
    return url


def read_language(text: str) -> str:
    """The language's code as Babel spells it: `de-at` is `de_AT`."""
    try:
        return str(Locale.parse(text.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise LanguageUnknown(language=text) from None


def read_https(text: str) -> bool:
    """Whether cookies are for HTTPS only."""
    word = text.strip().lower()
    if word not in YES + NO:
        raise HttpsInvalid(text=text)
    return word in YES


def read_proxies(text: str) -> int:
    """How many web servers stand in front. One too many, and anybody may say where they come from."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and int(number) <= MOST_PROXIES):
        raise ProxiesInvalid(text=text, most=MOST_PROXIES)
    return int(number)


def read_rate(text: str) -> int:
    """How many requests a second a till may send; 0: no limit."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) <= MOST_RATE):
        raise TerminalRateInvalid(text=text, most=MOST_RATE)
    return int(number)


def read_receipts(text: str) -> Path:
    """The folder of the hotel's own templates, absolute."""
    path = Path(text.strip()).absolute()
    if "\0" in text or not path.is_dir():
        raise ReceiptsMissing(path=text)
    return path


def read_plan(values: Mapping[str, str]) -> Plan:
    """Where backups go, how many are kept and what makes them. A folder that is not there now may be connected later:
    a desk does not stand still for it.
    """
    folder, keep, pg_dump = (values.get(name, "").strip() for name in ("backup_folder", "backup_keep", "pg_dump"))
    if "\0" in folder or Path(folder).is_file():
        raise BackupFolderInvalid
    keep = keep or str(KEEP)
    if not (keep.isascii() and keep.isdigit() and len(keep) < 10 and 1 <= int(keep) <= MOST_BACKUPS):
        raise BackupKeepInvalid(text=keep, most=MOST_BACKUPS)
    return Plan(Path(folder).absolute() if folder else None, int(keep), pg_dump or None)


def read_mail_server(text: str | None, sender: str | None) -> MailServer:
    """The mail server and the address that mail comes from; both or none. The password is in no refusal."""
    try:
        address = read_address(sender or "")
    except MailAddressInvalid:
        raise MailSenderInvalid from None
    try:
        url = urlsplit((text or "").strip())
        host, port = url.hostname or "", url.port or MAIL_PORTS[url.scheme]
        user, password = (None if each is None else unquote(each) for each in (url.username, url.password))
        asked = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
        timeout_s = int(asked.pop("timeout", TIMEOUT_S))
    except (ValueError, KeyError):
        raise MailServerInvalid(most=MOST_TIMEOUT_S) from None
    starttls = asked.pop("starttls", STARTTLS[0])
    plain = all(each.isascii() and each.isprintable() for each in (host, user or "", password or ""))
    whole = host and " " not in host and (user is None) == (password is None)
    whole = whole and url.path in ("", "/") and not url.fragment
    if not (plain and whole and not asked and starttls in STARTTLS and 1 <= timeout_s <= MOST_TIMEOUT_S):
        raise MailServerInvalid(most=MOST_TIMEOUT_S)
    return MailServer(host, port, address, user, password, url.scheme == "smtps", starttls, timeout_s)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable.startswith(TEST_PREFIX):
            continue
        if variable in (FILE_VARIABLE, *TILL_VARIABLES):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in NAMES or variable != variable.upper():
            raise SettingUnknown(setting=variable, known=[PREFIX + each.upper() for each in NAMES])
        if value.strip():
            values[name] = value
    return values


def _from_file(path: Path) -> dict[str, str]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsFileUnreadable(path=path, cause=error.strerror) from None
    except ValueError as error:  # what tomllib and the decoder raise both derive from it
        raise SettingsFileInvalid(path=path, cause=error) from None
    for name, value in content.items():
        if name not in NAMES:
            raise SettingUnknownInFile(setting=name, path=path, known=NAMES)
        if name in ("https", "proxies", "terminal_rate", "backup_keep") and isinstance(value, bool | int):
            content[name] = str(value)
        elif not isinstance(value, str):
            raise SettingNotText(setting=name, path=path)
    return content
