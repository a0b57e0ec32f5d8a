"""Which device may do what at a gate: a bearer secret of one event, made when a phone was paired."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import after_this_request, g, request

from referral.errors import Forbidden, Unauthenticated
from referral.events import devices, pairing
from referral.events.rules.pairing import is_due, is_secret
from referral.events.rules.rights import RIGHTS, Right
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import confine, of_brand
from referral.plumbing.signing import fingerprint
from referral.plumbing.transaction import in_transaction
from referral.web.access import View

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from referral.events.models import Event, GateDevice


def allow_device(right: Right | None = None, *, also_revoked: bool = False) -> Callable[[View], View]:
    """Open a call to paired devices whose role carries a right; without one, to every device.

    The view is given the device and its event, and the request is confined to their brand: a device reaches nothing of
    another event, for its event is never in an address. A revoked one is let in only where it may still hand over what
    it holds. All of it costs one statement.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(**arguments: Any) -> ResponseReturnValue:
            device, event = _admit(also_revoked)
            if right is not None and right not in RIGHTS[device.role]:
                raise Forbidden("role_may_not")
            if request.method in {"GET", "HEAD"}:
                _note_seen_afterwards(device)
            return view(device=device, event=event, **arguments)

        guarded.access = "device"  # type: ignore[attr-defined]
        guarded.right = right  # type: ignore[attr-defined]
        guarded.also_revoked = also_revoked  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _admit(also_revoked: bool) -> tuple[GateDevice, Event]:
    """Give the device whose secret is in hand, and its event, and confine the request to their brand.

    Raises:
        Unauthenticated: `device_unknown`, or `device_revoked`, at which its app forgets all it knows.
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not is_secret(secret):
        raise Unauthenticated("device_unknown")
    found = devices.by_secret(fingerprint(secret))
    if found is None:
        raise Unauthenticated("device_unknown")
    device, event, brand = found
    if device.revoked_at is not None and not also_revoked:
        raise Unauthenticated("device_revoked")
    confine(brand.id)
    g.brand = brand
    return device, event


def heard(name: str) -> int | None:
    """Read a number that a device says of itself in the address; None where it says nothing, or no number."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def offset_of(clock: int | None) -> int | None:
    """Tell how far a device's clock is behind ours, in milliseconds."""
    return None if clock is None else milliseconds(now()) - clock


def _note_seen_afterwards(device: GateDevice) -> None:
    """Write down that a device was heard of by a call that reads, in which nothing can be written, once it is answered.

    A call that asks for what is new comes every three seconds, and writes every thirty.
    """
    if not is_due(device.last_seen_at, now()):
        return
    unsent, offset = heard("unsent"), offset_of(heard("clock"))
    brand_id, device_id = device.brand_id, device.id

    @after_this_request
    def note(response: Response) -> Response:
        with of_brand(brand_id):
            in_transaction(
                lambda: pairing.note_seen(devices.again(brand_id, device_id), unsent=unsent, offset_ms=offset)
            )
        return response
