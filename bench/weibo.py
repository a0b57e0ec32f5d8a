"""Turn recorded Weibo cascades into a spread that can be imported: ``python bench/weibo.py dataset.txt > spread.csv``.

A line of the data is one cascade, parted by tabs: its id, the user who began, the Unix time, the number of people, and
reshares ``u1/u2/…/un:seconds`` in no order, meaning that un heard it from the one before. They are taken in order of
time: of a user who stands there more than once the first appearance counts, and who heard it from somebody not seen
before is hung below the one who began.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from operator import itemgetter

COLUMNS = ("fan", "told_by", "at", "channel")
CHANNEL = "copy"


def rows(lines: Iterable[str]) -> Iterator[tuple[str, str, int, str]]:
    """Give (fan, told_by, at, channel) for everybody; people of different cascades are different people."""
    for line in lines:
        if not line.strip():
            continue
        cascade, first, published, _, paths = line.rstrip("\n").split("\t")
        began = int(published)
        seen = {first}
        yield f"{cascade}:{first}", "", began, CHANNEL
        reshares = [(int(seconds), people) for people, _, seconds in (path.rpartition(":") for path in paths.split())]
        for seconds, people in sorted(reshares, key=itemgetter(0)):
            *above, who = people.split("/")
            if who in seen:
                continue
            teller = above[-1] if above and above[-1] in seen else first
            seen.add(who)
            yield f"{cascade}:{who}", f"{cascade}:{teller}", began + seconds, CHANNEL


def main() -> None:
    """Read the file named on the command line and write CSV."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    with open(sys.argv[1], encoding="utf-8") as data:
        writer.writerows(rows(data))


if __name__ == "__main__":
    main()
