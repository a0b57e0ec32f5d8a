"""The picture of a spread for anybody, without a name, where the brand has switched it on; other sites may frame it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, jsonify, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from referral.errors import NotFound
from referral.spread import cache
from referral.spread import picture as pictures
from referral.spread.picture import Version
from referral.spread.rules.wire import KINDS
from referral.web import headers, shown
from referral.web.access import open_to_all
from referral.web.introductions import public_campaign

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("public_picture", __name__)

TOLD = ("channel", "language")
"""What anybody may know of how people came; where and by which visits is the brand's own business."""


@pages.get("/c/<campaign>/spread")
@open_to_all
def page(campaign: str) -> ResponseReturnValue:
    """Show anybody how a story spreads, without names; other sites may frame this page."""
    brand, found = _open_campaign(campaign)
    forest = cache.standing(found).forest
    numbers_now = Markup(shown.numbers(found, forest, None, is_part=False))  # noqa: S704 - a template's own answer
    answer = make_response(
        render_template("spread/public.html", brand=brand, campaign=found, reach=len(forest), numbers=numbers_now)
    )
    answer.headers["Content-Security-Policy"] = headers.FRAMED
    return answer


@pages.get("/c/<campaign>/spread.bin")
@open_to_all
def columns(campaign: str) -> ResponseReturnValue:
    """Give the picture as anybody may see it: shape, time, channel and language."""
    _brand, found = _open_campaign(campaign)
    forest = cache.standing(found).forest
    return shown.columns(found, forest, version=pictures.public_version(forest), told=TOLD)


@pages.get("/c/<campaign>/spread/live")
@open_to_all
def live(campaign: str) -> ResponseReturnValue:
    """Tell anybody that people came, and not who."""
    _brand, found = _open_campaign(campaign)
    forest = cache.standing(found).forest
    version = Version.read_public(forest, shown.version_asked())
    people, reach = pictures.newcomers(forest, version, shown.whole("have", least=0) or 0)
    if not people:
        return "", 204
    return jsonify(
        version=pictures.public_version(forest),
        reach=reach,
        people=[
            {
                "fan": None,
                "row": one.row,
                "new": one.new,
                "at": one.at_ms,
                "combo": [word if kind in TOLD else None for kind, word in zip(KINDS.values(), one.combo, strict=True)],
                "generation": one.generation,
            }
            for one in people
        ],
    )


@pages.get("/c/<campaign>/spread/numbers")
@open_to_all
def numbers(campaign: str) -> ResponseReturnValue:
    """Say in numbers what anybody may see of the picture."""
    _brand, found = _open_campaign(campaign)
    forest = cache.standing(found).forest
    chosen = shown.selection(TOLD).of(forest)
    return shown.numbers(found, chosen, None, is_part=chosen is not forest)


@pages.app_template_global()
def embedding(campaign: Campaign) -> str:
    """Write what shows the public picture in a page of the brand's own."""
    address = f"{current_app.config['PUBLIC_URL']}{url_for('public_picture.page', campaign=campaign.slug)}"
    return (
        f'<iframe src="{html.escape(address)}" title="{html.escape(campaign.name)}" width="100%" height="640" '
        'loading="lazy" allow="fullscreen"></iframe>'
    )


def _open_campaign(slug: str) -> tuple[Brand, Campaign]:
    """Give a campaign of which anybody may see the spread; raise NotFound `campaign_unknown` for any other."""
    brand, campaign = public_campaign(slug)
    if not campaign.spread_is_public:
        raise NotFound("campaign_unknown")
    return brand, campaign
