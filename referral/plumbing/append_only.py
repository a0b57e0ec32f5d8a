"""Triggers that keep tables append-only, as statements for the migration of each engine."""

from __future__ import annotations

from collections.abc import Mapping

_SQLITE_VERBS = ("update", "delete")
_POSTGRESQL_EVENTS = (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))


def make(dialect: str, function: str, tables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give the statements that make the triggers on an engine: "sqlite" or "postgresql".

    Each table comes with what its key, and each of its other unique indexes, takes for the same row (beside the brand):
    SQLite asks that of a row that may be about to replace another. The function is PostgreSQL's, made for these tables.
    """
    if dialect == "sqlite":
        return tuple(
            statement
            for table, same in tables.items()
            for statement in (*_sqlite_changes(table), _sqlite_replace(table, same))
        )
    return (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING "
        "ERRCODE = 'restrict_violation', MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
        *(
            f"CREATE TRIGGER {table}_{name} BEFORE {events} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()"
            for table in tables
            for name, events, level in _POSTGRESQL_EVENTS
        ),
    )


def drop(dialect: str, function: str, tables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give the statements that drop what `make` made; run them before the tables are dropped."""
    if dialect == "sqlite":
        return tuple(f"DROP TRIGGER {table}_{verb}" for table in tables for verb in (*_SQLITE_VERBS, "replace"))
    return (
        *(f"DROP TRIGGER {table}_{name} ON {table}" for table in tables for name, _, _ in _POSTGRESQL_EVENTS),
        f"DROP FUNCTION {function}()",
    )


def _sqlite_changes(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in _SQLITE_VERBS
    )


def _sqlite_replace(table: str, same: tuple[str, ...]) -> str:
    # INSERT OR REPLACE deletes the row that stands in its way without asking a DELETE trigger, so it is asked before.
    # The message says UNIQUE because that is what an honest INSERT has run into: such a request is run again.
    ways = " OR ".join(f"({way})" for way in same)
    return (
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} "  # noqa: S608 - the names are our own tables'
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE brand_id = new.brand_id AND ({ways})) "
        f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table} is append-only'); END"
    )
