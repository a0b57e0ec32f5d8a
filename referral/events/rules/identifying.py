"""Which pass a record speaks of, and if none, why: by a signed token, a short code, another system's code, or an id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from referral.events.rules.codes import FOREIGN_LENGTH, RING, Reading, Signer, Token, code_hash, recognise
from referral.events.rules.known import Key, PassRow
from referral.events.rules.records import Record
from referral.plumbing.ids import ALPHABET

_NUMBER_SIGNS = 4
NOT_A_PASS = {"address": "not_ours", "place": "a_place"}


@dataclass(frozen=True)
class Named:
    """Hold the ways in which a record names a pass, before any of them is believed."""

    reading: Reading | None = None
    token: Token | None = None
    number: int | None = None
    hash: bytes | None = None
    pass_id: int | None = None

    @classmethod
    def by(cls, record: Record, base_url: str, salt: bytes) -> Named:
        """Read what a record names, at an event with a salt, in the installation at base_url."""
        if record.code is None:
            return cls(pass_id=record.pass_id)
        text = record.code.strip()
        reading = recognise(text, base_url)
        if reading is None:
            return cls()
        token = Token.read(reading.text) if reading.kind == "pass" else None
        number = _number(reading.text) if reading.kind == "short" else None
        return cls(reading, token, number, code_hash(salt, text) if len(text) <= FOREIGN_LENGTH else None)

    @property
    def ids(self) -> list[int]:
        """Give the ids of the passes that are named by one."""
        return [one for one in (self.pass_id, self.token.pass_id if self.token else None) if one is not None]


class Book:
    """Look passes of one event up, by all the ways in which they can be named."""

    def __init__(self, brand_id: int, event_id: int, keys: Sequence[Key], passes: Iterable[PassRow]) -> None:
        own = [one for one in passes if one.event_id == event_id]
        self._whose = brand_id, event_id
        self._keys = {key.number: key for key in keys}
        self._by_id = {one.id: one for one in own}
        self._by_hash = {one.code_hash: one for one in own}
        self._by_number = {one.number: one for one in own}

    def find(self, named: Named) -> tuple[PassRow | None, str | None]:
        """Give the pass that is named; else the reason: `unknown`, `forged`, `old_key`, `not_ours` or `a_place`.

        A code that is another system's ticket, letter for letter, is that ticket, whatever else it looks like.
        """
        exactly = self._by_hash.get(named.hash) if named.hash is not None else None
        if exactly is not None and exactly.is_foreign:
            return exactly, None
        if named.pass_id is not None:
            found = self._by_id.get(named.pass_id)
            return found, None if found is not None else "unknown"
        if named.token is not None:
            return self._by_token(named.token)
        if named.number is not None and named.reading is not None:
            return self._by_short(named.number, named.reading.text)
        return None, NOT_A_PASS.get(named.reading.kind, "unknown") if named.reading is not None else "unknown"

    def _by_token(self, token: Token) -> tuple[PassRow | None, str | None]:
        found = self._by_id.get(token.pass_id)
        if found is None:
            return None, "unknown"
        if self.signs(token, [found.key_number]):
            return found, None
        return None, "old_key" if self.signs(token, self._keys) else "forged"

    def _by_short(self, number: int, code: str) -> tuple[PassRow | None, str | None]:
        found = self._by_number.get(number)
        key = self._keys.get(found.key_number) if found is not None else None
        if found is None or key is None or self._signer(key).number_of_short(code) != number:
            return None, "unknown"
        return found, None

    def signs(self, token: Token, numbers: Iterable[int]) -> bool:
        """Tell whether one of some keys signed a token."""
        keys = [self._keys[number] for number in numbers if number in self._keys and number % RING == token.key]
        return any(self._signer(key).signed(token) for key in keys)

    def retired_at(self, found: PassRow) -> int | None:
        """Give when the key that signs a pass was retired; another system's ticket is signed by none."""
        key = self._keys.get(found.key_number)
        return None if key is None or found.is_foreign else key.retired_at

    def _signer(self, key: Key) -> Signer:
        return Signer(*self._whose, {key.number % RING: key.secret})


def _number(short: str) -> int:
    """Read the number that a short code names; whether it is signed is seen once its pass is there."""
    number = 0
    for sign in short[:_NUMBER_SIGNS]:
        number = number * len(ALPHABET) + ALPHABET.index(sign)
    return number
