"""The clock: the one place where the product asks what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def now() -> datetime:
    """Tell the time in UTC, to the millisecond, which is what the database keeps."""
    moment = _told.get() or datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Tell another time inside the block: for tests, and for the demonstration that lives through ten days."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    token = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def milliseconds(moment: datetime) -> int:
    """Count the whole milliseconds from 1970 to a moment, exactly."""
    delta = moment.astimezone(UTC) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
