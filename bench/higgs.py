"""Turn the recorded Higgs retweets into a spread that can be imported: ``python bench/higgs.py FILE.gz > spread.csv``.

A line of the data is ``A B time kind``: for kind RT, A retweeted B at a Unix time, so that the word went from B to A.
Lines are taken in order of time, those of one second as they stand. Whoever is seen first as B began by themselves;
whoever is seen first as A was told by B; what follows about somebody who is there already changes nothing.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from operator import itemgetter

COLUMNS = ("fan", "told_by", "at", "channel")
CHANNEL = "x"
RETWEET = "RT"


def rows(lines: Iterable[str]) -> Iterator[tuple[str, str, int, str]]:
    """Give (fan, told_by, at, channel) for everybody who retweeted or was retweeted, each once."""
    retweets = []
    for line in lines:
        who, whom, second, kind = line.split()
        if kind == RETWEET and who != whom:
            retweets.append((who, whom, int(second)))
    seen: set[str] = set()
    for who, whom, at in sorted(retweets, key=itemgetter(2)):
        if whom not in seen:
            seen.add(whom)
            yield whom, "", at, CHANNEL
        if who not in seen:
            seen.add(who)
            yield who, whom, at, CHANNEL


def main() -> None:
    """Read the file named on the command line and write CSV."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    with gzip.open(sys.argv[1], "rt", encoding="ascii") as data:
        writer.writerows(rows(data))


if __name__ == "__main__":
    main()
