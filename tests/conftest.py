"""Fixtures of every test: a database of each engine, the application on it, a client.

A test that asks for `database_url`, or for anything that stands on it, runs once on SQLite and once on PostgreSQL;
those of pages and of the API take turns (see pytest_collection_modifyitems).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from referral.brands import passwords
from tests.application import application, migrate_template, settings_for_tests
from tests.engines import ENGINES, Databases, EngineMissing, Postgresql, Sqlite, postgresql_server
from tests.machine import CI, missing

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner

hypothesis_settings.register_profile(
    "tular",
    deadline=None,
    max_examples=50,
    derandomize=CI,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("tular")


HERE = Path(__file__).parent
IN_TURNS = (HERE / "web", HERE / "api", HERE / "test_access.py")
"""Tests that come in from outside, by HTTP."""


# --- Which tests run, and in which order -----------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database on both engines, or on those that `@pytest.mark.engines` names."""
    if "engine_name" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("engine_name", marker.args if marker else ENGINES, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the slowest, so that the cores finish together; pages and the API take turns between the engines.

    What is asked of a database is tested on both, in the parts. A test that comes in by HTTP runs on one of them, each
    time the same, and with EVERY_ENGINE=1 on both.
    """
    if os.environ.get("EVERY_ENGINE", "") in ("", "0"):
        idle = [item for item in items if _is_the_other_engines(item)]
        if idle:
            config.hook.pytest_deselected(items=idle)
            left_out = set(idle)
            items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _is_the_other_engines(item: pytest.Item) -> bool:
    """Tell whether it is the other engine's turn to run a test."""
    if not any(place in (item.path, *item.path.parents) for place in IN_TURNS):
        return False
    if item.get_closest_marker("engines") is not None:
        return False
    engine = getattr(item, "callspec", None) and item.callspec.params.get("engine_name")  # type: ignore[attr-defined]
    return engine in ENGINES and engine != ENGINES[zlib.crc32(item.nodeid.replace(engine, "").encode()) % len(ENGINES)]


# --- Passwords -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _hash_passwords_quickly() -> Iterator[None]:
    """Hash with argon2 as the product does, at the least cost: its usual one is meant to be slow."""
    usual = passwords._hasher
    passwords._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),))
    yield
    passwords._hasher = usual


# --- Databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Make SQLite databases, and the migrated template of their copies."""
    databases = Sqlite(tmp_path_factory.mktemp("sqlite"))
    migrate_template(databases)
    return databases


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Databases]:
    """Make PostgreSQL databases in a server of this process's own, and the migrated template of their copies."""
    try:
        with postgresql_server() as folder, closing(Postgresql(folder)) as databases:
            migrate_template(databases)
            yield databases
    except EngineMissing as error:
        missing(str(error))


@pytest.fixture
def databases(engine_name: str, request: pytest.FixtureRequest) -> Databases:
    """Make databases of the engine that this run of the test is on."""
    made: Databases = request.getfixturevalue(f"{engine_name}_databases")
    return made


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Give the address of a migrated database without a row, this test's own."""
    with databases.copy() as address:
        yield address


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """Give the address of a database without a table, this test's own: for tests of the migrations."""
    with databases.empty() as address:
        yield address


# --- The application -------------------------------------------------------------------------------------------------


@pytest.fixture
def app(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Make the application, as it is served, on a database of this test's own.

    `@pytest.mark.settings(RATE_LIMITS=True)` gives it other settings.
    """
    settings = settings_for_tests(database_url, DATA_DIR=str(tmp_path))
    for marker in request.node.iter_markers("settings"):
        settings |= marker.kwargs
    with application(settings) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies yet."""
    return app.test_client()


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    """Give an operator's command line: `cli.invoke(args=["settings"])`."""
    return app.test_cli_runner()


# --- What the product is about: a brand, its owner, a key, a campaign … (more fixtures go here) -----------------------
