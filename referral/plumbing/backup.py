"""A consistent copy of the database, made while everything runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

LIBPQ = {"host": "PGHOST", "port": "PGPORT", "username": "PGUSER", "password": "PGPASSWORD", "database": "PGDATABASE"}


class BackupFailed(RuntimeError):
    """Say in a sentence for the operator why there is no backup."""


def back_up(address: str, target: Path, without: Sequence[str] = ()) -> int:
    """Copy the database behind an address into a new file, readable by its owner only; return the file's size.

    The copy is what the database was at one moment, without the rows of the tables named in `without`. It gets its name
    when it is whole, so a file by that name is never half a backup.

    Raises:
        BackupFailed: the file exists, its folder does not, or the copy did not succeed.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists, and a backup never writes over anything. Choose another name.")
    if not target.parent.is_dir():
        raise BackupFailed(f"There is no folder {target.parent}.")
    url = make_url(address)
    part = target.with_name(f".{target.name}.part-{os.getpid()}")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(url, part, without)
        else:
            _dump_postgresql(url, part, without)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.link(part, target)
    except FileExistsError as error:
        raise BackupFailed(f"{target} was made by somebody else in the meantime, and stays as it is.") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_sqlite(url: URL, part: Path, without: Sequence[str]) -> None:
    """Copy in one step: readers see one moment, and in WAL mode writers need not wait for a reader."""
    if not url.database or url.database == ":memory:":
        raise BackupFailed("A database in memory cannot be backed up.")
    try:
        with (
            closing(sqlite3.connect(f"file:{Path(url.database).resolve()}?mode=ro", uri=True, timeout=20)) as source,
            closing(sqlite3.connect(part, isolation_level=None)) as copy,
        ):
            source.backup(copy, pages=-1)
            # The copy is one file that needs no other beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            _empty(copy, without)
            if (found := copy.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise BackupFailed(f"The copy is damaged ({found}); so may be the database.")
    except sqlite3.Error as error:
        raise BackupFailed(f"SQLite could not copy the database: {error}.") from error


def _empty(copy: sqlite3.Connection, without: Sequence[str]) -> None:
    """Take all rows out of some tables, and their bytes out of the file."""
    copy.execute("PRAGMA secure_delete=ON")
    there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in there.intersection(without):
        copy.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a table that is there


def _dump_postgresql(url: URL, part: Path, without: Sequence[str]) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed(
            "A backup of PostgreSQL is made by pg_dump, which is not on the PATH. "
            "Install the PostgreSQL client (Debian: apt-get install postgresql-client), no older than the server."
        )
    # The address goes through the environment: arguments can be read by every process of the machine.
    own = {LIBPQ[name]: str(value) for name, value in url.translate_connect_args().items() if name in LIBPQ}
    own |= {f"PG{key.upper()}": str(value) for key, value in url.query.items() if key in {"host", "port", "sslmode"}}
    done = subprocess.run(  # noqa: S603 - the program was found on the operator's own PATH
        [
            program,
            "--format=custom",
            f"--file={part}",
            "--no-password",
            *(f"--exclude-table-data={one}" for one in without),
        ],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"pg_dump failed: {done.stderr.strip() or f'it ended with {done.returncode}'}")
