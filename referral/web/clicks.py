"""Pages of clicks: what a short link answers when it does not simply lead on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.campaigns.rules import State
from referral.clicks.redirect import HEADERS, MET, Met
from referral.clicks.rules.visits import Way
from referral.fans import queries as fans
from referral.plumbing.db import confine
from referral.web.access import open_to_all
from referral.web.introductions import card, closed
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("clicks", __name__)
STATES = {Way.OVER: State.OVER, Way.NOT_YET: State.UPCOMING}


@pages.get("/r/<path:written>")
@pages.get("/R/<path:written>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def follow(written: str) -> Response:
    """Answer in the click path's stead, which has noted the visit: a card, a story that is closed, an unknown code."""
    response = make_response(_answer(written))
    response.headers.update({name: value for name, value in HEADERS if name != "Content-Length"})
    return response


def _answer(written: str) -> ResponseReturnValue:
    met: Met | None = request.environ.get(MET)
    if met is None:
        return _unknown()
    confine(met.brand_id)
    brand, campaign = brands.by_id(met.brand_id), campaigns.by_id(met.brand_id, met.campaign_id)
    g.brand, g.campaign = brand, campaign
    if met.is_preview:
        return _card(brand, campaign, met.fan_id, written)
    return closed(brand, campaign, STATES[met.way])


def _unknown() -> ResponseReturnValue:
    """Answer the same for a code nobody has, one that is switched off, and one of a story not told yet."""
    return render_template("clicks/unknown.html"), 404


def _card(brand: Brand, campaign: Campaign, fan_id: int | None, written: str) -> ResponseReturnValue:
    """Show chat apps what they show people: the story in its teller's language, nothing about the teller."""
    fan = fans.find(campaign, fan_id) if fan_id is not None else None
    story = campaigns.story_for(campaign, fan.locale if fan is not None else campaign.default_locale)
    if story is None:
        return _unknown()
    g.locale = story.locale
    address = f"{current_app.config['PUBLIC_URL']}/r/{written}"
    return render_template("clicks/card.html", brand=brand, story=story, card=card(story, address))
