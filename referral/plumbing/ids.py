"""Ids: 63-bit integers that sort by the time they were made, and how they are written outside."""

from __future__ import annotations

import secrets
import threading
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLDED = {sign: value for value, sign in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LENGTH = 13
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """Make an id: 41 bits of milliseconds, then 22 random bits; each is larger than the last of this process."""
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << 22 | secrets.randbits(22)
        # Many ids of one millisecond count up from the first, so that rows made in order sort in order.
        _last = fresh if fresh > _last else _last + 1
        return _last


def new_ids(count: int) -> range:
    """Make many ids at once, as new_id would make them one after the other."""
    global _last
    with _lock:
        fresh = max((time.time_ns() // 1_000_000) << 22 | secrets.randbits(22), _last + 1)
        _last = fresh + count - 1
        return range(fresh, fresh + count)


def show(number: int) -> str:
    """Write an id as 13 signs of Crockford base32."""
    if not 0 <= number < 1 << 63:
        raise ValueError("an id is a positive 63-bit number")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def read(text: str) -> int | None:
    """Read an id back as it was shown, without case and with look-alikes folded; None where it is not one."""
    if len(text) != _LENGTH:
        return None
    number = 0
    for sign in text.upper():
        value = _FOLDED.get(sign)
        if value is None:
            return None
        number = number << 5 | value
    return number if number < 1 << 63 else None
