"""The audit of a business day, step by step: READY, ROLL, POST, CLOSE, SEAL, REPORT.

The date rolls first, and the audit then works on the day it left behind while everybody else works on the new one. Each
step is one or more units of work that begin by locking the audit's row and end by writing what they counted: a process
may die between any two of them, whoever resumes takes up where it stopped, and of two who run at once neither doubles
what the other did. What each step does stands in `steps.py`, the record of an audit in `standing.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from folios.db import SessionSource, engine_of, in_unit_of_work, session_source
from folios.errors import DatabaseRefusal, Refusal
from folios.events import record
from frontoffice.background import signing
from night_audit import calls, standing, steps
from night_audit.checklist import AuditNotReady, Finding, checklist, stoppers
from night_audit.rules import Rules, rules

T = TypeVar("T")
log = logging.getLogger(__name__)

SIGN_S = 15
BACKUP, WITHOUT = "backup", "reports_missing"


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit that went through: its day, what each step counted, and what went wrong without stopping it."""

    day: date
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """What was counted under a name, in all steps."""
        return sum(int(counted.get(name, 0)) for counted in self.counts.values())


def run(
    sessions: SessionSource,
    operator: str,
    *,
    day: date | None = None,
    unattended: bool = False,
    resuming: bool = False,
    going_by: Rules | None = None,
    report: steps.Report | None = steps.store_pack,
    back_up: steps.BackUp | None = steps.back_up,
    unseen: bool = False,
) -> Audited:
    """Audits `day`: the one that was begun and is not sealed, or else the open one (default: whichever it is).

    Refuses a day that is neither (`DayNotReady`, `AuditUnsealed`); while another process works on it (`AuditRunning`),
    unless `resuming`, which takes it over, and without a `day` refuses where none waits (`NothingToResume`); and
    (`AuditNotReady`) while the checklist has something that stops it. An `unattended` one first decides what the rules
    let it. `unseen` is a rehearsal, see there.
    """
    night = Night(sessions, operator, unattended, going_by, unseen)
    night.begin(day, resuming)
    for step, work in (("READY", night.ready), ("ROLL", night.roll), ("POST", night.post), ("CLOSE", night.close)):
        night.step(step, work)
    night.step("SEAL", night.seal)
    if report is not None:
        night.report(report, back_up)
    return night.end()


def missed(sessions: SessionSource, operator: str, until: date, **options: Any) -> list[Audited]:
    """Audits day after day until the open business date is `until`, each with what belongs to it."""
    done: list[Audited] = []
    while in_unit_of_work(sessions, standing.next_day) < until:
        done.append(run(sessions, operator, **options))
    return done


def resume(sessions: SessionSource, operator: str, report: steps.Report = steps.store_pack) -> Audited:
    """Takes up the audit that waits; when none does, makes the reports, or the backup, of the last day that has none.

    Refuses `NothingToResume`.
    """
    if in_unit_of_work(sessions, standing.unfinished) is not None:
        return run(sessions, operator, resuming=True, report=report)
    night = Night(sessions, operator, False, None, False)
    night.day = in_unit_of_work(sessions, standing.without_reports)
    night.report(report, steps.back_up)
    return night.end()


class Night:
    """One run over the steps of an audit. What it knows between two units of work can be read again at any time."""

    def __init__(
        self, sessions: SessionSource, operator: str, unattended: bool, going_by: Rules | None, unseen: bool
    ) -> None:
        self.sessions, self.operator, self.unattended, self.unseen = sessions, operator, unattended, unseen
        self._given = going_by
        self.day = date.min

    def unit(self, work: Callable[[Session], T]) -> T:
        """A unit of work of its own."""
        return in_unit_of_work(self.sessions, work)

    def rules(self, session: Session) -> Rules:
        """The house's rules, or those that were given for this run."""
        return self._given or rules(session)

    def begin(self, day: date | None, resuming: bool) -> None:
        """Takes up the audit that waits, or begins one; of two who begin, one does."""
        self.day = self.unit(lambda session: standing.take_up(session, day, self.operator, self.unattended, resuming))

    @property
    def _calls(self) -> bool:
        return self.unattended and not self.unseen

    def step(self, name: str, work: Callable[[], None]) -> None:
        """Does a step unless it was done; what goes wrong in it is recorded, and stops the audit."""
        if not self.unit(lambda session: standing.begin_step(session, self.day, name)):
            return
        try:
            work()
        except Exception as error:
            self._stopped(name, error)
            raise

    def _stopped(self, name: str, error: Exception) -> None:
        """Writes why it stopped, if the database can; the step is where the next run takes it up.

        Nobody sees that of one that nobody attends: it calls somebody.
        """
        why = standing.why(error)

        def work(session: Session) -> None:
            standing.stop(session, self.day, name, why, self.operator, self.unattended)
            if self._calls:
                calls.stopped(session, self.day, error, self.rules(session))

        try:
            self.unit(work)
        except DatabaseRefusal:
            log.exception("the audit of %s stopped in %s (%s), which could not be recorded", self.day, name, why)

    # --- the steps --------------------------------------------------------------------------------------------

    def ready(self) -> None:
        """Decides what may be decided, and asks the checklist."""
        if self.unattended:
            self.unit(self._decide)
        self.unit(self._ask)

    def _decide(self, session: Session) -> None:
        if standing.hold(session, self.day, "READY"):
            standing.count(
                session, self.day, "READY", steps.decide(session, self.day, self.rules(session), self.operator)
            )

    def _ask(self, session: Session) -> None:
        if not standing.hold(session, self.day, "READY"):
            return
        found = checklist(session, self.day, self.rules(session))
        self._refuse(found)
        warned = {each.code: each.count for each in found if each.rows}
        standing.finish(session, self.day, "READY", {"checks": len(found), "warnings": warned})

    def _refuse(self, found: list[Finding]) -> None:
        grave = stoppers(found)
        if grave:
            raise AuditNotReady(day=self.day, findings=grave)

    def roll(self) -> None:
        """Opens the next date. What could change until then is asked again while nobody can change it."""

        def work(session: Session) -> None:
            if standing.hold(session, self.day, "ROLL"):
                steps.roll(session, self.day, self.operator, self.unseen)
                self._refuse(checklist(session, self.day, self.rules(session), only_held=True))
                standing.finish(session, self.day, "ROLL", {})

        self.unit(work)

    def post(self) -> None:
        """No-shows and their fees, room and tax, fixed charges: piece by piece, until nothing is left."""

        def piece(session: Session) -> bool:
            if not standing.hold(session, self.day, "POST"):
                return False
            counted = steps.post_some(session, self.day, self.operator, self.rules(session))
            if counted:
                standing.count(session, self.day, "POST", counted)
            else:
                standing.finish(session, self.day, "POST", {})
            return bool(counted)

        while self.unit(piece):
            pass

    def close(self) -> None:
        """The rooms, the paid accounts, the closing balances and totals; then the day is closed."""
        self._whole("CLOSE", steps.close)

    def seal(self) -> None:
        """The hash over the day."""
        self._whole("SEAL", steps.seal)

    def _whole(self, name: str, work: Callable[[Session, date, str], dict[str, Any]]) -> None:
        def whole(session: Session) -> None:
            if standing.hold(session, self.day, name):
                standing.finish(session, self.day, name, work(session, self.day, self.operator))

        self.unit(whole)

    def report(self, make: steps.Report, back_up: steps.BackUp | None) -> None:
        """The pack, then the backup. What fails here is said and can be made later: the day is closed all the same."""
        if not self.unit(lambda session: standing.begin_step(session, self.day, "REPORT")):
            return
        own = session_source(engine_of(self.sessions))  # the thread that signs has no part in those of a web or command
        with signing(lambda: in_unit_of_work(own, lambda session: standing.sign(session, self.day)), SIGN_S, "audit"):
            counted, reports = self._pack(make)
            backup = None
            try:
                counted |= back_up(self.sessions, self.day) if back_up else {}
            except Exception as error:
                backup = standing.why(error)
                seen = isinstance(error, Refusal)  # it says all there is to say
                log.error("no backup after %s: %s", self.day, backup, exc_info=not seen)
        self.unit(lambda session: self._reported(session, counted, reports, backup))

    def _pack(self, make: steps.Report) -> tuple[dict[str, Any], list[str]]:
        """What was counted, and what of the pack could not be made, a line each."""
        try:
            counted = make(self.sessions, self.day, self.operator)
        except Exception as error:
            log.exception("the reports of %s could not be made", self.day)
            return {}, [standing.why(error)]
        failed = counted.pop("failed", None) or {}
        return counted, [f"{name}: {why}" for name, why in failed.items()]

    def _reported(self, session: Session, counted: Mapping[str, Any], reports: list[str], backup: str | None) -> None:
        if not standing.hold(session, self.day, "REPORT"):
            return  # another run, which took it over, has done it meanwhile
        standing.recount(session, self.day, "REPORT", {**counted, WITHOUT: len(reports)} if reports else counted)
        failed = [*reports, *([f"{BACKUP}: {backup}"] if backup else [])]
        if failed:
            standing.fail(session, self.day, "REPORT", "; ".join(failed))
        else:
            standing.finish(session, self.day, "REPORT", {})
        if self._calls and reports:
            calls.without_reports(session, self.day, reports, self.rules(session))
        if self._calls and backup:
            calls.without_backup(session, self.day, backup, self.rules(session))

    def end(self) -> Audited:
        """Writes that the audit is over, sends the pack once there is one, and answers what it did."""

        def work(session: Session) -> Audited:
            if standing.end(session, self.day):
                record(session, "audit.done", f"day:{self.day}", self.operator)
            done = standing.steps_of(session, self.day)
            if not self.unseen and any(each.counts.get("reports") and not each.counts.get(WITHOUT) for each in done):
                calls.send_pack(session, self.day, self.rules(session))
            return Audited(
                self.day,
                {each.step: dict(each.counts) for each in done},
                {each.step: each.error for each in done if each.error},
            )

        return self.unit(work)
