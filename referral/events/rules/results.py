"""What became of an event: who came by whose word, in what way, and who of them stayed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

STAYED_MS = 60 * 60_000
"""From the first scan of a day to the last one, in milliseconds, from which on somebody has stayed: an hour."""

Key = TypeVar("Key", bound=Hashable)


class Came(NamedTuple):
    """Hold one pass that came in: by whose word, and what was seen of it at the event.

    `days` are the days on which it was an entry, `visits` the booths and stages where it was scanned, `longest_ms` the
    most time between the first scan and the last one of a day: less than they were there, for few are scanned leaving.
    """

    fan_id: int | None
    introducer_id: int | None
    link_id: int | None
    channel: str | None
    generation: int | None
    language: str | None
    days: int
    visits: int
    longest_ms: int

    @property
    def stayed(self) -> bool:
        """Tell whether somebody stayed: came on another day, went to a booth, or was still scanned an hour later.

        >>> once = Came(1, None, None, None, 0, "en", 1, 0, STAYED_MS - 1)
        >>> once.stayed, once._replace(days=2).stayed
        (False, True)
        """
        return self.days > 1 or self.visits > 0 or self.longest_ms >= STAYED_MS


@dataclass(frozen=True)
class Line:
    """Count those who came in one way: of how many with a pass, how many came, and how many of those stayed."""

    key: Hashable
    passes: int
    came: int
    stayed: int


@dataclass(frozen=True)
class Results:
    """Hold what became of an event.

    `told` came by the word of a fan, `by_place` by one of the brand's own links; the rest came by themselves.
    """

    passes: int
    came: int
    told: int
    by_place: int
    stayed: int
    introducers: tuple[Line, ...]
    links: tuple[Line, ...]
    channels: tuple[Line, ...]
    generations: tuple[Line, ...]
    languages: tuple[Line, ...]

    def cost_of_one(self, cost_minor: int | None) -> int | None:
        """Give what each arrival cost, in minor units, rounded half up; None without a cost, or without arrivals."""
        return None if cost_minor is None or not self.came else (2 * cost_minor + self.came) // (2 * self.came)


def results(passes: Sequence[Came], came: Sequence[Came]) -> Results:
    """Sum up an event from everybody with a pass and from those of them who came.

    >>> one = Came(2, 1, None, "whatsapp", 1, "id", 1, 1, 0)
    >>> found = results([one, one._replace(fan_id=3)], [one])
    >>> found.told, found.introducers, found.cost_of_one(100_01)
    (1, (Line(key=1, passes=2, came=1, stayed=1),), 10001)
    """
    return Results(
        passes=len(passes),
        came=len(came),
        told=sum(one.introducer_id is not None for one in came),
        by_place=sum(one.introducer_id is None and one.link_id is not None for one in came),
        stayed=sum(one.stayed for one in came),
        introducers=_lines(passes, came, lambda one: one.introducer_id),
        links=_lines(passes, came, lambda one: one.link_id if one.introducer_id is None else None),
        channels=_lines(passes, came, lambda one: one.channel),
        generations=tuple(
            sorted(_lines(passes, came, lambda one: one.generation), key=lambda line: (line.key is None, line.key))
        ),
        languages=_lines(passes, came, lambda one: one.language),
    )


def _lines(passes: Iterable[Came], came: Iterable[Came], key: Callable[[Came], Key | None]) -> tuple[Line, ...]:
    """Count by a key, most arrivals first; those without one are left out."""
    whole = Counter(key(one) for one in passes)
    here: dict[Key | None, list[int]] = defaultdict(lambda: [0, 0])
    for one in came:
        counts = here[key(one)]
        counts[0] += 1
        counts[1] += one.stayed
    lines = [Line(at, count, *here.get(at, (0, 0))) for at, count in whole.items() if at is not None]
    return tuple(sorted(lines, key=lambda line: (-line.came, -line.passes, str(line.key))))
