"""What changes about campaigns: made, told, promised, published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.brands.models import Brand
from referral.campaigns import queries, rules
from referral.campaigns.models import Campaign, Picture, RewardPlan, Story
from referral.campaigns.pictures import read_picture
from referral.errors import Conflict, Invalid
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.i18n import LANGUAGES
from referral.plumbing.ids import new_id
from referral.plumbing.money import EXPONENTS

TITLE_LENGTH, BODY_LENGTH, SHARE_LENGTH = 160, 20_000, 500


@dataclass(frozen=True)
class Telling:
    """Hold a story in one language, as somebody wrote it; of None, what was there before stays."""

    locale: str
    title: str
    body: str
    share_text: str | None = None
    picture_alt: str | None = None


def create(
    brand: Brand,
    *,
    slug: str,
    name: str,
    telling: Telling,
    terms: rules.PlanTerms | None = None,
    currency: str | None = None,
    landing_url: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    utm_template: str | None = None,
    repeat_minutes: int = 60,
    click_cookie: bool = False,
    attribution: str = rules.Attribution.FIRST,
    attribution_days: int = 0,
    spread_is_public: bool = False,
) -> Campaign:
    """Make a campaign with its story and its terms; it stays a draft until it is published.

    Raises:
        Invalid: a value that could never be right (`slug_invalid`, `name_missing`, `landing_url_invalid`, …).
        Conflict: `slug_taken`.
    """
    slug = rules.clean_slug(slug)
    if queries.slug_taken(slug):
        raise Conflict("slug_taken", slug=slug)
    money = currency or brand.currency
    if money not in EXPONENTS:
        raise Invalid("currency_unknown", currency=money[:8])
    rules.check_dates(starts_at, ends_at)
    campaign = Campaign(
        brand_id=brand.id,
        id=new_id(),
        slug=slug,
        name=_name(name),
        currency=money,
        default_locale=_locale(telling.locale),
        landing_url=rules.clean_landing_url(landing_url),
        starts_at=starts_at,
        ends_at=ends_at,
        ripening_days=7,
        utm_template=rules.clean_utm_template(utm_template),
        repeat_minutes=rules.check_repeat(repeat_minutes),
        click_cookie=click_cookie,
        attribution=rules.check_attribution(attribution),
        attribution_days=rules.check_attribution_days(attribution_days),
        spread_is_public=spread_is_public,
        created_at=now(),
    )
    db.session.add(campaign)
    db.session.flush()
    promise(campaign, terms or rules.PlanTerms.nothing(money))
    tell(campaign, telling)
    return campaign


def change(
    campaign: Campaign,
    *,
    name: str,
    landing_url: str | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    utm_template: str | None = None,
    repeat_minutes: int | None = None,
    click_cookie: bool | None = None,
    attribution: str | None = None,
    attribution_days: int | None = None,
    spread_is_public: bool | None = None,
) -> None:
    """Change a campaign's name, landing address, dates, and how its clicks count; its slug and currency are for ever.

    Of how clicks count, None leaves what is; an empty `utm_template` takes it away. Visits and sales of before keep
    what was decided about them.
    """
    rules.check_dates(starts_at, ends_at)
    campaign.name = _name(name)
    campaign.landing_url = rules.clean_landing_url(landing_url)
    campaign.starts_at, campaign.ends_at = starts_at, ends_at
    if utm_template is not None:
        campaign.utm_template = rules.clean_utm_template(utm_template)
    if repeat_minutes is not None:
        campaign.repeat_minutes = rules.check_repeat(repeat_minutes)
    if click_cookie is not None:
        campaign.click_cookie = click_cookie
    if attribution is not None:
        campaign.attribution = rules.check_attribution(attribution)
    if attribution_days is not None:
        campaign.attribution_days = rules.check_attribution_days(attribution_days)
    if spread_is_public is not None:
        campaign.spread_is_public = spread_is_public


def tell(campaign: Campaign, telling: Telling) -> Story:
    """Write the campaign's story in one language, anew or over what was there."""
    title, body = rules.clean_text(telling.title), rules.clean_text(telling.body)
    if not title:
        raise Invalid("title_missing")
    if len(title) > TITLE_LENGTH:
        raise Invalid("title_too_long", most=TITLE_LENGTH)
    if not body:
        raise Invalid("body_missing")
    if len(body) > BODY_LENGTH:
        raise Invalid("body_too_long", most=BODY_LENGTH)
    share_text = rules.clean_text(telling.share_text or "")
    if len(share_text) > SHARE_LENGTH:
        raise Invalid("share_text_too_long", most=SHARE_LENGTH)
    story = queries.story(campaign, _locale(telling.locale))
    if story is None:
        story = Story(brand_id=campaign.brand_id, id=new_id(), campaign_id=campaign.id, locale=telling.locale)
        db.session.add(story)
    story.title, story.body = title, body
    if telling.share_text is not None:
        story.share_text = share_text or None
    if telling.picture_alt is not None:
        story.picture_alt = rules.clean_text(telling.picture_alt)[:300] or None
    story.updated_at = now()
    db.session.flush()
    return story


def illustrate(brand: Brand, story: Story, data: bytes) -> Picture:
    """Give a story its picture, made anew from what was uploaded.

    Raises:
        Invalid: `picture_unreadable`, `picture_too_large`.
    """
    files = read_picture(data)
    picture = queries.same_picture(brand, files.sha256)
    if picture is None:
        picture = Picture(
            brand_id=brand.id,
            id=new_id(),
            sha256=files.sha256,
            jpeg=files.jpeg,
            preview=files.preview,
            width=files.width,
            height=files.height,
            created_at=now(),
        )
        db.session.add(picture)
        db.session.flush()
    story.picture_id = picture.id
    return picture


def illustrate_like(story: Story, other: Story | None) -> None:
    """Give a story the picture of another of the same campaign; with no other, leave it without one."""
    story.picture_id = other.picture_id if other is not None else None


def promise(campaign: Campaign, terms: rules.PlanTerms) -> RewardPlan:
    """Promise terms from now on; what was promised before stays true for the sales of its time."""
    if terms.currency != campaign.currency:
        raise Invalid("currency_differs", expected=campaign.currency)
    versions = queries.plans(campaign)
    if versions and _same(versions[0], terms):
        return versions[0]
    plan = RewardPlan(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        version=versions[0].version + 1 if versions else 1,
        kind=terms.kind,
        basis_points=terms.basis_points,
        fixed_minor=terms.fixed_minor,
        currency=terms.currency,
        holding_days=terms.holding_days,
        created_at=now(),
    )
    db.session.add(plan)
    db.session.flush()
    return plan


def publish(campaign: Campaign) -> None:
    """Open a campaign to the world, from its start on; raise Conflict `story_missing` where nothing is told."""
    if not queries.stories(campaign):
        raise Conflict("story_missing")
    if campaign.published_at is None:
        campaign.published_at = now()


def withdraw(campaign: Campaign) -> None:
    """Take a campaign back into draft: its links then say that it is not open."""
    campaign.published_at = None


def _same(plan: RewardPlan, terms: rules.PlanTerms) -> bool:
    return (plan.kind, plan.basis_points, plan.fixed_minor, plan.currency, plan.holding_days) == (
        terms.kind,
        terms.basis_points,
        terms.fixed_minor,
        terms.currency,
        terms.holding_days,
    )


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise Invalid("name_missing")
    if len(name) > 120:
        raise Invalid("name_too_long", most=120)
    return name


def _locale(locale: str) -> str:
    if locale not in LANGUAGES:
        raise Invalid("locale_unknown", known=", ".join(LANGUAGES))
    return locale
