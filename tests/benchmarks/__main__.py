"""Measures the work of the house beside the same work by hand: `python -m tests.benchmarks` in the checkout.

A database server of its own is started with the safe settings of a hotel (see `tests/postgres_server.py`; one named by
FRONTOFFICE_TEST_DATABASE_URL is used instead). Being slow is no failure: the table says what was reached. The exit
status is 1 only when a benchmark could not be run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import psycopg

from tests.benchmarks import aged, api, charges, fias, night, pages, pos, reports, statements
from tests.benchmarks.measuring import Pair, table
from tests.postgres_server import NoPostgres, postgres_server

BENCHMARKS: dict[str, Callable[[str | None, bool], Iterator[Pair]]] = {
    "charges": charges.measure,
    "pos": pos.measure,
    "api": api.measure,
    "fias": fias.measure,
    "statements": statements.measure,
    "night": night.measure,
    "reports": reports.measure,
    "aged": aged.measure,
    "pages": pages.measure,
}
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: under a minute")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="only this one; may be given again")
    parser.add_argument("--json", action="store_true", help="every figure, as JSON")
    parser.add_argument("--hotel", metavar="URL", help="a hotel that `frontoffice generate` made, for its reports")
    chosen = parser.parse_args()
    if chosen.hotel is not None:
        chosen.only = chosen.only or ["reports"]
        BENCHMARKS["reports"] = partial(reports.measure, hotel=chosen.hotel)
    begun = time.monotonic()
    pairs: list[Pair] = []
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server(durable=True))
            _say(_about(server))
        except NoPostgres as reason:
            server = None
            _say(f"no PostgreSQL, SQLite only: {reason}")
        failed = []
        for name in chosen.only or BENCHMARKS:
            try:
                for pair in BENCHMARKS[name](server, chosen.quick):
                    pairs.append(pair)
                    _say(f"{time.monotonic() - begun:5.0f} s  {pair.name}: {pair.ratio:.2f}")
            except Exception:  # the other ones are still worth knowing
                failed.append(name)
                _say(traceback.format_exc())
    print(json.dumps([pair.plain() for pair in pairs], indent=2) if chosen.json else table(pairs))
    if failed:
        _say(f"failed, see above: {', '.join(failed)}")
    return 1 if failed else 0


def _about(server: str) -> str:
    with psycopg.connect(server.replace("+psycopg", "")) as connection:
        values = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in SETTINGS]
    return "PostgreSQL: " + ", ".join(
        f"{name} {value[0]}" for name, value in zip(SETTINGS, values, strict=True) if value
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
