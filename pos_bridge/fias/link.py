"""What may be said on a link, and when: the hotel's side of starting, describing, keeping alive, resyncing and ending.

A `Link` is told what arrives and what time it is, and says what is to be done, as a list of actions to be carried out
in order. It knows no line: whoever runs it sends, calls the handlers for `Data`, and closes.

    connected ----> DOWN: LS is sent, and again every few seconds
    LD, LR...       kept; after an LD with RT the configuration (LC) follows at once
    LA       ----> ALIVE: LA is sent, and nothing before it; from now on data goes both ways
    LS             while alive: LA.  LD while alive: back to DOWN, what was asked for is forgotten
    LE       ----> CLOSED, after LE was answered
    close()  ----> ENDING: LE is sent; CLOSED by their LE, or when they had time enough

`shape` holds the second half of the agreement: a record goes out only if the other side asked for it (LR), with the
fields it asked for. Source: the specification's sections on link records; what real tills do besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from typing import Final

from pos_bridge.fias.records import Record, cut, fit
from pos_bridge.fias.values import stamp, whole

# What goes out whether or not it was asked for: without these there is no link, and no end to a resync.
UNASKED: Final = frozenset({"LS", "LA", "LE", "LC", "DS", "DE"})
# Answers to postings, where the other side posts but asked for none of them.
UNASKED_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "PA": ("AS", "CT", "P#", "RN", "WS", "C#", "G#", "GN", "ID", "SO", "DA", "TI"),
    "PL": (
        *("G#", "GN", "P#", "RN", "WS", "BA", "C#", "CL", "DA", "G+", "GA", "GD", "GF", "GG", "GL", "GT", "GV", "ID"),
        *("NP", "PM", "SO", "TI"),
    ),
}
RT_PAYMENTS, RT_A1, RT_A2, RT_A3, RT_TIMEOUTS = 1, 4, 16, 32, 128
MOST_LISTS: Final = 200  # records a single link may ask for: more ids than there are
LEAST_LONGEST, MOST_LONGEST = 100, 2000  # what RL may say, and what every side takes
CROSSING: Final = timedelta(seconds=1)  # an LS that comes so soon after ours has crossed it


class Phase(Enum):
    """Where a link stands."""

    CLOSED = "closed"
    DOWN = "down"
    ALIVE = "alive"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How a link behaves. Times in seconds; `zone` is the hotel's, by whose wall clock records are stamped.

    `silence_s`: a link on which nothing is heard for so long is closed; None: never, for many say nothing for hours.
    `resync_rest_s`: after a resync the next one waits so long. `payment_methods`, `versions` (A1 front office, A2
    interface, A3 driver) and `timeouts` are told to those who ask for them.
    """

    zone: tzinfo = UTC
    hotel_id: str = "1"
    payment_methods: str = "ROOM"
    versions: tuple[str, str, str] = ("1", "1", "1")
    timeouts: str = "60;10"
    repeat_s: float = 10
    end_wait_s: float = 2
    silence_s: float | None = None
    resync_rest_s: float = 30


# --- what is to be done -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Send this record, before anything else."""

    record: Record


@dataclass(frozen=True, slots=True)
class Data:
    """A record for the handlers: what they answer goes through `Link.shape` and out."""

    record: Record


@dataclass(frozen=True, slots=True)
class Resync:
    """Send DS, who is in which room, DE; then call `Link.resynced`."""


@dataclass(frozen=True, slots=True)
class Alive:
    """From now on news may be sent."""


@dataclass(frozen=True, slots=True)
class Down:
    """From now on nothing may be sent until it is alive again."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the line. `why`: `ended` by them, `ending` by us, `silent`."""

    why: str


Action = Send | Data | Resync | Alive | Down | Close


# --- the link -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Link:
    """One link, from the hotel's side. Every method that takes `now` takes an aware moment and returns actions."""

    settings: LinkSettings = field(default_factory=LinkSettings)
    phase: Phase = Phase.CLOSED
    description: Record | None = None  # their LD
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what they asked for, by record
    refused_lists: list[Record] = field(default_factory=list)  # their LRs that say nothing, for the monitor
    resyncing: bool = False
    _started_at: datetime | None = None  # when our last LS went out
    _heard_at: datetime | None = None
    _ended_at: datetime | None = None  # when our LE went out
    _resynced_at: datetime | None = None
    _resync_waits: bool = False
    _crossed: bool = False

    # --- what happens to the line

    def connected(self, now: datetime) -> list[Action]:
        """Somebody is there: start the link. Whatever was before is forgotten."""
        self._forget()
        self.phase = Phase.DOWN
        self._heard_at = now
        self._ended_at = self._resynced_at = None
        return [self._start(now)]

    def lost(self) -> list[Action]:
        """The line broke, without a word."""
        before, self.phase = self.phase, Phase.CLOSED
        self._forget()
        return [Down()] if before is Phase.ALIVE else []

    def close(self, now: datetime) -> list[Action]:
        """We end the link: LE, and the line is closed by `tick` or by their LE."""
        if self.phase is Phase.CLOSED:
            return [Close("ending")]
        if self.phase is Phase.ENDING:
            return []
        down: list[Action] = [Down()] if self.phase is Phase.ALIVE else []
        self.phase = Phase.ENDING
        self._ended_at = now
        return [*down, self._send("LE", now)]

    def tick(self, now: datetime) -> list[Action]:
        """Time goes by: repeats the start, gives up on silence, ends, begins a resync that had to wait."""
        if self.phase is Phase.CLOSED:
            return []
        if self.phase is Phase.ENDING:
            return self._ended() if _past(self._ended_at, self.settings.end_wait_s, now) else []
        silence_s = self.settings.silence_s
        if silence_s is not None and _past(self._heard_at, silence_s, now):
            return [*self.lost(), Close("silent")]
        if self.phase is Phase.DOWN:
            repeat_s = CROSSING.total_seconds() if self._crossed else self.settings.repeat_s
            return [self._start(now)] if _past(self._started_at, repeat_s, now) else []
        rested = self._resync_waits and _past(self._resynced_at, self.settings.resync_rest_s, now)
        return self._resync() if rested else []

    def unanswered(self, now: datetime) -> list[Action]:
        """A serial line on which nobody acknowledges: begin again."""
        if self.phase in (Phase.CLOSED, Phase.ENDING):
            return []
        down: list[Action] = [Down()] if self.phase is Phase.ALIVE else []
        self._forget()
        self.phase = Phase.DOWN
        return [*down, self._start(now)]

    # --- what arrives

    def receive(self, record: Record, now: datetime) -> list[Action]:
        """A record arrived."""
        self._heard_at = now
        if self.phase is Phase.CLOSED:  # they spoke first: a serial line has no moment of connecting
            self._forget()
            self.phase = Phase.DOWN
        if self.phase is Phase.ENDING:
            return self._receive_ending(record)
        if record.id == "LE":
            down = self.lost()
            return [*down, self._send("LE", now), Close("ended")]
        if record.id == "LD":
            return self._described(record, now)
        if record.id == "LR" and (self.description is not None or self.phase is Phase.ALIVE):
            self._listed(record)
            self._started_at = now  # a slow line takes its time for a long list
            return []
        return self._receive_alive(record, now) if self.phase is Phase.ALIVE else self._receive_down(record, now)

    def resynced(self, now: datetime) -> None:
        """A resync was sent to its end, or given up."""
        self.resyncing = False
        self._resynced_at = now

    def _receive_ending(self, record: Record) -> list[Action]:
        return self._ended() if record.id == "LE" else []

    def _ended(self) -> list[Action]:
        self.phase = Phase.CLOSED
        return [Close("ending")]

    def _receive_down(self, record: Record, now: datetime) -> list[Action]:
        if record.id == "LA" and self.description is not None:
            self.phase = Phase.ALIVE
            return [self._send("LA", now), Alive()]
        if record.id == "LS" and (self._started_at is None or _past(self._started_at, 1, now)):
            return [self._start(now)]
        if record.id == "LS":  # it crossed ours: not at once, or two that answer LS by LS never stop
            self._crossed = True
            return []
        # Whoever speaks of anything else has not heard our LS.
        return [self._start(now)] if _past(self._started_at, self.settings.repeat_s / 2, now) else []

    def _receive_alive(self, record: Record, now: datetime) -> list[Action]:
        if record.id == "LS":
            return [self._send("LA", now)]
        if record.id in ("LA", "LC"):
            return []
        if record.id == "DR":
            return self._asked_for_resync(now)
        return [Data(record)]

    def _described(self, record: Record, now: datetime) -> list[Action]:
        down: list[Action] = [Down()] if self.phase is Phase.ALIVE else []
        self._forget()
        self.phase = Phase.DOWN
        self.description = record
        # The other side has begun; if it stops half-way, the start is repeated from here.
        self._started_at = now
        asks = record.get("RT")
        if not asks.isdecimal() or not asks.isascii() or len(asks) > 5:
            return down
        return [*down, Send(self._configuration(int(asks)))]

    def _listed(self, record: Record) -> None:
        id_, run = record.get("RI").strip(), record.get("FL")
        if len(id_) != 2 or len(run) % 2 or len(self.lists) >= MOST_LISTS:
            if len(self.refused_lists) < MOST_LISTS:
                self.refused_lists.append(record)
            return
        self.lists[id_] = tuple(run[at : at + 2] for at in range(0, len(run), 2))

    def _asked_for_resync(self, now: datetime) -> list[Action]:
        if not ("GI" in self.lists or "GO" in self.lists):
            return [self._send("DS", now), self._send("DE", now)]  # so that they wait for nothing
        if self.resyncing:
            return []
        if self._resynced_at is not None and not _past(self._resynced_at, self.settings.resync_rest_s, now):
            self._resync_waits = True
            return []
        return self._resync()

    def _resync(self) -> list[Action]:
        self.resyncing, self._resync_waits = True, False
        return [Resync()]

    # --- what goes out

    def wants(self, id_: str) -> tuple[str, ...] | None:
        """The fields of a record that the other side asked for; None: it is not to be sent at all."""
        return self.lists.get(id_) or UNASKED_LISTS.get(id_) if self.phase is Phase.ALIVE else None

    def asks(self, id_: str, code: str) -> bool:
        """Whether a field of a record was asked for."""
        return code in (self.wants(id_) or ())

    def shape(self, record: Record) -> Record | None:
        """The record as it may go out: the fields that were asked for, texts no longer than their fields take, all of
        it no longer than the other side takes (RL).

        None where the record was not asked for, or nothing of it would be left.
        """
        if record.id in UNASKED:
            return record
        wanted = self.wants(record.id)
        if wanted is None:
            return None
        kept = tuple((code, cut(code, value)) for code, value in record.fields if code in wanted)
        return fit(Record(record.id, kept), self.longest) if kept else None

    @property
    def longest(self) -> int:
        """How many characters of a record the other side takes."""
        told = None if self.description is None else whole(self.description.get("RL"))
        return told if told is not None and LEAST_LONGEST <= told < MOST_LONGEST else MOST_LONGEST

    def _configuration(self, asks: int) -> Record:
        given = self.settings
        told: list[tuple[str, str]] = []
        if asks & RT_PAYMENTS:
            told.append(("RP", given.payment_methods))
        if asks & RT_TIMEOUTS:
            told.append(("A0", given.timeouts))
        for bit, code, version in zip((RT_A1, RT_A2, RT_A3), ("A1", "A2", "A3"), given.versions, strict=True):
            if asks & bit:
                told.append((code, version))
        return Record("LC", (*told, ("PH", given.hotel_id)))

    def _start(self, now: datetime) -> Send:
        self._started_at, self._crossed = now, False
        return self._send("LS", now)

    def _send(self, id_: str, now: datetime) -> Send:
        return Send(Record(id_, stamp(now.astimezone(self.settings.zone))))

    def _forget(self) -> None:
        self.description = None
        self.lists = {}
        self.refused_lists = []
        self.resyncing = self._resync_waits = self._crossed = False


def _past(since: datetime | None, seconds: float, now: datetime) -> bool:
    """Whether so many seconds have gone by; also when the clock was set back meanwhile."""
    return since is None or now - since >= timedelta(seconds=seconds) or now < since
