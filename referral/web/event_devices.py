"""Pages of the phones at an event's doors: paired by a code of ten minutes, looked after, revoked."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from referral.brands.rules import Permission
from referral.errors import NotFound, Refusal
from referral.events import devices, pairing, queries
from referral.events.rules.pairing import PAIRING_MINUTES, payload, read_places
from referral.links import qr
from referral.plumbing import ids
from referral.plumbing.clock import now
from referral.web.access import allow, may_here
from referral.web.events import SKEW_MS, around, back
from referral.web.forms import Form, again, choices

if TYPE_CHECKING:
    from datetime import datetime

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, GateDevice, Place
    from referral.events.pairing import Pairing

pages = Blueprint("event_devices", __name__)

ROLES = {"steward": _("Steward"), "supervisor": _("Gate lead"), "booth": _("Booth")}
HINTS = {
    "steward": _("Scans, and takes back a scan of theirs within 15 minutes. Sees no list of people."),
    "supervisor": _("Also finds people by name, lets somebody in against the rule, and settles conflicts."),
    "booth": _("Scans visitors at its own booth only, and keeps its leads."),
}
BLAMED = {
    "name_missing": "name",
    "name_too_long": "name",
    "device_role_unknown": "role",
    "booth_missing": "places",
    "place_unknown": "places",
}


class DeviceForm(Form):
    """Ask for a device to be paired."""

    name = StringField(_("Whose phone it is"), [DataRequired(_("Write whose phone it is, so that you know it again."))])
    role = RadioField(
        _("What it may do"),
        choices=choices(list(ROLES.items())),
        default="steward",
    )
    places = SelectMultipleField(
        _("Where it scans"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/devices")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """List an event's devices."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/devices.html", **_page(found, DeviceForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/devices")
@allow(Permission.MANAGE_EVENTS)
def pair(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Make a device, and show the code by which a phone becomes it: this once."""
    found = queries.in_campaign(campaign, event)
    form = DeviceForm()
    if form.validate():
        try:
            made = pairing.make(
                found, name=form.name.data, role=form.role.data, places=_chosen(found, form.places.data or [])
            )
        except Refusal as refusal:
            form.blame(refusal, BLAMED)
        else:
            return _code(found, made)
    return again("events/devices.html", **_page(found, form))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/devices/<device>/revoke")
@allow(Permission.MANAGE_EVENTS)
def revoke(brand: Brand, campaign: Campaign, event: str, device: str) -> ResponseReturnValue:
    """Stop a device."""
    found, wanted = _one(campaign, event, device)
    pairing.revoke(wanted)
    flash(gettext("%(device)s is revoked. What it scanned before still comes in.", device=wanted.name), "success")
    return back(brand, campaign, found, "event_devices.listed")


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/devices/<device>/roll")
@allow(Permission.MANAGE_EVENTS)
def roll(brand: Brand, campaign: Campaign, event: str, device: str) -> ResponseReturnValue:
    """Make a new code for a device; its old one, and the phone that used it, stop."""
    found, wanted = _one(campaign, event, device)
    try:
        made = pairing.roll(wanted)
    except Refusal as refusal:
        form = DeviceForm(formdata=None)
        form.blame(refusal, {})
        return again("events/devices.html", **_page(found, form))
    return _code(found, made)


def state_of(device: GateDevice, moment: datetime) -> str:
    """Tell where a device stands: waiting, expired, paired or revoked."""
    if device.revoked_at is not None:
        return "revoked"
    if device.paired_at is not None:
        return "paired"
    is_late = device.pairing_expires_at is None or moment >= device.pairing_expires_at
    return "expired" if is_late else "waiting"


def _code(event: Event, made: Pairing) -> ResponseReturnValue:
    """Answer with a pairing code. It stands in the page itself: no address leads to it a second time."""
    text = payload(current_app.config["PUBLIC_URL"], made.token)
    drawn = qr.svg(text, title=gettext("Pairing code for %(device)s", device=made.device.name))
    return render_template(
        "events/pairing.html",
        **around(event),
        device=made.device,
        token=made.token,
        address=text,
        picture="data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode(),
        expires_at=made.expires_at,
        minutes=PAIRING_MINUTES,
        role=ROLES[made.device.role],
        may_do=HINTS[made.device.role],
        places=_where(made.device, queries.places(event, closed=True)),
    )


def _chosen(event: Event, shown: Sequence[str]) -> list[Place]:
    found = [ids.read(text) for text in shown]
    if None in found:
        raise NotFound("place_unknown")
    return [queries.place(event, place_id) for place_id in found if place_id is not None]


def _one(campaign: Campaign, slug: str, shown: str) -> tuple[Event, GateDevice]:
    event, device_id = queries.in_campaign(campaign, slug), ids.read(shown)
    if device_id is None:
        raise NotFound("device_unknown")
    return event, devices.by_id(event, device_id)


def _where(device: GateDevice, places: Sequence[Place]) -> list[str]:
    """Name the places of a device; none where it may be at all of them."""
    allowed = read_places(device.places)
    return [place.name for place in places if place.id in allowed]


def _page(event: Event, form: DeviceForm) -> dict[str, Any]:
    moment, places = now(), queries.places(event, closed=True)
    form.places.choices = choices([(ids.show(place.id), place.name) for place in places if place.closed_at is None])
    found = sorted(devices.listed(event), key=lambda device: device.revoked_at is not None)
    return {
        **around(event),
        "form": form,
        "hints": HINTS,
        "roles": ROLES,
        "devices": [(device, state_of(device, moment), _where(device, places)) for device in found],
        # A phone is called by who carries it: volunteers are people, too.
        "names_shown": may_here(Permission.SEE_PEOPLE) or may_here(Permission.MANAGE_EVENTS),
        "skew_ms": SKEW_MS,
        "minutes": PAIRING_MINUTES,
        "looked": request.method == "GET",
    }
