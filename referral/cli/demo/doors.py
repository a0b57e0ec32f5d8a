"""The demonstration's exhibition: a hall that never closes, with two days of people at its gates and booths."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from referral.events import actions, leads, outcome, pairing, passes, queries, scanning, wall_names
from referral.events.rules.records import Record
from referral.events.rules.terms import EventTerms
from referral.fans import queries as fans
from referral.plumbing import clock
from referral.plumbing.clock import milliseconds

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, GateDevice, Pass, Place

SLUG = "the-hall"
ZONE = "Asia/Jakarta"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DAYS_BEFORE, DAYS_AFTER = 2, 60
COME, LEAVE, VISIT, CONSENT = 0.58, 0.55, 0.45, 0.4
NOTES = ("Asked for the atlas.", "Wants to hear of the next reading.", "Has a school library.", "")
AT_ONCE = 400


@dataclass(frozen=True)
class Hall:
    """Hold the places of the hall, and the phones of those who work there."""

    gates: Sequence[Place]
    booths: Sequence[Place]
    stage: Place
    phones: Sequence[GateDevice]
    booth_phone: GateDevice


@dataclass(frozen=True)
class Read:
    """Hold one reading of a pass: by which phone (none: the visitor's own), where, when, and what the phone said."""

    at: datetime
    kind: str
    place: Place
    phone: GateDevice | None
    code: str
    said: str | None = "in"
    reason: str | None = None


def open_doors(campaign: Campaign, now: datetime, seed: int) -> Event:
    """Make an exhibition in a campaign whose people have come already, and let two days of it go by."""
    random = Random(seed)  # noqa: S311 - the same hall each time, and no secret
    with clock.at(now - 3 * DAY):
        event = actions.create(campaign, _terms(now))
        hall = _furnish(event)
        passes.issue_missing(event)
    everybody = queries.page(event, None, 10_000)
    came = [one for one in everybody if random.random() < COME]
    reads = sorted(_reads(event, hall, came, now, random), key=lambda read: read.at)
    for start in range(0, len(reads), AT_ONCE):
        _scan(event, reads[start : start + AT_ONCE])
    _meet(event, hall, came, now, random)
    for credited in outcome.credited(event, 12)[::2]:
        if (fan := fans.find(campaign, credited.fan_id)) is not None:
            wall_names.show(event, fan)
    return event


def _terms(now: datetime) -> EventTerms:
    """Open from nine to nine: a fair that went on day and night, and is open whenever somebody looks."""
    morning = now.astimezone(ZoneInfo(ZONE)).replace(hour=9, minute=0, second=0, microsecond=0)
    first = morning - DAYS_BEFORE * DAY - (DAY if morning > now else timedelta(0))
    days = [(first + DAY * day, first + DAY * (day + 1)) for day in range(DAYS_BEFORE + DAYS_AFTER)]
    return EventTerms(
        slug=SLUG,
        name="The hall, day and night",
        venue="Old Tram Depot, Jl. Pemuda 4",
        timezone=ZONE,
        capacity=240,
        early_minutes=0,
        reentry="daily",
        gives_passes=True,
        cost_minor=48_000_000_00,
        days=days,
    )


def _furnish(event: Event) -> Hall:
    gates = [actions.add_place(event, "gate", name) for name in ("North gate", "Gate at the tram stop")]
    booths = [actions.add_place(event, "booth", name) for name in ("Lantern Press", "Atlas and Co.")]
    stage = actions.add_place(event, "stage", "Reading stage")
    actions.add_place(event, "poster", "Poster at the bus station")
    phones = [
        pairing.pair(pairing.make(event, name=name, role=role, places=gates).token, name).device
        for name, role in (("Dimas", "steward"), ("Wulan", "steward"), ("Pak Hadi", "supervisor"))
    ]
    own = pairing.make(event, name="Lantern Press", role="booth", places=booths[:1])
    return Hall(gates, booths, stage, phones, pairing.pair(own.token, "Citra").device)


def _reads(event: Event, hall: Hall, came: Sequence[Pass], now: datetime, random: Random) -> Iterator[Read]:
    """Let everybody in once in two days, some again; one pass by two gates that did not hear of each other."""
    signer = queries.signer(event)
    span = 2 * DAY - 20 * MINUTE
    for place, one in enumerate(came):
        code = signer.token(one.id, one.key_number)
        # Most come in the last hours: so the hall has people in it, and the gates something to say.
        at = now - span * (random.random() ** 1.8) - MINUTE
        gate = random.choice(hall.gates)
        phone = hall.phones[hall.gates.index(gate)]
        yield Read(at, "entry", gate, phone, code)
        if place == 5:
            other = hall.gates[1 - hall.gates.index(gate)]
            yield Read(at + 2 * MINUTE, "entry", other, hall.phones[hall.gates.index(other)], code)
        elif place % 11 == 0:
            yield Read(at + 3 * MINUTE, "entry", gate, phone, code, "again", "already_in")
        stay = timedelta(minutes=random.uniform(15, 240))
        if random.random() < VISIT:
            where = random.choice((*hall.booths, hall.stage))
            phone_there = hall.booth_phone if where is hall.booths[0] else None
            yield Read(min(at + stay / 2, now - MINUTE), "visit", where, phone_there, code, None)
        if at + stay < now - 5 * MINUTE and random.random() < LEAVE:
            yield Read(at + stay, "exit", gate, phone, code)
    for ago in (95, 64, 12):
        yield Read(now - ago * MINUTE, "entry", hall.gates[0], hall.phones[0], f"SHOP-{ago:04}", "no", "unknown")


def _scan(event: Event, reads: Sequence[Read]) -> None:
    """Send what was read, each phone its own, as the phones would."""
    received = reads[-1].at
    for phone in {read.phone.id if read.phone else 0: read.phone for read in reads}.values():
        records = [
            Record(
                id=str(uuid.uuid4()),
                kind=read.kind,
                code=read.code,
                place_id=read.place.id,
                at_ms=milliseconds(read.at),
                offset_ms=0,
                said=read.said,
                reason=read.reason,
                operator=phone.name if phone else None,
            )
            for read in reads
            if read.phone is phone
        ]
        with clock.at(received):
            scanning.take(event, records, device=phone, received_at=received)
            if phone is not None:
                pairing.note_seen(phone, unsent=0, offset_ms=0)


def _meet(event: Event, hall: Hall, came: Sequence[Pass], now: datetime, random: Random) -> None:
    """Let a booth write down whom it met."""
    for one in came[::7]:
        leads.meet(
            event,
            hall.booths[0],
            one,
            consent=random.random() < CONSENT,
            warmth=random.choice(("cold", "warm", "warm", "hot")),
            note=random.choice(NOTES),
            by="Citra",
            at=now - random.uniform(10, 900) * MINUTE,
        )
