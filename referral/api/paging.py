"""Lists in pages: `{"data": […], "next": cursor or null}`, going on after an id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel

from referral.errors import Invalid
from referral.plumbing import ids

T = TypeVar("T")
USUAL, MOST = 50, 200


def wanted() -> tuple[int | None, int]:
    """Read where to go on and how many; raise Invalid `cursor_invalid` or `limit_invalid`."""
    cursor, text = request.args.get("after"), request.args.get("limit", str(USUAL))
    after = ids.read(cursor) if cursor is not None else None
    if cursor is not None and after is None:
        raise Invalid("cursor_invalid")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= limit <= MOST:
        raise Invalid("limit_invalid", most=MOST)
    return after, limit


def page(rows: Sequence[T], limit: int, show: Callable[[T], BaseModel], key: Callable[[T], int]) -> dict[str, Any]:
    """Give one page of `limit` rows; one row more than that says that there is another."""
    shown = rows[:limit]
    following = ids.show(key(shown[-1])) if len(rows) > limit else None
    return whole([show(row) for row in shown], following)


def whole(items: Sequence[BaseModel], following: str | None = None) -> dict[str, Any]:
    """Give a list as programs get it, with where to go on."""
    return {"data": [item.model_dump(mode="json") for item in items], "next": following}
