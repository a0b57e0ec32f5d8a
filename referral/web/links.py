"""Pages of links: the brand's own ones, for posters, adverts and mailings; and the QR code of every link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from referral.brands.rules import Permission
from referral.clicks import queries as clicks
from referral.clicks.rules.tally import Tally
from referral.errors import Invalid, NotFound, Refusal
from referral.introductions import queries as introductions
from referral.links import actions, qr, queries
from referral.links.rules import fold, qr_payload, share_url
from referral.plumbing import ids
from referral.web import channels
from referral.web.access import allow, open_to_all
from referral.web.forms import Form, again, choices
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link

pages = Blueprint("links", __name__)

# What a brand does itself comes first; the apps are for a post or an advert in one of them.
OFFERED = ("poster", "advert", "mailing", "spoken", "qr", "whatsapp", "telegram", "line", "facebook", "x", "email")


class LinkForm(Form):
    """Ask what a link is for."""

    label = StringField(_("What is it on?"), [DataRequired(_("Name the link, so that you know it again."))])
    channel = SelectField(_("Channel"), choices=choices((channel, channels.NAMES[channel]) for channel in OFFERED))


@pages.get("/b/<brand>/campaigns/<campaign>/links")
@allow(Permission.SEE_CAMPAIGNS)
def listed(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List the brand's own links in a campaign, with what came by each."""
    return render_template("links/listed.html", **_page(campaign, LinkForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/links")
@allow(Permission.EDIT_CAMPAIGNS)
def make(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Make one more link."""
    form = LinkForm()
    if not form.validate():
        return again("links/listed.html", **_page(campaign, form))
    try:
        link = actions.issue_for_brand(campaign, channel=form.channel.data, label=form.label.data)
    except Refusal as refusal:
        form.blame(refusal, {"label_missing": "label", "label_too_long": "label", "channel_unknown": "channel"})
        return again("links/listed.html", **_page(campaign, form))
    flash(gettext("%(label)s has its link: %(code)s.", label=link.label, code=link.code), "success")
    return _back(brand, campaign)


@pages.post("/b/<brand>/campaigns/<campaign>/links/<link>/off")
@allow(Permission.EDIT_CAMPAIGNS)
def switch_off(brand: Brand, campaign: Campaign, link: str) -> ResponseReturnValue:
    """Switch a link off, so that nobody can follow it."""
    found = _of_brand(campaign, link)
    actions.switch(found, on=False)
    flash(gettext("%(label)s is switched off; whoever follows it is told so.", label=found.label), "success")
    return _back(brand, campaign)


@pages.post("/b/<brand>/campaigns/<campaign>/links/<link>/on")
@allow(Permission.EDIT_CAMPAIGNS)
def switch_on(brand: Brand, campaign: Campaign, link: str) -> ResponseReturnValue:
    """Switch a link on again."""
    found = _of_brand(campaign, link)
    actions.switch(found, on=True)
    flash(gettext("%(label)s is switched on again.", label=found.label), "success")
    return _back(brand, campaign)


def _back(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("links.listed", brand=brand.slug, campaign=campaign.slug), 303)


def _of_brand(campaign: Campaign, shown: str) -> Link:
    """Give one of the brand's own links; a fan's is theirs to use."""
    link_id = ids.read(shown)
    link = queries.by_id(campaign, link_id) if link_id is not None else None
    if link is None or link.fan_id is not None:
        raise NotFound("link_unknown")
    return link


def _page(campaign: Campaign, form: LinkForm) -> dict[str, Any]:
    base = current_app.config["PUBLIC_URL"]
    own, people = queries.of_brand(campaign), introductions.came_by_link(campaign)
    visits = clicks.by_link(campaign, [link.id for link in own])
    return {
        "form": form,
        "sizes": qr.SIZES,
        "links": [
            {
                "link": link,
                "id": ids.show(link.id),
                "url": share_url(base, link.code),
                "shown": share_url(base, link.code).partition("://")[2].upper(),
                "channel": channels.name(link.channel),
                "visits": Tally.of(visits.get(link.id, {})),
                "people": people.get(link.id, 0),
            }
            for link in own
        ],
    }


# --- QR codes --------------------------------------------------------------------------------------------------------


@pages.get("/q/<code>.svg")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def qr_svg(code: str) -> ResponseReturnValue:
    """Draw a link's QR code for print."""
    known = _known(code)
    base = current_app.config["PUBLIC_URL"]
    drawn = qr.svg(qr_payload(base, known), title=share_url(base, known))
    return _picture(drawn.encode(), "image/svg+xml", f"qr-{known}.svg")


@pages.get("/q/<code>.png")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def qr_png(code: str) -> ResponseReturnValue:
    """Draw a link's QR code for sending, at one of three sizes (`?size=640`)."""
    known = _known(code)
    size = request.args.get("size", qr.SIZES[1], type=int)
    if size not in qr.SIZES:
        raise Invalid("size_invalid")
    drawn = qr.png(qr_payload(current_app.config["PUBLIC_URL"], known), size)
    return _picture(drawn, "image/png", f"qr-{known}-{size}.png")


def _known(text: str) -> str:
    """Give the code of a link that there is; raise NotFound `code_unknown`."""
    code = fold(text)
    link = queries.by_code(code) if code is not None else None
    if link is None:
        raise NotFound("code_unknown")
    return link.code


def _picture(data: bytes, mimetype: str, name: str) -> ResponseReturnValue:
    response = Response(data, mimetype=mimetype)
    if request.args.get("download"):
        response.headers.set("Content-Disposition", "attachment", filename=name)
    response.cache_control.public, response.cache_control.max_age = True, 86_400
    response.add_etag()
    return response.make_conditional(request)
