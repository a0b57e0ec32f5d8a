"""What an event and its places must be like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from referral.campaigns.rules import clean_slug
from referral.errors import Invalid
from referral.events.rules.hours import MOST_DAYS, zone_of

NAME_LENGTH, VENUE_LENGTH, LABEL_LENGTH = 120, 200, 80
MOST_CAPACITY = 10_000_000
EARLY_MINUTES = 720
LONGEST_DAY = timedelta(days=31)
MOST_COST = 10**15
MOST_PEOPLE = 999


class Reentry(StrEnum):
    """Name how often a pass is an entry: once at the event, once a day, or as often as somebody comes."""

    ONCE = "once"
    DAILY = "daily"
    FREE = "free"


class PlaceKind(StrEnum):
    """Name what a place is for: letting people in, meeting them, or telling them."""

    GATE = "gate"
    BOOTH = "booth"
    POSTER = "poster"
    STAGE = "stage"


@dataclass(frozen=True)
class EventTerms:
    """Hold what an organiser says of an event; `days` are its opening hours, `cost_minor` what it costs in all."""

    slug: str
    name: str
    timezone: str
    days: Sequence[tuple[datetime, datetime]]
    venue: str | None = None
    capacity: int | None = None
    early_minutes: int = 60
    reentry: str = Reentry.DAILY
    gives_passes: bool = True
    cost_minor: int | None = None


def clean(terms: EventTerms) -> EventTerms:
    """Take what an organiser wrote as it is kept, its days in order.

    Raises:
        Invalid: `slug_invalid`, `name_missing`, `name_too_long`, `venue_too_long`, `zone_unknown`,
            `capacity_invalid`, `early_invalid`, `reentry_unknown`, `cost_invalid`, or what `clean_days` raises.
    """
    if terms.capacity is not None and not 1 <= terms.capacity <= MOST_CAPACITY:
        raise Invalid("capacity_invalid", most=MOST_CAPACITY)
    if not 0 <= terms.early_minutes <= EARLY_MINUTES:
        raise Invalid("early_invalid", most=EARLY_MINUTES)
    if terms.reentry not in set(Reentry):
        raise Invalid("reentry_unknown")
    if terms.cost_minor is not None and not 0 <= terms.cost_minor <= MOST_COST:
        raise Invalid("cost_invalid")
    zone = zone_of(terms.timezone)
    return replace(
        terms,
        slug=clean_slug(terms.slug),
        name=clean_name(terms.name),
        venue=_venue(terms.venue),
        timezone=str(zone),
        days=clean_days(terms.days, zone),
    )


def clean_name(text: str) -> str:
    """Take the name of an event or a place; raise Invalid `name_missing` or `name_too_long`."""
    name = visible(text)
    if not name:
        raise Invalid("name_missing")
    if len(name) > NAME_LENGTH:
        raise Invalid("name_too_long", most=NAME_LENGTH)
    return name


def clean_days(days: Sequence[tuple[datetime, datetime]], zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
    """Take an event's opening hours in their order.

    Raises:
        Invalid: `days_missing`, `days_too_many`, `hours_reversed` (a day closes before it opens), `hours_too_long`, or
            `days_overlap`, with the day by the clocks of the place.
    """
    if not days:
        raise Invalid("days_missing")
    if len(days) > MOST_DAYS:
        raise Invalid("days_too_many", most=MOST_DAYS)
    ordered = tuple(sorted((_whole(opens), _whole(closes)) for opens, closes in days))
    if any(closes <= opens for opens, closes in ordered):
        raise Invalid("hours_reversed")
    if any(closes - opens > LONGEST_DAY for opens, closes in ordered):
        raise Invalid("hours_too_long", most=LONGEST_DAY.days)
    for earlier, later in pairwise(ordered):
        if later[0] < earlier[1]:
            raise Invalid("days_overlap", day=later[0].astimezone(zone).date().isoformat())
    return ordered


def clean_kind(text: str) -> PlaceKind:
    """Take the kind of a place; raise Invalid `place_kind_unknown`."""
    try:
        return PlaceKind(text)
    except ValueError as error:
        raise Invalid("place_kind_unknown") from error


def clean_label(text: str | None) -> str | None:
    """Take what is printed on a pass beside its name, such as Speaker; raise Invalid `pass_label_too_long`."""
    label = visible(text or "")
    if len(label) > LABEL_LENGTH:
        raise Invalid("pass_label_too_long", most=LABEL_LENGTH)
    return label or None


def check_admits(people: int) -> int:
    """Take how many people a pass lets in; raise Invalid `admits_invalid`."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid("admits_invalid", most=MOST_PEOPLE)
    return people


def check_valid(valid_from: datetime | None, valid_until: datetime | None) -> None:
    """Refuse a pass that would end before it begins; raise Invalid `valid_reversed`."""
    if valid_from is not None and valid_until is not None and valid_until <= valid_from:
        raise Invalid("valid_reversed")


def visible(text: str) -> str:
    """Take a line without signs that cannot be seen, and without needless spaces.

    >>> visible(" Hall\\tB\\x00 ")
    'Hall B'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _venue(text: str | None) -> str | None:
    venue = visible(text or "")
    if len(venue) > VENUE_LENGTH:
        raise Invalid("venue_too_long", most=VENUE_LENGTH)
    return venue or None


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
