"""What the benchmarks ask about: a brand with campaigns of so many fans, a key, and somebody of the staff signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from referral.brands import actions as brands
from referral.brands.queries import by_id
from referral.campaigns import actions as campaigns
from referral.campaigns.models import Campaign
from referral.campaigns.rules import PlanTerms
from referral.cli.importing import take_in
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import queries as introductions
from referral.links import queries as links
from referral.plumbing import ids
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction, upkeep
from referral.sales.models import Sale

SLUG = "bench"
LOADED, SMALL, LARGE = "loaded", "small", "large"
SIZES = {LOADED: 1_000, SMALL: 100, LARGE: 10_000}
MAIL = "bench@tular.example"


@dataclass(frozen=True)
class Fair:
    """Hold what a client has to know."""

    brand_id: int
    key: str
    cookie: str
    codes: list[str]
    buyers: list[str]


def made(app: Flask) -> Fair:
    """Fill a database without tables."""
    with app.app_context():
        upgrade()
        brand_id, key, session = upkeep(_staff)
        with of_brand(brand_id):
            for slug, size in SIZES.items():
                in_transaction(lambda slug=slug, size=size: _campaign(brand_id, slug, size))  # type: ignore[misc]
            loaded = campaign(LOADED)
            some = [fan for fan, _ in fans.page(loaded, None, 500)]
            codes = list(links.codes(loaded, [fan.id for fan in some]).values())
            told = set(introductions.primaries(loaded, [fan.id for fan in some]))
            buyers = [ids.show(fan.id) for fan in some if fan.id in told]
        db.session.remove()
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["staff"] = session
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = browser.get_cookie(name)
    assert cookie is not None
    return Fair(brand_id, key, f"{name}={cookie.value}", codes, buyers)


def counted(app: Flask, fair: Fair) -> tuple[int, int]:
    """Count the fans and sales of the campaign that was asked of."""
    with app.app_context(), of_brand(fair.brand_id):
        loaded = campaign(LOADED)
        sales = select(func.count(Sale.id)).where(Sale.campaign_id == loaded.id)
        found = fans.count(loaded), db.session.scalar(sales) or 0
        db.session.remove()
    return found


def campaign(slug: str) -> Campaign:
    """Give one of the campaigns."""
    return db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one()


def _staff() -> tuple[int, str, str]:
    brand = brands.create(slug=SLUG, name="Bench", currency="IDR")
    account = brands.take_on(brand, email=MAIL, role="owner", password="measured with care")
    return brand.id, brands.make_key(brand, name="Bench"), brands.let_in(account)


def _campaign(brand_id: int, slug: str, size: int) -> None:
    campaign = campaigns.create(
        by_id(brand_id),
        slug=slug,
        name=slug,
        telling=campaigns.Telling("en", "A story", "Worth passing on."),
        terms=PlanTerms.percent(500, "IDR", 14),
    )
    campaigns.publish(campaign)
    take_in(campaign, "\n".join(_rows(slug, size)).encode(), lambda done, total: None)
    assert db.session.scalar(select(func.count(Fan.id)).where(Fan.campaign_id == campaign.id)) == size


def _rows(slug: str, size: int) -> Iterator[str]:
    """Grow a forest in which each was told by somebody before them, the early ones more often."""
    random = Random(size)
    yield "fan,told_by,at,channel"
    for number in range(size):
        teller = f"{slug}-{int(number * random.random() ** 1.6)}" if number > size // 20 else ""
        yield f"{slug}-{number},{teller},{1_760_000_000 + number * 60},whatsapp"
