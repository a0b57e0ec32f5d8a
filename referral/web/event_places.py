"""Pages of an event's places: gates, booths, posters, stages, with the codes that hang there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired

from referral.brands.rules import Permission
from referral.errors import NotFound, Refusal
from referral.events import actions, queries
from referral.events.rules.terms import PlaceKind
from referral.introductions import queries as introductions
from referral.links import queries as links
from referral.links.qr import SIZES
from referral.links.rules import share_url
from referral.plumbing import ids
from referral.web.access import allow
from referral.web.events import around, back
from referral.web.forms import Form, again, choices

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place

pages = Blueprint("event_places", __name__)

KINDS = {
    PlaceKind.GATE: _("Gate"),
    PlaceKind.BOOTH: _("Booth"),
    PlaceKind.POSTER: _("Poster"),
    PlaceKind.STAGE: _("Stage"),
}
MANY = {
    PlaceKind.GATE: _("Gates"),
    PlaceKind.BOOTH: _("Booths"),
    PlaceKind.POSTER: _("Posters"),
    PlaceKind.STAGE: _("Stages"),
}
HINTS = {
    PlaceKind.GATE.value: _("Where passes are scanned and people come in"),
    PlaceKind.BOOTH.value: _("An exhibitor's table; it scans visitors, or they scan its code"),
    PlaceKind.POSTER.value: _("A code on a wall, which brings people like any teller"),
    PlaceKind.STAGE.value: _("A talk or a show, with a code for whoever is there"),
}
BLAMED = {"place_kind_unknown": "kind", "name_missing": "name", "name_too_long": "name"}


class PlaceForm(Form):
    """Ask for a place."""

    kind = RadioField(
        _("What it is"),
        choices=choices([(kind.value, words) for kind, words in KINDS.items()]),
        default=PlaceKind.GATE.value,
    )
    name = StringField(_("Name"), [DataRequired(_("Name the place, as it is written there."))])


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/places")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """List an event's places, with their codes."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/places.html", **_page(campaign, found, PlaceForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/places")
@allow(Permission.MANAGE_EVENTS)
def add(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Add a place."""
    found = queries.in_campaign(campaign, event)
    form = PlaceForm()
    if form.validate():
        try:
            place = actions.add_place(found, form.kind.data, form.name.data)
        except Refusal as refusal:
            form.blame(refusal, BLAMED)
        else:
            flash(gettext("%(place)s is there.", place=place.name), "success")
            return back(brand, campaign, found, "event_places.listed")
    return again("events/places.html", **_page(campaign, found, form))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/places/<place>/close")
@allow(Permission.MANAGE_EVENTS)
def close(brand: Brand, campaign: Campaign, event: str, place: str) -> ResponseReturnValue:
    """Close a place, so that nothing is scanned there any more."""
    found, wanted = one(campaign, event, place)
    actions.close_place(wanted)
    flash(gettext("%(place)s is closed. Scans there are refused from now on.", place=wanted.name), "success")
    return back(brand, campaign, found, "event_places.listed")


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/places/<place>/open")
@allow(Permission.MANAGE_EVENTS)
def open_again(brand: Brand, campaign: Campaign, event: str, place: str) -> ResponseReturnValue:
    """Open a place again."""
    found, wanted = one(campaign, event, place)
    actions.open_place(wanted)
    flash(gettext("%(place)s is open again.", place=wanted.name), "success")
    return back(brand, campaign, found, "event_places.listed")


def one(campaign: Campaign, slug: str, shown: str) -> tuple[Event, Place]:
    """Give an event and a place of it; raise NotFound `event_unknown` or `place_unknown`."""
    event, place_id = queries.in_campaign(campaign, slug), ids.read(shown)
    if place_id is None:
        raise NotFound("place_unknown")
    return event, queries.place(event, place_id)


def _page(campaign: Campaign, event: Event, form: PlaceForm) -> dict[str, Any]:
    places = queries.places(event, closed=True)
    known = links.by_ids(campaign, [place.link_id for place in places if place.link_id is not None])
    came, base = introductions.came_by_link(campaign), current_app.config["PUBLIC_URL"]
    cards = {
        place.id: {
            "code": link.code,
            "url": share_url(base, link.code),
            "shown": share_url(base, link.code).partition("://")[2].upper(),
            "people": came.get(link.id, 0),
        }
        for place in places
        if place.link_id is not None and (link := known.get(place.link_id)) is not None
    }
    return {
        **around(event),
        "form": form,
        "groups": [(kind, words, [place for place in places if place.kind == kind]) for kind, words in MANY.items()],
        "cards": cards,
        "hints": HINTS,
        "sizes": SIZES,
    }
