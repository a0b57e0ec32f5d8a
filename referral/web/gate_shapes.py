"""What a gate is told, as JSON: its event, places and keys, conflicts, leads, and who was found."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from referral.events import conflicts, overview, queries
from referral.events.rules.door import APPLIED
from referral.events.rules.pairing import may_be_at, read_places
from referral.events.rules.rights import RIGHTS, Right
from referral.fans import queries as fans
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now

if TYPE_CHECKING:
    from referral.events.conflicts import Contradiction, Side
    from referral.events.models import Event, GateDevice, Place
    from referral.events.rules.answering import Answer
    from referral.events.rules.leads import Lead
    from referral.events.search import Found


def hello(device: GateDevice, event: Event, base_url: str) -> dict[str, Any]:
    """Tell a device all that it needs to work for a day by itself, but for the list of passes."""
    moment, signer = now(), queries.signer(event)
    told: dict[str, Any] = {
        "now": milliseconds(moment),
        "device": shown_device(device),
        "event": _event(event, signer.prefix, base_url),
        "days": [
            {"id": ids.show(day.id), "opens": milliseconds(day.opens_at), "closes": milliseconds(day.closes_at)}
            for day in queries.days(event)
        ],
        "places": [
            {"id": ids.show(place.id), "kind": place.kind, "name": place.name}
            for place in queries.places(event)
            if may_be_at(device.places, place.id)
        ],
        "keys": [{"place": place, "secret": _b64(secret)} for place, secret in sorted(signer.secrets.items())],
        "inside": overview.inside(event, moment),
    }
    if Right.CONFLICTS in RIGHTS[device.role]:
        told["conflicts"] = conflicts.count_unsettled(event)
    return told


def shown_device(device: GateDevice) -> dict[str, Any]:
    """Tell who a device is, and where it may be."""
    places = [ids.show(number) for number in sorted(read_places(device.places))]
    return {"id": ids.show(device.id), "name": device.name, "role": device.role, "places": places or "all"}


def answer(one: Answer) -> dict[str, Any]:
    """Answer one scan: what became of it, and what the device could not know."""
    told: dict[str, Any] = {"id": one.id, "verdict": one.verdict}
    if one.reason is not None:
        told["reason"] = one.reason
    if one.number is not None:
        told["number"] = one.number
    for name in ("repeat", "skewed", "conflict"):
        if getattr(one, name):
            told[name] = True
    if one.would:
        told["would"] = APPLIED
    if one.first is not None:
        told["first"] = {"at": one.first.at_ms, "place": one.first.place}
    return told


def found(one: Found) -> dict[str, Any]:
    """Show a supervisor somebody who was found by name, with what can be scanned in their pass's stead."""
    return {"number": one.number, "name": one.name, "label": one.label, "code": one.code, "in": one.is_inside}


def contradictions(event: Event, unsettled: Iterable[Contradiction]) -> list[dict[str, Any]]:
    """Show a gate lead what two gates could not know of each other: both gates, times and volunteers."""
    told = list(unsettled)
    names = fans.names_of(
        queries.campaign_of(event), sorted({one.gate_pass.fan_id for one in told if one.gate_pass.fan_id is not None})
    )
    return [_contradiction(one, names) for one in told]


def lead(one: Lead) -> dict[str, Any]:
    """Show a booth a visitor it met; whoever did not agree has a number and no name."""
    return {
        "id": ids.show(one.id),
        "place": ids.show(one.place_id),
        "number": one.number,
        "label": one.label,
        "name": one.name,
        "email": one.email,
        "phone": one.phone,
        "consent": one.consented_at is not None,
        "warmth": one.warmth,
        "note": one.note,
        "by": one.taken_by,
        "at": milliseconds(one.at),
    }


def _event(event: Event, prefix: bytes, base_url: str) -> dict[str, Any]:
    return {
        "slug": event.slug,
        "name": event.name,
        "timezone": event.timezone,
        "reentry": event.reentry,
        "capacity": event.capacity,
        "early_ms": event.early_minutes * 60_000,
        "salt": _b64(event.salt),
        "prefix": _b64(prefix),
        "base": base_url,
    }


def _contradiction(one: Contradiction, names: Mapping[int, str | None]) -> dict[str, Any]:
    return {
        "id": ids.show(one.conflict.id),
        "kind": one.conflict.kind,
        "number": one.gate_pass.number,
        "name": names.get(one.gate_pass.fan_id) if one.gate_pass.fan_id is not None else None,
        "label": one.gate_pass.label,
        "noted": milliseconds(one.conflict.noted_at),
        "first": _side(one.first) if one.first is not None else None,
        "second": _side(one.second),
    }


def _side(side: Side) -> dict[str, Any]:
    place: Place | None = side.place
    return {
        "at": milliseconds(side.scan.at),
        "place": place.name if place is not None else None,
        "device": side.volunteer,
        "people": side.scan.people,
    }


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
