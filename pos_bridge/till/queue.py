"""What a till has to tell the hotel, on its own disk before it is sent: a power cut neither loses nor doubles it.

A SQLite file. A message is written with its key and its exact text and is on the disk when `put` returns; it counts as
to be sent until its answer is on the disk too. Sent again after whatever happened in between, it is the same message
with the same key, and the hotel answers it once. They are sent in the order in which they were written.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from folios import clock
from folios.errors import N_, Refusal
from frontoffice.language import show
from pos_bridge.till.client import Client, HotelUnreachable, Reply

BUSY_S = 10
_TABLE = """CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, path TEXT NOT NULL, body TEXT NOT NULL,
    written_at TEXT NOT NULL, status INTEGER, answer TEXT)"""


class QueueUnusable(Refusal):
    code = "till.queue_unusable"
    message = N_("The queue {path} cannot be used ({cause}). Nothing was sent.")


class QueueKeyReused(Refusal):
    code = "till.key_reused"
    message = N_("Key {key} is in the queue with something else. Use a new key.")


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its answer, if there is one."""

    key: str
    path: str
    body: str
    written_at: str
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What was answered, in order, and why the sending ended before the queue did."""

    answered: list[Message]
    why_not_all: str | None = None


class Queue:
    """The queue in a file, which is made where there is none; only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise QueueUnusable(path=path, cause=error.strerror) from None
        with self._opened() as file:
            file.execute(_TABLE)

    def put(self, path: str, body: dict[str, Any], key: str | None = None) -> str:
        """Writes a message; returns its key once it is on the disk. Refuses (`QueueKeyReused`) a key of another."""
        key = key or f"till-{secrets.token_hex(12)}"
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        with self._opened() as file:
            file.execute(
                "INSERT INTO message (key, path, body, written_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (key, path, text, clock.now().isoformat(timespec="seconds")),
            )
            stands = file.execute("SELECT path, body FROM message WHERE key = ?", (key,)).fetchone()
        if stands != (path, text):
            raise QueueKeyReused(key=key)
        return key

    def send(self, client: Client) -> Sent:
        """Sends what has no answer yet, in order, until one gets none, or one that says nothing about it."""
        answered: list[Message] = []
        for message in self.waiting():
            try:
                reply = client.post(message.path, message.key, message.body)
            except HotelUnreachable as refusal:
                return Sent(answered, show(refusal))
            if not reply.settles(message.key):
                return Sent(answered, reply.text or show(HotelUnreachable(cause=reply.status)))
            self._keep(message.key, reply)
            answered.append(replace(message, reply=reply))
        return Sent(answered)

    def waiting(self) -> list[Message]:
        """What has no answer yet, in order."""
        return [each for each in self.all() if each.reply is None]

    def all(self) -> list[Message]:
        """Everything that is kept, in order."""
        with self._opened() as file:
            rows = file.execute("SELECT key, path, body, written_at, status, answer FROM message ORDER BY id")
            return [
                Message(key, path, body, written_at, None if status is None else Reply(status, json.loads(answer)))
                for key, path, body, written_at, status, answer in rows
            ]

    def find(self, key: str) -> Message | None:
        """A message by its key."""
        return next((each for each in self.all() if each.key == key), None)

    def forget_answered(self) -> int:
        """Drops what has its answer; returns how many that were."""
        with self._opened() as file:
            return file.execute("DELETE FROM message WHERE status IS NOT NULL").rowcount

    def _keep(self, key: str, reply: Reply) -> None:
        with self._opened() as file:
            file.execute(
                "UPDATE message SET status = ?, answer = ? WHERE key = ?",
                (reply.status, json.dumps(reply.body, ensure_ascii=False), key),
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The file; what is done within is on the disk afterwards, or not done."""
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as file:
                file.execute("PRAGMA synchronous = EXTRA")  # the folder's entry of the journal is on the disk too
                file.execute("BEGIN IMMEDIATE")
                try:
                    yield file
                except BaseException:
                    file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
        except sqlite3.Error as error:
            raise QueueUnusable(path=self._path, cause=error) from None
