"""The other side, played from a script: steps read and refused, expectations met or not, over TCP and serial lines."""

from __future__ import annotations

import os
import re
import select
import socket
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from frontoffice.cli import main
from pos_bridge.cli.fias_vendor import SCRIPTS
from pos_bridge.fias.records import Record
from pos_bridge.fias.vendor_script import STEPS, ScriptInvalid, fill, missing_in, read_script, record_of
from tests.pos_bridge.fias.line_hotel import FakeHotel, a_link, free_port, read, running
from tests.pos_bridge.fias.test_links_on_serial_lines import a_line


def play(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fias-vendor", *arguments])


def answering(record: Record) -> list[Record] | None:
    """A hotel that knows room 101 and two who live in it."""
    if record.id == "PR" and record.has("PI"):
        back = f"P#{record.get('P#')}|WS{record.get('WS')}|"
        guests = "RN101|G#7|GNMüller|RN101|G#8|GNShare|"
        return [read(f"PL|{guests}{back}" if record.get("PI") == "101" else f"PA|ASNG|CTINVALID ROOM|{back}")]
    if record.id == "PR":
        return [read(f"PA|ASOK|P#{record.get('P#')}|RN{record.get('RN')}|G#{record.get('G#')}|")]
    return None


@pytest.fixture
def hotel() -> FakeHotel:
    found = FakeHotel(a_link())
    found.on_answer = answering
    found.guests = [read("GI|RN101|G#7|GNMüller|GSN|SF|")]
    return found


# --- scripts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "sing",
        "send",
        "send P",
        "send PSX|RN1|",
        "expect",
        "expect none",
        "expect none GI",
        "expect none GI soon",
        "wait",
        "wait -1",
        "wait 1e9",
        "wait nan",
        "within ever",
        "ask",
        "ask GI",
        "ask GI RNG#",
        "let",
        "let Room 1",
        "when LS",
        "when LS say LA|",
        "when LS send",
        "noise 0",
        "noise xx",
        "end now",
        "start I",
    ],
)
def test_a_line_that_is_no_step_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(ScriptInvalid) as refused:
        read_script(f"# a script\n\n{line}\n")
    assert refused.value.params["line"] == 3


def test_the_steps_that_the_help_tells_are_steps() -> None:
    told = STEPS.partition("\n\n")[0].splitlines()
    script = read_script("\n".join(re.split(r" {2,}", line)[0] for line in told))
    assert {step.verb for step in script.steps} | {"let"} == {line.split()[0] for line in told} | {"expect none"}
    assert "expect none GI 3" in play("--help").output


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_scripts_that_come_along_are_read(path: Path) -> None:
    script = read_script(path.read_text("utf-8"))
    assert script.names["room"] == "101"
    assert [step.verb for step in script.steps if step.verb in ("start", "end")] == ["start", "end"]


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("PS|RN{room}|", "PS|RN101|"),
        ("PR|G#{G#}|GN{GN:2}|", "PR|G#7|GNTwo|"),
        ("PR|G#{G#:3}|GN{nothing}|", "PR|G#|GN|"),
        ("PS|P#{next}|", "PS|P#5|"),
        ("PS|CT{}{{}}|", "PS|CT{}|"),
    ],
)
def test_a_template_is_filled_with_names_and_with_what_was_heard(template: str, filled: str) -> None:
    last = read("PL|G#7|GNOne|G#8|GNTwo|")
    assert fill(template, {"room": "101"}, last, lambda word: "5" if word == "next" else None) == filled


@pytest.mark.parametrize(
    ("expected", "heard", "missing"),
    [
        ("PA|ASOK|", "PA|RN1|ASOK|", []),
        ("PA|ASOK|P#2|", "PA|ASNG|P#2|", ["ASOK"]),
        ("PA|CT*|", "PA|ASOK|", ["CT*"]),
        ("PA|CT*|", "PA|CTany|", []),
        ("PA|CTno*|", "PA|CTno room|", []),
        ("PA|CTno*|", "PA|CTyes|", ["CTno*"]),
        ("GC|GSN|GSY|", "GC|GSY|GSN|", []),
        ("GC|GSN|GSN|", "GC|GSN|GSY|", ["GSN"]),
    ],
)
def test_what_was_expected_is_compared_field_by_field(expected: str, heard: str, missing: list[str]) -> None:
    assert missing_in(record_of(expected), record_of(heard)) == missing


# --- played -----------------------------------------------------------------------------------------------------


def test_a_till_inquires_charges_and_ends(hotel: FakeHotel) -> None:
    with running(hotel):
        played = play("till", "--port", str(hotel.set_up[0].port))
    assert (played.exit_code, played.stderr) == (0, "")
    assert "Every expectation was met." in played.output
    assert "Inquiry, or posting to a guest: room 101, stay 7, guest Müller, amount 12.50" in played.output
    posted = [record for _id, record in hotel.asked if record.has("TA")]
    assert [(each.get("RN"), each.get("G#"), each.get("GN"), each.get("P#")) for each in posted] == [
        ("101", "7", "Müller", "2")
    ]


def test_an_expectation_that_is_not_met_is_told_with_its_line(hotel: FakeHotel) -> None:
    with running(hotel):
        played = play(
            "till", "--port", str(hotel.set_up[0].port), "--set", "room=999", "--number", "41", "--within", "1"
        )
    assert played.exit_code == 1
    assert "!!! line" in played.output
    assert "PL|P#42|RN999| did not come" in played.output
    assert "Expectations not met: " in played.output


@pytest.mark.parametrize("script", ["exchange", "minibar"])
def test_the_other_scripts_are_played_to_their_end(hotel: FakeHotel, script: str) -> None:
    with running(hotel):
        played = play(script, "--port", str(hotel.set_up[0].port))
    assert played.exit_code == 0, played.output
    assert "Link end" in played.output


def test_a_script_answers_what_it_has_a_rule_for_and_hears_what_must_not_come(hotel: FakeHotel, tmp_path: Path) -> None:
    script = tmp_path / "wake.txt"
    script.write_text(
        "ask WR RN DA TI\nask GI RN\nwhen WR send WA|RN{RN}|ASOK|\nstart\n"
        "noise 02 51 51 7c\nexpect WR|RN5|\nexpect none GI 0.3\nexpect none GI 3\nend\n"
    )
    hotel.tell(1, "WR|RN5|DA260501|TI070000|")

    def later() -> None:
        time.sleep(1.5)
        hotel.tell(1, "GI|RN9|")

    threading.Thread(target=later, daemon=True).start()
    with running(hotel):
        played = play(str(script), "--port", str(hotel.set_up[0].port))
    assert played.exit_code == 1
    assert "Expectations not met: 1." in played.output
    assert [str(record) for _id, record in hotel.asked] == ["WA|RN5|ASOK|"]
    assert "GI|RN9| came" in played.output


def test_no_hotel_no_script_and_no_code_page_are_refused() -> None:
    refused = play("till", "--port", str(free_port()))
    assert (refused.exit_code, "cannot be reached" in refused.stderr) == (2, True)
    refused = play("nothing")
    assert (refused.exit_code, "day, exchange, minibar, till" in refused.stderr) == (2, True)
    refused = play("till", "--encoding", "utf-16")
    assert (refused.exit_code, "no code page" in refused.stderr) == (2, True)
    refused = play("till", "--serial", "/dev/nothing-there")
    assert (refused.exit_code, "/dev/nothing-there" in refused.stderr) == (2, True)


def test_a_hotel_that_hangs_up_ends_the_play_with_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            peer, _address = server.accept()
            peer.close()

        threading.Thread(target=hang_up, daemon=True).start()
        played = play("till", "--port", str(server.getsockname()[1]))
    assert played.exit_code == 1
    assert "The line is gone" in played.output


@contextmanager
def wired() -> Iterator[tuple[str, str]]:
    """The names of two pseudo-terminals with a wire between them."""
    ends = [os.openpty(), os.openpty()]
    over = threading.Event()
    wires = [threading.Thread(target=carry, args=(ends[at][0], ends[1 - at][0], over), daemon=True) for at in (0, 1)]
    for wire in wires:
        wire.start()
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        over.set()
        for wire in wires:
            wire.join()
        for end in (*ends[0], *ends[1]):
            os.close(end)


def carry(source: int, target: int, over: threading.Event) -> None:
    tty.setraw(source)
    while not over.is_set():
        ready, _writable, _broken = select.select([source], [], [], 0.05)
        if ready:
            os.write(target, os.read(source, 4096))


def test_noise_on_a_serial_line_costs_the_player_nothing(hotel: FakeHotel, tmp_path: Path) -> None:
    script = tmp_path / "noisy.txt"
    script.write_text("noise 00 7f 41\nstart\nnoise 02 50 53 7c\nsend PS|RN101|P#5|\nexpect PA|ASOK|P#5|\nend\n")
    with wired() as (ours, theirs):
        hotel.set_up = [a_line(ours)]
        with running(hotel):
            played = play(str(script), "--serial", theirs, "--baud", "38400")
    assert played.exit_code == 0, played.output


def test_a_script_is_played_over_a_serial_line(hotel: FakeHotel) -> None:
    with wired() as (ours, theirs):
        hotel.set_up = [a_line(ours)]
        with running(hotel):
            played = play("till", "--serial", theirs, "--baud", "38400")
    assert played.exit_code == 0, played.output
    assert len([record for _id, record in hotel.asked if record.has("TA")]) == 1
