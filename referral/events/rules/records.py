"""A record of a scan as it is sent, by a gate's app or by a shop's program: read with care, one by one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from referral.errors import Invalid
from referral.plumbing import ids

KINDS = ("entry", "exit", "visit", "annul")
SAYINGS = ("in", "again", "no")
MOST_PEOPLE = 999
CODE_LENGTH = 4_000
OPERATOR_LENGTH, REASON_LENGTH = 80, 24
_LATEST_MS = 7_258_118_400_000  # the year 2200
_MOST_COUNTER = 1 << 53
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)


@dataclass(frozen=True)
class Record:
    """Hold one record of a scan as it was sent; moments in milliseconds since 1970.

    `id` is the client's own, a UUID. A pass is named by the code as it was read, or by its id. `at_ms` is the device's
    time, and `offset_ms` what is to be added to it. `said` is what the device showed, and `reason` why.
    """

    id: str
    kind: str = "entry"
    code: str | None = None
    pass_id: int | None = None
    place_id: int | None = None
    people: int = 1
    at_ms: int | None = None
    offset_ms: int | None = None
    counter: int | None = None
    said: str | None = None
    reason: str | None = None
    forced: bool = False
    annuls: str | None = None
    operator: str | None = None

    @classmethod
    def read(cls, said: object) -> Record:
        """Read a record; what it says beside the names known here is not looked at.

        >>> told = {"id": "0b6a0f0e-6f2a-4f7e-9c64-0d5f2b1c7a11", "code": "K7M2", "at": "2026-05-01T12:00:00Z"}
        >>> Record.read(told).at_ms
        1777636800000

        Raises:
            Invalid: `scan_malformed`, with the field that is wrong.
        """
        if not isinstance(said, Mapping):
            raise Invalid("scan_malformed", field="scan")
        given = {name: value for name, value in said.items() if value is not None}
        record = cls(
            id=_uuid(given, "id"),
            kind=_one_of(given, "kind", KINDS, "entry"),
            code=_text(given, "code", CODE_LENGTH),
            pass_id=_id(given, "pass"),
            place_id=_id(given, "place"),
            people=_number(given, "people", 1, MOST_PEOPLE) or 1,
            at_ms=_moment(given, "at"),
            offset_ms=_number(given, "offset", -_LATEST_MS, _LATEST_MS),
            counter=_number(given, "counter", 0, _MOST_COUNTER),
            said=_one_of(given, "said", SAYINGS, ""),
            reason=_line(given, "reason", REASON_LENGTH),
            forced=_flag(given, "forced"),
            annuls=_uuid(given, "annuls") if "annuls" in given else None,
            operator=_line(given, "operator", OPERATOR_LENGTH),
        )
        record._check()
        return record

    def _check(self) -> None:
        if self.kind == "annul" and self.annuls in {None, self.id}:
            raise Invalid("scan_malformed", field="annuls")
        if self.kind != "annul" and self.code is None and self.pass_id is None:
            raise Invalid("scan_malformed", field="code")
        if self.kind == "visit" and self.place_id is None:
            raise Invalid("scan_malformed", field="place")
        if self.at_ms is not None and not 0 <= self.at_ms + (self.offset_ms or 0) <= _LATEST_MS:
            raise Invalid("scan_malformed", field="at")

    @property
    def is_live(self) -> bool:
        """Tell whether somebody waits for our word: it happens now, and the device said nothing by itself."""
        return self.at_ms is None and self.said is None

    def told_ms(self, received_ms: int) -> int:
        """Give when it was scanned by the device's clock and the offset it measured; without a clock, when it came."""
        return received_ms if self.at_ms is None else self.at_ms + (self.offset_ms or 0)

    def digest(self, event_id: int, device_id: int | None) -> str:
        """Hash what the record says, and where it came from: the same id with another digest is another scan.

        The offset is left out, for a device may measure it anew before it sends a record again; so is the operator.
        """
        said = [
            event_id,
            device_id,
            self.kind,
            self.code.strip() if self.code is not None else None,
            self.pass_id,
            self.place_id,
            self.people,
            self.at_ms,
            self.counter,
            self.said,
            self.forced,
            self.annuls,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def name_of(said: object) -> str:
    """Give the id of a record that cannot be read, so that its answer can be told from others; empty where none is."""
    found = said.get("id") if isinstance(said, Mapping) else None
    return found[:64] if isinstance(found, str) else ""


def _uuid(given: Mapping[str, Any], name: str) -> str:
    text = given.get(name)
    if not isinstance(text, str) or not _UUID.fullmatch(text.lower()):
        raise Invalid("scan_malformed", field=name)
    return text.lower()


def _one_of(given: Mapping[str, Any], name: str, known: tuple[str, ...], usual: str) -> Any:
    value = given.get(name, usual)
    if value not in known and value != usual:
        raise Invalid("scan_malformed", field=name)
    return value or None


def _text(given: Mapping[str, Any], name: str, most: int) -> str | None:
    value = given.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > most):
        raise Invalid("scan_malformed", field=name)
    return value


def _line(given: Mapping[str, Any], name: str, most: int) -> str | None:
    value = _text(given, name, CODE_LENGTH)
    return None if value is None else printable(value)[:most] or None


def _id(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    found = ids.read(value) if isinstance(value, str) else None
    if value is not None and found is None:
        raise Invalid("scan_malformed", field=name)
    return found


def _number(given: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid("scan_malformed", field=name)
    return value


def _flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise Invalid("scan_malformed", field=name)
    return value


def _moment(given: Mapping[str, Any], name: str) -> int | None:
    """Read a moment: whole milliseconds since 1970, or RFC 3339 with a time zone."""
    value = given.get(name)
    if not isinstance(value, str):
        return _number(given, name, 0, _LATEST_MS)
    try:
        moment = datetime.fromisoformat(value) if _DATE_TIME.match(value) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("scan_malformed", field=name)
    found = (moment - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= found <= _LATEST_MS:
        raise Invalid("scan_malformed", field=name)
    return found


def printable(text: str) -> str:
    """Take a text without signs that cannot be seen.

    >>> printable("Hall\\x00 B\\n")
    'Hall B'
    """
    return "".join(sign for sign in text if sign.isprintable()).strip()
