"""A recorded spread, taken in: through the same door as everybody else, teller before told."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from referral.events import passes
from referral.introductions import actions as introductions
from referral.introductions import queries as tellers
from referral.introductions.rules import Arrival, Teller
from referral.people.rules import EXTERNAL_ID_LENGTH, Contact
from referral.plumbing import bulk
from referral.plumbing.clock import EPOCH
from referral.spread.rules.exchange import Row, RowRefusal, plan_import, read_spread_csv

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign

AT_ONCE = 5_000  # people let in by one call: enough to be fast, few enough to stay small in memory
GROWN = 4  # times as many rows as when the database last looked: it looks again
CHANNEL = "import"


@dataclass(frozen=True)
class Summary:
    """Hold what came of an import."""

    people: int
    introduced: int
    here_already: int
    said_twice: int
    refusals: tuple[RowRefusal, ...]

    def by_code(self) -> Counter[str]:
        """Count the refused rows by the reason."""
        return Counter(refusal.code for refusal in self.refusals)


def take_in(campaign: Campaign, file: bytes, progress: Callable[[int, int], None]) -> Summary:
    """Let everybody in whom a file names, told by whoever told them; each fan is known again by their name in it.

    `progress` is told how many of how many are in. Who is here already, by that name, is left as they are, so that
    importing a file again adds nothing.
    """
    with _without_looking_for_cycles(), bulk.planned_once():
        known = tellers.tellers_by_reference(campaign)
        plan = plan_import(_usable(read_spread_csv(file, longest=EXTERNAL_ID_LENGTH).rows), known)
        _let_in(campaign, plan.accepted, known, progress)
    return Summary(
        people=len(plan.accepted),
        introduced=sum(row.told_by is not None for row in plan.accepted),
        here_already=plan.known_already,
        said_twice=plan.duplicates,
        refusals=plan.refusals,
    )


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Spare Python from searching all rows for garbage again and again: they stay, and it is a fifth of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _let_in(
    campaign: Campaign, accepted: Sequence[Row], known: dict[str, Teller], progress: Callable[[int, int], None]
) -> None:
    """Let everybody in, batch by batch; who tells others is known from then on."""
    telling = {row.told_by for row in accepted}
    fan_ids: list[int] = []
    done = looked = 0
    for batch in _batches(accepted, known):
        arrived = introductions.arrive(campaign, [_arrival(row, known) for row in batch])
        for row, one in zip(batch, arrived, strict=True):
            if row.fan in telling:
                known[row.fan] = Teller(one.link_id, one.fan_id, one.generation)
        fan_ids += [one.fan_id for one in arrived]
        done += len(batch)
        if done > GROWN * looked:
            bulk.look_again()
            looked = done
        progress(done, len(accepted))
    # At the end, for from then on others who join have to wait for the numbers of their passes.
    passes.welcome(campaign, fan_ids)


def _usable(rows: Iterable[Row | RowRefusal]) -> Iterator[Row | RowRefusal]:
    """Refuse names with signs that cannot be seen, by which nobody could be found again."""
    for row in rows:
        if isinstance(row, Row) and not row.fan.isprintable():
            yield RowRefusal(row.row, "unreadable_fan")
        else:
            yield row


def _batches(accepted: Sequence[Row], known: dict[str, Teller]) -> Iterator[Sequence[Row]]:
    """Part the rows by how many steps they are from those who need no teller: each teller is in before those they told.

    Rows of one step do not need each other, so they can be let in together.
    """
    steps: dict[str, int] = {}
    for row in accepted:
        steps[row.fan] = 0 if row.told_by is None or row.told_by in known else steps[row.told_by] + 1
    for _, same in groupby(sorted(accepted, key=lambda row: steps[row.fan]), key=lambda row: steps[row.fan]):
        rows = list(same)
        for start in range(0, len(rows), AT_ONCE):
            yield rows[start : start + AT_ONCE]


def _arrival(row: Row, known: dict[str, Teller]) -> Arrival:
    return Arrival(
        Contact.of(external_id=row.fan),
        told_by=known[row.told_by] if row.told_by is not None else None,
        channel=row.channel or CHANNEL,
        at=EPOCH + timedelta(milliseconds=row.at_ms),
    )
