"""Tables of events: days, places, passes and their keys, gate devices, the log of scans, and what follows from it.

`scan`, `arrival` and `arrival_credit` are append-only. `admission` and `door_conflict` are computed from the scans of a
pass, and written anew for it whenever one comes in, late ones included.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, OfBrand, Owned

_CURRENT = text("revoked_at is null and fan_id is not null")
_ANNULS = text("annuls is not null")


def _of_event() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["brand_id", "event_id"], ["event.brand_id", "event.id"])


class Event(Owned, Model):
    """An exhibition in a campaign; its slug is unique in the installation, for /e/SLUG names no brand.

    `reentry` says how often a pass is an entry: once at the event, once a day, or (free) as often as they come.
    `early_minutes` is how long before a day's opening its gates may scan. `next_number` is the number of the next pass.
    `salt` goes into the hashes by which devices know passes; `wall_key` opens the big screen and nothing else.
    """

    __tablename__ = "event"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        Index("ix_event_campaign", "brand_id", "campaign_id"),
        CheckConstraint("reentry in ('once', 'daily', 'free')", name="reentry"),
        CheckConstraint("capacity is null or capacity > 0", name="capacity"),
        CheckConstraint("early_minutes between 0 and 720", name="early"),
        CheckConstraint("cost_minor is null or cost_minor >= 0", name="cost"),
    )

    campaign_id: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    venue: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    capacity: Mapped[int | None]
    early_minutes: Mapped[int] = mapped_column(default=60, server_default=text("60"))
    reentry: Mapped[str] = mapped_column(String(8), default="daily", server_default="daily")
    gives_passes: Mapped[bool] = mapped_column(default=True, server_default=true())
    cost_minor: Mapped[int | None]
    next_number: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    wall_key: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class EventDay(Owned, Model):
    """The opening hours of one day; a night that goes on past midnight is one day."""

    __tablename__ = "event_day"
    __table_args__ = (
        _of_event(),
        Index("uq_event_day_opens", "brand_id", "event_id", "opens_at", unique=True),
        CheckConstraint("closes_at > opens_at", name="hours"),
    )

    event_id: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class PassKey(Owned, Model):
    """A secret with which an event's passes are signed; a ring of four, told apart by number modulo 4."""

    __tablename__ = "pass_key"
    __table_args__ = (_of_event(), Index("uq_pass_key_number", "brand_id", "event_id", "number", unique=True))

    event_id: Mapped[int]
    number: Mapped[int]
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Place(Owned, Model):
    """A gate, booth, poster or stage; what brings people has a brand's link, and tells like any teller."""

    __tablename__ = "place"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "link_id"], ["link.brand_id", "link.id"]),
        Index("ix_place_event", "brand_id", "event_id"),
        Index("ix_place_link", "brand_id", "link_id"),
        CheckConstraint("kind in ('gate', 'booth', 'poster', 'stage')", name="kind"),
    )

    event_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    link_id: Mapped[int | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Pass(Owned, Model):
    """A visitor's ticket: ours, signed, or another system's, known by its own code.

    `number` counts an event's passes from 1. `code_hash` is how a device knows it. `changed` is an id made anew at each
    change, by which devices ask for what is new. `admits` is how many people may come in with it each time.
    """

    __tablename__ = "pass"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        Index("uq_pass_number", "brand_id", "event_id", "number", unique=True),
        Index("uq_pass_code_hash", "brand_id", "event_id", "code_hash", unique=True),
        Index("uq_pass_external_id", "brand_id", "event_id", "external_id", unique=True),
        Index(
            "uq_pass_fan",
            "brand_id",
            "event_id",
            "fan_id",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        Index("ix_pass_changed", "brand_id", "event_id", "changed"),
        Index("ix_pass_fan", "brand_id", "fan_id"),
        CheckConstraint("admits between 1 and 999", name="admits"),
        CheckConstraint("valid_until is null or valid_from is null or valid_until > valid_from", name="valid"),
    )

    event_id: Mapped[int]
    number: Mapped[int]
    fan_id: Mapped[int | None]
    label: Mapped[str | None] = mapped_column(String(80))
    admits: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    key_number: Mapped[int]
    foreign_code: Mapped[str | None] = mapped_column(String(200))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(8))
    external_id: Mapped[str | None] = mapped_column(String(120))
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed: Mapped[int]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(24))
    replaced_by_id: Mapped[int | None]


class GateDevice(Owned, Model):
    """A volunteer's phone: paired once by a code, for some places (ids parted by spaces; empty: all), until revoked.

    `unsent` is how many scans it said it still had to send when it was last heard.
    """

    __tablename__ = "gate_device"
    __table_args__ = (
        _of_event(),
        Index("ix_gate_device_event", "brand_id", "event_id"),
        CheckConstraint("role in ('steward', 'supervisor', 'booth')", name="role"),
    )

    event_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))
    places: Mapped[str] = mapped_column(Text, default="")
    pairing_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    pairing_expires_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    clock_offset_ms: Mapped[int | None]
    unsent: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]


class Scan(Owned, Model):
    """One reading of a pass, as it was sent: the truth of the door, never changed.

    `nonce` is the client's id. `said` is what the device showed (in, again, no), none where the server was asked.
    `at` is the device's time corrected by `offset_ms`; `verdict` and `reason` are what was answered when it came in,
    and late scans of the same pass may have put them right since (see `admission`). `annuls` names another's nonce.
    `code` is what was read where no pass has it. `digest` tells a repeat from a reused nonce.
    """

    __tablename__ = "scan"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
        ForeignKeyConstraint(["brand_id", "device_id"], ["gate_device.brand_id", "gate_device.id"]),
        ForeignKeyConstraint(["brand_id", "pass_id"], ["pass.brand_id", "pass.id"]),
        Index("uq_scan_nonce", "brand_id", "nonce", unique=True),
        Index("ix_scan_event", "brand_id", "event_id", "id"),
        Index("ix_scan_pass", "brand_id", "pass_id"),
        Index("ix_scan_place", "brand_id", "place_id", "id"),
        Index("ix_scan_annuls", "brand_id", "annuls", sqlite_where=_ANNULS, postgresql_where=_ANNULS),
        CheckConstraint("kind in ('entry', 'exit', 'visit', 'annul')", name="kind"),
        CheckConstraint("people between 1 and 999", name="people"),
    )

    event_id: Mapped[int]
    nonce: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(6))
    place_id: Mapped[int | None]
    device_id: Mapped[int | None]
    operator: Mapped[str | None] = mapped_column(String(80))
    pass_id: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(String(80))
    people: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    said: Mapped[str | None] = mapped_column(String(5))
    said_reason: Mapped[str | None] = mapped_column(String(24))
    forced: Mapped[bool] = mapped_column(default=False, server_default=false())
    annuls: Mapped[str | None] = mapped_column(String(36))
    device_at: Mapped[datetime | None]
    offset_ms: Mapped[int | None]
    counter: Mapped[int | None]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(24))
    digest: Mapped[str] = mapped_column(String(64))


class Admission(OfBrand, Model):
    """Where a pass stands on a day, computed from its scans: its first valid entry, and how many people are inside now.

    `greens` counts the entries that a device let in; more than the pass admits is a conflict. `people` is 0 once all of
    its entries were annulled. `day_id` is 0 at an event whose passes enter once.
    """

    __tablename__ = "admission"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "pass_id"], ["pass.brand_id", "pass.id"]),
        Index("ix_admission_changed", "brand_id", "event_id", "changed"),
    )

    pass_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-8)
    day_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-7)
    event_id: Mapped[int]
    first_scan_id: Mapped[int | None]
    first_at: Mapped[datetime | None]
    place_id: Mapped[int | None]
    people: Mapped[int]
    inside: Mapped[int]
    greens: Mapped[int]
    last_at: Mapped[datetime | None]
    changed: Mapped[int]


class DoorConflict(Owned, Model):
    """Something two gates could not know of each other, for the gate lead: `twice`, `revoked`, `closed` or `no_room`.

    `second_scan_id` is the scan that should not have been green, `first_scan_id` the one that it stands against.
    """

    __tablename__ = "door_conflict"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "pass_id"], ["pass.brand_id", "pass.id"]),
        Index("uq_door_conflict_second", "brand_id", "second_scan_id", unique=True),
        Index("ix_door_conflict_event", "brand_id", "event_id", "id"),
        Index("ix_door_conflict_pass", "brand_id", "pass_id"),
    )

    event_id: Mapped[int]
    pass_id: Mapped[int]
    day_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    first_scan_id: Mapped[int | None]
    second_scan_id: Mapped[int]
    noted_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))


class Arrival(Owned, Model):
    """Somebody came to an event by the word of somebody: +1 at their first valid entry, -1 where it was taken back.

    `number` counts a pass's rows from 1, so that they take turns: odd ones are +1, even ones -1.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "pass_id"], ["pass.brand_id", "pass.id"]),
        Index("uq_arrival_number", "brand_id", "pass_id", "number", unique=True),
        Index("ix_arrival_event", "brand_id", "event_id", "id"),
        CheckConstraint("sign = 1 or sign = -1", name="sign"),
    )

    event_id: Mapped[int]
    campaign_id: Mapped[int]
    pass_id: Mapped[int]
    number: Mapped[int]
    sign: Mapped[int]
    fan_id: Mapped[int | None]
    introducer_id: Mapped[int | None]
    link_id: Mapped[int | None]
    channel: Mapped[str | None] = mapped_column(String(20))
    generation: Mapped[int | None]
    scan_id: Mapped[int]
    at: Mapped[datetime]


class ArrivalCredit(OfBrand, Model):
    """Recognition for an arrival: who told the visitor (depth 1), who told them (2), and so on to the first teller.

    `rule` is the version of the rule by which it was given.
    """

    __tablename__ = "arrival_credit"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "arrival_id"], ["arrival.brand_id", "arrival.id"]),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        Index("ix_arrival_credit_fan", "brand_id", "fan_id", "arrival_id"),
        Index("ix_arrival_credit_event", "brand_id", "event_id"),
        CheckConstraint("sign = 1 or sign = -1", name="sign"),
        CheckConstraint("depth >= 1", name="depth"),
    )

    arrival_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-8)
    fan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-7)
    event_id: Mapped[int]
    depth: Mapped[int]
    sign: Mapped[int]
    rule: Mapped[int]


class BoothLead(Owned, Model):
    """A visitor whom a booth met: with consent a name to write to, without it a number in a count."""

    __tablename__ = "booth_lead"
    __table_args__ = (
        _of_event(),
        ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
        ForeignKeyConstraint(["brand_id", "pass_id"], ["pass.brand_id", "pass.id"]),
        Index("uq_booth_lead_pass", "brand_id", "place_id", "pass_id", unique=True),
        Index("ix_booth_lead_event", "brand_id", "event_id"),
        CheckConstraint("warmth is null or warmth in ('cold', 'warm', 'hot')", name="warmth"),
    )

    event_id: Mapped[int]
    place_id: Mapped[int]
    pass_id: Mapped[int]
    consented_at: Mapped[datetime | None]
    warmth: Mapped[str | None] = mapped_column(String(4))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    taken_by: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WallName(OfBrand, Model):
    """A fan who lets an event's big screen show their first name."""

    __tablename__ = "wall_name"
    __table_args__ = (_of_event(), ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]))

    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-8)
    fan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-7)
