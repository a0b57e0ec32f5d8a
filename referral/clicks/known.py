"""What the click path knows by heart: every link, in some 60 bytes, and the campaigns they lead into.

It asks the database again every second. When the database does not answer, it goes on with what it knows: links that
were there a moment ago are still followed.
"""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import Row

from referral.campaigns.models import Campaign
from referral.clicks.learned import Learned
from referral.clicks.models import VisitorSalt
from referral.clicks.rules.journals import CHANNEL_NUMBERS
from referral.clicks.rules.visits import number_of
from referral.links.models import Link
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import reading

MOST = 4_000_000  # links known by heart, some 270 MB; those beyond are asked for one by one
AT_ONCE = 2_000
FRESH = 50_000  # links made since the last time all were learned, after which all are learned anew
LATER_SECONDS = 3600  # after which it is looked again whether there are fewer
NO_CHANNEL = len(CHANNEL_NAMES)
_NAMES = (*CHANNEL_NAMES, None)
_LINK = select(Link.code, Link.id, Link.campaign_id, Link.fan_id, Link.channel)
log = structlog.get_logger()


class Story(NamedTuple):
    """Hold what a visit has to know of a campaign; times in milliseconds since 1970."""

    brand_id: int
    id: int
    slug: str
    landing_url: str | None
    utm_template: str | None
    is_published: bool
    opens_at: int | None
    closes_at: int | None
    repeat_minutes: int
    cookie_days: int


class Target(NamedTuple):
    """Hold what a code stands for; without a fan it is the brand's own link."""

    link_id: int
    fan_id: int | None
    channel: str | None
    story: Story
    is_switched_off: bool


class Known:
    """Know links and campaigns; `version` is another one whenever what was said before may be wrong.

    `learned` holds the links known by heart, and `switched_off` the numbers of the codes that nobody may follow.
    """

    def __init__(self, engine: Engine, cookie_days: int) -> None:
        self._engine = engine
        self._cookie_days = cookie_days
        self._stories: dict[int, Story] = {}
        self.switched_off: frozenset[int] = frozenset()
        self.learned = Learned()
        self._fresh: dict[int, tuple[int, int | None, str | None, int]] = {}
        self._learning = threading.Lock()
        self._has_learned = False
        self._not_before = float("-inf")
        self._changing = threading.Lock()
        self.salts: dict[int, bytes] = {}
        self.version = 0

    def __len__(self) -> int:
        """Count the links known by heart."""
        return len(self.learned) + len(self._fresh)

    def find(self, code: str) -> Target | None:
        """Tell what a folded code stands for; ask the database where we do not know. Raises what the database does."""
        number = number_of(code)
        learned = self.learned
        found = learned.find(number)
        if found is not None:
            link_id, fan_id, kind, _number = found
            channel, campaign_id = learned.kind(kind)
            return self._target(number, link_id, fan_id or None, _NAMES[channel], campaign_id)
        fresh = self._fresh.get(number) or self._ask(code, number)
        return None if fresh is None else self._target(number, *fresh)

    def _target(
        self, number: int, link_id: int, fan_id: int | None, channel: str | None, campaign_id: int
    ) -> Target | None:
        story = self._stories.get(campaign_id)
        if story is None:
            # Its campaign was made within the last second.
            self.refresh()
            story = self._stories.get(campaign_id)
        return None if story is None else Target(link_id, fan_id, channel, story, number in self.switched_off)

    def _ask(self, code: str, number: int) -> tuple[int, int | None, str | None, int] | None:
        with reading(), self._engine.connect() as connection:
            row = connection.execute(_LINK.where(Link.code == code)).one_or_none()
        if row is None:
            return None
        fresh = (row.id, row.fan_id, row.channel, row.campaign_id)
        if len(self._fresh) < 2 * FRESH:
            self._fresh[number] = fresh
        return fresh

    def refresh(self) -> None:
        """Ask what changed: campaigns, links that were switched off or on, and the day's secrets."""
        with reading(), self._engine.connect() as connection:
            stories = {row.id: self._story(row) for row in connection.execute(select(Campaign.__table__))}
            off = connection.scalars(select(Link.code).where(Link.disabled_at.is_not(None)))
            switched_off = frozenset(number_of(code) for code in off)
            secrets = {row.day: row.salt for row in connection.execute(select(VisitorSalt.day, VisitorSalt.salt))}
        with self._changing:
            if (stories, switched_off, secrets) != (self._stories, self.switched_off, self.salts):
                self._stories, self.switched_off, self.salts = stories, switched_off, secrets
                self.version += 1

    def _story(self, row: Row[tuple[object, ...]]) -> Story:
        def ms(moment: object) -> int | None:
            return None if moment is None else milliseconds(moment)  # type: ignore[arg-type]

        return Story(
            row.brand_id,
            row.id,
            row.slug,
            row.landing_url,
            row.utm_template,
            row.published_at is not None,
            ms(row.starts_at),
            ms(row.ends_at),
            row.repeat_minutes,
            (row.attribution_days or self._cookie_days) if row.click_cookie else 0,
        )

    def learn(self) -> None:
        """Learn all links by heart, a few at a time, so that visits meanwhile are not kept waiting."""
        if not self._learning.acquire(blocking=False):
            return
        try:
            before = set(self._fresh)
            with reading(), self._engine.connect() as connection:
                count = connection.scalar(select(func.count()).select_from(Link)) or 0
                if count > MOST:
                    log.warning("clicks.too_many_links", most=MOST)
                    self._not_before = time.monotonic() + LATER_SECONDS
                    return
                learned = Learned(count)
                rows = connection.execution_options(yield_per=AT_ONCE).execute(_LINK)
                for some in rows.partitions():
                    for code, link_id, campaign_id, fan_id, channel in some:
                        kind = CHANNEL_NUMBERS[channel] if channel else NO_CHANNEL
                        learned.add(number_of(code), link_id, fan_id or 0, kind, campaign_id)
                    time.sleep(0.001)
            with self._changing:
                self.learned, self._has_learned = learned, True
                self.version += 1
            self._fresh = {number: fresh for number, fresh in dict(self._fresh).items() if number not in before}
        finally:
            self._learning.release()

    def has_learned(self) -> bool:
        """Tell whether nearly all links are known by heart, or it makes no sense to try now."""
        return (self._has_learned and len(self._fresh) < FRESH) or time.monotonic() < self._not_before
