"""The triggers that keep the ledger append-only, as statements for the migration of each engine.

An account is part of what was posted: whoever could give it to another fan, or name another currency, would have
changed every entry in it. So it is held fast like the transactions and the entries.
"""

from __future__ import annotations

from referral.plumbing import append_only

TABLES: dict[str, tuple[str, ...]] = {
    "ledger_account": ("campaign_id = new.campaign_id AND name = new.name AND currency = new.currency",),
    "ledger_transaction": (
        "new.kind = 'sale' AND kind = 'sale' AND campaign_id = new.campaign_id AND reference = new.reference",
        "new.kind = 'refund' AND corrects_id = new.corrects_id AND reference = new.reference",
    ),
    "ledger_entry": (),
}
"""The tables held fast, with what each of their unique indexes beside the key takes for the same row."""

_FUNCTION = "ledger_is_append_only"
_KEYED = {table: ("id = new.id", *same) for table, same in TABLES.items()}


def make(dialect: str) -> tuple[str, ...]:
    """Give the statements that make the triggers on an engine: "sqlite" or "postgresql"."""
    return append_only.make(dialect, _FUNCTION, _KEYED)


def drop(dialect: str) -> tuple[str, ...]:
    """Give the statements that drop what `make` made; run them before the tables are dropped."""
    return append_only.drop(dialect, _FUNCTION, _KEYED)
