"""Follow a campaign's spread in the database: all of it is read once, and after that what is new."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from referral.campaigns.models import Campaign
from referral.clicks.rules.visits import VERDICTS
from referral.introductions import columns as introductions
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.columns import UNKNOWN, Table
from referral.plumbing.i18n import LANGUAGES
from referral.sales import columns as sales
from referral.spread.rules.forest import NOBODY, Forest, Ints
from referral.spread.rules.gathering import Gathering, Told, among
from referral.spread.rules.labels import Codes, Names

CHANNELS = (None, *CHANNEL_NAMES)
LOCALES = (None, *LANGUAGES)
KNOWN_VERDICTS = (None, *VERDICTS)

WINDOW_MS = 5 * 60_000
"""How long a transaction may take from its first id to its commit, and still be noticed at once."""
WHOLE_SECONDS = 60.0
"""How often everything is counted again, at most."""
WINDOW_TIMES, WHOLE_TIMES = 20, 200
"""For so many times as long as a count took no other is made: however long, they are a small part of the work."""
PENDING, PENDING_MS, PENDING_SECONDS = 400, 3_600_000, 2.0
"""Of so many fans, for so long, the verdict is asked for again where the worker has not written their visit yet."""
_ID_SHIFT = 22  # an id is its milliseconds, and so many bits behind them


class Mistaken(Exception):
    """Say that what was read does not agree with the database."""


class Log:
    """What was read of one table, by id.

    Ids are the time at which they were made, so that what is new stands behind what is known; all but what another
    process made earlier and committed later. For that, the last minutes are counted, and now and then everything is.
    """

    def __init__(
        self,
        after: Callable[[Campaign, int], Table],
        counted: Callable[[Campaign, int], int],
        clock: Callable[[], float],
    ) -> None:
        self.ids: Ints = np.empty(0, dtype=np.int64)
        self._after, self._counted, self._clock = after, counted, clock
        self._window_due, self._whole_due = 0.0, clock() + WHOLE_SECONDS

    @property
    def last(self) -> int:
        """Give the largest id; -1 where there is none."""
        return int(self.ids[-1]) if len(self.ids) else -1

    def news(self, campaign: Campaign) -> Table:
        """Read the rows that were not read yet, ids first; raise Mistaken where they are not to be found by id."""
        rows = self._after(campaign, self.last)
        if len(self.ids) and self._clock() >= self._window_due:
            rows = self._looked_back(campaign, rows)
        known = np.sort(np.concatenate((self.ids, rows[:, 0]))) if len(rows) else self.ids
        if self._clock() >= self._whole_due:
            began = self._clock()
            if self._counted(campaign, UNKNOWN) != len(known):
                raise Mistaken
            self._whole_due = self._clock() + max(WHOLE_SECONDS, WHOLE_TIMES * (self._clock() - began))
        self.ids = known
        return rows

    def _looked_back(self, campaign: Campaign, rows: Table) -> Table:
        """Count the last minutes; where there are more than are known, read them again."""
        began = self._clock()
        floor = min(self.last, (time.time_ns() // 1_000_000 - WINDOW_MS) << _ID_SHIFT)
        known = len(self.ids) - int(np.searchsorted(self.ids, floor, side="right")) + len(rows)
        if self._counted(campaign, floor) > known:
            rows = self._after(campaign, floor)
            rows = rows[~among(rows[:, 0], self.ids)]
        self._window_due = self._clock() + WINDOW_TIMES * (self._clock() - began)
        return rows


class Following:
    """One campaign's spread, as far as it was read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._gathered = Gathering()
        self._fans = Log(
            lambda campaign, after: introductions.fans_after(campaign, after, LOCALES),
            introductions.fans_counted,
            clock,
        )
        self._bought = Log(sales.bought_after, sales.bought_counted, clock)
        self._given_back = Log(sales.given_back_after, sales.given_back_counted, clock)
        self._clock = clock
        self._places = Names()
        self._place_of: dict[int, int] = {}
        self._pending: Ints = np.empty(0, dtype=np.int64)
        self._pending_due = 0.0
        self._visits = 0

    def __len__(self) -> int:
        """Count the fans."""
        return len(self._gathered)

    @property
    def newest(self) -> int:
        """Give the largest id of a fan; -1 where there is none."""
        return self._fans.last

    @property
    def version(self) -> str:
        """Name what was read: another name whenever anything of the forest is another."""
        money = max(self._bought.last, self._given_back.last, 0)
        count = len(self._bought.ids) + len(self._given_back.ids)
        return f"{max(self.newest, 0):x}-{len(self)}-{money:x}.{count}.{self._visits}"

    def forest(self) -> Forest:
        """Give the forest of what was read."""
        return self._gathered.forest((CHANNELS, LOCALES, self._places.known, KNOWN_VERDICTS))

    def read_on(self, campaign: Campaign) -> bool:
        """Read what is new; tell whether anything was. Raises Mistaken where all of it must be read again.

        Sales come before fans, and fans before who told them: what a row stands on is there when it is looked for,
        also where each question sees what was committed in the meantime.
        """
        sold, returned = self._bought.news(campaign), self._given_back.news(campaign)
        told = self._told(campaign, self._fans.news(campaign))
        if self._gathered.lacks(told):
            raise Mistaken
        self._gathered.take_in(told)
        for rows, sign in ((sold, 1), (returned, -1)):
            if len(rows):
                self._gathered.add_value(rows[:, 1], sign * rows[:, 2])
        return bool(self._learn(campaign) or len(told.ids) or len(sold) or len(returned))

    def _told(self, campaign: Campaign, fans: Table) -> Told:
        """Put together what is known of new fans: by whom, how, where and after which visit each of them came."""
        n = len(fans)
        fans = fans[np.argsort(fans[:, 0])]
        ids, teller = fans[:, 0], np.full(n, NOBODY, dtype=np.int64)
        channel, place, verdict = (np.zeros(n, dtype=np.uint16) for _ in range(3))
        if n:
            after = int(ids[0]) - 1 if len(self) else UNKNOWN
            # Who came between the two questions is left for the next time.
            edges = introductions.told_after(campaign, after, CHANNELS)
            edges = edges[among(edges[:, 0], ids)]
            row = np.searchsorted(ids, edges[:, 0])
            teller[row] = edges[:, 1]
            channel[row] = _codes(edges[:, 4])
            began = edges[:, 1] == UNKNOWN
            place[row[began]] = self._places_by_link(campaign, edges[began, 2])
            visited = edges[edges[:, 3] != UNKNOWN, 0]
            if len(visited):
                seen = introductions.verdicts_after(campaign, after, KNOWN_VERDICTS)
                seen = seen[among(seen[:, 0], ids)]
                verdict[np.searchsorted(ids, seen[:, 0])] = _codes(seen[:, 1])
                self._visits += len(seen)
                unseen = visited[~among(visited, np.sort(seen[:, 0]))]
                self._pending = np.concatenate((self._pending, np.sort(unseen)[-PENDING:]))
        return Told(ids, teller, fans[:, 1], channel, _codes(fans[:, 2]), place, verdict)

    def _places_by_link(self, campaign: Campaign, links: Ints) -> Codes:
        """Give the place of each of the brand's own links: its label."""
        wanted = links.tolist()
        strange = sorted(set(wanted) - self._place_of.keys())
        labels = introductions.labels_of(campaign, strange)
        self._place_of |= {link: self._places.code(labels.get(link)) for link in strange}
        return np.array([self._place_of[link] for link in wanted], dtype=np.uint16)

    def _learn(self, campaign: Campaign) -> bool:
        """Ask for the verdicts that were not there yet, which the worker writes a moment after the visit."""
        if not len(self._pending) or self._clock() < self._pending_due:
            return False
        self._pending_due = self._clock() + PENDING_SECONDS
        lately = (time.time_ns() // 1_000_000 - PENDING_MS) << _ID_SHIFT
        self._pending = self._pending[self._pending > lately][-PENDING:]
        seen = introductions.verdicts_of(campaign, self._pending.tolist(), KNOWN_VERDICTS)
        self._pending = self._pending[~among(self._pending, np.sort(seen[:, 0]))]
        self._visits += len(seen)
        if len(seen):
            self._gathered.learn_verdicts(seen[:, 0], _codes(seen[:, 1]))
        return bool(len(seen))


def _codes(places: Ints) -> Codes:
    """Take places in a list of words as codes; a word that is not in it is not known."""
    return np.maximum(places, 0).astype(np.uint16)
