"""The settings: every wrong one is refused by its own name, and says what to do."""

from pathlib import Path

import pytest
from flask import request

from folios.backup import Plan
from frontoffice import config
from frontoffice.app import create_app
from frontoffice.config import Settings

GOOD_SECRET = "9f2c81d0a7b34e56c1f08d927e6ab35d"


def test_without_any_setting_the_language_is_english_and_nothing_else_is_known():
    settings = Settings.load({})

    assert settings == Settings(database=None, secret_key=None, language="en")


def test_settings_come_from_the_environment():
    settings = Settings.load(
        {
            "FRONTOFFICE_DATABASE_URL": "postgresql://desk:pw@db/hotel",
            "FRONTOFFICE_SECRET_KEY": GOOD_SECRET,
            "FRONTOFFICE_LANGUAGE": "de-at",
        }
    )

    assert settings.require_database().drivername == "postgresql+psycopg"
    assert settings.require_secret() == GOOD_SECRET
    assert settings.language == "de_AT"


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path):
    file = written(tmp_path, 'language = "de"\ndatabase_url = "sqlite:////srv/hotel.db"\n')

    settings = Settings.load({"FRONTOFFICE_CONFIG": file, "FRONTOFFICE_LANGUAGE": "pt"})

    assert settings.language == "pt"
    assert settings.require_database().database == "/srv/hotel.db"


def test_an_empty_variable_counts_as_not_set():
    assert Settings.load({"FRONTOFFICE_LANGUAGE": "", "FRONTOFFICE_CONFIG": ""}).language == "en"


def test_variables_of_others_and_of_the_tests_are_left_alone():
    assert Settings.load({"HOME": "/root", "FRONTOFFICE_TEST_DATABASE_URL": "postgresql://x/y"}).database is None


def test_the_file_of_sqlite_is_found_from_wherever_the_program_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Settings().with_database("sqlite:///hotel.db").require_database().database == str(tmp_path / "hotel.db")


@pytest.mark.parametrize(
    ("environment", "refusal", "words"),
    [
        ({"FRONTOFFICE_LANGUGE": "de"}, config.SettingUnknown, ["FRONTOFFICE_LANGUGE", "FRONTOFFICE_LANGUAGE"]),
        ({"FRONTOFFICE_language": "de"}, config.SettingUnknown, ["FRONTOFFICE_language"]),
        ({"FRONTOFFICE_LANGUAGE": "klingon"}, config.LanguageUnknown, ["klingon", "FRONTOFFICE_LANGUAGE"]),
        ({"FRONTOFFICE_DATABASE_URL": "hotel.db"}, config.DatabaseUrlInvalid, ["FRONTOFFICE_DATABASE_URL"]),
        ({"FRONTOFFICE_DATABASE_URL": "postgresql://h:x/y"}, config.DatabaseUrlInvalid, ["FRONTOFFICE_DATABASE_URL"]),
        ({"FRONTOFFICE_DATABASE_URL": "mysql://h/hotel"}, config.DatabaseKindUnknown, ["mysql"]),
        ({"FRONTOFFICE_DATABASE_URL": "postgresql+asyncpg://h/hotel"}, config.DatabaseKindUnknown, ["asyncpg"]),
        ({"FRONTOFFICE_DATABASE_URL": "postgresql://h"}, config.DatabaseNameMissing, ["postgresql+psycopg://h"]),
        ({"FRONTOFFICE_DATABASE_URL": "sqlite://"}, config.DatabaseNameMissing, ["sqlite://"]),
        ({"FRONTOFFICE_DATABASE_URL": "sqlite:///:memory:"}, config.DatabaseNameMissing, ["in memory"]),
        ({"FRONTOFFICE_CONFIG": "/nowhere/hotel.toml"}, config.SettingsFileUnreadable, ["/nowhere/hotel.toml"]),
    ],
)
def test_a_wrong_variable_is_refused_by_name(environment, refusal, words):
    with pytest.raises(refusal) as refused:
        Settings.load(environment)

    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    ("content", "refusal", "word"),
    [
        ("language = de", config.SettingsFileInvalid, "TOML"),
        ("\0", config.SettingsFileInvalid, "TOML"),
        ("languages = 'de'", config.SettingUnknownInFile, "languages"),
        ("language = 5", config.SettingNotText, "language"),
        ("[language]\nname = 'de'", config.SettingNotText, "language"),
        ("language = 'xx'", config.LanguageUnknown, "xx"),
        ("database_url = 'oracle://h/x'", config.DatabaseKindUnknown, "oracle"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, content, refusal, word):
    with pytest.raises(refusal) as refused:
        Settings.load({"FRONTOFFICE_CONFIG": written(tmp_path, content)})

    assert word in str(refused.value)


@pytest.mark.parametrize(
    ("secret", "refusal", "word"),
    [
        (None, config.SecretMissing, "FRONTOFFICE_SECRET_KEY"),
        ("short", config.SecretTooShort, "5"),
        ("changeme" * 5, config.SecretGuessable, "placeholder"),
        ("my-own-very-Secret-key-of-this-hotel", config.SecretGuessable, "placeholder"),
        ("a" * 40, config.SecretGuessable, "placeholder"),
    ],
)
def test_a_weak_secret_is_refused_when_it_is_needed(secret, refusal, word):
    settings = Settings.load({} if secret is None else {"FRONTOFFICE_SECRET_KEY": secret})

    with pytest.raises(refusal) as refused:
        settings.require_secret()

    assert word in str(refused.value)
    assert secret is None or secret not in str(refused.value)


def test_a_missing_database_is_refused_with_an_example_when_it_is_needed():
    with pytest.raises(config.DatabaseMissing, match=r"FRONTOFFICE_DATABASE_URL.*sqlite:///"):
        Settings().require_database()


@pytest.mark.parametrize(
    "url", ["postgresql://desk:topsecret@host", "mysql://desk:topsecret@h/x", "desk:topsecret@host"]
)
def test_no_refusal_shows_the_password_of_the_database(url):
    with pytest.raises(config.SettingsRefusal) as refused:
        Settings().with_database(url)

    assert "topsecret" not in f"{refused.value} {refused.value!r}"


def test_settings_show_neither_password_nor_secret_when_printed():
    settings = Settings.load(
        {"FRONTOFFICE_DATABASE_URL": "postgresql://desk:topsecret@db/hotel", "FRONTOFFICE_SECRET_KEY": GOOD_SECRET}
    )

    assert "topsecret" not in repr(settings)
    assert GOOD_SECRET not in repr(settings)


def written(folder: Path, content: str) -> str:
    path = folder / "hotel.toml"
    path.write_text(content)
    return str(path)


# --- behind a web server ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "https"), [("true", True), (" Yes ", True), ("1", True), ("false", False), ("", False)]
)
def test_cookies_are_for_https_only_where_the_setting_says_so(text, https):
    assert Settings.load({"FRONTOFFICE_HTTPS": text}).https is https


def test_a_file_may_say_true_and_a_number_without_quotes(tmp_path):
    settings = Settings.load({"FRONTOFFICE_CONFIG": written(tmp_path, "https = true\nproxies = 2\n")})

    assert (settings.https, settings.proxies) == (True, 2)


@pytest.mark.parametrize(
    ("variable", "text", "refusal"),
    [
        ("FRONTOFFICE_HTTPS", "perhaps", config.HttpsInvalid),
        ("FRONTOFFICE_PROXIES", "-1", config.ProxiesInvalid),
        ("FRONTOFFICE_PROXIES", "11", config.ProxiesInvalid),
        ("FRONTOFFICE_PROXIES", "10.0.0.1", config.ProxiesInvalid),
        ("FRONTOFFICE_PROXIES", "²", config.ProxiesInvalid),
    ],
)
def test_a_wrong_setting_of_the_web_server_is_refused_by_name(variable, text, refusal):
    with pytest.raises(refusal, match=variable):
        Settings.load({variable: text})


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.9"), (2, "203.0.113.5")])
def test_the_address_of_who_asks_is_the_one_that_as_many_proxies_tell(tmp_path, proxies, address):
    settings = Settings(https=True, proxies=proxies).with_database(f"sqlite:///{tmp_path}/hotel.db")
    app = create_app(settings)
    seen = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))

    app.test_client().get("/health", headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.5, 198.51.100.9"})

    assert seen == [address]
    assert app.config["SESSION_COOKIE_SECURE"] is True


# --- tills ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "per_s"), [("0", 0), ("50", 50), (" 100000 ", 100_000)])
def test_how_often_a_till_may_ask_is_a_setting_and_nought_is_no_limit(text: str, per_s: int) -> None:
    settings = Settings.load({"FRONTOFFICE_TERMINAL_RATE": text})

    assert settings.terminal_rate == per_s


@pytest.mark.parametrize("text", ["-1", "1.5", "fast", "100001", "٥", "9" * 30])
def test_a_wrong_rate_of_tills_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(config.TerminalRateInvalid):
        Settings.load({"FRONTOFFICE_TERMINAL_RATE": text})


def test_the_variables_of_a_till_are_none_of_the_hotels_settings() -> None:
    till = {
        "FRONTOFFICE_TERMINAL_URL": "http://hotel",
        "FRONTOFFICE_TERMINAL_KEY": "k",
        "FRONTOFFICE_TERMINAL_QUEUE": "q",
    }

    assert Settings.load(till) == Settings()


# --- backups --------------------------------------------------------------------------------------------------


def test_where_backups_go_and_how_many_stay_are_settings_and_a_disk_may_be_connected_later(tmp_path: Path) -> None:
    assert Settings.load({}).backup == Plan(None, 14, None)
    told = {"FRONTOFFICE_BACKUP_FOLDER": str(tmp_path / "later"), "FRONTOFFICE_BACKUP_KEEP": " 3 "}
    told |= {"FRONTOFFICE_PG_DUMP": "/opt/pg/bin/pg_dump"}
    assert Settings.load(told).backup == Plan(tmp_path / "later", 3, "/opt/pg/bin/pg_dump")
    file = written(tmp_path, f'backup_folder = "{tmp_path}"\nbackup_keep = 7\n')
    assert Settings.load({"FRONTOFFICE_CONFIG": file}).backup == Plan(tmp_path, 7, None)


@pytest.mark.parametrize("text", ["0", "-1", "all", "10001", "٥", "9" * 30])
def test_a_wrong_number_of_backups_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(config.BackupKeepInvalid, match="FRONTOFFICE_BACKUP_KEEP"):
        Settings.load({"FRONTOFFICE_BACKUP_KEEP": text})


def test_what_can_never_be_a_folder_of_backups_is_refused_by_its_name(tmp_path: Path) -> None:
    for wrong in ("\0", written(tmp_path, "")):
        with pytest.raises(config.BackupFolderInvalid, match="FRONTOFFICE_BACKUP_FOLDER"):
            Settings.load({"FRONTOFFICE_BACKUP_FOLDER": wrong})
