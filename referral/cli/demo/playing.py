"""The demonstration's script, played: each event by the action that the pages and the API use, at its own time."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from referral.cli.demo.script import Buy, Event, GiveBack, Join, Speak, Visit
from referral.cli.demo.visits import shown
from referral.clicks import actions as clicks
from referral.fans import actions as fans
from referral.fans import queries as fan_queries
from referral.introductions import actions as introductions
from referral.introductions.rules import Arrival, Teller
from referral.links import queries as links
from referral.people.rules import Contact
from referral.plumbing import bulk, clock
from referral.plumbing.money import Money
from referral.sales import actions as sales
from referral.sales.requests import SaleRequest

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.introductions.actions import Arrived
    from referral.links.models import Link


LOOKS = frozenset({100, 400, 1600})  # events after which the database looks at what it has by then


def play(campaign: Campaign, brand_links: Sequence[Link], events: Sequence[Event]) -> None:
    """Let everything happen in a campaign, in the order of the events."""
    stage = Stage(campaign, brand_links)
    for number, event in enumerate(events, 1):
        if number in LOOKS:
            bulk.look_again()
        with clock.at(event.at):
            if isinstance(event, Visit):
                stage.visit(event)
            elif isinstance(event, Join):
                stage.join(event)
            elif isinstance(event, Speak):
                stage.speak(event)
            elif isinstance(event, Buy):
                stage.buy(event)
            else:
                stage.give_back(event)
    clicks.keep(stage.visits)


class Stage:
    """Remember who is who in a campaign while its script is played."""

    def __init__(self, campaign: Campaign, brand_links: Sequence[Link]) -> None:
        self._campaign = campaign
        self._brand_links = brand_links
        self._fans: dict[int, Arrived] = {}
        self._links: dict[int, Link] = {}
        self._random = Random(campaign.default_locale)  # noqa: S311 - the same each time, and no secret
        self.visits: list[clicks.Row] = []

    def visit(self, event: Visit) -> None:
        """Record that a link was opened."""
        self._visit(self._link(event.fan, event.link), event.channel, event.verdict)

    def join(self, event: Join) -> None:
        """Let somebody follow a link and join."""
        teller, click_id = None, None
        if event.channel is not None:
            link = self._link(event.told_by, event.link or 0)
            told = self._fans[event.told_by] if event.told_by is not None else None
            teller = Teller(link.id, link.fan_id, told.generation if told else None, event.channel)
            if event.channel != "spoken":
                click_id = self._visit(link, event.channel, "counted")
        contact = Contact.of(name=event.who.name, email=event.who.email, locale=event.who.locale)
        arrival = Arrival(contact, teller, event.channel, event.at, click_id, event.shows_name)
        self._fans[event.fan] = introductions.arrive(self._campaign, [arrival])[0]

    def speak(self, event: Speak) -> None:
        """Let a fan say it in their own words, under their name."""
        fan = fan_queries.by_id(self._campaign, self._fans[event.fan].fan_id)
        fans.speak(fan, event.words, shows_name=True)

    def buy(self, event: Buy) -> None:
        """Let a fan buy, or somebody at the till who shows a fan's code."""
        request = SaleRequest(
            event.reference,
            Money(event.minor, self._campaign.currency),
            buyer_fan_id=self._fans[event.fan].fan_id if event.fan is not None else None,
            code=self._link(event.code_of, 0).code if event.code_of is not None else None,
        )
        sales.record(self._campaign, request)

    def give_back(self, event: GiveBack) -> None:
        """Let something be brought back."""
        sales.refund(self._campaign, event.sale, event.reference, Money(event.minor, self._campaign.currency))

    def _visit(self, link: Link, channel: str, verdict: str) -> int:
        """Note a visit, to be written with all others at the end; return its id."""
        shows = shown(verdict, channel, self._campaign.default_locale, self._random)
        row = clicks.row(
            link,
            channel=channel,
            verdict=verdict,
            device=shows.device,
            language=shows.language,
            country=shows.country,
            referrer=shows.referrer,
            visitor=self._random.getrandbits(63),
        )
        self.visits.append(row)
        return row.id

    def _link(self, fan: int | None, number: int) -> Link:
        """Give a fan's own link, or one of the brand's."""
        if fan is None:
            return self._brand_links[number]
        if fan not in self._links:
            self._links[fan] = links.by_id(self._campaign, self._fans[fan].link_id or 0)
        return self._links[fan]
