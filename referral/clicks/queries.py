"""What is asked about clicks: their counts, which are kept for good, and each visit, which is kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from referral.campaigns.models import Campaign
from referral.clicks import backlog
from referral.clicks.models import WHOLE_CAMPAIGN, Click, ClickDay, ClickHour, ClickJournal, ClickTrait
from referral.clicks.rules.months import DAY, HOUR
from referral.clicks.rules.tally import with_unknown
from referral.fans.models import Fan
from referral.links.models import Link
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.clock import EPOCH
from referral.plumbing.db import db, every_brand, in_parts

AT_ONCE, LOOKS = 2_000, 50  # visits looked through in one go for those of a verdict, and how often for one page


@dataclass(frozen=True)
class Seen:
    """Hold what a click says of how somebody came: by which link, by which channel, when."""

    id: int
    link_id: int
    channel: str
    at: datetime


def seen(campaign: Campaign, click_id: int) -> Seen | None:
    """Find a click of a campaign, be it still on its way from a journal of this machine.

    None where the campaign has none by this id, and where it is another brand's.
    """
    asked = select(Click).where(
        Click.brand_id == campaign.brand_id, Click.id == click_id, Click.campaign_id == campaign.id
    )
    click = db.session.scalar(asked)
    record = None
    if click is None:
        record = backlog.find(Path(current_app.config["CLICKS_DIR"]), positions(), click_id)
        # It may have left the journal for the database between the two looks.
        click = db.session.scalar(asked) if record is None else None
    if click is not None:
        return Seen(click.id, click.link_id, click.channel, click.at)
    if record is None or (record.brand_id, record.campaign_id) != (campaign.brand_id, campaign.id):
        return None
    at = EPOCH + timedelta(milliseconds=record.at)
    return Seen(click_id, record.link_id, CHANNEL_NAMES[record.channel], at)


def waiting() -> backlog.Backlog:
    """Tell how many visits are still on their way from the journals of this machine."""
    return backlog.measure(Path(current_app.config["CLICKS_DIR"]), positions())


def positions() -> dict[str, int]:
    """Give how far journals are read, in bytes by name."""
    rows = db.session.execute(select(ClickJournal.name, ClickJournal.position))
    return {row.name: row.position for row in rows}


def drained_at() -> datetime | None:
    """Tell when visits last came in from a journal that is still there; None where there is none."""
    return db.session.scalar(select(func.max(ClickJournal.drained_at)))


# --- Counts ----------------------------------------------------------------------------------------------------------


def counts(campaign: Campaign, link_id: int = WHOLE_CAMPAIGN) -> dict[str, int]:
    """Count a campaign's visits, or those of one of its links, by verdict."""
    rows = db.session.execute(
        select(ClickDay.verdict, func.sum(ClickDay.clicks))
        .where(*_of(ClickDay, campaign, link_id))
        .group_by(ClickDay.verdict)
    )
    return {verdict: int(number) for verdict, number in rows}


def by_hour(campaign: Campaign, link_id: int = WHOLE_CAMPAIGN) -> dict[tuple[int, str], int]:
    """Count visits by (hour, verdict); the hour is its start in milliseconds since 1970."""
    rows = db.session.execute(
        select(ClickHour.hour, ClickHour.verdict, func.sum(ClickHour.clicks))
        .where(*_of(ClickHour, campaign, link_id))
        .group_by(ClickHour.hour, ClickHour.verdict)
    )
    return {(hour * HOUR, verdict): int(number) for hour, verdict, number in rows}


def by_day(campaign: Campaign, link_id: int = WHOLE_CAMPAIGN) -> dict[tuple[int, str], int]:
    """Count visits by (day, verdict); the day is its start in milliseconds since 1970."""
    rows = db.session.execute(
        select(ClickDay.day, ClickDay.verdict, func.sum(ClickDay.clicks))
        .where(*_of(ClickDay, campaign, link_id))
        .group_by(ClickDay.day, ClickDay.verdict)
    )
    return {(day * DAY, verdict): int(number) for day, verdict, number in rows}


def counted_by_hour(campaign: Campaign) -> dict[int, int]:
    """Count the visits that count by hour; the key is the hour's start in milliseconds since 1970."""
    rows = db.session.execute(
        select(ClickHour.hour, func.sum(ClickHour.clicks))
        .where(*_of(ClickHour, campaign, WHOLE_CAMPAIGN), ClickHour.verdict == "counted")
        .group_by(ClickHour.hour)
    )
    return {hour * HOUR: int(number) for hour, number in rows}


def by_channel(campaign: Campaign, link_id: int = WHOLE_CAMPAIGN) -> dict[tuple[str, str], int]:
    """Count visits by (channel, verdict)."""
    rows = db.session.execute(
        select(ClickDay.channel, ClickDay.verdict, func.sum(ClickDay.clicks))
        .where(*_of(ClickDay, campaign, link_id))
        .group_by(ClickDay.channel, ClickDay.verdict)
    )
    return {(channel, verdict): int(number) for channel, verdict, number in rows}


def by_trait(campaign: Campaign, link_id: int = WHOLE_CAMPAIGN) -> dict[tuple[str, str, str], int]:
    """Count visits by (trait, value, verdict): via, device, language, country, referrer; '' is what is not known."""
    rows = db.session.execute(
        select(ClickTrait.trait, ClickTrait.value, ClickTrait.verdict, ClickTrait.clicks).where(
            *_of(ClickTrait, campaign, link_id)
        )
    )
    # Earlier versions counted what is not known, too.
    return with_unknown({(trait, value, verdict): number for trait, value, verdict, number in rows if value})


def busiest(campaign: Campaign, limit: int, *, of_fans: bool) -> list[int]:
    """List the ids of the fans' links, or of the brand's own, that most people followed, the busiest first."""
    # Asked link by link: joined, SQLite would read all that is known of all visits to the campaign.
    people = (
        select(func.coalesce(func.sum(ClickTrait.clicks), 0))
        .where(
            ClickTrait.brand_id == Link.brand_id,
            ClickTrait.campaign_id == Link.campaign_id,
            ClickTrait.link_id == Link.id,
            ClickTrait.trait == "via",
            ClickTrait.verdict == "counted",
        )
        .correlate(Link)
        .scalar_subquery()
        .label("people")
    )
    rows = db.session.execute(
        select(Link.id, people)
        .where(
            Link.brand_id == campaign.brand_id,
            Link.campaign_id == campaign.id,
            Link.fan_id.is_not(None) if of_fans else Link.fan_id.is_(None),
        )
        .order_by(people.desc(), Link.id)
        .limit(limit)
    )
    return [link_id for link_id, number in rows if number]


def by_link(campaign: Campaign, link_ids: list[int]) -> dict[int, dict[str, int]]:
    """Count visits of some links by verdict, by link id; a link that nobody followed is absent."""
    found: dict[int, dict[str, int]] = {}
    for part in in_parts(link_ids):
        # Each visit has one way it came by, and a link's ways are fewer than its days.
        rows = db.session.execute(
            select(ClickTrait.link_id, ClickTrait.verdict, func.sum(ClickTrait.clicks))
            .where(
                ClickTrait.brand_id == campaign.brand_id,
                ClickTrait.campaign_id == campaign.id,
                ClickTrait.link_id.in_(part),
                ClickTrait.trait == "via",
            )
            .group_by(ClickTrait.link_id, ClickTrait.verdict)
        )
        for link_id, verdict, number in rows:
            found.setdefault(link_id, {})[verdict] = int(number)
    return found


def of_fan(fan: Fan) -> int:
    """Count the visits that count on a fan's links."""
    own = select(Link.id).where(Link.brand_id == fan.brand_id, Link.fan_id == fan.id)
    number = db.session.scalar(
        select(func.sum(ClickDay.clicks)).where(
            ClickDay.brand_id == fan.brand_id,
            ClickDay.campaign_id == fan.campaign_id,
            ClickDay.link_id.in_(own),
            ClickDay.verdict == "counted",
        )
    )
    return int(number or 0)


def totals() -> dict[str, int]:
    """Count the visits of all brands by verdict."""
    with every_brand():
        rows = db.session.execute(
            select(ClickDay.verdict, func.sum(ClickDay.clicks))
            .select_from(Campaign)
            .join(ClickDay, (ClickDay.brand_id == Campaign.brand_id) & (ClickDay.campaign_id == Campaign.id))
            .where(ClickDay.link_id == WHOLE_CAMPAIGN)
            .group_by(ClickDay.verdict)
        )
        return {verdict: int(number) for verdict, number in rows}


def _of(table: type[ClickHour | ClickDay | ClickTrait], campaign: Campaign, link_id: int) -> tuple[Any, ...]:
    return table.brand_id == campaign.brand_id, table.campaign_id == campaign.id, table.link_id == link_id


# --- The log of visits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogPage:
    """Hold a part of the log, the newest first; below which id it goes on, and above which: None at either end.

    Where few visits are of the verdict that was asked for, it may hold fewer than could be, or none, and yet go on.
    """

    clicks: list[Click]
    next_id: int | None
    newer_id: int | None = None


def log(
    campaign: Campaign, before: int | None, limit: int, *, link_id: int | None = None, verdict: str | None = None
) -> LogPage:
    """List visits from below an id on; of one link of the campaign, or of one verdict, where they are named."""
    found, further = _look_through(campaign, before, limit, link_id, verdict)
    newer_id = None if before is None else found[0].id if found else max(before - 1, 0)
    return LogPage(found, further, newer_id)


def log_above(
    campaign: Campaign, after: int, limit: int, *, link_id: int | None = None, verdict: str | None = None
) -> LogPage:
    """List the visits next above an id: the way back from what `log` lists below it."""
    found, further = _look_through(campaign, after, limit, link_id, verdict, is_upwards=True)
    return LogPage(found[::-1], found[0].id if found else after + 1, further)


def _look_through(
    campaign: Campaign,
    start: int | None,
    limit: int,
    link_id: int | None,
    verdict: str | None,
    *,
    is_upwards: bool = False,
) -> tuple[list[Click], int | None]:
    """Give the visits next to an id, and beyond which id there are more, or may be; None where there are none."""
    found: list[Click] = []
    order = Click.id.asc() if is_upwards else Click.id.desc()
    at_once = limit + 1 if verdict is None else AT_ONCE
    for _look in range(1 if verdict is None else LOOKS):
        ids = _ids(campaign, start, at_once, link_id, is_upwards=is_upwards)
        query = select(Click).where(Click.brand_id == campaign.brand_id, Click.id.in_(ids)).order_by(order)
        if verdict is not None:
            query = query.where(Click.verdict == verdict)
        found += db.session.scalars(query.limit(limit + 1 - len(found)))
        if len(found) > limit:
            return found[:limit], found[limit - 1].id
        if len(ids) < at_once:
            return found, None
        start = ids[-1]
    return found, start


def _ids(campaign: Campaign, start: int | None, limit: int, link_id: int | None, *, is_upwards: bool) -> list[int]:
    """List the ids of visits next to one, the nearest first.

    Only what an index holds is asked for: else SQLite follows the key, which is in the right order already, and reads
    the visits to all campaigns of the brand until it has found enough of this one.
    """
    order = Click.id.asc() if is_upwards else Click.id.desc()
    query = select(Click.id).where(Click.brand_id == campaign.brand_id).order_by(order).limit(limit)
    if link_id is None:
        query = query.where(Click.campaign_id == campaign.id)
    else:
        query = query.where(Click.link_id == link_id)
    if start is not None:
        query = query.where(Click.id > start if is_upwards else Click.id < start)
    return list(db.session.scalars(query))
