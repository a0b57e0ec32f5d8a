"""Events and their passes, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import event_documents as d
from referral.api import paging, shapes
from referral.api.access import Answered, needs
from referral.api.fans import find, let_in
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.campaigns import queries as campaigns
from referral.errors import Invalid, NotFound
from referral.events import actions, passes, queries
from referral.events.passes import PassTerms
from referral.events.rules.codes import payload
from referral.events.rules.terms import EventTerms, PlaceKind, Reentry
from referral.events.written import pen
from referral.links import queries as links
from referral.links.rules import share_url
from referral.plumbing import ids
from referral.plumbing.money import Money

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass

calls = Blueprint("api_events", __name__)


@calls.post("/events")
@needs(Scope.EVENTS, Operation("Make an event", takes=d.EventIn, gives=d.EventOut, status=201))
def create(brand: Brand, document: d.EventIn) -> Answered:
    """Make an event in a campaign, with its opening hours and its places."""
    campaign = _campaign(brand, document.campaign)
    terms = EventTerms(
        slug=document.slug,
        name=document.name,
        timezone=document.timezone,
        days=[(day.opens_at, day.closes_at) for day in document.days],
        venue=document.venue,
        capacity=document.capacity,
        early_minutes=document.early_minutes,
        reentry=document.reentry,
        gives_passes=document.gives_passes,
        cost_minor=Money.of_decimal(document.cost, campaign.currency).minor if document.cost is not None else None,
    )
    event = actions.create(campaign, terms)
    for place in document.places:
        actions.add_place(event, place.kind, place.name)
    return _event(campaign, event), 201


@calls.get("/events")
@needs(Scope.READ, Operation("List the events", gives=d.EventOut, listed=True))
def listed(brand: Brand) -> Answered:
    """List the brand's events, the newest first."""
    return paging.whole([_event(queries.campaign_of(one), one) for one in queries.of_brand(brand)]), 200


@calls.get("/events/<event>")
@needs(Scope.READ, Operation("Read an event", gives=d.EventOut))
def read(brand: Brand, event: str) -> Answered:
    """Give an event with its days and places."""
    found = queries.by_slug(brand, event)
    return _event(queries.campaign_of(found), found), 200


@calls.post("/events/<event>/passes")
@needs(
    Scope.EVENTS,
    Operation(
        "Give out a pass",
        takes=d.PassIn,
        gives=d.PassOut,
        status=201,
        also={200: "They had one, or the reference was given before: the pass there is"},
        problems=(410,),
    ),
)
def issue(brand: Brand, event: str, document: d.PassIn) -> Answered:
    """Give a fan or a person a pass, or make one for whoever will carry it; everybody has one pass at most."""
    found = queries.by_slug(brand, event)
    fan_id = _holder(queries.campaign_of(found), document)
    terms = PassTerms(
        fan_id, document.label, document.admits, document.valid_from, document.valid_until, document.external_id
    )
    issued = passes.issue(found, terms)
    if document.person is not None and fan_id is not None:
        passes.welcome(queries.campaign_of(found), [fan_id])
    return _passes(found, [issued.gate_pass])[0], 200 if issued.hit else 201


@calls.get("/events/<event>/passes")
@needs(Scope.READ, Operation("List the passes", gives=d.PassOut, listed=True, parameters=(CURSOR, LIMIT)))
def passes_listed(brand: Brand, event: str) -> Answered:
    """List an event's passes in the order in which they were given out, revoked ones too."""
    found = queries.by_slug(brand, event)
    after, limit = paging.wanted()
    rows = queries.page(found, after, limit + 1)
    pairs = list(zip(rows, _passes(found, rows), strict=True))
    return paging.page(pairs, limit, lambda pair: pair[1], lambda pair: pair[0].id), 200


@calls.post("/events/<event>/passes/<gate_pass>/revoke")
@needs(Scope.EVENTS, Operation("Revoke a pass", takes=d.RevokeIn, gives=d.PassOut))
def revoke(brand: Brand, event: str, gate_pass: str, document: d.RevokeIn) -> Answered:
    """Let nobody in with a pass any more; gates that are online know within seconds. It cannot be taken back."""
    found = queries.by_slug(brand, event)
    one = _pass(found, gate_pass)
    passes.revoke(one, document.reason)
    return _passes(found, [one])[0], 200


@calls.post("/events/<event>/passes/<gate_pass>/reissue")
@needs(Scope.EVENTS, Operation("Reissue a pass", gives=d.PassOut, status=201, problems=(410,)))
def reissue(brand: Brand, event: str, gate_pass: str) -> Answered:
    """Give somebody whose pass is lost another, and revoke the lost one."""
    found = queries.by_slug(brand, event)
    return _passes(found, [passes.reissue(found, _pass(found, gate_pass))])[0], 201


def _campaign(brand: Brand, slug: str) -> Campaign:
    try:
        return campaigns.by_slug(brand, slug)
    except NotFound as error:
        raise Invalid("campaign_unknown") from error


def _pass(event: Event, text: str) -> Pass:
    pass_id = ids.read(text)
    if pass_id is None:
        raise NotFound("pass_unknown")
    return queries.gate_pass(event, pass_id)


def _holder(campaign: Campaign, document: d.PassIn) -> int | None:
    if document.person is not None:
        return let_in(campaign, document.person)[0].fan_id
    if document.fan is None:
        return None
    try:
        return find(campaign, document.fan).id
    except NotFound as error:
        raise Invalid("fan_unknown") from error


def _event(campaign: Campaign, event: Event) -> d.EventOut:
    places = queries.places(event, closed=True)
    found = links.by_ids(campaign, [place.link_id for place in places if place.link_id is not None])
    codes = {place.id: found[place.link_id].code for place in places if place.link_id is not None}
    cost = Money(event.cost_minor, campaign.currency).text() if event.cost_minor is not None else None
    return d.EventOut(
        id=ids.show(event.id),
        slug=event.slug,
        campaign=campaign.slug,
        name=event.name,
        venue=event.venue,
        timezone=event.timezone,
        capacity=event.capacity,
        early_minutes=event.early_minutes,
        reentry=Reentry(event.reentry).value,
        gives_passes=event.gives_passes,
        cost=cost,
        currency=campaign.currency,
        is_closed=event.closed_at is not None,
        passes=queries.count(event),
        days=[
            d.DayOut(id=ids.show(day.id), opens_at=day.opens_at, closes_at=day.closes_at) for day in queries.days(event)
        ],
        places=[
            d.PlaceOut(
                id=ids.show(place.id),
                kind=PlaceKind(place.kind).value,
                name=place.name,
                code=codes.get(place.id),
                share_url=share_url(shapes.base(), codes[place.id]) if place.id in codes else None,
                is_closed=place.closed_at is not None,
            )
            for place in places
        ],
    )


def _passes(event: Event, rows: Sequence[Pass]) -> list[d.PassOut]:
    writing = pen(event)
    shown = []
    for one in rows:
        token = writing.token(one)
        shown.append(
            d.PassOut(
                id=ids.show(one.id),
                number=one.number,
                event=event.slug,
                fan=ids.show(one.fan_id) if one.fan_id is not None else None,
                label=one.label,
                admits=one.admits,
                valid_from=one.valid_from,
                valid_until=one.valid_until,
                external_id=one.external_id,
                code=writing.code(one),
                short_code=writing.short(one),
                url=f"{shapes.base()}/p/{token}" if token is not None else None,
                qr=payload(shapes.base(), token) if token is not None else one.foreign_code,
                created_at=one.created_at,
                revoked_at=one.revoked_at,
                revoked_reason=one.revoked_reason,
                replaced_by=ids.show(one.replaced_by_id) if one.replaced_by_id is not None else None,
            )
        )
    return shown
