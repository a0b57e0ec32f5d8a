"""The big screen of an event: the spread as it walks in, and what the doors say; opened by a key, without a sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, make_response, render_template
from flask.typing import ResponseReturnValue

from referral.errors import NotFound
from referral.events import outcome, overview, queries
from referral.people.rules import first_name
from referral.plumbing.clock import EPOCH, now
from referral.plumbing.db import confine
from referral.spread.doors import door_forest
from referral.web import shown
from referral.web.access import open_to_all
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event

pages = Blueprint("wall", __name__)

NAMED = 5  # fans who brought most are listed
HOURS = 24  # of arrivals are drawn, the last ones
TOLD = ("channel", "place", "verdict")


@dataclass(frozen=True)
class Hour:
    """Hold one bar of arrivals: the hour by the event's clock, people, and its height from 0 to 1."""

    hour: int
    people: int
    height: float
    is_now: bool


@pages.get("/wall/<key>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def show(key: str) -> ResponseReturnValue:
    """Show an event's big screen to whoever holds its key."""
    brand, _campaign, event = _opened(key)
    answer = make_response(render_template("events/wall.html", brand=brand, event=event, key=key, **_now(event)))
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@pages.get("/wall/<key>/now")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def doors(key: str) -> ResponseReturnValue:
    """Say what the doors say now; asked each second."""
    _brand, _campaign, event = _opened(key)
    return render_template("events/_wall_now.html", event=event, **_now(event))


@pages.get("/wall/<key>/picture")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def picture(key: str) -> ResponseReturnValue:
    """Give the spread of those who came in, without a name."""
    _brand, campaign, event = _opened(key)
    version = f"w{event.id:x}-{outcome.version(event)}"
    return shown.columns(campaign, door_forest(campaign, event), version=version, told=TOLD)


def _opened(key: str) -> tuple[Brand, Campaign, Event]:
    """Give the event whose big screen a key opens; raise NotFound `event_unknown`."""
    found = queries.by_wall_key(key) if key.isascii() and len(key) <= 40 else None
    if found is None:
        raise NotFound("event_unknown")
    g.brand = found[0]
    confine(found[0].id)
    return found


def _now(event: Event) -> dict[str, Any]:
    moment = now()
    seen = overview.door_now(event, moment)
    since = moment if seen.day is None else seen.day.opens_at - timedelta(minutes=event.early_minutes)
    bringers = outcome.brought_most(event, since, NAMED)
    return {
        "seen": seen,
        "at": moment.astimezone(ZoneInfo(event.timezone)),
        "full": None if event.capacity is None else seen.inside / event.capacity,
        "hours": _hours(event, since, moment),
        "bringers": [(first_name(one.name), one.brought) for one in bringers],
        "version": outcome.version(event),
    }


def _hours(event: Event, since: datetime, until: datetime) -> list[Hour]:
    """List arrivals by hour, in the event's time, up to the hour that is now."""
    came = outcome.by_hour(event, since, until + timedelta(milliseconds=1))
    if not came:
        return []
    last = int((until - EPOCH).total_seconds() // 3600)
    first = max(min(came), last - HOURS + 1)
    most = max(1, *(came.get(hour, 0) for hour in range(first, last + 1)))
    zone = ZoneInfo(event.timezone)
    return [
        Hour(
            (EPOCH + timedelta(hours=hour)).astimezone(zone).hour,
            came.get(hour, 0),
            came.get(hour, 0) / most,
            hour == last,
        )
        for hour in range(first, last + 1)
    ]
