"""The form of an event: its names, its place and hours, and what its passes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, RadioField, StringField
from wtforms.utils import unset_value
from wtforms.validators import DataRequired, ValidationError

from referral.campaigns.rules import read_amount, write_amount
from referral.errors import Invalid, Refusal
from referral.events.rules.hours import Hours, Opening, openings, read_hours, rows_of, zone_of
from referral.events.rules.terms import EARLY_MINUTES, MOST_CAPACITY, EventTerms, Reentry
from referral.plumbing import i18n
from referral.plumbing.clock import EPOCH
from referral.plumbing.money import Money
from referral.web import language
from referral.web.errors import sentence
from referral.web.forms import Form, choices

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from referral.events.models import Event, EventDay

Read = TypeVar("Read")
PLACES = {
    "slug_invalid": "slug",
    "slug_taken": "slug",
    "name_missing": "name",
    "name_too_long": "name",
    "venue_too_long": "venue",
    "zone_unknown": "timezone",
    "capacity_invalid": "capacity",
    "early_invalid": "early_minutes",
    "reentry_unknown": "reentry",
    "cost_invalid": "cost",
    "amount_malformed": "cost",
    "amount_decimals": "cost",
    "amount_too_large": "cost",
    "days_missing": "days",
    "days_too_many": "days",
    "days_overlap": "days",
    "time_skipped": "days",
    "hours_reversed": "days",
    "hours_too_long": "days",
    "hours_overlap": "days",
    "day_entered": "days",
}
PARTS = ("first", "last", "opens", "closes")


@dataclass
class Row:
    """Hold one row of hours as it was typed, and what is wrong with it."""

    first: str = ""
    last: str = ""
    opens: str = ""
    closes: str = ""
    error: str = ""

    @classmethod
    def of(cls, hours: Hours) -> Row:
        """Write hours as the controls of a browser take them."""
        last = "" if hours.last == hours.first else hours.last.isoformat()
        return cls(hours.first.isoformat(), last, f"{hours.opens:%H:%M}", f"{hours.closes:%H:%M}")

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was typed."""
        return not (self.first or self.last or self.opens or self.closes).strip()


class HoursField(Field):  # type: ignore[misc]
    """Rows of days with their hours; what was typed comes back as it was, with one row more to fill in."""

    rows: list[Row]
    data: list[Hours]
    process_errors: list[str]

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the rows of a form, or write the hours that there are."""
        self.process_errors = []
        self.object_data = data
        if formdata:
            typed = zip_longest(*(formdata.getlist(f"{self.name}-{part}") for part in PARTS), fillvalue="")
            self.rows = [row for parts in typed if not (row := Row(*(text.strip() for text in parts))).is_empty]
        else:
            self.rows = [Row.of(hours) for hours in (data if data is not unset_value and data else ())]
        self.rows.append(Row())
        self.data = []

    def pre_validate(self, form: Form) -> None:
        """Read each row; one that cannot be read says why."""
        self.data = []
        for row in self.rows:
            try:
                hours = read_hours(row.first, row.last, row.opens, row.closes)
            except Invalid as refusal:
                row.error = sentence(refusal)
            else:
                self.data += [hours] if hours is not None else []
        if any(row.error for row in self.rows):
            raise ValidationError(gettext("Look at the rows that are marked."))


class EventForm(Form):
    """Ask for an event."""

    name = StringField(_("Name"), [DataRequired(_("Give the event a name."))])
    slug = StringField(_("Short name in addresses"))
    venue = StringField(_("Where it is"))
    timezone = StringField(_("Time zone"), [DataRequired(_("Choose the time zone of the place."))])
    days = HoursField(_("Days and opening hours"))
    early_minutes = StringField(_("Minutes before opening from which gates may scan"), default="60")
    capacity = StringField(_("How many people fit in"))
    reentry = RadioField(
        _("How often somebody comes in with one pass"),
        choices=choices(
            [
                (Reentry.DAILY.value, _("Once on each day")),
                (Reentry.ONCE.value, _("Once at the whole event")),
                (Reentry.FREE.value, _("As often as they like")),
            ]
        ),
        default=Reentry.DAILY.value,
    )
    gives_passes = BooleanField(_("Everybody who joins the campaign gets a pass"), default=True)
    cost = StringField(_("What the event costs"))

    def complain(self, refusal: Refusal) -> None:
        """Write what a refusal says beside its field, its day as people write one."""
        fields = dict(refusal.fields)
        if isinstance(fields.get("day"), str):
            fields["day"] = long_day(date.fromisoformat(str(fields["day"])))
        self.blame(type(refusal)(refusal.code, **fields), PLACES)

    def read(self, work: Callable[[], Read]) -> Read | None:
        """Read a part of the form; None where it cannot be right, which then stands beside its field."""
        try:
            return work()
        except Refusal as refusal:
            self.complain(refusal)
            return None


def terms_of(form: EventForm, currency: str, kept: Sequence[tuple[datetime, datetime]] = ()) -> EventTerms | None:
    """Read a form; None where something in it cannot be right: all of that stands beside its fields then.

    `kept` are the days of an event whose hours no row can say, which stay.
    """
    form.validate()
    days: Sequence[tuple[datetime, datetime]] | None = kept
    if form.days is not None:
        zone = form.read(lambda: zone_of(form.timezone.data)) if not form.timezone.errors else None
        days = form.read(lambda: _days(form.days.data, zone)) if zone is not None and not form.days.errors else None
    capacity = form.read(lambda: _whole(form.capacity.data, "capacity_invalid", MOST_CAPACITY))
    early = form.read(lambda: _whole(form.early_minutes.data, "early_invalid", EARLY_MINUTES))
    cost = form.read(lambda: _cost(form.cost.data, currency))
    if form.errors or days is None:
        return None
    return EventTerms(
        slug=form.slug.data if form.slug is not None else "",
        name=form.name.data,
        timezone=form.timezone.data,
        days=days,
        venue=form.venue.data,
        capacity=capacity,
        early_minutes=early or 0,
        reentry=form.reentry.data,
        gives_passes=bool(form.gives_passes.data),
        cost_minor=cost,
    )


def values_of(event: Event, days: Sequence[EventDay], currency: str, *, single: bool = False) -> dict[str, Any]:
    """Write an event as its form takes it."""
    spans = [Opening(day.opens_at, day.closes_at) for day in days]
    return {
        "name": event.name,
        "venue": event.venue or "",
        "timezone": event.timezone,
        "days": rows_of(spans, zone_of(event.timezone), single=single),
        "early_minutes": str(event.early_minutes),
        "capacity": "" if event.capacity is None else str(event.capacity),
        "reentry": event.reentry,
        "gives_passes": event.gives_passes,
        "cost": "" if event.cost_minor is None else write_amount(Money(event.cost_minor, currency)),
    }


def long_day(day: date) -> str:
    """Write a day in the reader's language."""
    return i18n.day(EPOCH.replace(year=day.year, month=day.month, day=day.day), language.current())


def _days(rows: Sequence[Hours], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    return [(day.opens_at, day.closes_at) for day in openings(rows, zone)]


def _cost(text: str | None, currency: str) -> int | None:
    plain = (text or "").strip()
    return read_amount(plain, currency).minor if plain else None


def _whole(text: str | None, code: str, most: int) -> int | None:
    """Read a number of whole things, with blanks between thousands or not; None where nothing was typed."""
    plain = "".join((text or "").split())
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise Invalid(code, most=most)
    return int(plain)
