"""A journal's records: 128 bytes each, with a check sum, so that whole ones are told from what a crash tore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import eq
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

from referral.clicks.rules.people import DEVICES, VIAS
from referral.clicks.rules.visits import VERDICTS
from referral.links.rules import CHANNEL_NAMES

SIZE = 128
MAGIC = b"TuC1"
_HEAD = Struct("<4sI")
_BODY = Struct("<8q4B2s3s47s")
_WHOLE = Struct("<8x8q4B2s3s47s")
_pack_head, _pack_body = _HEAD.pack, _BODY.pack
_PARTS = Struct(f"{_HEAD.format}{_BODY.size}s")
assert _PARTS.size == SIZE
ID, ID_AT = Struct("<q"), _HEAD.size
"""How a record's id is written, and where in it."""

CHANNEL_NUMBERS = {name: number for number, name in enumerate(CHANNEL_NAMES)}
VERDICT_NUMBERS = {name: number for number, name in enumerate(VERDICTS)}
VIA_NUMBERS = {name: number for number, name in enumerate(VIAS)}
DEVICE_NUMBERS = {name: number for number, name in enumerate(DEVICES)}


class Record(NamedTuple):
    """Hold a visit as a journal does.

    `at` is in milliseconds since 1970. `visitor` is the visitor's hash with today's salt, `visitor_before` the one with
    yesterday's (0 where nobody needs it), `network` that of the address alone: the last two go no further than this.
    Channel, way, device and verdict are numbers of the lists they are taken from.
    """

    id: int
    at: int
    brand_id: int
    campaign_id: int
    link_id: int
    visitor: int
    visitor_before: int
    network: int
    channel: int
    via: int
    device: int
    verdict: int
    country: bytes
    language: bytes
    referrer: bytes


def pack(  # each of them by its place, for any other call costs a visitor twice as much
    id_: int,
    at: int,
    brand_id: int,
    campaign_id: int,
    link_id: int,
    visitor: int,
    visitor_before: int,
    network: int,
    channel: int,
    via: int,
    device: int,
    verdict: int,
    country: bytes,
    language: bytes,
    referrer: bytes,
) -> bytes:
    """Write the fields of a Record, in their order, as its 128 bytes."""
    body = _pack_body(
        id_, at, brand_id, campaign_id, link_id, visitor, visitor_before, network,
        channel, via, device, verdict, country, language, referrer,
    )  # fmt: skip
    return _pack_head(MAGIC, crc32(body)) + body


@dataclass(frozen=True)
class Scanned:
    """Hold what was found in a piece of a journal: whole records, where to go on, and how many bytes were torn."""

    records: bytes
    end: int
    torn: int

    def __iter__(self) -> Iterator[Record]:
        """Give the records, in the order in which they were written."""
        return map(Record._make, self.fields())

    def fields(self) -> Iterator[tuple[Any, ...]]:
        """Give the fields of the records, without their names: in a third of the time, for those who take all."""
        return _WHOLE.iter_unpack(self.records)

    def __len__(self) -> int:
        """Count the records."""
        return len(self.records) // SIZE


def scan(data: bytes, most: int | None = None) -> Scanned:
    """Find the whole records in a piece of a journal that begins where the last one ended.

    What is no record is passed over up to the next one. `end` is where the first record begins that may still be on
    its way; in the journal of a process that is no more, what is left behind `end` was torn.
    """
    even = len(data) - len(data) % SIZE
    if most is None and are_records(data[:even]):
        return Scanned(data[:even], even, 0)
    whole, torn, at, length = [], 0, 0, len(data)
    start = 0  # of the run of whole records that ends at `at`
    found = 0
    while at + SIZE <= length and (most is None or found < most):
        if is_record(data, at):
            at += SIZE
            found += 1
            continue
        whole.append(data[start:at])
        following = data.find(MAGIC, at + 1)
        # The last three bytes may be the beginning of a record's name.
        following = following if following >= 0 else max(length - len(MAGIC) + 1, at + 1)
        torn += following - at
        start = at = following
    whole.append(data[start:at])
    return Scanned(b"".join(whole), at, torn)


def is_record(data: bytes, at: int) -> bool:
    """Tell whether a whole record begins at a place."""
    magic, check = _HEAD.unpack_from(data, at)
    return bool(magic == MAGIC and crc32(data[at + _HEAD.size : at + SIZE]) == check)


def are_records(data: bytes) -> bool:
    """Tell whether whole records, one behind the other, are all there is in so many times 128 bytes.

    It says what `is_record` says of each, in a third of the time.
    """
    if not data:
        return True
    magics, checks, bodies = zip(*_PARTS.iter_unpack(data), strict=True)
    return magics.count(MAGIC) == len(magics) and all(map(eq, map(crc32, bodies), checks))
