"""Pages after an event: who came by whose word, in what way, what it cost, and who stayed; and files to take away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral.brands.rules import Permission
from referral.events import outcome, queries
from referral.events.rules.results import Line
from referral.fans import queries as fans
from referral.links import queries as links
from referral.plumbing import ids
from referral.plumbing.money import Money
from referral.plumbing.spreadsheets import to_csv
from referral.spread.rules.report import share_interval
from referral.web import channels, traits
from referral.web.access import allow, may_here
from referral.web.events import around

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("event_results", __name__)
LISTED = 25
ENOUGH = 10
"""Arrivals from which on a share of those who stayed is worth saying."""

ARRIVALS = ("pass", "at", "gate", "fan", "told_by", "link", "channel", "generation")
CREDITS = ("fan", "name", "arrivals", "further_arrivals")


@dataclass(frozen=True)
class Row:
    """Hold one line of a table: how it is called, its counts, and the range of the share that stayed."""

    name: str
    key: Any
    passes: int
    came: int
    stayed: int
    low: float | None
    high: float | None

    @property
    def turned_up(self) -> float | None:
        """Give the share of those with a pass who came."""
        return self.came / self.passes if self.passes else None


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/results")
@allow(Permission.SEE_CAMPAIGNS)
def show(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Tell what became of an event."""
    found = queries.in_campaign(campaign, event)
    seen = outcome.outcome(found)
    people = may_here(Permission.SEE_PEOPLE)
    first = seen.introducers[:LISTED]
    names = fans.names_of(campaign, [int(str(line.key)) for line in first]) if people else {}
    posters = links.by_ids(campaign, [int(str(line.key)) for line in seen.links])
    each = seen.cost_of_one(found.cost_minor) if may_here(Permission.SEE_MONEY) else None
    versions = _rows(seen.languages, lambda key: traits.value("language", str(key)))
    return render_template(
        "events/results.html",
        **around(found),
        result=seen,
        introducers=_rows(first, lambda key: names.get(key) or _("Somebody")) if people else [],
        links=_rows(seen.links, lambda key: posters[key].label or posters[key].code if key in posters else "–"),
        channels=_rows(seen.channels, lambda key: channels.name(str(key))),
        generations=_rows(seen.generations, str),
        versions=versions,
        best=_best(versions),
        cost=None if found.cost_minor is None else Money(found.cost_minor, campaign.currency),
        each=None if each is None else Money(each, campaign.currency),
    )


def _rows(lines: tuple[Line, ...], name: Callable[[Any], str]) -> list[Row]:
    return [
        Row(
            name(line.key),
            line.key,
            line.passes,
            line.came,
            line.stayed,
            *(share_interval(line.stayed, line.came) if line.came >= ENOUGH else (None, None)),
        )
        for line in lines
    ]


def _best(rows: list[Row]) -> Row | None:
    """Give the version of which more stayed than of every other one for certain: its range stands above theirs."""
    known = [row for row in rows if row.low is not None and row.high is not None]
    if len(known) < 2:
        return None
    best = max(known, key=lambda row: row.low or 0.0)
    return best if all((row.high or 1.0) < (best.low or 0.0) for row in known if row is not best) else None


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/results/arrivals.csv")
@allow(Permission.MANAGE_EVENTS)
def arrivals(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give every arrival that stands, with who told them: ids, not names."""
    found = queries.in_campaign(campaign, event)
    rows = [
        (
            str(one.number),
            one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            one.place,
            _shown(one.fan_id),
            _shown(one.introducer_id),
            _shown(one.link_id),
            one.channel,
            None if one.generation is None else str(one.generation),
        )
        for one in outcome.arrivals(found)
    ]
    return _file(to_csv([ARRIVALS, *rows]), f"{found.slug}-arrivals.csv")


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/results/credits.csv")
@allow(Permission.MANAGE_EVENTS)
def credits(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give who is credited with how many arrivals."""
    found = queries.in_campaign(campaign, event)
    lines = outcome.credited(found)
    names = fans.names_of(campaign, [line.fan_id for line in lines])
    rows = [(_shown(one.fan_id), names.get(one.fan_id), str(one.direct), str(one.further)) for one in lines]
    return _file(to_csv([CREDITS, *rows]), f"{found.slug}-credits.csv")


def _shown(number: int | None) -> str | None:
    return None if number is None else ids.show(number)


def _file(text: str, name: str) -> Response:
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
