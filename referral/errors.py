"""Refusals: what the product says no to, as a code and fields; words and status are chosen at the edge."""

from __future__ import annotations


class Refusal(Exception):
    """Refuse a request for a reason that the person who asked can understand.

    `code` names the reason for programs; `fields` carries what the sentence about it needs (never personal data).
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class Invalid(Refusal):
    """Refuse input that could never be right."""


class NotFound(Refusal):
    """Refuse because there is no such thing here, or it belongs to somebody else."""


class Conflict(Refusal):
    """Refuse because it contradicts what is already recorded."""


class Forbidden(Refusal):
    """Refuse because this role or key may not do it."""


class Unauthenticated(Refusal):
    """Refuse because nobody is signed in, or the key is unknown."""


class Gone(Refusal):
    """Refuse because it was there and is over, or not yet open."""


class TooMany(Refusal):
    """Refuse whole what holds more than is taken at once; the limit is among the fields."""
