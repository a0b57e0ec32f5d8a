"""What the click path knows by heart: every link, in some 28 bytes, and the campaigns they lead into.

It asks the database again every second. When the database does not answer, it goes on with what it knows: links that
were there a moment ago are still followed.
"""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import Row

from referral.campaigns.models import Campaign
from referral.clicks.models import VisitorSalt
from referral.clicks.rules.journals import CHANNEL_NUMBERS
from referral.clicks.rules.visits import number_of
from referral.links.models import Link
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import reading

MOST = 4_000_000  # links known by heart, some 110 MB; those beyond are asked for one by one
AT_ONCE = 2_000
FRESH = 50_000  # links made since the last time all were learned, after which all are learned anew
LATER_SECONDS = 3600  # after which it is looked again whether there are fewer
NO_CHANNEL = 255
_LINK = select(Link.code, Link.id, Link.brand_id, Link.campaign_id, Link.fan_id, Link.channel)
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


class _Learned(NamedTuple):
    """Hold all links in columns, by the number of their code; a row's last column is its story's place and channel."""

    codes: array[int]
    ids: array[int]
    fans: array[int]
    kinds: array[int]
    stories: list[int]


class Known:
    """Know links and campaigns; `version` is another one whenever what was said before may be wrong."""

    def __init__(self, engine: Engine, cookie_days: int) -> None:
        self._engine = engine
        self._cookie_days = cookie_days
        self._stories: dict[int, Story] = {}
        self._switched_off: frozenset[int] = frozenset()
        self._learned = _Learned(array("q"), array("q"), array("q"), array("q"), [])
        self._fresh: dict[int, tuple[int, int | None, str | None, int]] = {}
        self._learning = threading.Lock()
        self._has_learned = False
        self._not_before = float("-inf")
        self._changing = threading.Lock()
        self.salts: dict[int, bytes] = {}
        self.version = 0

    def __len__(self) -> int:
        """Count the links known by heart."""
        return len(self._learned.codes) + len(self._fresh)

    def find(self, code: str) -> Target | None:
        """Tell what a folded code stands for; ask the database where we do not know. Raises what the database does."""
        number = number_of(code)
        learned = self._learned
        at = bisect_left(learned.codes, number)
        if at < len(learned.codes) and learned.codes[at] == number:
            kind = learned.kinds[at]
            channel = kind & 255
            name = None if channel == NO_CHANNEL else CHANNEL_NAMES[channel]
            return self._target(number, learned.ids[at], learned.fans[at] or None, name, learned.stories[kind >> 8])
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
        return None if story is None else Target(link_id, fan_id, channel, story, number in self._switched_off)

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
            if (stories, switched_off, secrets) != (self._stories, self._switched_off, self.salts):
                self._stories, self._switched_off, self.salts = stories, switched_off, secrets
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
            learned = _Learned(array("q"), array("q"), array("q"), array("q"), [])
            places: dict[int, int] = {}
            before = set(self._fresh)
            with reading(), self._engine.connect() as connection:
                if (connection.scalar(select(func.count()).select_from(Link)) or 0) > MOST:
                    log.warning("clicks.too_many_links", most=MOST)
                    self._not_before = time.monotonic() + LATER_SECONDS
                    return
                rows = connection.execution_options(yield_per=AT_ONCE).execute(_LINK.order_by(Link.code))
                for some in rows.partitions():
                    for code, link_id, _brand_id, campaign_id, fan_id, channel in some:
                        place = places.get(campaign_id)
                        if place is None:
                            place = places[campaign_id] = len(learned.stories)
                            learned.stories.append(campaign_id)
                        learned.codes.append(number_of(code))
                        learned.ids.append(link_id)
                        learned.fans.append(fan_id or 0)
                        learned.kinds.append(place << 8 | (CHANNEL_NUMBERS[channel] if channel else NO_CHANNEL))
                    time.sleep(0.001)
            self._learned, self._has_learned = learned, True
            self._fresh = {number: fresh for number, fresh in dict(self._fresh).items() if number not in before}
        finally:
            self._learning.release()

    def has_learned(self) -> bool:
        """Tell whether nearly all links are known by heart, or it makes no sense to try now."""
        return (self._has_learned and len(self._fresh) < FRESH) or time.monotonic() < self._not_before
