"""The migrations make what the models say, on both engines, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from referral.credits import triggers as ledger
from referral.events import triggers as door
from referral.plumbing.db import Base, db
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from flask import Flask

    from tests.engines import Databases


@pytest.fixture
def empty_app(empty_database_url: str) -> Iterator[Flask]:
    """Make the application on a database without a table."""
    with application(settings_for_tests(empty_database_url)) as app:
        yield app


@pytest.fixture
def modelled(databases: Databases) -> Iterator[Engine]:
    """Give a database whose tables were made from the models, without migrations."""
    with databases.empty() as address:
        engine = create_engine(address)
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def migrate(app: Flask, *words: str) -> None:
    done = app.test_cli_runner().invoke(args=["db", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return set(inspect(db.engine).get_table_names())


def triggers_in(app: Flask) -> set[str]:
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with app.app_context():
        return set(db.session.scalars(text(asked[db.engine.dialect.name])))


def described(engine: Engine) -> dict[str, dict[str, Any]]:
    """Describe every table of a database by its columns, keys, indexes and checks."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(one["column_names"] for one in inspector.get_unique_constraints(table)),
            "indexes": sorted(
                (
                    index["name"],
                    index["column_names"],
                    bool(index["unique"]),
                    sorted((key, str(value)) for key, value in index.get("dialect_options", {}).items()),
                )
                for index in inspector.get_indexes(table)
            ),
            "checks": sorted((check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_go_up_and_down_and_up_again(empty_app: Flask) -> None:
    models = set(Base.metadata.tables)

    migrate(empty_app, "upgrade")
    up = tables(empty_app)
    migrate(empty_app, "downgrade", "base")
    down = tables(empty_app)
    migrate(empty_app, "upgrade")

    assert up == models | {"alembic_version"}
    assert down == {"alembic_version"}
    assert triggers_in(empty_app) == every_trigger(empty_app)
    assert tables(empty_app) == up


def test_migrations_leave_no_trigger_or_function_behind_when_they_are_taken_back(empty_app: Flask) -> None:
    migrate(empty_app, "upgrade")
    migrate(empty_app, "downgrade", "base")

    assert triggers_in(empty_app) == set()
    with empty_app.app_context():
        if db.engine.dialect.name == "postgresql":
            left = db.session.scalars(
                text("SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'")
            )
            assert list(left) == []


def test_a_migration_that_was_run_is_not_run_again(app: Flask) -> None:
    before = tables(app)

    migrate(app, "upgrade")

    assert tables(app) == before


def test_alembic_finds_nothing_in_the_models_that_the_migrations_lack(app: Flask) -> None:
    migrate(app, "check")

    with app.app_context(), db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert found == []


def test_the_migrated_schema_is_the_models_to_the_last_index_and_check(app: Flask, modelled: Engine) -> None:
    with app.app_context():
        migrated = described(db.engine)

    assert migrated == described(modelled)


def every_trigger(app: Flask) -> set[str]:
    verbs = {"sqlite": ("update", "delete", "replace"), "postgresql": ("change", "truncate")}
    with app.app_context():
        name = db.engine.dialect.name
    return {f"{table}_{verb}" for table in (*ledger.TABLES, *door.TABLES) for verb in verbs[name]}


def test_the_triggers_that_keep_the_ledger_and_the_doors_log_append_only_are_there(app: Flask) -> None:
    assert triggers_in(app) == every_trigger(app)


def test_there_is_one_newest_migration(app: Flask) -> None:
    with app.app_context():
        scripts = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())

    assert len(scripts.get_heads()) == 1
