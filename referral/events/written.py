"""How an event's passes are written: the token of a QR code, the short code to type."""

from __future__ import annotations

from dataclasses import dataclass

from referral.events import queries
from referral.events.models import Event, Pass
from referral.events.rules.codes import Signer


@dataclass(frozen=True)
class Pen:
    """Hold what writes an event's passes: its signer, and the numbers of the keys that are not retired."""

    signer: Signer
    keys: frozenset[int]

    def code(self, gate_pass: Pass) -> str | None:
        """Write what a gate reads: our token, or another system's own code; None where the key is retired."""
        return gate_pass.foreign_code or self.token(gate_pass)

    def token(self, gate_pass: Pass) -> str | None:
        """Write a pass's token; None for another system's ticket, and for a pass whose key is retired."""
        if gate_pass.foreign_code is not None or gate_pass.key_number not in self.keys:
            return None
        return self.signer.token(gate_pass.id, gate_pass.key_number)

    def short(self, gate_pass: Pass) -> str | None:
        """Write a pass's short code; None where the key is retired."""
        if gate_pass.key_number not in self.keys:
            return None
        return self.signer.short(gate_pass.number, gate_pass.key_number)


def pen(event: Event) -> Pen:
    """Give what writes an event's passes."""
    keys = queries.ring(event)
    return Pen(queries.signer_of(event, keys), frozenset(key.number for key in keys))
