"""The card of one person of a picture: who told them, whom they brought, what it was worth, who would be missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from referral.spread.picture import Seen, branch_mask
from referral.spread.rules.forest import Forest

CHAIN = 8


@dataclass(frozen=True)
class Step:
    """Name one person of a chain: their fan id and row of the picture; a name only where the reader may know it."""

    fan: int
    row: int | None
    name: str | None


@dataclass(frozen=True)
class Card:
    """Hold what is told of one person; money in minor units, None where nobody asked what people bought.

    ``chain`` leads from the first teller down to whoever told them; of a very long one, ``skipped`` are left out after
    the first.
    """

    fan: int
    row: int | None
    name: str | None
    generation: int
    at_ms: int
    channel: str | None
    language: str | None
    place: str | None
    verdict: str | None
    chain: tuple[Step, ...]
    skipped: int
    brought: int
    reached: int
    bought: int | None
    below: int | None


def card_of(seen: Seen, row: int, names: Callable[[Sequence[int]], dict[int, str | None]], *, money: bool) -> Card:
    """Tell of the person at a row of the forest; ``names`` gives the names of some fans that the reader may know."""
    forest = seen.forest
    above = _above(forest, row)
    kept = above if len(above) <= CHAIN else [above[0], *above[1 - CHAIN :]]
    fans = [int(forest.ids[one]) for one in (*kept, row)]
    known = names(fans)
    chain = tuple(Step(fan, seen.place(one), known.get(fan)) for fan, one in zip(fans[:-1], kept, strict=True))
    bought = below = None
    if money and forest.value is not None:
        bought = int(forest.value[row])
        below = int(forest.value[branch_mask(forest, row)].sum()) - bought if forest.size[row] > 1 else 0
    return Card(
        fan=fans[-1],
        row=seen.place(row),
        name=known.get(fans[-1]),
        generation=int(forest.depth[row]),
        at_ms=int(forest.at_ms[row]),
        channel=forest.channel[row],
        language=forest.language[row],
        place=forest.place[row],
        verdict=forest.verdict[row],
        chain=chain,
        skipped=len(above) - len(kept),
        brought=int(forest.introductions()[row]),
        reached=int(forest.size[row]) - 1,
        bought=bought,
        below=below,
    )


def _above(forest: Forest, row: int) -> list[int]:
    """List the rows on the way up, the first teller first."""
    rows = []
    up = int(forest.parent[row])
    while up >= 0:
        rows.append(up)
        up = int(forest.parent[up])
    return rows[::-1]
