"""What is asked about campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from referral.brands.models import Brand
from referral.campaigns.models import Campaign, Picture, RewardPlan, Story
from referral.errors import NotFound
from referral.plumbing.db import db, every_brand


def listed(brand: Brand) -> list[Campaign]:
    """List a brand's campaigns, the newest first."""
    return list(db.session.scalars(select(Campaign).where(Campaign.brand_id == brand.id).order_by(Campaign.id.desc())))


def by_slug(brand: Brand, slug: str) -> Campaign:
    """Give a brand's campaign; raise NotFound `campaign_unknown`, also where another brand has it."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.brand_id == brand.id, Campaign.slug == slug))
    if campaign is None:
        raise NotFound("campaign_unknown")
    return campaign


def public(slug: str) -> tuple[Brand, Campaign] | None:
    """Find whose campaign a public address speaks of."""
    with every_brand():
        row = db.session.execute(
            select(Brand, Campaign).join(Campaign, Campaign.brand_id == Brand.id).where(Campaign.slug == slug)
        ).one_or_none()
    return None if row is None else (row[0], row[1])


def slug_taken(slug: str) -> bool:
    """Tell whether any brand of this installation has a campaign by this short name."""
    with every_brand():
        return db.session.scalar(select(Campaign.id).where(Campaign.slug == slug)) is not None


def by_id(brand_id: int, campaign_id: int) -> Campaign:
    """Give a campaign by its id; raise NotFound `campaign_unknown`."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.brand_id == brand_id, Campaign.id == campaign_id))
    if campaign is None:
        raise NotFound("campaign_unknown")
    return campaign


def repeat_minutes() -> dict[int, int]:
    """Give how long a visitor who comes again is the same visit, in minutes by campaign id, of all brands."""
    with every_brand():
        return {row.id: row.repeat_minutes for row in db.session.execute(select(Campaign.id, Campaign.repeat_minutes))}


def stories(campaign: Campaign) -> list[Story]:
    """List the languages of a campaign's story, its default language first."""
    found = db.session.scalars(
        select(Story)
        .where(Story.brand_id == campaign.brand_id, Story.campaign_id == campaign.id)
        .order_by(Story.locale)
    )
    return sorted(found, key=lambda story: (story.locale != campaign.default_locale, story.locale))


def story(campaign: Campaign, locale: str) -> Story | None:
    """Give the story in one language."""
    return db.session.scalar(
        select(Story).where(
            Story.brand_id == campaign.brand_id, Story.campaign_id == campaign.id, Story.locale == locale
        )
    )


def story_for(campaign: Campaign, wanted: str) -> Story | None:
    """Give the story in the reader's language, else in the campaign's own, else in any."""
    told = stories(campaign)
    return next((one for one in told if one.locale == wanted), told[0] if told else None)


def titles(brand: Brand, campaigns: Sequence[Campaign]) -> dict[int, str]:
    """Give each campaign's title in its own language."""
    rows = db.session.execute(
        select(Story.campaign_id, Story.title)
        .join(Campaign, (Campaign.brand_id == Story.brand_id) & (Campaign.id == Story.campaign_id))
        .where(Story.brand_id == brand.id, Story.locale == Campaign.default_locale)
    )
    return {row.campaign_id: row.title for row in rows}


def plan(campaign: Campaign) -> RewardPlan:
    """Give the terms that a campaign promises now."""
    found = db.session.scalar(
        select(RewardPlan)
        .where(RewardPlan.brand_id == campaign.brand_id, RewardPlan.campaign_id == campaign.id)
        .order_by(RewardPlan.version.desc())
        .limit(1)
    )
    if found is None:
        raise LookupError("a campaign is made with its terms")
    return found


def plan_at(campaign: Campaign, moment: datetime) -> RewardPlan:
    """Give the terms that were current at a moment: the newest made by then, else the first."""
    plans = db.session.scalars(
        select(RewardPlan)
        .where(RewardPlan.brand_id == campaign.brand_id, RewardPlan.campaign_id == campaign.id)
        .order_by(RewardPlan.version)
    ).all()
    return max((one for one in plans if one.created_at <= moment), key=lambda one: one.version, default=plans[0])


def plans(campaign: Campaign) -> list[RewardPlan]:
    """List all versions of a campaign's terms, the newest first."""
    return list(
        db.session.scalars(
            select(RewardPlan)
            .where(RewardPlan.brand_id == campaign.brand_id, RewardPlan.campaign_id == campaign.id)
            .order_by(RewardPlan.version.desc())
        )
    )


def picture_of(story: Story) -> Picture | None:
    """Give a story's picture, without its bytes."""
    if story.picture_id is None:
        return None
    return db.session.scalar(select(Picture).where(Picture.brand_id == story.brand_id, Picture.id == story.picture_id))


def picture_by_sha(sha256: str) -> Picture | None:
    """Give a picture with its bytes by what it shows; whose it is does not matter, for its name cannot be guessed."""
    with every_brand():
        return db.session.scalar(
            select(Picture)
            .where(Picture.sha256 == sha256)
            .options(undefer(Picture.jpeg), undefer(Picture.preview))
            .limit(1)
        )


def same_picture(brand: Brand, sha256: str) -> Picture | None:
    """Find a picture that the brand has already."""
    return db.session.scalar(select(Picture).where(Picture.brand_id == brand.id, Picture.sha256 == sha256))
