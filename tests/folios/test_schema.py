"""The schema goes up and down, agrees with the models, and is refused by name when it is not the program's."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

import folios.migrations
from folios import db, errors, schema

PACKAGES = ("folios", "frontoffice", "pos_bridge", "night_audit")
# Everything that is ours in a database, beside the columns: tables, indexes, triggers, views, functions.
CONTENTS = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'alembic%' ORDER BY 1, 2",
    "postgresql": """
        SELECT 'relation', relname, relkind::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic'
        UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conname !~ '^alembic'
        UNION ALL SELECT 'type', typname, typtype::text FROM pg_type
            WHERE typnamespace = 'public'::regnamespace AND typname !~ '^_?alembic'
        ORDER BY 1, 2""",
}
STEP = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = {revision!r}, {down_revision!r}

def upgrade():
    {up}

def downgrade():
    {down}
"""


def contents(engine: Engine) -> list[tuple[str, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(CONTENTS[engine.dialect.name])]


def version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return schema.found_version(connection)


def tables(engine: Engine) -> dict[str, object]:
    """What a comparison by Alembic leaves out, too: defaults, the words of the checks, what a foreign key does."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": {each["name"]: (str(each["type"]), each["nullable"], each["default"]) for each in columns},
            "key": inspector.get_pk_constraint(table),
            "checks": sorted(map(str, inspector.get_check_constraints(table))),
            "uniques": sorted(map(str, inspector.get_unique_constraints(table))),
            "foreign keys": sorted(map(str, inspector.get_foreign_keys(table))),
        }
        for (_, table), columns in inspector.get_multi_columns().items()
        if table != "alembic_version"
    }


def say_version(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def import_all_models() -> None:
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if module.name.split(".")[1] == "models":
                importlib.import_module(module.name)


@pytest.fixture
def other_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations with no step in it yet, which takes the place of the program's own."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text((Path(folios.migrations.__file__).parent / "env.py").read_text())
    monkeypatch.setattr(schema, "LOCATION", str(folder))
    return folder / "versions"


def write_step(folder: Path, number: int, up: str, down: str = "pass") -> None:
    before = f"{number - 1:04}" if number > 1 else None
    text = STEP.format(revision=f"{number:04}", down_revision=before, up=up, down=down)
    (folder / f"{number:04}_step.py").write_text(text)


def test_the_schema_goes_up_and_down_to_nothing_and_up_again_the_same(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine)
    at_first = contents(empty_engine)
    assert version(empty_engine) == schema.needed_version()
    schema.check(empty_engine)

    schema.downgrade(empty_engine, "base")
    assert contents(empty_engine) == []
    assert version(empty_engine) is None

    schema.upgrade(empty_engine)
    assert contents(empty_engine) == at_first != []


def test_every_single_step_can_be_taken_back(empty_engine: Engine) -> None:
    steps = list(ScriptDirectory.from_config(schema._config()).walk_revisions())[::-1]
    for step in steps:
        before = contents(empty_engine)
        schema.upgrade(empty_engine, step.revision)
        schema.downgrade(empty_engine, "-1")
        assert contents(empty_engine) == before
        schema.upgrade(empty_engine, step.revision)


def test_going_up_again_changes_nothing(engine: Engine) -> None:
    before = contents(engine)
    schema.upgrade(engine)
    assert contents(engine) == before


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    import_all_models()
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.Base.metadata)
    assert differences == []


def test_the_migrations_and_the_models_make_the_same_tables(engine: Engine, empty_engine: Engine) -> None:
    import_all_models()
    db.Base.metadata.create_all(empty_engine)
    assert tables(engine) == tables(empty_engine)


def test_a_table_that_no_migration_makes_is_found(engine: Engine) -> None:
    metadata = sa.MetaData()
    sa.Table("surplus", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert "add_table" in {difference[0] for difference in differences}


def test_a_database_that_was_never_set_up_is_refused(empty_engine: Engine) -> None:
    with pytest.raises(errors.SchemaMissing):
        schema.check(empty_engine)


def test_an_older_database_is_refused_with_both_versions(other_steps: Path, empty_engine: Engine) -> None:
    write_step(other_steps, 1, "op.create_table('a', sa.Column('id', sa.Integer))")
    schema.upgrade(empty_engine)
    write_step(other_steps, 2, "op.create_table('b', sa.Column('id', sa.Integer))")
    with pytest.raises(errors.SchemaOlder) as refusal:
        schema.check(empty_engine)
    assert refusal.value.params == {"found": "0001", "needed": "0002"}

    schema.upgrade(empty_engine)
    schema.check(empty_engine)


@pytest.mark.parametrize("deed", [schema.check, schema.upgrade, lambda engine: schema.downgrade(engine, "base")])
def test_a_newer_database_is_refused_and_left_alone(engine: Engine, deed: Callable[[Engine], None]) -> None:
    say_version(engine, "9999")
    before = contents(engine)
    with pytest.raises(errors.SchemaNewer, match="9999"):
        deed(engine)
    assert (contents(engine), version(engine)) == (before, "9999")


def test_a_step_that_fails_takes_the_whole_upgrade_back(other_steps: Path, empty_engine: Engine) -> None:
    write_step(other_steps, 1, "op.create_table('a', sa.Column('id', sa.Integer))")
    write_step(other_steps, 2, "op.create_table('b', sa.Column('id', sa.Integer)); raise ValueError('no')")
    with pytest.raises(ValueError, match="no"):
        schema.upgrade(empty_engine)
    assert (contents(empty_engine), version(empty_engine)) == ([], None)


def test_two_upgrades_at_once_run_every_step_once(other_steps: Path, empty_database_url: str) -> None:
    write_step(other_steps, 1, "op.create_table('a', sa.Column('id', sa.Integer)); import time; time.sleep(0.3)")
    write_step(other_steps, 2, "op.execute('INSERT INTO a VALUES (1)')")

    def upgrade_and_count(_: int) -> int:
        engine = db.open_engine(empty_database_url)
        try:
            schema.upgrade(engine)
            with engine.connect() as connection:
                return int(connection.execute(sa.text("SELECT count(*) FROM a")).scalar_one())
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as people:
        assert list(people.map(upgrade_and_count, range(4))) == [1, 1, 1, 1]


@pytest.fixture
def parent_and_child(other_steps: Path, empty_engine: Engine) -> Path:
    """A database with one row that points at another, and its migrations."""
    write_step(
        other_steps,
        1,
        "op.execute('CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(5))')\n"
        "    op.execute('CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent)')\n"
        "    op.execute('INSERT INTO parent (id) VALUES (1)'); op.execute('INSERT INTO child VALUES (1, 1)')",
    )
    schema.upgrade(empty_engine)
    return other_steps


def test_a_table_that_others_point_at_can_be_changed(parent_and_child: Path, empty_engine: Engine) -> None:
    change = "batch.alter_column('name', existing_type=sa.String(5), type_=sa.String(50))"
    write_step(parent_and_child, 2, f"with op.batch_alter_table('parent') as batch: {change}")
    schema.upgrade(empty_engine)
    with empty_engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM parent")).scalar_one() == 1
        connection.execute(sa.text("INSERT INTO child VALUES (2, 1)"))


def test_a_step_may_not_leave_rows_pointing_at_nothing(parent_and_child: Path, empty_engine: Engine) -> None:
    write_step(parent_and_child, 2, "op.execute('DELETE FROM parent')")
    with pytest.raises(Exception, match=r"pointing at nothing|violates foreign key"):
        schema.upgrade(empty_engine)
    with empty_engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM parent")).scalar_one() == 1
    with pytest.raises(sa.exc.IntegrityError), empty_engine.begin() as connection:  # the keys hold again
        connection.execute(sa.text("DELETE FROM parent"))
