"""Links that run on a hotel's database: charged once whatever dies, news once and in order, none held up by another."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from folios import db
from folios.models import Voucher
from frontoffice import guests
from pos_bridge import links
from pos_bridge.cli.fias_vendor import SCRIPTS
from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias_links.worker import Links
from pos_bridge.link_hotel import link_hotel
from pos_bridge.link_states import LinkState
from tests.conftest import opened
from tests.frontoffice.house import CLERK
from tests.pos_bridge.fias.line_hotel import Outlet, free_port, listens, wait_for
from tests.pos_bridge.fias.test_vendor import play, wired
from tests.pos_bridge.fias_desk.linked import Linked
from tests.pos_bridge.test_printing_processes import process

ASKED = (
    "LD|DA260301|TI120000|V#1.0|IFPO|",
    "LR|RIPA|FLASCTP#RN|",
    "LR|RIGI|FLRNGNSF|",
    "LR|RIGO|FLRNSF|",
    "LR|RIGC|FLRNRO|",
    "LA|DA260301|TI120000|",
)
PS = "PS|RN101|PTC|TA1250|P#4711|DA260301|TI120000|"


def port_of(linked: Linked, code: str = "T") -> int:
    """Gives a link a port that is free."""
    port = free_port()

    def work(session: db.Session) -> None:
        row = links.get_link(session, code)
        links.amend_link(session, code, row.version, {"port": port}, CLERK)

    linked.do(work)
    return port


@contextmanager
def links_running(engine: Engine, *ports: int) -> Iterator[Links]:
    """The links of a database run by this process; `ports` are listened on."""
    running = Links(link_hotel(db.session_source(engine)))
    running.start()
    try:
        for port in ports:
            assert wait_for(lambda port=port: listens(port))  # type: ignore[misc]
        yield running
    finally:
        running.stop()


def charged(linked: Linked) -> int:
    return len(linked.rows(Voucher, kind="charge"))


# --- a posting --------------------------------------------------------------------------------------------------


def test_a_posting_is_charged_once_and_answered_the_same_when_it_comes_again(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    port = port_of(linked)
    with links_running(linked.engine, port):
        for _each in range(2):
            with Outlet(port) as till:
                till.start(*ASKED)
                till.say(PS, PS)
                assert [str(till.hear("PA")) for _again in range(2)] == ["PA|RN101|ASOK|P#4711|"] * 2
        with Outlet(port) as till:
            till.start(*ASKED)
            till.say("PS|RN999|PTC|TA100|P#4712|DA260301|TI120000|")
            assert till.hear("PA").get("AS") in ("OK", "NG")  # an outlet may have a place for what nobody is found for
    assert linked.balance(linked.window(stay)) == "12.50"
    linked.prove()


@pytest.mark.parametrize(
    ("step", "told"), [("received", False), ("answered", False), ("sending", False), ("sent", True)]
)
def test_links_killed_at_any_step_of_a_posting_charge_it_once_when_it_comes_again(
    linked: Linked, database_url: str, step: str, told: bool
) -> None:
    stay = linked.arrive(room="101")
    port = port_of(linked)
    with process("tests.pos_bridge.fias.dying_links", database_url, step) as dying:
        assert wait_for(lambda: listens(port), 30)
        with Outlet(port) as till:
            till.start(*ASKED)
            till.say(PS)
            if told:
                assert till.hear("PA").get("AS") == "OK"
            assert till.is_hung_up()
        assert dying.wait(60) == -signal.SIGKILL
    assert charged(linked) == (step != "received")
    with links_running(linked.engine, port), Outlet(port) as till:
        till.start(*ASKED)
        till.say(PS)
        assert str(till.hear("PA")) == "PA|RN101|ASOK|P#4711|"
    assert charged(linked) == 1
    assert linked.balance(linked.window(stay)) == "12.50"
    linked.prove()


def test_four_links_charge_one_room_at_once_and_every_cent_is_there(linked: Linked) -> None:
    stay = linked.arrive(room="101", payment_method="card")
    ports = [port_of(linked)]
    for number in range(3):
        port = free_port()
        linked.do(links.add_link, code=f"L{number}", port=port, operator=CLERK)
        linked.do(lambda session, code=f"L{number}": links.set_outlets(session, code, 1, {"": "BAR1"}, CLERK))
        ports.append(port)
    with links_running(linked.engine, *ports):

        def work(port: int) -> None:
            with Outlet(port) as till:
                till.start(*ASKED)
                for number in range(10):
                    till.say(f"PS|RN101|PTC|TA100|P#{number}|DA260301|TI1200{number:02}|C#{port}{number}|")
                    assert till.hear("PA").get("AS") == "OK"

        threads = [threading.Thread(target=work, args=(port,)) for port in ports]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert charged(linked) == 40
    assert linked.balance(linked.window(stay)) == "40.00"
    linked.prove()


# --- the database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_lines_to_the_database_that_are_cut_cost_a_repetition_and_no_charge(linked: Linked, database_url: str) -> None:
    stay = linked.arrive(room="101")
    port = port_of(linked)
    with opened(database_url) as engine, links_running(engine, port), Outlet(port) as till:
        till.start(*ASKED)
        for number in range(5):
            with opened(database_url) as other, other.connect() as line:
                cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                line.execute(sa.text(f"{cut} AND datname = current_database()"))
            posting = f"PS|RN101|PTC|TA100|P#{number}|DA260301|TI12000{number}|"
            for _try in range(5):
                till.say(posting)
                if till.hear("PA").get("AS") == "OK":
                    break
            else:
                pytest.fail("it never was well again")
    linked.engine.dispose()  # its lines were cut as well
    assert linked.balance(linked.window(stay)) == "5.00"
    linked.prove()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_database_that_is_locked_has_the_till_try_again_and_then_all_is_well(
    linked: Linked, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = linked.arrive(room="101")
    port = port_of(linked)
    monkeypatch.setattr(db, "BUSY_TIMEOUT_S", 0.2)
    monkeypatch.setattr(db, "PATIENCE_S", 0.5)
    with opened(database_url) as engine, links_running(engine, port), Outlet(port) as till:
        till.start(*ASKED)
        with linked.engine.connect() as other:
            other.exec_driver_sql("SELECT 1")  # begins immediate: the file is locked from here
            till.say(PS)
            assert till.hear("PA").get("AS") == "RY"
            till.say("LS|DA260301|TI120100|")
            assert till.hear().id == "LA"
        till.say(PS)
        assert till.hear("PA").get("AS") == "OK"
    assert linked.balance(linked.window(stay)) == "12.50"
    linked.prove()


# --- news -------------------------------------------------------------------------------------------------------


def test_what_happens_at_the_desk_is_told_once_and_in_order_also_after_a_restart(linked: Linked) -> None:
    port = port_of(linked)
    with links_running(linked.engine, port), Outlet(port) as till:
        till.start(*ASKED)
        stay = linked.arrive(room="101")
        assert (found := till.hear("GI")).get("RN") == "101"
        assert found.get("GN").startswith("Guest")
        assert wait_for(lambda: linked.desk.waiting() == set())
    linked.leave(stay)
    linked.arrive(room="352")
    with links_running(linked.engine, port), Outlet(port) as till:
        till.start(*ASKED)
        assert [str(till.hear())[:8] for _each in range(2)] == ["GO|RN101", "GI|RN352"]
        assert till.hears_nothing()
        till.say("DR|DA260301|TI120000|")
        heard = []
        while (record := till.hear()).id != "DE":
            heard.append(record)
        assert heard[0].id == "DS"
        assert [each.get("RN") for each in heard if each.id == "GI"] == ["352"]
        assert {"101", "2781"} <= {each.get("RN") for each in heard if each.id == "GO"}
        assert all(each.has("SF") for each in heard[1:])
        assert till.hears_nothing()


# --- as a process -------------------------------------------------------------------------------------------------


def test_the_command_runs_the_links_until_a_signal_and_says_goodbye(linked: Linked, database_url: str) -> None:
    linked.arrive(room="101")
    port = port_of(linked)
    with process("frontoffice", "pos-link", "--database", database_url) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("Running the links.")
        assert wait_for(lambda: listens(port), 30)
        with Outlet(port) as till:
            till.start(*ASKED)
            till.say(PS)
            assert till.hear("PA").get("AS") == "OK"
            assert wait_for(lambda: [each.phase for each in linked.rows(LinkState)] == ["alive"])
            running.terminate()
            assert till.hear("LE").id == "LE"
            till.say("LE|DA260301|TI120200|")
            assert till.is_hung_up()
        assert running.wait(60) == 0, running.stdout.read()
    assert [each.phase for each in linked.rows(LinkState)] == ["closed"]
    assert not listens(port)


def test_the_till_that_comes_along_charges_a_room_of_the_hotel(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    port = port_of(linked)
    with links_running(linked.engine, port):
        played = play(str(SCRIPTS / "till.txt"), "--port", str(port), "--set", "outlet=7")
    assert played.exit_code == 0, played.output
    assert linked.balance(linked.window(stay)) == "12.50"
    linked.prove()


@contextmanager
def line_to(linked: Linked, way: str) -> Iterator[tuple[str, ...]]:
    """A line between the hotel and its outlets, TCP or two pseudo-terminals; what tells the player of its end."""
    if way == "tcp":
        port = port_of(linked)
        with links_running(linked.engine, port):
            yield "--port", str(port)
        return
    with wired() as (ours, theirs):
        linked.amend(way="serial", device=ours, baud=38_400)
        with links_running(linked.engine):
            yield "--serial", theirs, "--baud", "38400"


@pytest.mark.parametrize("way", ["tcp", "serial"])
def test_a_day_of_a_hotel_is_played_from_the_script_that_comes_along(linked: Linked, way: str) -> None:
    stay = linked.arrive(room="101", payment_method="card")
    names = {"minibar": "200", "article": "7", "exchange": "300"}
    given = [word for name, value in names.items() for word in ("--set", f"{name}={value}")]
    with line_to(linked, way) as place:
        played = play(str(SCRIPTS / "day.txt"), *place, "--within", "20", *given)
    assert played.exit_code == 0, played.output
    call = 20 + 4 * 90  # 3:12, the fourth minute has begun
    assert linked.balance(linked.window(stay)) == f"{(2750 + 2 * 450 + call) / 100:.2f}"
    linked.prove()


# --- what else a hotel lives through --------------------------------------------------------------------------------


def test_the_night_audit_in_the_middle_of_charges_loses_none_and_doubles_none(linked: Linked) -> None:
    stay = linked.arrive(departure=5, room="101", payment_method="card")
    port = port_of(linked)
    over = threading.Event()
    accepted: list[str] = []

    def post() -> None:
        with Outlet(port) as till:
            till.start(*ASKED)
            number = 0
            while not over.is_set():
                number += 1
                posting = f"PS|RN101|PTC|TA100|P#{number}|C#{number}|DA260301|TI235959|"
                for _try in range(20):
                    till.say(posting)
                    status = till.hear("PA").get("AS")
                    if status not in ("NA", "RY"):
                        break
                accepted.append(status)

    with links_running(linked.engine, port):
        posting = threading.Thread(target=post)
        posting.start()
        assert wait_for(lambda: len(accepted) > 5)
        for _night in range(2):
            linked.end_day()
        there = len(accepted)
        assert wait_for(lambda: len(accepted) > there + 5)
        over.set()
        posting.join()
    assert set(accepted) == {"OK"}
    assert len(linked.rows(Voucher, kind="charge", outlet="BAR")) == len(accepted)
    assert linked.stay(stay).status == "in_house"
    linked.prove()


@pytest.mark.parametrize(
    ("encoding", "surname"), [("cp850", "Müller"), ("cp1251", "Иванов"), ("utf-8", "王"), ("cp1252", "Łódź")]
)
def test_a_guests_name_arrives_in_the_code_page_of_the_link(linked: Linked, encoding: str, surname: str) -> None:
    port = port_of(linked)
    linked.amend(encoding=encoding)
    guest = linked.do(guests.add_guest, CLERK, surname=surname)
    with links_running(linked.engine, port), Outlet(port, encoding) as till:
        till.start(*ASKED)
        linked.arrive(room="101", guest_id=guest.id)
        assert till.hear("GI").get("GN") == {"Łódź": "Lódz"}.get(surname, surname)  # of its letters that page has one


def test_a_till_that_speaks_xml_inquires_and_charges(linked: Linked) -> None:
    stay = linked.arrive(room="217")
    port = port_of(linked)
    linked.amend(protocol="xml_pos")
    with links_running(linked.engine, port), socket.create_connection(("127.0.0.1", port), timeout=10) as till:
        reader = FrameReader()

        def ask(element: str, **facts: str) -> dict[str, str]:
            told = "".join(f' {name}="{value}"' for name, value in facts.items())
            till.sendall(frame(f"<{element}{told}/>".encode()))
            found: list[bytes] = []
            while not found:
                found = reader.feed(till.recv(4096))
            answer = ElementTree.fromstring(found[0].decode("cp1252"))
            return (
                dict(answer.attrib) | {"element": answer.tag} | {f"guest_{k}": v for e in answer for k, v in e.items()}
            )

        common = {"Date": "260301", "Time": "194121", "RevenueCenter": "1", "WorkstationId": "POS1", "WaiterId": "W"}
        assert ask("LinkDescription", Date="260301", Time="194100", VerNum="1.0")["element"] == "LinkAlive"
        inquiry = {"InquiryInformation": "217", "RequestType": "4", "SequenceNumber": "1", "PaymentMethod": "16"}
        found = ask("PostInquiry", **inquiry, **common)
        assert (found["element"], found["guest_RoomNumber"], found["guest_NoPost"]) == ("PostList", "217", "0")
        whom = {"RoomNumber": "217", "ReservationId": found["guest_ReservationId"], "LastName": found["guest_LastName"]}
        charge = {"TotalAmount": "1250", "SequenceNumber": "2", "CheckNumber": "77", "PaymentMethod": "16"}
        for _each in range(2):
            answer = ask("PostRequest", **whom, **charge, **common)
            assert (answer["element"], answer["AnswerStatus"], answer["CheckNumber"]) == ("PostAnswer", "OK", "77")
            assert (answer["PaymentMethod"], answer["RevenueCenter"], answer["WaiterId"]) == ("16", "1", "W")
        wrong = ask("PostInquiry", **inquiry | {"InquiryInformation": "999", "SequenceNumber": "3"}, **common)
        assert (wrong["element"], wrong["AnswerStatus"], wrong["SequenceNumber"]) == ("PostAnswer", "NG", "3")
    assert linked.balance(linked.window(stay)) == "12.50"
    linked.prove()
