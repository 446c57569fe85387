"""Who is told by mail: somebody is called when an audit that nobody attends went wrong, and the morning's pack is sent.

Each only writes rows of the mail queue, in the unit of work of what it tells. One call per cause and day, however often
it is tried. When a call is due because nothing happened at all is for `clockwork.py` to see; the files of the pack are
made by `reports/mailing.py` when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_datetime
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from frontoffice import mail
from frontoffice.language import SOURCE_LANGUAGE
from frontoffice.mail import Letter
from frontoffice.paper.words import locale_of, translator
from frontoffice.property import find_name
from night_audit import standing
from night_audit.checklist import AuditNotReady, checklist, first_rows, stoppers
from night_audit.rules import Rules

OPERATOR = "night audit"
REPORT_FILE = "report"  # who makes the files of the pack, by its name among `frontoffice.mail.FILES`
MOST_ROWS, MOST_CAUSE = 10, 150

STOPPED = N_("Night audit of {day} stopped")
STOPPED_TOLD = N_("The unattended night audit of {day} stopped. The business day is not closed; the desk can work on.")
WHAT_STOPPED = N_("What stopped it:")
STOPPED_DO = N_(
    "What to do: sign in, open Night audit, mend what stands there or accept it where that is allowed, then start the"
    " audit or take it up. The next unattended audit tries it again, too."
)
PROGRAM = N_("An error in the program: {cause}")

FAILED = N_("Night audit of {day} could not begin")
FAILED_TOLD = N_("The unattended night audit of {day} could not begin. The business day is not closed.")
FAILED_DO = N_("What to do: sign in, open Night audit, look at its clock, then start the audit by hand.")

MISSING = N_("Night audit of {day} has not been done")
MISSING_TOLD = N_("The unattended night audit was due at {moment}. Business day {day} is still not closed.")
MISSING_DO = N_(
    "What to do: sign in and open Night audit. Its clock says when the scheduler was last awake; if that is long ago,"
    " have it started (frontoffice scheduler). Then start the audit or take it up by hand."
)
IN_THE_WAY = N_("What stands in its way now:")

NO_REPORTS = N_("Reports of {day} could not be made")
NO_REPORTS_TOLD = N_("Business day {day} is closed and sealed, but not all of its reports could be made:")
NO_REPORTS_DO = N_("What to do: have whoever runs the program look, and make them with: frontoffice night-audit resume")

NO_BACKUP = N_("No backup after {day}")
NO_BACKUP_TOLD = N_(
    "Business day {day} is closed and sealed, but the hotel's database could not be backed up after it. Backups made"
    " before are still there."
)
NO_BACKUP_DO = N_(
    "What to do: have whoever runs the program mend that, then make it with: frontoffice night-audit resume"
)

PACK = N_("Reports of {day}")
PACK_TOLD = N_("Business day {day} is closed. With this mail come:")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a mail in the language of the rules, and the name of the house."""

    language: str
    house: str

    def say(self, text: str, **values: object) -> str:
        """A marked text with its {names} filled in, days and moments as the language writes them."""
        locale = locale_of(self.language)
        told = {
            name: format_datetime(value, "short", locale=locale)
            if isinstance(value, datetime)
            else format_date(value, "long", locale=locale)
            if isinstance(value, date)
            else value
            for name, value in values.items()
        }
        return translator(self.language)(text).format(**told)

    def why(self, error: Exception) -> list[str]:
        """What went wrong, a line each: the findings of the checklist in words, a refusal, or an error's name."""
        if isinstance(error, AuditNotReady):
            return [f"{self.say(each.title)} ({each.count}): {first_rows(each, MOST_ROWS)}" for each in error.findings]
        if isinstance(error, Refusal):
            return [error.text(translator(self.language), str(locale_of(self.language)))]
        return [self.say(PROGRAM, cause=standing.why(error))]

    def letter(
        self, key: str, subject: str, *parts: str | Sequence[str], files: Sequence[dict[str, str]] = ()
    ) -> Letter:
        """A mail of paragraphs and lists, with the house under it."""
        told = ["\n".join(f"- {each}" for each in part) if not isinstance(part, str) else part for part in parts]
        signed = [each for each in (*told, self.house) if each]
        head = f"{self.house}: {subject}" if self.house else subject
        return Letter(key, head, "\n\n".join(signed) + "\n", tuple(files))


def words(session: Session, kept: Rules) -> Words:
    """The words of a house that keeps these rules."""
    return Words(kept.mail_language or SOURCE_LANGUAGE, find_name(session) or "")


# --- calls ----------------------------------------------------------------------------------------------------


def stopped(session: Session, day: date, error: Exception, kept: Rules) -> int:
    """Calls because an audit stopped: what stopped it, in words, and what to do. Returns how many are told."""

    def letter(to: Words) -> Letter:
        told, done = to.say(STOPPED_TOLD, day=day), to.say(STOPPED_DO)
        subject = to.say(STOPPED, day=day)
        return to.letter(_key(day, _cause(error)), subject, told, to.say(WHAT_STOPPED), to.why(error), done)

    return _call(session, kept, letter)


def failed(session: Session, day: date, error: Exception, kept: Rules) -> int:
    """Calls because what the clock started failed. Where the audit itself has called for the same cause: nothing more.

    Nor when somebody is auditing already: if that does not end well, it is missed in time.
    """
    if isinstance(error, standing.AuditRunning):
        return 0

    def letter(to: Words) -> Letter:
        told, done = to.say(FAILED_TOLD, day=day), to.say(FAILED_DO)
        return to.letter(_key(day, _cause(error)), to.say(FAILED, day=day), told, to.why(error), done)

    return _call(session, kept, letter)


def missing(session: Session, day: date, due_at: datetime, night: date, kept: Rules) -> int:
    """Calls because hours after its time, `due_at` on the hotel's wall, the audit is not done: once a `night`.

    `day` is the business day that is still not closed.
    """
    found = stoppers(checklist(session, day, kept))

    def letter(to: Words) -> Letter:
        told, done = to.say(MISSING_TOLD, day=day, moment=due_at), to.say(MISSING_DO)
        more = (to.say(IN_THE_WAY), to.why(AuditNotReady(day=day, findings=found))) if found else ()
        return to.letter(_key(night, "missing"), to.say(MISSING, day=day), told, *more, done)

    return _call(session, kept, letter)


def without_reports(session: Session, day: date, why: Sequence[str], kept: Rules) -> int:
    """Calls because a day is closed without all of its reports."""

    def letter(to: Words) -> Letter:
        told, done = to.say(NO_REPORTS_TOLD, day=day), to.say(NO_REPORTS_DO)
        return to.letter(_key(day, "reports"), to.say(NO_REPORTS, day=day), told, why, done)

    return _call(session, kept, letter)


def without_backup(session: Session, day: date, why: str, kept: Rules) -> int:
    """Calls because the database was not backed up after a day."""

    def letter(to: Words) -> Letter:
        told, done = to.say(NO_BACKUP_TOLD, day=day), to.say(NO_BACKUP_DO)
        return to.letter(_key(day, "backup"), to.say(NO_BACKUP, day=day), told, [why], done)

    return _call(session, kept, letter)


def _call(session: Session, kept: Rules, letter: Callable[[Words], Letter]) -> int:
    recipients = kept.call_to.split()
    return mail.queue(session, letter(words(session, kept)), recipients, OPERATOR) if recipients else 0


def _key(day: date, cause: str) -> str:
    return f"call/{day}/{cause}"


def _cause(error: Exception) -> str:
    """What tells one cause from another: a refusal by its code, and the checklist by what it found."""
    if isinstance(error, AuditNotReady):
        return f"{error.code} {' '.join(sorted(each.code for each in error.findings))}"[:MOST_CAUSE]
    return error.code if isinstance(error, Refusal) else type(error).__name__[:MOST_CAUSE]


# --- the morning's pack ---------------------------------------------------------------------------------------


def send_pack(session: Session, day: date, kept: Rules) -> int:
    """Sends the reports of a day that is closed, as the files that the rules name; each recipient gets them once."""
    recipients = kept.pack_to.split()
    names = [each.rpartition(".") for each in kept.pack_files.split()]
    if not recipients or not names:
        return 0
    to = words(session, kept)
    files = [
        {"maker": REPORT_FILE, "name": f"{name}-{day}.{form}", "report": name, "form": form, "day": day.isoformat()}
        | {"language": str(locale_of(to.language))}
        for name, _dot, form in names
    ]
    listed = [each["name"] for each in files]
    letter = to.letter(f"pack/{day}", to.say(PACK, day=day), to.say(PACK_TOLD, day=day), listed, files=files)
    return mail.queue(session, letter, recipients, OPERATOR)
