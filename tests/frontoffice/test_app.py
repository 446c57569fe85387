"""The application: rights of every route, headers of every answer, refusals as problems and pages, and its health."""

from datetime import date

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.exc import IntegrityError

from folios import errors, schema
from folios.db import unit_of_work
from folios.money import Money
from frontoffice import setup, users
from frontoffice.app import create_app, db
from frontoffice.config import DatabaseMissing, Settings
from frontoffice.rights import RIGHTS, NotAllowed
from frontoffice.users import NewUser
from frontoffice.views.access import MACHINES, PUBLIC, SIGNED_IN, declared_right, needs, operator, public
from frontoffice.views.answers import status_of
from tests.frontoffice.desk_client import BROWSER, SECRET, Client

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def app(database_url):
    """The application on a fresh database with its schema and nothing in it."""
    yield from running(Settings(secret_key=SECRET).with_database(database_url))


@pytest.fixture
def hotel(app, sessions):
    """The application on the database of a hotel with an administrator, `desk1`, and a cashier, `bert`."""
    with unit_of_work(sessions) as session:
        setup.set_up_property(
            session,
            name="Hotel am Markt",
            currency="EUR",
            time_zone="Europe/Berlin",
            first_date=date(2026, 3, 1),
            administrator=NewUser("desk1", "Desk1", "correct horse battery"),
            hasher=FAST,
        )
        users.add_user(session, NewUser("bert", "Bert", roles=["cashier"]), "desk1")
    return app


def running(settings: Settings):
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


# --- rights -------------------------------------------------------------------------------------------------


def test_every_route_declares_its_right(app):
    for rule in app.url_map.iter_rules():
        right = declared_right(app.view_functions[rule.endpoint])
        assert right in (PUBLIC, SIGNED_IN, MACHINES, *RIGHTS), f"{rule} declares no right"


def test_only_these_pages_are_open_to_everybody(app):
    open_to_all = {
        rule.rule for rule in app.url_map.iter_rules() if not declared_right(app.view_functions[rule.endpoint])
    }

    assert open_to_all == {"/health", "/sign-in", "/static/<path:filename>", "/api/v1/docs"}


def test_a_view_that_declares_nothing_is_never_served(app):
    app.add_url_rule("/forgotten", view_func=lambda: "secrets", endpoint="forgotten")

    answer = app.test_client().get("/forgotten")

    assert answer.status_code == 500
    assert "secrets" not in answer.text


def test_a_right_that_is_not_in_the_table_cannot_be_declared():
    with pytest.raises(LookupError, match=r"folio\.fly"):
        needs("folio.fly")


def test_a_page_opens_for_who_has_its_right_and_for_nobody_else(hotel):
    hotel.add_url_rule(
        "/pages/of/users", view_func=needs("user.administer")(lambda: f"for {operator()}"), endpoint="pages_of_users"
    )

    assert get_as(hotel, None).status_code == 401
    assert get_as(hotel, None).json["code"] == "user.sign_in_needed"
    assert get_as(hotel, "bert").status_code == 403
    assert "administer users" in get_as(hotel, "bert").json["detail"]
    assert get_as(hotel, "desk1").text == "for desk1"


def get_as(app: Flask, code: str | None):
    client = Client(app)
    if code is not None:
        client.sign_in_as(code)
    return client.browser.get("/pages/of/users")


# --- answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/failing", "/refusing"])
def test_every_answer_carries_the_security_headers(app, path):
    add_failures(app)

    headers = app.test_client().get(path).headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_refusal_is_problem_details_to_a_machine(app):
    add_failures(app)

    answer = app.test_client().get("/refusing")

    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "House limit 500.00, balance 470.00, requested 45.00.",
        "code": "folio.house_limit",
    }


def test_a_refusal_is_a_page_to_a_browser_in_its_language(app):
    add_failures(app)

    answer = app.test_client().get("/refusing", headers=BROWSER | {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})

    assert answer.status_code == 409
    assert answer.mimetype == "text/html"
    assert '<html lang="de"' in answer.text
    assert "500,00" in answer.text
    assert "folio.house_limit" in answer.text


def test_what_people_typed_is_escaped_on_the_error_page(app):
    app.add_url_rule(
        "/typed", view_func=public(lambda: refuse(errors.FolioUnknown(folio="<script>"))), endpoint="typed"
    )

    answer = app.test_client().get("/typed", headers=BROWSER)

    assert answer.status_code == 404
    assert "&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.FolioUnknown(folio="F1"), 404),
        (errors.CodeUnknown(transaction_code="X"), 404),
        (errors.FolioClosed(folio="F1"), 409),
        (errors.ChangedMeanwhile(record="x", changed=[]), 409),
        (errors.KeyReused(key="1", voucher=1), 409),
        (errors.AmountNotPositive(), 422),
        (errors.TextTooLong(field="name", length=3, most=2), 422),
        (errors.QuantityInvalid(most=9), 422),
        (NotAllowed(right="folio.allow", who="bert"), 403),
        (users.SignInRefused(), 401),
        (errors.DatabaseBusy(), 503),
        (errors.DatabaseGone(), 503),
        (errors.CommitUnknown(), 503),
        (errors.SchemaOlder(found="1", needed="2"), 503),
    ],
)
def test_each_kind_of_refusal_has_its_status(refusal, status):
    assert status_of(refusal) == status


@pytest.mark.parametrize(
    ("refusal", "seconds"), [(errors.DatabaseBusy(), "1"), (errors.DatabaseGone(), "5"), (errors.CommitUnknown(), None)]
)
def test_only_what_may_be_tried_again_says_when(app, refusal, seconds):
    app.add_url_rule("/database", view_func=public(lambda: refuse(refusal)), endpoint="database")

    answer = app.test_client().get("/database")

    assert answer.status_code == 503
    assert answer.headers.get("Retry-After") == seconds


def test_a_fault_of_the_program_tells_nothing_of_itself(app, caplog):
    add_failures(app)

    for path, code in (("/failing", "program.failed"), ("/unforeseen", "database.failed")):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert answer.json["code"] == code
        assert "inner workings" not in answer.text
    assert "inner workings" in caplog.text


def test_a_page_that_is_not_there_and_a_method_it_does_not_take_are_problems_too(app):
    client = app.test_client()

    assert client.get("/nowhere").json["code"] == "http.404"
    wrong_method = client.post("/health")
    assert wrong_method.status_code == 405
    assert "GET" in wrong_method.headers["Allow"]
    assert wrong_method.content_type == "application/problem+json"
    assert client.get("/nowhere", headers=BROWSER).mimetype == "text/html"


def add_failures(app: Flask) -> None:
    limit = {"limit": Money(50000, "EUR"), "balance": Money(47000, "EUR"), "requested": Money(4500, "EUR")}
    failures = {
        "/refusing": errors.HouseLimitExceeded(**limit),
        "/failing": RuntimeError("inner workings"),
        "/unforeseen": IntegrityError("SELECT", None, Exception("inner workings")),
    }
    for path, failure in failures.items():
        app.add_url_rule(path, view_func=public(lambda failure=failure: refuse(failure)), endpoint=path[1:])


def refuse(failure: Exception) -> str:
    raise failure


# --- health -------------------------------------------------------------------------------------------------


def test_a_hotel_that_is_set_up_is_healthy(hotel):
    answer = hotel.test_client().get("/health")

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "database": "reachable",
        "schema": "current",
        "business_date": "2026-03-01",
    }


def test_a_database_without_an_open_day_is_not_healthy(app):
    answer = app.test_client().get("/health")

    assert answer.status_code == 503
    assert answer.json["schema"] == "current"
    assert answer.json["code"] == "day.none_open"


def test_an_older_schema_is_not_healthy(hotel, engine):
    schema.downgrade(engine, "0001")

    answer = hotel.test_client().get("/health")

    assert answer.status_code == 503
    assert answer.json["schema"] == "wrong"
    assert "frontoffice init" in answer.json["detail"]


def test_a_newer_schema_is_not_healthy(hotel, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert hotel.test_client().get("/health").json["code"] == "database.newer"


@pytest.mark.parametrize("url", ["sqlite:////nowhere/hotel.db", "postgresql://desk:topsecret@127.0.0.1:1/hotel"])
def test_a_database_that_is_gone_is_said_so_without_its_password(url):
    for app in running(Settings().with_database(url)):
        answer = app.test_client().get("/health")

        assert answer.status_code == 503
        assert answer.json["database"] == "unreachable"
        assert "topsecret" not in answer.text


# --- composition --------------------------------------------------------------------------------------------


def test_without_a_database_there_is_no_application():
    with pytest.raises(DatabaseMissing):
        create_app(Settings())


def test_the_webs_sessions_work_on_the_same_database_in_the_same_way(hotel):
    with hotel.app_context():
        with unit_of_work(db.session) as session:
            users.grant_role(session, "bert", "supervisor", "desk1")
        with unit_of_work(db.session) as session:
            if session.get_bind().dialect.name == "sqlite":
                assert session.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
                assert session.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
            assert users.find_user(session, "bert").name == "Bert"
