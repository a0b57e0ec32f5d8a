"""Fans, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import documents as d
from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.campaigns.rules import check_open
from referral.clicks import queries as clicks
from referral.credits import queries as credits
from referral.errors import Invalid, NotFound
from referral.events import passes
from referral.fans import queries
from referral.introductions import actions
from referral.introductions import queries as introductions
from referral.introductions.rules import Arrival
from referral.links import queries as links
from referral.links.rules import CHANNEL_NAMES, fold
from referral.people.rules import Contact
from referral.plumbing import ids
from referral.plumbing.clock import now

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.introductions.rules import Teller

calls = Blueprint("api_fans", __name__)


@calls.post("/campaigns/<campaign>/fans")
@needs(
    Scope.FANS,
    Operation(
        "Let somebody in",
        takes=d.FanIn,
        gives=r.FanOut,
        status=201,
        also={200: "They were here already: the fan they are"},
        problems=(410,),
    ),
)
def join(brand: Brand, campaign: Campaign, document: d.FanIn) -> Answered:
    """Make somebody a fan with a link of their own; who is here already stays the fan they are."""
    arrived, at = let_in(campaign, document)
    passes.welcome(campaign, [arrived.fan_id])
    if arrived.is_new:
        return _shown(campaign, [shapes.Came(arrived.fan_id, arrived.generation, at)])[0], 201
    return _shown(campaign, [shapes.Came.of(queries.by_id(campaign, arrived.fan_id))])[0], 200


def let_in(campaign: Campaign, document: d.FanIn) -> tuple[actions.Arrived, datetime]:
    """Let somebody into a campaign that is open, told by whom the document names; give when they came, too."""
    at = shapes.moment(document.at)
    check_open(campaign.published_at, campaign.starts_at, campaign.ends_at, at)
    if document.channel is not None and document.channel not in CHANNEL_NAMES:
        raise Invalid("channel_unknown", known=", ".join(CHANNEL_NAMES))
    contact = Contact.of(
        name=document.name,
        email=document.email,
        phone=document.phone,
        external_id=document.external_id,
        locale=document.locale or campaign.default_locale,
        currency=campaign.currency,
    )
    click_id = read_click(document.click_id)
    told_by = _teller(campaign, document.told_by, click_id)
    return actions.arrive(campaign, [Arrival(contact, told_by, document.channel, at, click_id)])[0], at


def read_click(text: str | None) -> int | None:
    """Read a click's id; raise Invalid `click_unknown` where it is not one."""
    if text is None:
        return None
    click_id = ids.read(text)
    if click_id is None:
        raise Invalid("click_unknown")
    return click_id


def _teller(campaign: Campaign, code: str | None, click_id: int | None) -> Teller | None:
    """Find who told somebody; a click says more than a code, for it happened.

    Raises:
        Invalid: `code_unknown` or `click_unknown` where the campaign has no such one.
    """
    by_code = introductions.teller(campaign, code=code) if code is not None else None
    if code is not None and by_code is None:
        raise Invalid("code_unknown")
    by_click = introductions.teller(campaign, click_id=click_id) if click_id is not None else None
    if click_id is not None and by_click is None:
        raise Invalid("click_unknown")
    return by_click or by_code


def _shown(campaign: Campaign, fans: Sequence[shapes.Came]) -> list[r.FanOut]:
    """Show fans with who told each first."""
    fan_ids = [fan.fan_id for fan in fans]
    first = introductions.primaries(campaign, fan_ids)
    told_by = {fan_id: one.introducer_id for fan_id, one in first.items() if one.introducer_id is not None}
    codes = links.codes(campaign, sorted({*fan_ids, *told_by.values()}))
    shown = []
    for fan in fans:
        introducer = told_by.get(fan.fan_id)
        by = (introducer, codes[introducer]) if introducer is not None else None
        channel = first[fan.fan_id].channel if fan.fan_id in first else None
        shown.append(shapes.fan(fan, codes[fan.fan_id], by, channel))
    return shown


def find(campaign: Campaign, text: str) -> Fan:
    """Find a fan by id or by the code of a link of theirs; raise NotFound `fan_unknown`."""
    fan_id = ids.read(text)
    if fan_id is None and (code := fold(text)) is not None:
        link = links.in_campaign(campaign, code)
        fan_id = link.fan_id if link else None
    if fan_id is None:
        raise NotFound("fan_unknown")
    return queries.by_id(campaign, fan_id)


@calls.get("/campaigns/<campaign>/fans/<fan>")
@needs(Scope.READ, Operation("Read a fan, by id or code", gives=r.FanDetail))
def read(brand: Brand, campaign: Campaign, fan: str) -> Answered:
    """Give one fan with whom they brought, how far it went, and what they earned."""
    found = find(campaign, fan)
    shown = shapes.person(_shown(campaign, [shapes.Came.of(found)])[0], queries.person_of(found))
    detail = r.FanDetail(
        **dict(shown),
        brought=introductions.brought(found),
        reached=introductions.reach(found).people,
        clicks=clicks.of_fan(found),
        balance=[shapes.balance(one) for one in credits.balances(found, now())],
    )
    return detail, 200


@calls.get("/campaigns/<campaign>/fans")
@needs(
    Scope.READ,
    Operation("List the fans", gives=r.PersonOut, listed=True, parameters=(CURSOR, LIMIT)),
)
def listed(brand: Brand, campaign: Campaign) -> Answered:
    """List a campaign's fans in the order in which they were recorded."""
    after, limit = paging.wanted()
    rows = queries.page(campaign, after, limit + 1)
    shown = _shown(campaign, [shapes.Came.of(fan) for fan, _ in rows])
    pairs = list(zip(rows, shown, strict=True))
    return paging.page(pairs, limit, lambda pair: shapes.person(pair[1], pair[0][1]), lambda pair: pair[0][0].id), 200
