"""What the forest of a campaign is made of, read as columns of numbers: a million fans take a second or two.

Everything is asked from above an id on, so that who read the rest before reads only what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.types import BigInteger

from referral.campaigns.models import Campaign
from referral.clicks.models import Click
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.links.models import Link
from referral.plumbing.columns import UNKNOWN, Table, coded, integers
from referral.plumbing.db import db, in_parts


def fans_after(campaign: Campaign, after: int, languages: Sequence[str | None]) -> Table:
    """Read a campaign's fans of ids above one: id, milliseconds of arrival, language by its place in a list."""
    return integers(
        select(Fan.id, type_coerce(Fan.joined_at, BigInteger), coded(Fan.locale, languages)).where(
            *_of(campaign, Fan.campaign_id, Fan.id, after), Fan.brand_id == campaign.brand_id
        )
    )


def fans_counted(campaign: Campaign, after: int) -> int:
    """Count a campaign's fans of ids above one."""
    found = select(func.count()).select_from(Fan).where(Fan.brand_id == campaign.brand_id)
    return db.session.scalar(found.where(*_of(campaign, Fan.campaign_id, Fan.id, after))) or 0


def told_after(campaign: Campaign, after: int, channels: Sequence[str | None]) -> Table:
    """Read who told fans of ids above one first: fan, introducer, link, click, and channel by its place in a list.

    UNKNOWN stands where there is none; who came alone is absent.
    """
    parts = (Introduction.introducer_id, Introduction.link_id, Introduction.click_id)
    return integers(
        select(
            Introduction.fan_id,
            *(func.coalesce(part, UNKNOWN) for part in parts),
            coded(Introduction.channel, channels),
        ).where(
            Introduction.brand_id == campaign.brand_id,
            Introduction.is_primary,
            *_of(campaign, Introduction.campaign_id, Introduction.fan_id, after),
        )
    )


def verdicts_after(campaign: Campaign, after: int, verdicts: Sequence[str | None]) -> Table:
    """Read the verdict on the visit by which fans of ids above one came, by its place in a list; others are absent."""
    return integers(
        _with_click(verdicts).where(
            Introduction.brand_id == campaign.brand_id,
            Introduction.is_primary,
            *_of(campaign, Introduction.campaign_id, Introduction.fan_id, after),
        )
    )


def verdicts_of(campaign: Campaign, fan_ids: Sequence[int], verdicts: Sequence[str | None]) -> Table:
    """Read the verdict on the visit by which some fans came, by its place in a list; others are absent."""
    return integers(
        _with_click(verdicts).where(
            Introduction.brand_id == campaign.brand_id, Introduction.is_primary, Introduction.fan_id.in_(fan_ids)
        )
    )


def labels_of(campaign: Campaign, link_ids: Sequence[int]) -> dict[int, str | None]:
    """Give the labels of the brand's own links by link id."""
    found: dict[int, str | None] = {}
    for part in in_parts(link_ids):
        rows = db.session.execute(
            select(Link.id, Link.label).where(Link.brand_id == campaign.brand_id, Link.id.in_(part))
        )
        found.update((row.id, row.label) for row in rows)
    return found


def _with_click(verdicts: Sequence[str | None]) -> Select[*tuple[Any, ...]]:
    return select(Introduction.fan_id, coded(Click.verdict, verdicts)).join(
        Click, (Click.brand_id == Introduction.brand_id) & (Click.id == Introduction.click_id)
    )


def _of(campaign: Campaign, owner: Any, key: Any, after: int) -> tuple[Any, ...]:
    """Confine a question to a campaign's rows above an id, by the index that suits: for few it is the id's."""
    if after < 0:
        return (owner == campaign.id,)
    return key > after, owner + 0 == campaign.id
