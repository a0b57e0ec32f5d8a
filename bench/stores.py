"""Databases to measure on, gone at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.engines import Databases, Postgresql, Sqlite, postgresql_server

REMARKS = {
    "sqlite": "SQLite (WAL, every commit on the disk)",
    "postgresql": "PostgreSQL (on a Unix socket; it does not wait for the disk)",
}


@contextmanager
def stores(engine: str) -> Iterator[Databases]:
    """Make databases of an engine that are gone at the end."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="tular-bench-") as folder:
            yield Sqlite(Path(folder))
    else:
        with postgresql_server() as sockets, closing(Postgresql(sockets)) as made:
            yield made
