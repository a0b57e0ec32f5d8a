"""Pages of an event's passes: found, given out, given anew, revoked; and the keys that sign them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from referral.brands.rules import Permission
from referral.errors import Gone, NotFound, Refusal
from referral.events import conflicts, desk, passes, queries, written
from referral.events.rules.codes import RING, payload
from referral.events.rules.hours import zone_of
from referral.links import qr
from referral.plumbing import ids
from referral.web.access import allow, may_here
from referral.web.door_words import CONFLICTS, KINDS, REASONS, SAID, VERDICTS
from referral.web.errors import sentence
from referral.web.event_pass_form import PLACES, REVOKED_FOR, PassForm, RevokeForm, terms_of
from referral.web.events import around, back, names_of
from referral.web.forms import again

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass
    from referral.events.written import Pen

pages = Blueprint("event_passes", __name__)
PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """Hold which passes are asked for: by a text, and below a number."""

    text: str
    before: int | None

    @classmethod
    def of(cls) -> Wanted:
        """Read it from the address."""
        before = request.args.get("before", "")
        return cls(
            request.args.get("search", "").strip()[:200],
            int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
        )


# --- All of them -----------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/passes")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """List an event's passes, or those that a search finds."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/passes.html", **_page(campaign, found, PassForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/passes")
@allow(Permission.MANAGE_EVENTS)
def issue(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give out passes: one to somebody of the campaign, or some that are nobody's yet."""
    found = queries.in_campaign(campaign, event)
    form = PassForm()
    if form.validate():
        try:
            wanted = terms_of(form, campaign, zone_of(found.timezone))
            if len(wanted) == 1:
                issued = passes.issue(found, wanted[0])
                words = gettext("They have this pass already.") if issued.hit else gettext("The pass is made.")
                flash(words, "info" if issued.hit else "success")
                return back(brand, campaign, found, "event_passes.show", gate_pass=ids.show(issued.gate_pass.id))
            passes.issue_many(found, wanted)
        except Gone as refusal:
            return _refused(brand, campaign, found, refusal)
        except Refusal as refusal:
            form.blame(refusal, PLACES)
        else:
            flash(ngettext("%(num)s pass is made.", "%(num)s passes are made.", len(wanted)), "success")
            return back(brand, campaign, found, "event_passes.listed")
    return again("events/passes.html", **_page(campaign, found, form))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/passes/rotate")
@allow(Permission.MANAGE_EVENTS)
def rotate(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Sign passes with a new key from now on."""
    found = queries.in_campaign(campaign, event)
    passes.rotate_key(found)
    left = len(queries.of_retired_keys(found))
    if left:
        flash(_gone(left), "warning")
    else:
        flash(gettext("New passes have a new key. All passes that are out stay valid."), "success")
    return back(brand, campaign, found, "event_passes.listed")


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/passes/renew")
@allow(Permission.MANAGE_EVENTS)
def renew(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Give everybody whose pass was signed by a key that is out another."""
    found = queries.in_campaign(campaign, event)
    try:
        number = passes.reissue_old(found)
    except Refusal as refusal:
        return _refused(brand, campaign, found, refusal)
    flash(ngettext("%(num)s pass is made anew.", "%(num)s passes are made anew.", number), "success")
    return back(brand, campaign, found, "event_passes.listed")


# --- One of them -----------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/passes/<gate_pass>")
@allow(Permission.SEE_CAMPAIGNS)
def show(brand: Brand, campaign: Campaign, event: str, gate_pass: str) -> ResponseReturnValue:
    """Show a pass, its code, and everything that was ever scanned of it."""
    found, wanted = _one(campaign, event, gate_pass)
    return render_template("events/pass.html", **_pass_page(campaign, found, wanted, RevokeForm(formdata=None)))


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/passes/<gate_pass>/code.svg")
@allow(Permission.MANAGE_EVENTS)
def code(brand: Brand, campaign: Campaign, event: str, gate_pass: str) -> ResponseReturnValue:
    """Draw a pass's QR code. Whoever has it can come in, so it is for those only who let people in."""
    found, wanted = _one(campaign, event, gate_pass)
    pen = written.pen(found)
    text = _scanned(pen, wanted)
    if text is None:
        raise NotFound("pass_unknown")
    answer = Response(qr.svg(text, title=gettext("Pass %(number)s", number=wanted.number)), mimetype="image/svg+xml")
    if request.args.get("download"):
        answer.headers.set("Content-Disposition", "attachment", filename=f"{found.slug}-{wanted.number}.svg")
    return answer


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/passes/<gate_pass>/reissue")
@allow(Permission.MANAGE_EVENTS)
def reissue(brand: Brand, campaign: Campaign, event: str, gate_pass: str) -> ResponseReturnValue:
    """Give somebody whose pass is lost another; the lost one lets nobody in any more."""
    found, wanted = _one(campaign, event, gate_pass)
    try:
        new = passes.reissue(found, wanted)
    except Refusal as refusal:
        return _refused(brand, campaign, found, refusal, wanted)
    flash(gettext("This is the new pass. Pass %(number)s lets nobody in any more.", number=wanted.number), "success")
    return back(brand, campaign, found, "event_passes.show", gate_pass=ids.show(new.id))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/passes/<gate_pass>/revoke")
@allow(Permission.MANAGE_EVENTS)
def revoke(brand: Brand, campaign: Campaign, event: str, gate_pass: str) -> ResponseReturnValue:
    """Let nobody in with a pass any more."""
    found, wanted = _one(campaign, event, gate_pass)
    form = RevokeForm()
    if not form.validate():
        return again("events/pass.html", **_pass_page(campaign, found, wanted, form))
    passes.revoke(wanted, form.reason.data)
    words = gettext(
        "Pass %(number)s lets nobody in. Gates that are online know within 10 seconds.", number=wanted.number
    )
    flash(words, "success")
    return back(brand, campaign, found, "event_passes.show", gate_pass=gate_pass)


# --- What the pages say ----------------------------------------------------------------------------------------------


def _one(campaign: Campaign, slug: str, shown: str) -> tuple[Event, Pass]:
    event, pass_id = queries.in_campaign(campaign, slug), ids.read(shown)
    if pass_id is None:
        raise NotFound("pass_unknown")
    return event, queries.gate_pass(event, pass_id)


def _gone(number: int) -> str:
    words: str = ngettext(
        "New passes have a new key. %(num)s pass is of a key that is gone: make it anew.",
        "New passes have a new key. %(num)s passes are of a key that is gone: make them anew.",
        number,
    )
    return words


def _refused(
    brand: Brand, campaign: Campaign, event: Event, refusal: Refusal, gate_pass: Pass | None = None
) -> ResponseReturnValue:
    flash(sentence(refusal), "error")
    if gate_pass is None:
        return back(brand, campaign, event, "event_passes.listed")
    return back(brand, campaign, event, "event_passes.show", gate_pass=ids.show(gate_pass.id))


def _scanned(pen: Pen, gate_pass: Pass) -> str | None:
    """Write what a pass's QR code holds: our address, or another system's own code."""
    token = pen.token(gate_pass)
    return gate_pass.foreign_code if token is None else payload(current_app.config["PUBLIC_URL"], token)


def _page(campaign: Campaign, event: Event, form: PassForm) -> dict[str, Any]:
    wanted = Wanted.of()
    at = {"brand": g.brand.slug, "campaign": campaign.slug, "event": event.slug}
    found = desk.found(
        event,
        wanted.text,
        current_app.config["PUBLIC_URL"],
        names=may_here(Permission.SEE_PEOPLE),
        before=wanted.before,
        limit=PAGE + 1,
    )
    listed, pen = found[:PAGE], written.pen(event)
    keys = queries.ring(event)
    return {
        **around(event),
        "form": form,
        "wanted": wanted,
        "passes": listed,
        "names": names_of(campaign, [one.fan_id for one in listed]),
        "came": desk.arrivals(event, [one.id for one in listed]),
        # A short code opens the door like the pass itself.
        "shorts": {one.id: pen.short(one) for one in listed} if may_here(Permission.MANAGE_EVENTS) else {},
        "count": queries.count(event),
        "keys": keys,
        "oldest_goes": len(keys) >= RING,
        "of_retired": len(queries.of_retired_keys(event)) if keys[-1].number >= RING else 0,
        "next_url": url_for(".listed", search=wanted.text or None, before=listed[-1].number, **at)
        if len(found) > PAGE
        else None,
        "first_url": url_for(".listed", search=wanted.text or None, **at) if wanted.before is not None else None,
    }


def _pass_page(campaign: Campaign, event: Event, gate_pass: Pass, form: RevokeForm) -> dict[str, Any]:
    pen, may_open = written.pen(event), may_here(Permission.MANAGE_EVENTS)
    replaced, replacing = desk.replaced(event, gate_pass)
    return {
        **around(event),
        "gate_pass": gate_pass,
        "form": form,
        "name": names_of(campaign, [gate_pass.fan_id]).get(gate_pass.fan_id or 0),
        "short": pen.short(gate_pass) if may_open else None,
        "has_code": may_open and _scanned(pen, gate_pass) is not None,
        "is_of_retired": gate_pass.foreign_code is None and gate_pass.key_number not in pen.keys,
        "came": desk.arrivals(event, [gate_pass.id]).get(gate_pass.id),
        "history": desk.history(event, gate_pass),
        "most_history": desk.MOST_HISTORY,
        "conflicts": {one.second.scan.id: one for one in conflicts.of_pass(event, gate_pass)},
        "replaced": replaced,
        "replacing": replacing,
        "revoked_for": REVOKED_FOR,
        "verdicts": VERDICTS,
        "kinds": KINDS,
        "said": SAID,
        "reasons": REASONS,
        "conflict_words": CONFLICTS,
        "volunteers_shown": may_here(Permission.SEE_PEOPLE) or may_open,
    }
