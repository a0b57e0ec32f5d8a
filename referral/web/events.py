"""Pages of events: made, changed, closed, and how their doors do just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.brands.rules import Permission
from referral.campaigns.rules import propose_slug
from referral.errors import NotFound, Refusal
from referral.events import actions, conflicts, devices, opening, queries, scanning
from referral.events.overview import door_now, inside
from referral.events.rules.hours import default_zone, zone_of
from referral.fans import queries as fans
from referral.plumbing import i18n, ids
from referral.plumbing.clock import now
from referral.web import language
from referral.web.access import allow, current_account, may_here
from referral.web.door_words import CONFLICTS
from referral.web.event_form import EventForm, terms_of, values_of
from referral.web.forms import again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, EventDay, GateDevice

pages = Blueprint("events", __name__)
LISTED = 20  # conflicts and devices that the event's page names
SKEW_MS = 5 * 60_000
ELSEWHERE = (("event_print.kit", "print"), ("wall.show", "wall"), ("event_results.show", "results"))


@dataclass(frozen=True)
class Shown:
    """Hold what the head of each page of an event says: where it stands, from when to when, on which clocks."""

    event: Event
    days: Sequence[EventDay]
    zone: ZoneInfo
    moment: datetime

    @property
    def state(self) -> str:
        """Tell where it stands: upcoming, running or over."""
        if self.event.closed_at is not None or (self.days and self.moment >= self.days[-1].closes_at):
            return "over"
        return "running" if self.days and self.moment >= self.days[0].opens_at else "upcoming"

    @property
    def span(self) -> str | None:
        """Say on which days it is."""
        return opening.span(self.event, self.days, language.current())

    @property
    def lines(self) -> list[opening.Line]:
        """Say when it is open, line by line."""
        return opening.lines(self.event, self.days, language.current())

    def local(self, moment: datetime) -> datetime:
        """Give a moment on the clocks of the place."""
        return moment.astimezone(self.zone)

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """Write a time of day on the clocks of the place; with seconds where two scans lie close to each other."""
        return i18n.clock(self.local(moment).time(), language.current(), seconds=seconds)


@pages.app_template_global("event_shown")
def shown(event: Event) -> Shown:
    """Tell templates what the head of an event's page says; asked for once a request."""
    kept: dict[int, Shown] = g.setdefault("events_shown", {})
    if event.id not in kept:
        kept[event.id] = Shown(event, queries.days(event), zone_of(event.timezone), now())
    return kept[event.id]


@pages.app_template_global("event_links")
def links(event: Event) -> dict[str, str]:
    """Give templates the addresses of those of an event's further pages that there are."""
    known = {"brand": g.brand.slug, "campaign": g.campaign.slug, "event": event.slug, "key": event.wall_key}
    found: dict[str, str] = {}
    for endpoint, name in ELSEWHERE:
        if endpoint in current_app.view_functions:
            wanted = next(current_app.url_map.iter_rules(endpoint)).arguments
            if wanted <= known.keys() and ("key" not in wanted or may_here(Permission.MANAGE_EVENTS)):
                found[name] = url_for(endpoint, **{part: known[part] for part in wanted})
    return found


def around(event: Event) -> dict[str, Any]:
    """Give what every page of an event says of it."""
    return {
        "event": event,
        "seen": shown(event),
        "at_event": {"brand": g.brand.slug, "campaign": g.campaign.slug, "event": event.slug},
        "further": links(event),
        "show_id": ids.show,
    }


# --- Events of a campaign --------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List a campaign's events."""
    found = [shown(event) for event in queries.of_campaign(campaign)]
    return render_template(
        "events/listed.html",
        events=found,
        passes={one.event.id: queries.count(one.event) for one in found},
        inside={one.event.id: inside(one.event, one.moment) for one in found if one.state == "running"},
    )


@pages.get("/b/<brand>/campaigns/<campaign>/events/new")
@pages.post("/b/<brand>/campaigns/<campaign>/events/new")
@allow(Permission.MANAGE_EVENTS)
def new(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Make an event."""
    before = queries.of_campaign(campaign)
    zone = before[0].timezone if before else default_zone(brand.locale, brand.currency)
    form = EventForm(data={"timezone": zone})
    page = {"form": form, "currency": campaign.currency, "zones": zones()}
    if request.method != "POST" or request.form.get("more"):
        return render_template("events/new.html", **page)
    form.slug.data = form.slug.data or propose_slug(form.name.data or "")
    terms = terms_of(form, campaign.currency)
    if terms is not None:
        try:
            event = actions.create(campaign, terms)
        except Refusal as refusal:
            form.complain(refusal)
        else:
            flash(gettext("%(event)s is made. Now add its gates, booths and posters.", event=event.name), "success")
            return back(brand, campaign, event, "event_places.listed")
    return again("events/new.html", **page)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/edit")
@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/edit")
@allow(Permission.MANAGE_EVENTS)
def edit(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Change an event; its short name stays, for it is printed."""
    found = queries.in_campaign(campaign, event)
    days = queries.days(found)
    single = bool(request.args.get("single"))
    values = values_of(found, days, campaign.currency, single=single)
    form = EventForm(data=values)
    del form.slug
    if values["days"] is None:
        del form.days
    page = {**around(found), "form": form, "currency": campaign.currency, "zones": zones(), "single": single}
    if request.method != "POST" or request.form.get("more"):
        return render_template("events/edit.html", **page)
    terms = terms_of(form, campaign.currency, [(day.opens_at, day.closes_at) for day in days])
    if terms is not None:
        try:
            before = queries.hours(found)
            actions.change(found, terms)
            if queries.hours(found) != before:
                scanning.settle_all(found, at=now())
        except Refusal as refusal:
            form.complain(refusal)
        else:
            flash(gettext("Saved."), "success")
            return back(brand, campaign, found)
    return again("events/edit.html", **page)


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/close")
@allow(Permission.MANAGE_EVENTS)
def close(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Close an event for good."""
    found = queries.in_campaign(campaign, event)
    actions.close(found)
    flash(gettext("%(event)s is closed. What happened at its doors stays.", event=found.name), "success")
    return back(brand, campaign, found)


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/wall")
@allow(Permission.MANAGE_EVENTS)
def renew_wall(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give the big screen another address, so that every one that is on goes dark."""
    found = queries.in_campaign(campaign, event)
    actions.renew_wall_key(found)
    flash(gettext("The big screen has another address. Open it anew where it is to be seen."), "success")
    return back(brand, campaign, found, "events.edit")


# --- The doors now ---------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>")
@allow(Permission.SEE_CAMPAIGNS)
def show(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Show how an event's doors do, and lead on to its other pages."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/show.html", **_doors(campaign, found))


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/now")
@allow(Permission.SEE_CAMPAIGNS)
def doors(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Answer with the part of the page that changes while people come in."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/_doors.html", **_doors(campaign, found))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/conflicts/<conflict>/settle")
@allow(Permission.MANAGE_EVENTS)
def settle(brand: Brand, campaign: Campaign, event: str, conflict: str) -> ResponseReturnValue:
    """Say that a conflict was looked at."""
    found = queries.in_campaign(campaign, event)
    number = ids.read(conflict)
    if number is None:
        raise NotFound("conflict_unknown")
    account = current_account()
    conflicts.settle(conflicts.by_id(found, number), account.name or account.email if account is not None else "")
    flash(gettext("The conflict is settled. It stays in the history of the pass."), "success")
    return back(brand, campaign, found)


def _doors(campaign: Campaign, event: Event) -> dict[str, Any]:
    moment = now()
    contradictions, phones = conflicts.unsettled(event, LISTED), devices.listed(event)
    return {
        **around(event),
        "door": door_now(event, moment),
        "conflicts": contradictions,
        "more_conflicts": conflicts.count_unsettled(event) if len(contradictions) == LISTED else len(contradictions),
        "names": names_of(campaign, [one.gate_pass.fan_id for one in contradictions]),
        "devices": [one for one in phones if needs_a_look(one)][:LISTED],
        "has_places": bool(queries.places(event)),
        "has_devices": bool(phones),
        "skew_ms": SKEW_MS,
        "conflict_words": CONFLICTS,
        "volunteers_shown": may_here(Permission.SEE_PEOPLE) or may_here(Permission.MANAGE_EVENTS),
    }


def needs_a_look(device: GateDevice) -> bool:
    """Tell whether a device holds scans that were not sent, or whose clock is off."""
    if device.paired_at is None:
        return False
    is_off = device.clock_offset_ms is not None and abs(device.clock_offset_ms) > SKEW_MS
    return device.unsent > 0 or (is_off and device.revoked_at is None)


def names_of(campaign: Campaign, fan_ids: Sequence[int | None]) -> dict[int, str | None]:
    """Name people for those who may see people; for everybody else a pass has a number."""
    wanted = sorted({fan_id for fan_id in fan_ids if fan_id is not None})
    return fans.names_of(campaign, wanted) if wanted and may_here(Permission.SEE_PEOPLE) else {}


def back(
    brand: Brand, campaign: Campaign, event: Event, endpoint: str = "events.show", **more: Any
) -> ResponseReturnValue:
    """Lead back to a page of an event."""
    return redirect(url_for(endpoint, brand=brand.slug, campaign=campaign.slug, event=event.slug, **more), 303)


@cache
def zones() -> list[str]:
    """List the time zones that are offered: places, not the many old names that stand for them."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return [*sorted(name for name in available_timezones() if name.startswith(tuple(f"{a}/" for a in areas))), "UTC"]
