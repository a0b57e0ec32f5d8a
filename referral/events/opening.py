"""When an event is open, by the clocks of its place, as it is read; the few words around it stand in templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from referral.events.models import Event, EventDay
from referral.events.rules.hours import Hours, Opening, rows_of, zone_of
from referral.plumbing import i18n

SMALL_HOURS = timedelta(hours=6)


@dataclass(frozen=True)
class Line:
    """Hold a day, or days in a row with the same hours.

    Without hours they are open day and night, or, where one opening goes on for days, `days` holds its hours too.
    """

    days: str
    hours: str | None
    each_day: bool = False
    goes_on: bool = False


def lines(event: Event, days: Sequence[EventDay], locale: str) -> list[Line]:
    """Say when an event is open: one line for a day, or for days in a row with the same hours."""
    rows = rows_of([Opening(day.opens_at, day.closes_at) for day in days], zone_of(event.timezone))
    if rows is None:  # a day that goes on for several
        spans = [(moment(event, day.opens_at, locale), moment(event, day.closes_at, locale)) for day in days]
        return [Line(f"{opens} – {closes}", None, goes_on=True) for opens, closes in spans]
    return [_line(row, locale) for row in rows]


def span(event: Event, days: Sequence[EventDay], locale: str) -> str | None:
    """Say on which days an event is, from the first to the last; None where it has none."""
    if not days:
        return None
    zone = zone_of(event.timezone)
    # What closes at midnight, or in the small hours, is still the day before to whoever comes.
    last = max(days[-1].closes_at - SMALL_HOURS, days[-1].opens_at)
    return i18n.days(days[0].opens_at.astimezone(zone).date(), last.astimezone(zone).date(), locale)


def moment(event: Event, at: datetime, locale: str) -> str:
    """Write a moment by the clocks of the event's place."""
    there = at.astimezone(zone_of(event.timezone))
    return f"{i18n.days(there.date(), there.date(), locale)}, {i18n.clock(there.time(), locale)}"


def is_over(event: Event, days: Sequence[EventDay], at: datetime) -> bool:
    """Tell whether nobody can come any more: the event was closed, or its last day is past."""
    return event.closed_at is not None or (bool(days) and max(day.closes_at for day in days) <= at)


def _line(row: Hours, locale: str) -> Line:
    days = i18n.days(row.first, row.last, locale)
    if row.opens == row.closes:
        return Line(days, None)
    return Line(days, f"{i18n.clock(row.opens, locale)}–{i18n.clock(row.closes, locale)}", row.first != row.last)
