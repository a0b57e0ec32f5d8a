"""What happens when somebody comes: they are known, a fan, have a link, and it is kept who told them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from referral.campaigns.models import Campaign
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import queries
from referral.introductions.models import Introduction
from referral.introductions.rules import Arrival, edge, generation
from referral.links import actions as links
from referral.people import actions as people
from referral.plumbing import bulk
from referral.plumbing.i18n import LANGUAGES
from referral.plumbing.ids import new_ids


@dataclass(frozen=True)
class Arrived:
    """Say what became of an arrival: which fan they are, whether new here, who told them now, and a newcomer's link.

    `was_known` says that the brand knew the person before, in whatever campaign.
    """

    fan_id: int
    person_id: int
    generation: int
    is_new: bool
    introducer_id: int | None
    link_id: int | None = None
    was_known: bool = False

    def with_link(self, link_id: int | None) -> Arrived:
        """Give the same with a link."""
        return Arrived(
            self.fan_id, self.person_id, self.generation, self.is_new, self.introducer_id, link_id, self.was_known
        )


def arrive(campaign: Campaign, arrivals: Sequence[Arrival]) -> list[Arrived]:
    """Let people into a campaign, one or a hundred thousand: the web, the API and the importer all come through here.

    Who is here already stays the fan they are; a new teller of theirs is kept as a secondary introduction.
    """
    known = people.know(campaign.brand_id, [arrival.contact for arrival in arrivals])
    before = fans.by_persons(campaign, sorted({person_id for person_id, is_new in known if not is_new}))
    fan_rows: list[dict[str, object]] = []
    result: list[Arrived] = []
    fresh: dict[int, Arrived] = {}
    edges: list[tuple[Arrival, Arrived]] = []
    free = iter(new_ids(len(arrivals)))
    for arrival, (person_id, is_new_person) in zip(arrivals, known, strict=True):
        here = before.get(person_id)
        told = arrival.told_by.fan_id if arrival.told_by else None
        was_known = not is_new_person
        if here is not None:
            told = told if told != here.id else None
            arrived = Arrived(here.id, person_id, here.generation, False, told, was_known=was_known)
        elif person_id in fresh:
            first = fresh[person_id]
            told = told if told != first.fan_id else None
            arrived = Arrived(first.fan_id, person_id, first.generation, False, told, was_known=was_known)
        else:
            arrived = Arrived(next(free), person_id, generation(arrival.told_by), True, told, was_known=was_known)
            fresh[person_id] = arrived
            fan_rows.append(_fan_row(campaign, arrival, arrived))
        result.append(arrived)
        edges.append((arrival, arrived))
    newcomers = list(fresh.values())
    if newcomers:
        bulk.write(Fan, fan_rows)
        issued = links.issue_to_fans(campaign, [newcomer.fan_id for newcomer in newcomers])
        own = dict(zip((newcomer.fan_id for newcomer in newcomers), issued, strict=True))
        result = [arrived.with_link(own.get(arrived.fan_id)) for arrived in result]
    _introduce(campaign, edges)
    return result


def _fan_row(campaign: Campaign, arrival: Arrival, arrived: Arrived) -> dict[str, object]:
    wanted = arrival.contact.locale
    return {
        "brand_id": campaign.brand_id,
        "id": arrived.fan_id,
        "campaign_id": campaign.id,
        "person_id": arrived.person_id,
        "generation": arrived.generation,
        "shows_name": arrival.shows_name,
        "locale": wanted if wanted in LANGUAGES else campaign.default_locale,
        "joined_at": arrival.at,
    }


def _introduce(campaign: Campaign, edges: Sequence[tuple[Arrival, Arrived]]) -> None:
    """Record who told whom, once for each fan, teller and link."""
    old = [arrived.fan_id for _, arrived in edges if not arrived.is_new]
    recorded = queries.recorded_pairs(campaign, old) if old else set()
    rows: list[dict[str, object]] = []
    free = iter(new_ids(len(edges)))
    for arrival, arrived in edges:
        told = edge(arrival.told_by, arrived.fan_id, arrived.is_new)
        if told is None or (arrived.fan_id, told.introducer_id, told.link_id) in recorded:
            continue
        recorded.add((arrived.fan_id, told.introducer_id, told.link_id))
        rows.append(
            {
                "brand_id": campaign.brand_id,
                "id": next(free),
                "campaign_id": campaign.id,
                "fan_id": arrived.fan_id,
                "introducer_id": told.introducer_id,
                "link_id": told.link_id,
                "click_id": arrival.click_id,
                "channel": arrival.channel or (arrival.told_by.channel if arrival.told_by else None) or "copy",
                "at": arrival.at,
                "is_primary": told.is_primary,
            }
        )
    bulk.write(Introduction, rows)
