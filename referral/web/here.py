"""A booth or stage on a visitor's own phone: its code leads here, and who has a pass says that they were there.

It is the same record as when the booth's staff read the visitor's pass. Who is nobody yet joins first, told by the
place, and is led back here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField

from referral.errors import Invalid, NotFound
from referral.events import leads, opening, queries, visiting
from referral.events.rules.terms import PlaceKind
from referral.fans import queries as fans
from referral.links.rules import fold
from referral.people.rules import first_name
from referral.plumbing.clock import now
from referral.plumbing.db import confine
from referral.web import language
from referral.web.access import current_person, open_to_all
from referral.web.forms import Form
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass, Place
    from referral.fans.models import Fan
    from referral.people.models import Person

pages = Blueprint("here", __name__)


class HereForm(Form):
    """Ask whether the booth may get in touch; the box is empty, and the visit counts without it."""

    visit = HiddenField()
    consent = BooleanField(_("They may write to me"))


class Found(NamedTuple):
    """Hold the place whose code was scanned, and who scanned it; a person who is no fan yet is nobody here."""

    code: str
    brand: Brand
    campaign: Campaign
    event: Event
    place: Place
    person: Person | None
    fan: Fan | None
    gate_pass: Pass | None


@pages.get("/V/<code>")
@pages.get("/v/<code>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def show(code: str) -> ResponseReturnValue:
    """Show a booth or a stage, and ask whoever stands there to say so; a poster tells its story instead."""
    found = _found(code)
    if found.place.kind == PlaceKind.POSTER:
        return redirect(f"{request.script_root}/R/{found.code}")
    if found.fan is None:
        session["next"] = url_for("here.show", code=found.code)  # who signs in comes back here
    return _page(found, HereForm(formdata=None, visit=str(uuid.uuid4())))


@pages.post("/v/<code>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def visit(code: str) -> ResponseReturnValue:
    """Write down that somebody was here, and whether the booth may write to them; or take that back."""
    found, form = _found(code), HereForm()
    back = redirect(url_for("here.show", code=found.code), 303)
    if found.gate_pass is None:
        return back
    if request.form.get("consent") == "no":
        if leads.find(found.place, found.gate_pass) is not None:
            leads.meet(found.event, found.place, found.gate_pass, consent=False)
            flash(gettext("They no longer see who you are."), "success")
        return back
    if not _is_open(found):
        return back
    wants = bool(form.consent.data) and found.place.kind == PlaceKind.BOOTH
    try:
        answer = visiting.visit(
            found.event, found.place, found.gate_pass, form.visit.data or str(uuid.uuid4()), consent=wants
        )
    except Invalid:  # no form of ours
        return _page(found, HereForm(formdata=None, visit=str(uuid.uuid4()))), 400
    if answer.verdict != "applied":
        flash(gettext("That could not be noted just now. Show your pass to whoever stands here."), "error")
    return back


def _found(text: str) -> Found:
    """Give the place that a code stands for, and confine the request to its brand; raise NotFound `code_unknown`."""
    code = fold(text)
    found = visiting.by_code(code) if code is not None else None
    if code is None or found is None:
        raise NotFound("code_unknown")
    brand, campaign, event, place = found
    g.brand, g.campaign = brand, campaign
    confine(brand.id)
    person = current_person(brand)
    fan = fans.by_person(campaign, person.id) if person is not None else None
    held = queries.pass_of_fan(event, fan.id) if fan is not None else None
    return Found(code, brand, campaign, event, place, person, fan, held)


def _is_open(found: Found) -> bool:
    return found.place.closed_at is None and not _is_over(found)


def _is_over(found: Found) -> bool:
    return opening.is_over(found.event, queries.days(found.event), now())


def _page(found: Found, form: HereForm) -> str:
    event, place, held = found.event, found.place, found.gate_pass
    seen = visiting.last_visit(place, held) if held is not None else None
    lead = leads.find(place, held) if held is not None else None
    person = found.person
    return render_template(
        "here/show.html",
        code=found.code,
        event=event,
        place=place,
        kind=place.kind,
        is_open=_is_open(found),
        over=_is_over(found),
        fan=found.fan,
        gate_pass=held,
        first_name=first_name(person.name) if person is not None else None,
        seen_at=opening.moment(event, seen, language.current()) if seen is not None else None,
        consented=lead is not None and lead.consented_at is not None,
        contact=", ".join(way for way in (person.email, person.phone) if way) if person is not None else "",
        form=form,
        join_url=url_for("introductions.story", campaign=found.campaign.slug, via=found.code, visit=1, _anchor="join"),
    )
