"""What goes on at an event's doors now: who is inside, how fast each gate lets people in, who may be waiting.

The day that is spoken of is the one that is open, else the last that was; before the first, it is the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import and_, case, func, select
from sqlalchemy.engine import Row

from referral.events import queries
from referral.events.models import Admission, Arrival, Event, EventDay, Place, Scan
from referral.events.rules.queue import WINDOW_MS, Queue, queue
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import db

Kept = TypeVar("Kept")
WINDOW = timedelta(milliseconds=WINDOW_MS)
MOST_SCANS = 20_000
"""So many scans of the last quarter of an hour are read: 90 lanes with one every four seconds."""


@dataclass(frozen=True)
class GateNow:
    """Hold how a gate does: people in and out in the last quarter of an hour, people who first came in by it today."""

    place: Place
    entered: int
    left: int
    today: int
    queue: Queue | None

    @property
    def per_minute(self) -> float:
        """Give how many people came in a minute, over the last quarter of an hour."""
        return self.entered / (WINDOW_MS / 60_000)


@dataclass(frozen=True)
class DoorNow:
    """Hold what goes on at the doors: people inside, people and passes that came today, and each gate.

    `told` is how many came who had been told by somebody, `refused` how many scans of the last quarter of an hour let
    nobody in, `elsewhere` how many people were let in by no gate of the event: by a program, without a place.
    """

    day: EventDay | None
    is_open: bool
    inside: int
    people: int
    passes: int
    told: int
    refused: int
    elsewhere: int
    gates: list[GateNow]

    @property
    def entered(self) -> int:
        """Give how many people all gates let in during the last quarter of an hour."""
        return sum(gate.entered for gate in self.gates)

    @property
    def per_minute(self) -> float:
        """Give how many people came in a minute at all gates, over the last quarter of an hour."""
        return self.entered / (WINDOW_MS / 60_000)


def day_of(days: Sequence[EventDay], early_minutes: int, now: datetime) -> EventDay | None:
    """Choose the day that is spoken of."""
    begun = [day for day in days if day.opens_at - timedelta(minutes=early_minutes) <= now]
    return begun[-1] if begun else (days[0] if days else None)


class Held:
    """Keep what took long to count for some seconds, so that screens that ask each second do not count each second.

    What is small is counted anew each time. Kept in the process, by event and day; some hundred at most.
    """

    SMALL, MOST = 5_000, 100

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[float, Any]] = {}

    def get(self, key: tuple[object, ...], count: Callable[[], Kept], size: Callable[[Kept], int]) -> Kept:
        """Give what was counted lately, or count it: 2 seconds for what is no longer small, 5 from 60,000 rows on."""
        kept = self._kept.get(key)
        if kept is not None and monotonic() < kept[0]:
            found: Kept = kept[1]
            return found
        found = count()
        rows = size(found)
        if rows >= self.SMALL:
            if len(self._kept) >= self.MOST:
                self._kept.clear()
            self._kept[key] = (monotonic() + min(2 + rows / 20_000, 5), found)
        return found


_held = Held()


def door_now(event: Event, now: datetime) -> DoorNow:
    """Fetch what goes on at an event's doors."""
    day = day_of(queries.days(event), event.early_minutes, now)
    since = now if day is None else day.opens_at - timedelta(minutes=event.early_minutes)
    admitted = _admitted(event, day, since)
    recent = _held.get(("recent", event.brand_id, event.id), lambda: Recent.of(_scans(event, now)), Recent.__len__)
    gates = [
        GateNow(
            place,
            recent.entered.get(place.id, 0),
            recent.left.get(place.id, 0),
            admitted[place.id].people if place.id in admitted else 0,
            queue(recent.lanes.get(place.id, {}).values(), milliseconds(now)),
        )
        for place in queries.places(event, closed=True)
        if place.kind == "gate" and (place.closed_at is None or place.id in admitted)
    ]
    people = sum(by.people for by in admitted.values())
    return DoorNow(
        day=day,
        is_open=day is not None and since <= now < day.closes_at,
        inside=sum(by.inside for by in admitted.values()),
        people=people,
        passes=sum(by.passes for by in admitted.values()),
        told=_told(event, since),
        refused=recent.refused,
        elsewhere=people - sum(gate.today for gate in gates),
        gates=gates,
    )


def inside(event: Event, now: datetime) -> int:
    """Count the people who came in today and did not go out again, as far as they were scanned."""
    day = day_of(queries.days(event), event.early_minutes, now)
    since = now if day is None else day.opens_at - timedelta(minutes=event.early_minutes)
    return sum(by.inside for by in _admitted(event, day, since).values())


@dataclass(frozen=True)
class Admitted:
    """Hold how many people and passes first came in by some gate, and how many of those people are inside."""

    inside: int
    people: int
    passes: int


def _admitted(event: Event, day: EventDay | None, since: datetime) -> dict[int | None, Admitted]:
    """Count who came on a day, by the place of the first entry."""
    if day is None:
        return {}
    return _held.get(
        ("admitted", event.brand_id, event.id, day.id, since),
        lambda: _count_admitted(event, day, since),
        lambda found: sum(one.passes for one in found.values()),
    )


def _count_admitted(event: Event, day: EventDay, since: datetime) -> dict[int | None, Admitted]:
    """Count them.

    Where a pass enters once at the whole event, its admission is of no day, and counts on the day of that entry; who
    went out and came back on another day is inside there, too.
    """
    first = case((and_(Admission.day_id == 0, Admission.first_at < since), 0), else_=Admission.people)
    rows = db.session.execute(
        select(Admission.place_id, func.sum(Admission.inside), func.sum(first), func.count(case((first > 0, 1))))
        .where(
            Admission.brand_id == event.brand_id,
            Admission.event_id == event.id,
            (Admission.day_id == day.id) | and_(Admission.day_id == 0, Admission.last_at >= since),
        )
        .group_by(Admission.place_id)
    )
    return {row[0]: Admitted(int(row[1]), int(row[2]), int(row[3])) for row in rows}


def _told(event: Event, since: datetime) -> int:
    """Count who came to the event for the first time today and was told by somebody; what was annulled is taken off."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Arrival.sign), 0)).where(
                Arrival.brand_id == event.brand_id,
                Arrival.event_id == event.id,
                Arrival.introducer_id.is_not(None),
                Arrival.at >= since,
            )
        )
        or 0
    )


# --- The last quarter of an hour -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recent:
    """Hold what the scans of the last quarter of an hour say: people in and out by place, and the moments by device."""

    entered: dict[int, int]
    left: dict[int, int]
    lanes: dict[int, dict[int | None, list[int]]]
    refused: int
    scans: int

    def __len__(self) -> int:
        """Count the scans."""
        return self.scans

    @classmethod
    def of(cls, scans: Sequence[Row[*tuple[Any, ...]]]) -> Recent:
        """Sum up scans; one that was annulled let nobody in, but took its time all the same."""
        entered: dict[int, int] = {}
        left: dict[int, int] = {}
        lanes: dict[int, dict[int | None, list[int]]] = {}
        annulled = {scan.annuls for scan in scans if scan.kind == "annul" and scan.verdict == "applied"}
        here = [scan for scan in scans if scan.kind != "annul" and scan.place_id is not None]
        for scan in here:
            lanes.setdefault(scan.place_id, {}).setdefault(scan.device_id, []).append(milliseconds(scan.at))
            if scan.verdict == "applied" and scan.nonce not in annulled:
                counts = left if scan.kind == "exit" else entered
                counts[scan.place_id] = counts.get(scan.place_id, 0) + scan.people
        refused = sum(scan.kind == "entry" and scan.verdict != "applied" for scan in scans)
        return cls(entered, left, lanes, refused, len(scans))


def _scans(event: Event, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """List the scans of the last quarter of an hour.

    An id says when its scan came in, which is never before it was made: so the index by id finds them all.
    """
    return db.session.execute(
        select(Scan.kind, Scan.place_id, Scan.device_id, Scan.at, Scan.people, Scan.verdict, Scan.nonce, Scan.annuls)
        .where(
            Scan.brand_id == event.brand_id,
            Scan.event_id == event.id,
            Scan.id >= milliseconds(now - WINDOW) << 22,
            Scan.at > now - WINDOW,
            Scan.at <= now,
            Scan.kind != "visit",
        )
        .order_by(Scan.id.desc())
        .limit(MOST_SCANS)
    ).all()
