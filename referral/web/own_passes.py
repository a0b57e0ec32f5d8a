"""A fan's own passes, on their home: shown, sent by mail, made anew; and whether a big screen may show their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import Gone
from referral.events import own_passes, passes, queries, wall_names
from referral.fans import queries as fans
from referral.web import language
from referral.web.access import allow_person
from referral.web.errors import sentence
from referral.web.limits import ASK_MAIL, limiter
from referral.web.passes import Standing, Ticket

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass
    from referral.fans.models import Fan
    from referral.people.models import Person

pages = Blueprint("own_passes", __name__)


@dataclass(frozen=True)
class Card:
    """Hold what a fan's home shows of one pass: the ticket, and whether its event's big screen shows their name."""

    ticket: Ticket
    on_wall: bool

    @property
    def is_over(self) -> bool:
        """Tell whether its event is past, so that there is nothing left to show it for."""
        return self.ticket.standing is Standing.OVER


def cards(fan: Fan) -> list[Card]:
    """Give the passes of a fan, those of events that are over last."""
    on_wall = wall_names.shown_at(fan)
    found = [Card(Ticket.of(event, held), event.id in on_wall) for event, held in own_passes.held(fan)]
    return sorted(found, key=lambda card: card.is_over)


def greet(campaign: Campaign, fan_id: int) -> None:
    """Mail somebody who just joined the passes that they were given, in the language they joined in."""
    for _, gate_pass in own_passes.held(fans.by_id(campaign, fan_id)):
        own_passes.mail(gate_pass, language.current())


@pages.post("/me/<campaign>/events/<event>/pass")
@allow_person
def renew(person: Person, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Make a new pass in place of one that was lost; the old one opens no gate from now on."""
    found, _fan, held = _own(person, campaign, event)
    if held is None:
        return _back(campaign)
    if found.closed_at is not None:
        flash(sentence(Gone("event_closed")), "error")
        return _back(campaign)
    own_passes.mail(passes.reissue(found, held), language.current())
    flash(gettext("This is your new pass. The old one opens no gate any more."), "success")
    return _back(campaign)


@pages.post("/me/<campaign>/events/<event>/pass/mail")
@allow_person
@limiter.limit(ASK_MAIL)
def send(person: Person, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Mail somebody their pass once more."""
    _event, _fan, held = _own(person, campaign, event)
    if held is not None and person.email is not None:
        own_passes.mail(held, language.current())
        flash(gettext("Your pass is on its way to %(email)s.", email=person.email), "success")
    return _back(campaign)


@pages.post("/me/<campaign>/events/<event>/wall")
@allow_person
def wall(person: Person, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Show a fan's first name on an event's big screen, or take it off."""
    found, fan, _held = _own(person, campaign, event)
    if fan is not None and request.form.get("shows") == "1":
        wall_names.show(found, fan)
        flash(gettext("Your first name may be on the wall now."), "success")
    elif fan is not None:
        wall_names.hide(found, fan)
        flash(gettext("Your name is off the wall."), "success")
    return _back(campaign)


def _own(person: Person, campaign: Campaign, slug: str) -> tuple[Event, Fan | None, Pass | None]:
    """Give an event, who somebody is in its campaign, and the pass they hold; raise NotFound `event_unknown`."""
    event, fan = queries.in_campaign(campaign, slug), fans.by_person(campaign, person.id)
    return event, fan, queries.pass_of_fan(event, fan.id) if fan is not None else None


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("fans.home", campaign=campaign.slug, _anchor="pass"), 303)
