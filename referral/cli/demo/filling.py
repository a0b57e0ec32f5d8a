"""The demonstration, filled in: a fair told in miniature, through the same actions as the pages and the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from referral.brands import actions as brands
from referral.campaigns import actions as campaigns
from referral.campaigns import art
from referral.campaigns import queries as found
from referral.campaigns.actions import Telling
from referral.campaigns.rules import PlanTerms
from referral.cli.demo.doors import open_doors
from referral.cli.demo.names import Somebody
from referral.cli.demo.playing import play
from referral.cli.demo.script import Cast, Prices, script
from referral.cli.demo.stories import BOOKS_ALL_NIGHT, TEA_HOUSE, WINTER_MARKET, WORDS, Told
from referral.links import actions as links
from referral.plumbing import clock
from referral.plumbing.bulk import planned_once
from referral.plumbing.db import of_brand

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.links.models import Link

SLUG = "night-fair"
RUNNING, UPCOMING, OVER = "books-all-night", "a-chapter-and-a-pot-of-tea", "winter-market"
SEED = 7
DAY = timedelta(days=1)

PASSWORD = "told-by-a-friend"  # noqa: S105 - the demonstration's, printed where it is used, and nobody else's
STAFF = (
    ("demo@tular.example", "owner", "Ratna"),
    ("marketer@tular.example", "marketer", "Bayu"),
    ("viewer@tular.example", "viewer", "Ola"),
)
STAR = Somebody("Siti Rahmawati", "siti@tular.example", "id")
STAR_SAYS = "Tiga malam berturut-turut aku ke sini. Rak paling bawah, percayalah. Nanti kutunggu dekat teh."


@dataclass(frozen=True)
class Plan:
    """Hold what one campaign of the demonstration is made of; without a cast nobody has come yet."""

    slug: str
    name: str
    stories: Sequence[Told]
    picture: Callable[[], bytes]
    terms: PlanTerms
    links: Sequence[tuple[str, str]]
    made_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    cast: Cast | None = None


def fill(now: datetime) -> Brand:
    """Make the demonstration's brand, staff and three campaigns, as if its last ten days had just gone by."""
    with clock.at(now - 120 * DAY):
        brand = brands.create(slug=SLUG, name="The Night Fair", currency="IDR", locale="en", accent="#b4552d")
        for email, role, name in STAFF:
            brands.take_on(brand, email=email, role=role, password=PASSWORD, name=name)
    # The pictures are drawn while people come: drawing takes as long as all the rest, and mostly outside Python.
    with of_brand(brand.id), planned_once(), ThreadPoolExecutor(max_workers=2) as painters:
        drawn = [(plan, painters.submit(plan.picture)) for plan in plans(now)]
        for plan, picture in drawn:
            campaign, links_of_brand = _open(brand, plan)
            if plan.cast is not None:
                channels = [channel for channel, _ in plan.links]
                random = Random(SEED)  # noqa: S311 - the same fair each time, and no secret
                events = script(plan.cast, channels, plan.starts_at, plan.ends_at or now, random)
                play(campaign, links_of_brand, events)
                if plan.slug == RUNNING:
                    open_doors(campaign, now, SEED)
            _illustrate(brand, campaign, picture.result())
    return brand


def plans(now: datetime) -> tuple[Plan, ...]:
    """List the campaigns, the oldest first: one that is over, one that runs, one still to come."""
    return _winter_market(now), _books_all_night(now), _tea_house(now)


def _open(brand: Brand, plan: Plan) -> tuple[Campaign, list[Link]]:
    """Make a campaign with its stories, picture and links, and publish it."""
    with clock.at(plan.made_at):
        tellings = [Telling(one.locale, one.title, one.body, one.share, one.picture) for one in plan.stories]
        campaign = campaigns.create(
            brand,
            slug=plan.slug,
            name=plan.name,
            telling=tellings[0],
            terms=plan.terms,
            currency=plan.terms.currency,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
        )
        for telling in tellings:
            campaigns.tell(campaign, telling)
        campaigns.publish(campaign)
        return campaign, [links.issue_for_brand(campaign, channel=name, label=label) for name, label in plan.links]


def _illustrate(brand: Brand, campaign: Campaign, picture: bytes) -> None:
    first, *others = found.stories(campaign)
    campaigns.illustrate(brand, first, picture)
    for story in others:
        campaigns.illustrate_like(story, first)


def _winter_market(now: datetime) -> Plan:
    return Plan(
        slug=OVER,
        name="Winter market",
        stories=WINTER_MARKET,
        picture=art.winter_market,
        terms=PlanTerms.fixed(10_00, "PLN", 14),
        links=(("poster", "Poster at the town hall"), ("mailing", "Letter to last year's guests")),
        made_at=now - 90 * DAY,
        starts_at=now - 80 * DAY,
        ends_at=now - 68 * DAY,
        cast=Cast((11, 22, 18, 9), {"pl": 78, "en": 22}, Prices(45_00, 5_00), hours_ahead_of_utc=1),
    )


def _books_all_night(now: datetime) -> Plan:
    return Plan(
        slug=RUNNING,
        name="Books all night",
        stories=BOOKS_ALL_NIGHT,
        picture=art.night_fair,
        terms=PlanTerms.percent(500, "IDR", 3),
        links=(
            ("poster", "Poster at the station"),
            ("poster", "Poster on the campus"),
            ("poster", "Poster in the tram"),
            ("advert", "Advert in the Saturday paper"),
            ("mailing", "Letter to the friends of the fair"),
        ),
        made_at=now - 14 * DAY,
        starts_at=now - 10 * DAY,
        ends_at=None,  # until the last one is home; and a demonstration that is a month old still has a fair to show
        cast=Cast(
            (38, 84, 106, 88, 53, 24, 9),
            {"id": 60, "en": 17, "pl": 13, "zh_Hans": 10},
            Prices(180_000_00, 5_000_00),
            hours_ahead_of_utc=7,
            words=WORDS,
            star=STAR,
            star_says=STAR_SAYS,
        ),
    )


def _tea_house(now: datetime) -> Plan:
    return Plan(
        slug=UPCOMING,
        name="A chapter and a pot of tea",
        stories=TEA_HOUSE,
        picture=art.tea_house,
        terms=PlanTerms.nothing("IDR"),
        links=(("poster", "Card on the tables of the tea house"),),
        made_at=now - 2 * DAY,
        starts_at=now + 21 * DAY,
        ends_at=now + 24 * DAY,
    )
