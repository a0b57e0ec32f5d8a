"""The part of a spread that walks through a door: who came in, and by whose word, with the posters that told people."""

from __future__ import annotations

import numpy as np

from referral.spread.rules.forest import NOBODY, Forest, Ints
from referral.spread.rules.labels import Labels

CAME = "came"
"""The verdict of whoever came in; those who only told them have none."""
POSTER = "poster"
_NEVER = np.iinfo(np.int64).max


def at_the_door(forest: Forest, fans: Ints, at_ms: Ints) -> Forest:
    """Take those who came in, and everybody above them who passed the story on, as a forest in the order of arrival.

    ``fans`` holds ids and ``at_ms`` the moments they came in. Somebody who only told others stands there from when the
    first of those below them came in. Who is not in the forest is left out. Costs O(n log n).

    >>> chain = Forest.from_edges([1, 2, 3, 4], [None, 1, 2, 1], [0, 1, 2, 3], [None] * 4)
    >>> seen = at_the_door(chain, np.array([3]), np.array([900]))
    >>> seen.ids.tolist(), seen.depth.tolist(), seen.at_ms.tolist(), seen.verdict.tolist()
    ([1, 2, 3], [0, 1, 2], [900, 900, 900], [None, None, 'came'])
    """
    by_id = np.argsort(forest.ids)
    place = np.searchsorted(forest.ids[by_id], fans)
    known = place < len(forest)
    known[known] = forest.ids[by_id[place[known]]] == fans[known]
    rows, moments = by_id[place[known]], at_ms[known]
    first = np.full(len(forest), _NEVER, dtype=np.int64)
    came = np.zeros(len(forest), dtype=np.bool_)
    came[rows] = True
    parent = forest.parent
    # Each row is written once: who climbs after somebody else stops where that one has been.
    for at in np.argsort(moments, kind="stable").tolist():
        row, moment = int(rows[at]), int(moments[at])
        while row >= 0 and first[row] == _NEVER:
            first[row] = moment
            row = int(parent[row])
    kept = np.flatnonzero(first != _NEVER)
    above = parent[kept]
    return Forest.from_arrays(
        forest.ids[kept],
        np.where(above >= 0, forest.ids[above], NOBODY),
        first[kept],
        channel=forest.channel.take(kept),
        language=forest.language.take(kept),
        place=forest.place.take(kept),
        verdict=Labels.sealed(came[kept].astype(np.uint16), (None, CAME)),
    )


def with_places(forest: Forest) -> Forest:
    """Let posters and booths be tellers like any: a node for each place at which trees began, above those trees.

    Their ids are negative, -2 for the first place and so on; they come a millisecond before the first whom they told,
    by the channel "poster". Generations below a place are one more than a fan's own.

    >>> places, channels = ["Hall B", "Hall B", None], ["poster", "line", None]
    >>> two = Forest.from_edges([1, 2, 3], [None, 1, None], [5, 6, 7], channels, places=places)
    >>> told = with_places(two)
    >>> told.ids.tolist(), told.depth.tolist(), told.place.tolist(), told.channel.tolist()
    ([-2, 1, 2, 3], [0, 1, 2, 0], ['Hall B', 'Hall B', 'Hall B', None], ['poster', 'poster', 'line', None])
    """
    roots = forest.roots[forest.place.codes[forest.roots] > 0]
    if not len(roots):
        return forest
    codes = np.unique(forest.place.codes[roots]).astype(np.int64)
    began = np.full(int(codes.max()) + 1, _NEVER, dtype=np.int64)
    np.minimum.at(began, forest.place.codes[roots], forest.at_ms[roots])
    above = np.where(forest.parent >= 0, forest.ids[forest.parent], NOBODY)
    above[roots] = -1 - forest.place.codes[roots].astype(np.int64)
    new = len(codes)
    channels = tuple(dict.fromkeys((*forest.channel.names, POSTER)))
    return Forest.from_arrays(
        np.concatenate((-1 - codes, forest.ids)),
        np.concatenate((np.full(new, NOBODY), above)),
        np.concatenate((began[codes] - 1, forest.at_ms)),
        channel=_longer(forest.channel, np.full(new, channels.index(POSTER)), channels),
        language=_longer(forest.language, codes * 0),
        place=_longer(forest.place, codes),
        verdict=_longer(forest.verdict, codes * 0),
        value=None if forest.value is None else np.concatenate((np.zeros(new, dtype=np.int64), forest.value)),
    )


def _longer(column: Labels, codes: Ints, names: tuple[str | None, ...] | None = None) -> Labels:
    return Labels.sealed(np.concatenate((codes, column.codes)).astype(np.uint16), names or column.names)
