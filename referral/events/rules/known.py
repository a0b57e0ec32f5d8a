"""What is known of an event and of some of its passes when scans come in: plain values, as they were read."""

from __future__ import annotations

from dataclasses import dataclass, field

from referral.events.rules.days import Day


@dataclass(frozen=True)
class Key:
    """Hold a key of an event's passes, in use or retired."""

    number: int
    retired_at: int | None
    secret: bytes


@dataclass(frozen=True)
class PlaceRow:
    """Hold a place of the event."""

    id: int
    closed_at: int | None
    kind: str
    name: str


@dataclass(frozen=True)
class PassRow:
    """Hold a pass, who told its fan, and how many rows of arrivals it has: after an odd number it has arrived."""

    id: int
    event_id: int
    number: int
    fan_id: int | None
    admits: int
    key_number: int
    valid_from: int | None
    valid_until: int | None
    revoked_at: int | None
    is_foreign: int
    generation: int | None
    introducer_id: int | None
    link_id: int | None
    arrivals: int
    channel: str | None
    code_hash: bytes


@dataclass(frozen=True)
class ScanRow:
    """Hold a scan that is in the log, with the role of the device that sent it and the name of its place."""

    id: int
    pass_id: int | None
    at: int
    device_id: int | None
    counter: int | None
    people: int
    place_id: int | None
    device_at: int | None
    offset_ms: int | None
    forced: int
    nonce: str
    kind: str
    said: str | None
    annuls: str | None
    verdict: str
    reason: str | None
    digest: str
    role: str | None
    place_name: str | None


@dataclass(frozen=True)
class AdmissionRow:
    """Hold an admission as it is kept now."""

    pass_id: int
    day_id: int
    first_scan_id: int | None
    first_at: int | None
    place_id: int | None
    people: int
    inside: int
    greens: int
    last_at: int | None


@dataclass(frozen=True)
class ConflictRow:
    """Hold a conflict as it is kept now."""

    id: int
    pass_id: int
    day_id: int
    first_scan_id: int | None
    second_scan_id: int
    settled_at: int | None
    kind: str


@dataclass
class Known:
    """Hold all that was found: of the event, of the passes that were named and of their fans' other passes."""

    days: list[Day] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    places: dict[int, PlaceRow] = field(default_factory=dict)
    passes: dict[int, PassRow] = field(default_factory=dict)
    scans: dict[str, ScanRow] = field(default_factory=dict)
    admissions: list[AdmissionRow] = field(default_factory=list)
    conflicts: list[ConflictRow] = field(default_factory=list)
