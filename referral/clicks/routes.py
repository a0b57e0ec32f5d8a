"""Where short addresses lead: the answer to each made ready, so that a visit only adds its click.

What all links of a campaign share that were passed on in the same way is worked out once, as a `Manner`. So the first
visit to a link costs little more than the next: a poster's code is followed by thousands, but of a million fans' links
each is followed now and then.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from referral.campaigns.rules import fill_utm
from referral.clicks.known import Known, Story, Target
from referral.clicks.learned import Learned
from referral.clicks.rules import visits
from referral.clicks.rules.journals import CHANNEL_NUMBERS, VIA_NUMBERS
from referral.clicks.rules.visits import CLICK_COOKIE, CLICK_PARAMETER, Written
from referral.links.rules import SUFFIXES

MOST = 4_096  # addresses whose answer is kept; a few hundred bytes each
EACH = 16  # of so many that are made one is kept: who is followed often is met again soon
_MINUTE = 60_000
SHAPES = frozenset(letter + suffix for letter, suffix in product("rR", ("", *(f".{sign}" for sign in SUFFIXES))))
"""How addresses of ours are written but for the code of 8 signs: the letter before it, and what stands behind."""
_CODE = secrets.token_hex(8)  # stands for the code in what is made ready for all; by chance nobody's address holds it


@dataclass(frozen=True, slots=True)
class Manner:
    """Hold what links have in common that lead into one campaign and were passed on in the same way.

    `before` and `after` are what stands around the click in the address it leads to; the first is parted wherever the
    code belongs. It may be followed from `opens` until `closes`, in milliseconds since 1970; `window` is for how long a
    visitor is not counted again. `cookie` is how a browser may remember the click: what stands before and after the
    installation's own path.
    """

    story: Story
    brand_id: int
    campaign_id: int
    channel: int
    via: int
    before: list[str]
    after: str
    opens: int | None
    closes: int | None
    window: int
    is_own_page: bool
    cookie: tuple[str, str] | None


class Manners(NamedTuple):
    """Hold the manners in which links were met: by story, channel and capitals, and by a learned link's kind and shape.

    The second goes with the links that were learned when it was begun.
    """

    learned: Learned
    by_story: dict[tuple[int, str, bool], Manner]
    by_kind: dict[tuple[int, str], Manner]


Route = tuple[int, int | None, str, str, Manner]
"""An address with its answer ready but for the click: the link's id, its fan's, what stands before and behind the click
in the address it leads to, and the manner. A tuple without names is taken apart in half the time."""


class Routes:
    """Make routes of what is known, and keep those that were asked for lately."""

    def __init__(self, known: Known, *, is_secure: bool) -> None:
        self._known = known
        self._secure = "; Secure" if is_secure else ""
        self._version = -1
        self.ready: dict[str, Route] = {}
        self._met = Manners(known.learned, {}, {})
        self._made = 0

    def find(self, path: str) -> Route | None:
        """Tell where an address leads; None where nobody may hear that there is such a code.

        Raises what the database does, where it has to be asked.
        """
        known = self._known
        version = known.version
        if version != self._version or len(self.ready) >= MOST:
            self.renew()
        ready, met = self.ready, self._met
        route = self._by_heart(path, met) or self._written(path, met, version)
        if route is not None:
            self._made += 1
            # Not in those that were begun since: this one may be out of date there.
            if self._made % EACH == 1 and known.version == version:
                ready[path] = route
        return route

    def _by_heart(self, path: str, met: Manners) -> Route | None:
        """Find a link that is known by heart, in an address that is written as ours are, in a manner met before."""
        code = path[3:11]
        number = visits.plain_number(code)
        if number is None or number in self._known.switched_off:
            return None
        link = met.learned.find(number)
        if link is None:
            return None
        link_id, fan_id, kind, _number = link
        manner = met.by_kind.get((kind, path[1] + path[11:]))
        if manner is None:
            return None
        return link_id, fan_id or None, code.upper().join(manner.before), manner.after, manner

    def _written(self, path: str, met: Manners, version: int) -> Route | None:
        """Find what any address stands for, and remember in which manner it was passed on."""
        written = visits.read_path(path)
        target = self._known.find(written.code) if written is not None else None
        if written is None or target is None or target.is_switched_off or not target.story.is_published:
            # What is switched off, and what is not told yet, looks as if nobody had ever made it.
            return None
        key = target.story.id, visits.channel(target.channel, written), written.upper_case
        manner = met.by_story.get(key) or self._manner(target, written)
        if self._known.version == version:
            met.by_story[key] = manner
            link, shape = met.learned.find(visits.number_of(written.code)), path[1] + path[11:]
            if link is not None and shape in SHAPES:
                met.by_kind[link[2], shape] = manner
        return target.link_id, target.fan_id, written.code.join(manner.before), manner.after, manner

    def renew(self) -> None:
        """Forget what was made ready, and what it was made of where that changed."""
        known = self._known
        if known.version != self._version:
            self._version, self._met = known.version, Manners(known.learned, {}, {})
        self.ready = {}

    @property
    def is_stale(self) -> bool:
        """Tell whether something changed since the routes were made."""
        return self._known.version != self._version

    def _manner(self, target: Target, written: Written) -> Manner:
        story = target.story
        channel = visits.channel(target.channel, written)
        if story.landing_url:
            utm = story.utm_template
            filled = fill_utm(utm, channel=channel, code=_CODE, campaign=story.slug) if utm else ""
            before, after = visits.around(story.landing_url, filled)
        else:
            before, after = f"/c/{story.slug}?via={_CODE}&{CLICK_PARAMETER}=", ""
        cookie = None
        if story.cookie_days:
            age = story.cookie_days * 86_400
            cookie = f"; Max-Age={age}; Path=", f"/c/{story.slug}; HttpOnly; SameSite=Lax{self._secure}"
        return Manner(
            story,
            story.brand_id,
            story.id,
            CHANNEL_NUMBERS[channel],
            VIA_NUMBERS[visits.via(written, channel)],
            before.split(_CODE),
            after,
            story.opens_at,
            story.closes_at,
            story.repeat_minutes * _MINUTE,
            not story.landing_url,
            cookie,
        )


def cookie(click: str, manner: Manner, script_name: str) -> str:
    """Write what asks a browser to remember a click, for the story's page below an installation's own path.

    Raises ValueError where the campaign allows none.
    """
    if manner.cookie is None:
        raise ValueError("this campaign remembers no clicks")
    age, page = manner.cookie
    return f"{CLICK_COOKIE}={click}{age}{script_name}{page}"
