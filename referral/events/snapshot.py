"""What a gate's device keeps of an event, so that it can let people in without a network: written for each cursor.

Each process keeps the events it was asked for lately, and reads on from where it stopped: `following.py`.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from referral.events.following import Following
from referral.events.models import Event
from referral.events.names import AT_ONCE, Names
from referral.events.rules.wire import write_list, write_names
from referral.plumbing.db import is_reading

EXTENSION = "tular_gates"
MOST_EVENTS = 20
"""Kept at once by a process; one of 100,000 passes takes some 20 MB with its names."""

_IN_ROUND = 1 << 63
_NUMBER = (1 << 22) - 1


@dataclass(frozen=True)
class Sent:
    """Hold the body of an answer, and how it is encoded."""

    body: bytes
    encoding: str | None = None


def gate_list(event: Event, since: int = 0, *, gzipped: bool = False) -> Sent | None:
    """Write what has changed of an event's passes since a cursor as TGL1; None where nothing has.

    The whole list is given at 0, and where it is shorter. `gzipped` is whether that may be done; it is where it helps.
    """
    return _kept(event).list(event, since, gzipped)


def gate_names(event: Event, since: int = 0) -> bytes | None:
    """Write names that are new since a cursor, sealed, as TGN1; None where none is.

    Where there are very many, there are more behind the cursor that is answered: ask until nothing comes.
    """
    return _kept(event).names(event, since)


class Gate:
    """One event's list and names, of which the whole is written once for all who ask for it."""

    def __init__(self) -> None:
        self._following = Following()
        self._names = Names()
        self._whole: tuple[int, Sent, Sent] | None = None
        self._lock = threading.Lock()
        self._sealing = threading.Lock()

    def list(self, event: Event, since: int, gzipped: bool) -> Sent | None:
        """Read what is new, and write what is asked for."""
        with self._lock:
            self._read_on(event)
            changed = self._following.changed(since) if since else None
            if changed is None:
                return self._written(gzipped)
        if not len(changed.hashes) and not any(len(slot.full) or len(slot.free) for slot in changed.slots):
            return None
        return _smaller(Sent(write_list(changed)), gzipped)

    def names(self, event: Event, since: int) -> bytes | None:
        """Seal names that are new; a round through all of them where somebody begins, or very many are new.

        A cursor is an id, as that of the list is. While a round goes on, it is that of the round's beginning, with the
        number of the last pass in the place of its random bits, and marked by the highest bit.
        """
        with self._lock:
            self._read_on(event)
            following = self._following.cursor
            fresh = [] if since == 0 or since & _IN_ROUND else self._following.news(since)
        if since & _IN_ROUND:
            return self._round(event, since & ~_IN_ROUND & ~_NUMBER, since & _NUMBER)
        if since == 0 or len(fresh) > AT_ONCE:
            return self._round(event, following & ~_NUMBER, 0)
        with self._sealing:
            rows = self._names.of(event, fresh)
        return write_names(following, rows) if rows else None

    def _round(self, event: Event, begun: int, after: int) -> bytes:
        top = event.next_number - 1
        last = min(after + AT_ONCE, top)
        with self._sealing:
            rows = self._names.between(event, after + 1, last)
        return write_names(_IN_ROUND | begun | last if last < top else begun, rows)

    def _read_on(self, event: Event) -> None:
        try:
            self._following.read_on(event)
        except BaseException:
            self._following = Following()  # half of the news may have been taken in
            raise

    def _written(self, gzipped: bool) -> Sent:
        version, whole = self._following.version, self._whole
        if whole is None or whole[0] != version:
            plain = Sent(write_list(self._following.whole()))
            whole = self._whole = (version, plain, _smaller(plain, gzipped=True))
        return whole[2] if gzipped else whole[1]


def _smaller(sent: Sent, gzipped: bool) -> Sent:
    if not gzipped:
        return sent
    body = gzip.compress(sent.body, 6, mtime=0)
    return Sent(body, "gzip") if len(body) < len(sent.body) else sent


class Gates:
    """The events that were asked for lately."""

    def __init__(self) -> None:
        self._each: OrderedDict[tuple[int, int], Gate] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, event: Event) -> Gate:
        """Give what is kept of an event; the one asked for longest ago makes room for another."""
        key = (event.brand_id, event.id)
        with self._lock:
            gate = self._each.setdefault(key, Gate())
            self._each.move_to_end(key)
            while len(self._each) > MOST_EVENTS:
                self._each.popitem(last=False)
        return gate


def _kept(event: Event) -> Gate:
    """Give what this process keeps of an event; nothing of it where some of what is seen may never be committed."""
    return gates(current_app).of(event) if is_reading() else Gate()


def gates(app: Flask) -> Gates:
    """Give what an application keeps in this process."""
    made = app.extensions.get(EXTENSION)
    return cast(Gates, made or app.extensions.setdefault(EXTENSION, Gates()))
