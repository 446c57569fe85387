"""A worker that is killed at a step of a slip, as by the kernel: `python -m tests.pos_bridge.dying_worker URL STEP`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from folios import db
from pos_bridge import devices, print_worker
from pos_bridge.receipts.templates import Receipts


def die(*_any: Any, **_more: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def die_after(done: Any) -> Any:
    def step(*given: Any, **more: Any) -> None:
        done(*given, **more)
        die()

    return step


def die_halfway(self: Any, content: bytes, alive: Any) -> None:
    self._line.sendall(content[: len(content) // 2])
    die()


STEPS = {
    "claimed": (print_worker, "_print", die),
    "opened": (devices._Network, "open", die_after(devices._Network.open)),
    "sending": (devices._Network, "send", die_halfway),
    "sent": (devices._Network, "end", die_after(devices._Network.end)),
    "closed": (print_worker, "_finish", die),
}


def main() -> None:
    url, step = sys.argv[1:]
    place, name, fatal = STEPS[step]
    setattr(place, name, fatal)
    print_worker.Worker(db.session_source(db.open_engine(url)), Receipts(Path("templates"))).once()


if __name__ == "__main__":
    main()
