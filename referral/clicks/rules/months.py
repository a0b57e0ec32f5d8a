"""Hours, days and months of clicks, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

HOUR = 3_600_000
DAY = 86_400_000
"""Milliseconds."""


def month_of(ms: int) -> datetime:
    """Give the first moment, in UTC, of the month that a time in milliseconds since 1970 lies in."""
    return datetime.fromtimestamp(ms / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """Give the first moment of the month after one.

    >>> month_after(datetime(2026, 12, 1, tzinfo=UTC)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
