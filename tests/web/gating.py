"""Phones at a gate, for tests: paired devices that ask and send as the app does."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from referral.events import pairing
from referral.events.models import DoorConflict, GateDevice, Scan
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db
from referral.plumbing.signing import fingerprint
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from referral.events.models import Event, Pass, Place


@dataclass(frozen=True)
class Phone:
    """Hold a paired device, and ask and send with its secret."""

    client: FlaskClient
    device: GateDevice
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """Give what each of its calls carries."""
        return {"Authorization": f"Bearer {self.secret}"}

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask."""
        return self.client.get(f"/g/api/{path}", headers=self.headers | options.pop("headers", {}), **options)

    def post(self, path: str, document: Any) -> TestResponse:
        """Send a document."""
        return self.client.post(f"/g/api/{path}", headers=self.headers, json=document)

    def scan(self, place: Place, code: str, **others: Any) -> dict[str, Any]:
        """Send one scan, and give its answer."""
        [answer] = self.scans([scan(place, code, **others)])
        return answer

    def scans(self, scans: Sequence[Mapping[str, Any]], unsent: int = 0) -> list[dict[str, Any]]:
        """Send scans, and give their answers."""
        answer = self.post("scans", {"unsent": unsent, "clock": milliseconds(now()), "scans": scans})
        assert answer.status_code == 200, answer.text
        told: list[dict[str, Any]] = answer.get_json()["data"]
        return told


def scan(place: Place, code: str, **others: Any) -> dict[str, Any]:
    """Write a record of a scan as the app does."""
    made = {
        "id": str(uuid.uuid4()),
        "kind": "entry",
        "place": ids.show(place.id),
        "code": code,
        "at": milliseconds(now()),
        "offset": 0,
        "counter": 1,
        "said": "in",
    }
    return made | others


def paired(app: Flask, event: Event, role: str = "steward", places: Sequence[Place] = (), name: str = "Ayu") -> Phone:
    """Pair a phone with an event, as the organiser's screen and the app do."""
    with make.saved(app):
        token = pairing.make(event, name="Phone", role=role, places=places).token
    with make.saved(app):
        done = pairing.pair(token, name)
    return Phone(app.test_client(), done.device, done.secret)


def contradict(event: Event, place: Place, gate_pass: Pass) -> DoorConflict:
    """Let a pass be green at two devices that did not know of each other; nobody has settled it yet."""
    sides = []
    for name in ("Ayu", "Budi"):
        device = pairing.make(event, name=name, role="steward").device
        made = Scan(
            brand_id=event.brand_id,
            event_id=event.id,
            nonce=str(uuid.uuid4()),
            kind="entry",
            place_id=place.id,
            device_id=device.id,
            operator=name,
            pass_id=gate_pass.id,
            said="in",
            at=now(),
            received_at=now(),
            verdict="applied",
            digest="0" * 64,
        )
        db.session.add(made)
        db.session.flush()
        sides.append(made)
    conflict = DoorConflict(
        brand_id=event.brand_id,
        event_id=event.id,
        pass_id=gate_pass.id,
        day_id=0,
        kind="twice",
        first_scan_id=sides[0].id,
        second_scan_id=sides[1].id,
        noted_at=now(),
    )
    db.session.add(conflict)
    db.session.flush()
    return conflict


def revoke(app: Flask, phone: Phone) -> None:
    """Revoke a phone's device."""
    with make.saved(app):
        found = select(GateDevice).where(GateDevice.token_hash == fingerprint(phone.secret))
        pairing.revoke(db.session.scalars(found).one())
