"""How passes are written and read: a signed token in a QR code, a hash for devices, a short code to type.

A token is 26 signs of Crockford base32. The first 13 hold 65 bits: the number of the signing key modulo 4, then the 63
bits of the pass's id. The last 13 hold the first 64 bits of HMAC-SHA-256 (RFC 2104) over the event and the id. Written
as `HTTPS://HOST/P/TOKEN` it is alphanumeric throughout, and stays at 29 modules (version 3, level M) while the host has
at most 24 signs.

A short code is 8 signs: 4 of the pass's number, 3 of a signature (15 bits), and a check sign.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from referral.plumbing.ids import ALPHABET

TOKEN_LENGTH = 26
SHORT_LENGTH = 8
RING = 4
"""Keys that a token can tell apart; a fifth one takes the place of the first."""
MOST_NUMBER = (1 << 20) - 1
FOREIGN_LENGTH = 200

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_HALF = TOKEN_LENGTH // 2
_ID_BITS = 63


@dataclass(frozen=True)
class Signer:
    """Hold what signs the passes of one event: whose they are, and the ring's secrets by key number modulo 4."""

    brand_id: int
    event_id: int
    secrets: Mapping[int, bytes]

    @property
    def prefix(self) -> bytes:
        """Give what every signature of this event begins with: 16 bytes, brand and event, big-endian."""
        return self.brand_id.to_bytes(8, "big") + self.event_id.to_bytes(8, "big")

    def token(self, pass_id: int, key_number: int) -> str:
        """Write a pass's token, signed with a key of the ring.

        Raises:
            KeyError: the ring has no such key.
        """
        place = key_number % RING
        return _written(place << _ID_BITS | pass_id, _HALF) + _written(self._mac(place, pass_id), _HALF)

    def signed(self, token: Token) -> bool:
        """Tell whether a token was signed by this event's ring."""
        if token.key not in self.secrets:
            return False
        right = self._mac(token.key, token.pass_id).to_bytes(8, "big")
        return hmac.compare_digest(right, token.mac.to_bytes(8, "big"))

    def short(self, number: int, key_number: int) -> str:
        """Write a pass's short code.

        Raises:
            ValueError: the number is beyond MOST_NUMBER.
        """
        if not 0 <= number <= MOST_NUMBER:
            raise ValueError(f"a pass's number is at most {MOST_NUMBER}")
        body = _written(number << 15 | self._short_mac(key_number % RING, number), SHORT_LENGTH - 1)
        return body + check_sign(body)

    def number_of_short(self, text: str) -> int | None:
        """Give the number that a short code stands for; None where it was mistyped, or was not signed by this event."""
        code = fold(text)
        if code is None or len(code) != SHORT_LENGTH or check_sign(code[:-1]) != code[-1]:
            return None
        number, mac = divmod(_read(code[:-1]), 1 << 15)
        return number if any(self._short_mac(place, number) == mac for place in self.secrets) else None

    def _mac(self, place: int, pass_id: int) -> int:
        made = hmac.digest(self.secrets[place], self.prefix + pass_id.to_bytes(8, "big"), "sha256")
        return int.from_bytes(made[:8], "big")

    def _short_mac(self, place: int, number: int) -> int:
        made = hmac.digest(self.secrets[place], self.prefix + b"short" + number.to_bytes(4, "big"), "sha256")
        return int.from_bytes(made[:2], "big") >> 1


@dataclass(frozen=True)
class Token:
    """Hold what a token says, whether it is signed or not."""

    pass_id: int
    key: int
    mac: int
    text: str

    @classmethod
    def read(cls, text: str) -> Token | None:
        """Read a token; None where the text is not one. Look-alikes and small letters are folded.

        >>> Token.read("0000000000ZZZ0000000000001").pass_id, Token.read("short")
        (32767, None)
        """
        code = fold(text)
        if code is None or len(code) != TOKEN_LENGTH:
            return None
        head, mac = _read(code[:_HALF]), _read(code[_HALF:])
        return None if mac >> 64 else cls(head & ((1 << _ID_BITS) - 1), head >> _ID_BITS, mac, code)


@dataclass(frozen=True)
class Reading:
    """Hold what a code turned out to be: `pass`, `short`, `foreign` (another system's ticket), `place` or `address`.

    `text` is the token, the short code, the ticket's own code, the place's code, or the address of another site.
    """

    kind: str
    text: str


def recognise(text: str, base_url: str) -> Reading | None:
    """Say what was scanned or typed at a gate of the installation at base_url; None for nothing, or too much.

    >>> recognise("HTTPS://FAIR.EXAMPLE/P/0000000000ZZZ0000000000001", "https://fair.example").kind
    'pass'
    >>> recognise("https://evil.example/P/0000000000ZZZ0000000000001", "https://fair.example").kind
    'address'
    >>> recognise("https://fair.example/r/K7M2Q9XD", "https://fair.example")
    Reading(kind='place', text='K7M2Q9XD')
    >>> recognise("k3j9x2mzp4qabc", "https://fair.example").kind
    'foreign'
    """
    text = text.strip()
    if not text or len(text) > 2000 or not text.isprintable():
        return None
    if "://" in text:
        return _address(text, base_url)
    if len(text) > FOREIGN_LENGTH:
        return None
    if (token := Token.read(text)) is not None:
        return Reading("pass", token.text)
    typed = fold("".join(sign for sign in text if sign not in " -"))
    if typed is not None and len(typed) == SHORT_LENGTH and check_sign(typed[:-1]) == typed[-1]:
        return Reading("short", typed)
    return Reading("foreign", text)


def _address(text: str, base_url: str) -> Reading:
    base = urlsplit(base_url)
    try:
        there = urlsplit(text)
    except ValueError:
        return Reading("address", text)
    ours = there.netloc.lower() == base.netloc.lower() and there.path.startswith(base.path.rstrip("/") + "/")
    if not ours:
        return Reading("address", text)
    kind, _, code = there.path.removeprefix(base.path.rstrip("/") + "/").partition("/")
    if kind.upper() == "P" and (token := Token.read(code)) is not None:
        return Reading("pass", token.text)
    folded = fold(code.partition(".")[0])
    if kind.upper() in {"R", "V"} and folded is not None and len(folded) == 8:
        return Reading("place", folded)
    return Reading("address", text)


def code_hash(salt: bytes, code: str) -> bytes:
    """Hash a token, or another system's code, into the 8 bytes by which a device knows it."""
    return hashlib.sha256(salt + code.encode()).digest()[:8]


def payload(base_url: str, token: str) -> str:
    """Write what a pass's QR code holds.

    >>> payload("https://fair.example/", "0000000000ZZZ0000000000001")
    'HTTPS://FAIR.EXAMPLE/P/0000000000ZZZ0000000000001'
    """
    place = urlsplit(base_url)
    return f"{place.scheme.upper()}://{place.netloc.upper()}{place.path.rstrip('/')}/P/{token}"


def check_sign(body: str) -> str:
    """Give the sign that finds one mistyped sign, and two neighbours changed over.

    Signs are elements of GF(32), with x⁵ + x² + 1; the check sign is the sum of each times the generator to the power
    of its place. A single wrong sign, or two neighbours changed over, always changes that sum.

    >>> check_sign("K7M2Q9X") != check_sign("K7M2Q9Y"), check_sign("K7M2Q9X") != check_sign("7KM2Q9X")
    (True, True)
    """
    total, power = 0, 1
    for sign in body:
        power = _times_generator(power)
        total ^= _times(power, _VALUES[sign])
    return ALPHABET[total]


def fold(text: str) -> str | None:
    """Fold small letters and look-alikes (O, I, L); None where a sign is not of the alphabet.

    >>> fold("k7ml-"), fold("k7mlo")
    (None, 'K7M10')
    """
    values = [_VALUES.get(sign) for sign in text.upper()] if text.isascii() else [None]
    return None if not values or None in values else "".join(ALPHABET[value] for value in values if value is not None)


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        if other & 1:
            product ^= one
        one, other = _times_generator(one), other >> 1
    return product


def _written(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))


def _read(code: str) -> int:
    number = 0
    for sign in code:
        number = number << 5 | _VALUES[sign]
    return number
