"""The triggers that keep the log of the door append-only, and the credit given by it."""

from __future__ import annotations

from referral.plumbing import append_only

TABLES: dict[str, tuple[str, ...]] = {
    "scan": ("id = new.id", "nonce = new.nonce"),
    "arrival": ("id = new.id", "pass_id = new.pass_id AND number = new.number"),
    "arrival_credit": ("arrival_id = new.arrival_id AND fan_id = new.fan_id",),
}
"""The tables held fast, with what the key and the unique index of each take for the same row."""

_FUNCTION = "door_is_append_only"


def make(dialect: str) -> tuple[str, ...]:
    """Give the statements that make the triggers on an engine: "sqlite" or "postgresql"."""
    return append_only.make(dialect, _FUNCTION, TABLES)


def drop(dialect: str) -> tuple[str, ...]:
    """Give the statements that drop what `make` made; run them before the tables are dropped."""
    return append_only.drop(dialect, _FUNCTION, TABLES)
