"""The triggers that keep the ledger append-only, as statements for the migration of each engine.

An account is part of what was posted: whoever could give it to another fan, or name another currency, would have
changed every entry in it. So it is held fast like the transactions and the entries.
"""

from __future__ import annotations

TABLES: dict[str, tuple[str, ...]] = {
    "ledger_account": ("campaign_id = new.campaign_id AND name = new.name AND currency = new.currency",),
    "ledger_transaction": (
        "new.kind = 'sale' AND kind = 'sale' AND campaign_id = new.campaign_id AND reference = new.reference",
        "new.kind = 'refund' AND corrects_id = new.corrects_id AND reference = new.reference",
    ),
    "ledger_entry": (),
}
"""The tables held fast, with what each of their unique indexes beside the key takes for the same row."""


def make(dialect: str) -> tuple[str, ...]:
    """Give the statements that make the triggers on an engine: "sqlite" or "postgresql"."""
    return _SQLITE if dialect == "sqlite" else _POSTGRESQL


def drop(dialect: str) -> tuple[str, ...]:
    """Give the statements that drop what `make` made; run them before the tables are dropped."""
    if dialect == "sqlite":
        return tuple(f"DROP TRIGGER {table}_{verb}" for table in TABLES for verb in ("update", "delete", "replace"))
    return (
        *(f"DROP TRIGGER {table}_{verb} ON {table}" for table in TABLES for verb in ("change", "truncate")),
        "DROP FUNCTION ledger_is_append_only()",
    )


def _sqlite_changes(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("update", "delete")
    )


def _sqlite_replace(table: str, same: tuple[str, ...]) -> str:
    # INSERT OR REPLACE deletes the row that stands in its way without asking a DELETE trigger, so it is asked before.
    # The message says UNIQUE because that is what an honest INSERT has run into: such a request is run again.
    ways = " OR ".join(f"({way})" for way in ("id = new.id", *same))
    return (
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} "  # noqa: S608 - the names are those above
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE brand_id = new.brand_id AND ({ways})) "
        f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table} is append-only'); END"
    )


_SQLITE = tuple(
    statement for table, same in TABLES.items() for statement in (*_sqlite_changes(table), _sqlite_replace(table, same))
)

_POSTGRESQL = (
    "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING "
    "ERRCODE = 'restrict_violation', MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {events} ON {table} "
        f"FOR EACH {level} EXECUTE FUNCTION ledger_is_append_only()"
        for table in TABLES
        for name, events, level in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
    ),
)
