"""Opening hours as an organiser writes them: days and times on the clocks of the place, turned into moments.

Two days of a year are not 24 hours long. A time that clocks skip in spring is refused, since nobody can come at it; of
a time that comes twice in autumn, an opening is the first and a closing the last, so that nobody stands before a door
that was said to be open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from referral.errors import Invalid

MOST_DAYS = 400
_DAY = timedelta(days=1)
_OF_LOCALE = {"id": "Asia/Jakarta", "pl": "Europe/Warsaw", "zh_Hans": "Asia/Shanghai"}
_OF_CURRENCY = {
    "AUD": "Australia/Sydney",
    "CNY": "Asia/Shanghai",
    "EUR": "Europe/Berlin",
    "GBP": "Europe/London",
    "HKD": "Asia/Hong_Kong",
    "IDR": "Asia/Jakarta",
    "INR": "Asia/Kolkata",
    "JPY": "Asia/Tokyo",
    "MYR": "Asia/Kuala_Lumpur",
    "PHP": "Asia/Manila",
    "PLN": "Europe/Warsaw",
    "SGD": "Asia/Singapore",
    "THB": "Asia/Bangkok",
    "TWD": "Asia/Taipei",
    "USD": "America/New_York",
}
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.h]([0-5][0-9])(?::00)?", re.ASCII)


@dataclass(frozen=True)
class Hours:
    """Hold the hours of some days in a row, as they are written; what closes at or before its opening does so next day.

    Equal times are a day and a night.
    """

    first: date
    last: date
    opens: time
    closes: time


@dataclass(frozen=True)
class Opening:
    """Hold when one day opens and closes."""

    opens_at: datetime
    closes_at: datetime


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its name in the IANA database; raise Invalid `zone_unknown`.

    >>> str(zone_of(" asia/jakarta "))
    'Asia/Jakarta'
    """
    known = _zones().get(name.strip().lower().replace(" ", "_"))
    if known is None:
        raise Invalid("zone_unknown")
    return ZoneInfo(known)


def read_hours(first: str, last: str, opens: str, closes: str) -> Hours | None:
    """Read one row of a form; None where all of it is empty. Without a last day it is one day.

    Raises:
        Invalid: `day_malformed`, `time_malformed`, `hours_incomplete`, `days_reversed`.
    """
    first, last, opens, closes = first.strip(), last.strip(), opens.strip(), closes.strip()
    if not (first or last or opens or closes):
        return None
    if not (first and opens and closes):
        raise Invalid("hours_incomplete")
    begins, ends = _date(first), _date(last or first)
    if ends < begins:
        raise Invalid("days_reversed")
    return Hours(begins, ends, _time(opens), _time(closes))


def openings(rows: Iterable[Hours], zone: ZoneInfo) -> list[Opening]:
    """Turn rows of hours into the opening of each single day, in order.

    Raises:
        Invalid: `days_missing`, `days_too_many` (most), `time_skipped` (day, time), `days_overlap` (day).
    """
    wanted = list(rows)
    if sum((row.last - row.first).days + 1 for row in wanted) > MOST_DAYS:
        raise Invalid("days_too_many", most=MOST_DAYS)
    found = sorted(
        (_opening(row.first + _DAY * number, row, zone) for row in wanted for number in range(_length(row))),
        key=lambda one: one.opens_at,
    )
    if not found:
        raise Invalid("days_missing")
    for before, after in pairwise(found):
        if after.opens_at < before.closes_at:
            raise Invalid("days_overlap", day=after.opens_at.astimezone(zone).date().isoformat())
    return found


def local_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a day and a time on the clocks of a place, as browsers write them.

    Raises:
        Invalid: `moment_malformed`, `time_skipped` (day, time).
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("moment_malformed") from error
    if local.tzinfo is not None or not 2000 <= local.year <= 2200:
        raise Invalid("moment_malformed")
    return _moment(local.date(), local.time().replace(microsecond=0), zone, fold=0)


def rows_of(days: Sequence[Opening], zone: ZoneInfo, *, single: bool = False) -> list[Hours] | None:
    """Write days as rows again: those that follow each other with the same hours are one row, unless asked otherwise.

    None where a day lasts longer than a row can say.
    """
    rows: list[Hours] = []
    for day in sorted(days, key=lambda one: one.opens_at):
        hours = _hours(day, zone)
        if hours is None:
            return None
        before = None if single or not rows else rows[-1]
        if before is not None and before == replace(hours, first=before.first, last=hours.first - _DAY):
            rows[-1] = replace(before, last=hours.first)
        else:
            rows.append(hours)
    return rows


def default_zone(locale: str, currency: str) -> str:
    """Guess the time zone of a brand by its language; English is spoken everywhere, so there by its money."""
    return _OF_LOCALE.get(locale) or _OF_CURRENCY.get(currency, "UTC")


def _hours(day: Opening, zone: ZoneInfo) -> Hours | None:
    opens, closes = day.opens_at.astimezone(zone), day.closes_at.astimezone(zone)
    row = Hours(opens.date(), opens.date(), _clock(opens), _clock(closes))
    return row if closes.date() == opens.date() + (_DAY if row.closes <= row.opens else timedelta()) else None


def _opening(day: date, row: Hours, zone: ZoneInfo) -> Opening:
    closing = day if row.closes > row.opens else day + _DAY
    return Opening(_moment(day, row.opens, zone, fold=0), _moment(closing, row.closes, zone, fold=1))


def _moment(day: date, at: time, zone: ZoneInfo, *, fold: int) -> datetime:
    """Give the moment of a local time; raise Invalid `time_skipped` where clocks are put forward over it."""
    local = datetime.combine(day, at, zone).replace(fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid("time_skipped", day=day.isoformat(), time=f"{at:%H:%M}")
    return moment


def _length(row: Hours) -> int:
    return (row.last - row.first).days + 1


def _clock(moment: datetime) -> time:
    return moment.time().replace(second=0, microsecond=0, fold=0)


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("day_malformed") from error
    if not 2000 <= day.year <= 2200:
        raise Invalid("day_malformed")
    return day


def _time(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise Invalid("time_malformed")
    return time(int(match[1]), int(match[2]))


_known_zones: dict[str, str] = {}


def _zones() -> dict[str, str]:
    if not _known_zones:
        _known_zones.update((name.lower(), name) for name in available_timezones())
    return _known_zones
