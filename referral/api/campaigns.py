"""Campaigns, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import documents as d
from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.operations import Operation
from referral.brands.rules import Scope
from referral.campaigns import actions, queries
from referral.campaigns.actions import Telling

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

calls = Blueprint("api_campaigns", __name__)


def _telling(story: d.StoryIn) -> Telling:
    return Telling(story.locale, story.title, story.body, story.share_text)


@calls.post("/campaigns")
@needs(
    Scope.CAMPAIGNS,
    Operation("Make a campaign", takes=d.CampaignIn, gives=r.CampaignOut, status=201),
)
def create(brand: Brand, document: d.CampaignIn) -> Answered:
    """Make a campaign; it is open at once unless `published` is false."""
    currency = document.currency or brand.currency
    campaign = actions.create(
        brand,
        slug=document.slug,
        name=document.name,
        telling=_telling(document.story),
        terms=shapes.terms_of(document.reward_plan, currency),
        currency=currency,
        landing_url=document.landing_url,
        starts_at=document.starts_at,
        ends_at=document.ends_at,
        utm_template=document.utm_template,
        repeat_minutes=document.repeat_minutes,
        click_cookie=document.click_cookie,
        attribution=document.attribution,
        attribution_days=document.attribution_days,
    )
    if document.published:
        actions.publish(campaign)
    return shapes.campaign(campaign), 201


@calls.get("/campaigns/<campaign>")
@needs(Scope.READ, Operation("Read a campaign", gives=r.CampaignOut))
def read(brand: Brand, campaign: Campaign) -> Answered:
    """Give a campaign with its stories and the terms promised now."""
    return shapes.campaign(campaign), 200


@calls.get("/campaigns")
@needs(Scope.READ, Operation("List the campaigns", gives=r.CampaignOut, listed=True))
def listed(brand: Brand) -> Answered:
    """List the brand's campaigns, the newest first."""
    return paging.whole([shapes.campaign(one) for one in queries.listed(brand)]), 200


@calls.patch("/campaigns/<campaign>")
@needs(
    Scope.CAMPAIGNS,
    Operation("Change a campaign", takes=d.CampaignChange, gives=r.CampaignOut, problems=(409,)),
)
def change(brand: Brand, campaign: Campaign, document: d.CampaignChange) -> Answered:
    """Change what the document names; terms that differ become a new version, and hold for sales from now on."""
    named = document.model_fields_set
    actions.change(
        campaign,
        name=document.name if document.name is not None else campaign.name,
        landing_url=document.landing_url if "landing_url" in named else campaign.landing_url,
        starts_at=document.starts_at if "starts_at" in named else campaign.starts_at,
        ends_at=document.ends_at if "ends_at" in named else campaign.ends_at,
        utm_template=(document.utm_template or "") if "utm_template" in named else None,
        repeat_minutes=document.repeat_minutes,
        click_cookie=document.click_cookie,
        attribution=document.attribution,
        attribution_days=document.attribution_days,
    )
    if document.story is not None:
        actions.tell(campaign, _telling(document.story))
    if document.reward_plan is not None:
        actions.promise(campaign, shapes.terms_of(document.reward_plan, campaign.currency))
    if document.published is not None:
        (actions.publish if document.published else actions.withdraw)(campaign)
    return shapes.campaign(campaign), 200
