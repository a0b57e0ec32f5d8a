"""Pages of clicks: the short link, which notes the visit and leads on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.campaigns.rules import State
from referral.clicks import actions, robots
from referral.clicks.rules import TELLING_HEADERS, judge, landing
from referral.fans import queries as fans
from referral.links import queries as links
from referral.links.rules import channel_of_visit, split
from referral.plumbing import ids
from referral.plumbing.db import confine
from referral.web.access import current_account, current_person, open_to_all, writes
from referral.web.introductions import card, closed, state_of
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link

pages = Blueprint("clicks", __name__)

# A visit is nobody's business but the brand's: kept by no cache, found by no search engine, told to no next page.
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


@pages.get("/r/<written>")
@pages.get("/R/<written>")
@open_to_all
@writes
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def follow(written: str) -> Response:
    """Note a visit to a link and lead on; a chat app that asks for a preview gets the story's card instead."""
    response = make_response(_lead_on(written))
    response.headers.update(HEADERS)
    return response


def _lead_on(written: str) -> ResponseReturnValue:
    code, suffix = split(written)
    link = links.by_code(code) if code else None
    if code is None or link is None or link.disabled_at is not None:
        return _unknown()
    confine(link.brand_id)
    brand, campaign = brands.by_id(link.brand_id), campaigns.by_id(link.brand_id, link.campaign_id)
    state = state_of(campaign)
    if state is State.DRAFT:
        return _unknown()
    g.brand, g.campaign = brand, campaign
    agent = request.user_agent.string
    channel = channel_of_visit(link.channel, suffix, upper_case_path=request.path.startswith("/R/"))
    verdict = judge(
        request.method,
        agent,
        {name: request.headers[name] for name in TELLING_HEADERS if name in request.headers},
        own=_is_own(brand, campaign, link),
        crawler=robots.is_crawler(agent),
    )
    click = ids.show(actions.record(link, channel=channel, verdict=verdict))
    if robots.is_preview(agent):
        return _card(brand, campaign, link, written)
    if state is not State.RUNNING:
        return closed(brand, campaign, state)
    if campaign.landing_url:
        return redirect(landing(campaign.landing_url, click), 302)
    return redirect(url_for("introductions.story", campaign=campaign.slug, via=code, tular_click=click), 302)


def _unknown() -> ResponseReturnValue:
    """Answer the same for a code nobody has, one that is switched off, and one of a story not told yet."""
    return render_template("clicks/unknown.html"), 404


def _is_own(brand: Brand, campaign: Campaign, link: Link) -> bool:
    """Tell whether the visitor is the fan whose link it is, or of the brand's staff."""
    person = current_person(brand)
    if person is not None and link.fan_id is not None:
        fan = fans.find(campaign, link.fan_id)
        if fan is not None and fan.person_id == person.id:
            return True
    account = current_account()
    return account is not None and brands.role(brand, account) is not None


def _card(brand: Brand, campaign: Campaign, link: Link, written: str) -> ResponseReturnValue:
    """Show chat apps what they show people: the story in its teller's language, nothing about the teller."""
    fan = fans.find(campaign, link.fan_id) if link.fan_id is not None else None
    story = campaigns.story_for(campaign, fan.locale if fan is not None else campaign.default_locale)
    if story is None:
        return _unknown()
    g.locale = story.locale
    address = f"{current_app.config['PUBLIC_URL']}/r/{written}"
    return render_template("clicks/card.html", brand=brand, story=story, card=card(story, address))
