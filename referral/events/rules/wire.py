"""Write what a gate's device keeps of an event's passes as flat little-endian columns: nine bytes a pass.

The list is called TGL1:

====== ========== ==========================================================================================
bytes  type       holds
====== ========== ==========================================================================================
0      4 letters  ``TGL1``
4      u8         version, 1
5      u8         0 the whole list, 1 what has changed
6      u16        kinds of passes
8      u64        cursor, to ask for what changes from now on
16     u32        n: the highest number of the whole list, or how many passes have changed
20     u32        length of the meta that follows, with its padding to 8
24     JSON       meta, padded with spaces
====== ========== ==========================================================================================

The whole list goes on with 8 bytes of hash for each pass in the order of their numbers from 1 (zeros where there is
none), and a u8 each for its kind, 255 where it is revoked. What has changed has a column of u32 numbers before these.

Meta holds ``classes``, each with ``l`` label, ``a`` how many people, ``f`` and ``u`` from and until when in
milliseconds since 1970; ``slots``, each with ``id`` and ``bytes``; and ``removed``, for later use.

Then follows for each slot, in so many bytes, which passes have no room left in it: the gaps between their numbers as
LEB128, a zero, and in the same way those that have room again.

Names are called TGN1: the letters, a u64 cursor, a u32 count, then for each name the u32 number of its pass, a u16
length, and so many sealed bytes; none where the name is to be forgotten.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from referral.events.rules.kinds import Kind

LIST, NAMES, VERSION = b"TGL1", b"TGN1", 1
WHOLE, CHANGED = 0, 1

_LIST_HEADER = struct.Struct("<4sBBHQII")
_NAMES_HEADER = struct.Struct("<4sQI")
_NAME = struct.Struct("<IH")

Numbers = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
"""Eight bytes each, read as one big-endian number: 0 for none."""
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Slot:
    """Hold which passes, by number in order, have no room left in a slot, and which have some again."""

    name: str
    full: Numbers
    free: Numbers = field(default_factory=lambda: np.empty(0, np.uint32))


@dataclass(frozen=True, eq=False)
class GateList:
    """Hold a list of passes: the whole one, numbered from 1, or those that have changed, with their `numbers`."""

    cursor: int
    kinds: Sequence[Kind]
    hashes: Hashes
    kind_of: Bytes
    slots: Sequence[Slot] = ()
    numbers: Numbers | None = None


def write_list(one: GateList) -> bytes:
    """Write a list as TGL1."""
    gaps = [_gaps(slot.full) + b"\0" + _gaps(slot.free) for slot in one.slots]
    meta = _padded(
        {
            "classes": [
                {"l": kind.label, "a": kind.admits, "f": kind.valid_from, "u": kind.valid_until} for kind in one.kinds
            ],
            "slots": [{"id": slot.name, "bytes": len(bits)} for slot, bits in zip(one.slots, gaps, strict=True)],
            "removed": False,
        }
    )
    what = WHOLE if one.numbers is None else CHANGED
    return b"".join(
        (
            _LIST_HEADER.pack(LIST, VERSION, what, len(one.kinds), one.cursor, len(one.hashes), len(meta)),
            meta,
            b"" if one.numbers is None else one.numbers.astype("<u4").tobytes(),
            one.hashes.astype(">u8").tobytes(),
            one.kind_of.tobytes(),
            *gaps,
        )
    )


def read_list(data: bytes) -> GateList:
    """Read a list back; raise ValueError where it is not one."""
    try:
        letters, version, what, kinds, cursor, count, length = _LIST_HEADER.unpack_from(data)
        meta = json.loads(data[_LIST_HEADER.size : _LIST_HEADER.size + length])
    except (struct.error, json.JSONDecodeError) as error:
        raise ValueError("this is no TGL1") from error
    if letters != LIST or version != VERSION or what not in (WHOLE, CHANGED) or kinds != len(meta["classes"]):
        raise ValueError("this is no TGL1")
    rest = memoryview(data)[_LIST_HEADER.size + length :]
    numbers = None
    if what == CHANGED:
        numbers, rest = np.frombuffer(rest, "<u4", count).astype(np.uint32), rest[4 * count :]
    hashes, rest = np.frombuffer(rest, ">u8", count).astype(np.uint64), rest[8 * count :]
    kind_of, rest = np.frombuffer(rest, np.uint8, count), rest[count:]
    slots = []
    if len(rest) != sum(slot["bytes"] for slot in meta["slots"]):
        raise ValueError("this TGL1 is not as long as it says")
    for slot in meta["slots"]:
        slots.append(_slot(slot["id"], bytes(rest[: slot["bytes"]])))
        rest = rest[slot["bytes"] :]
    listed = [Kind(one["l"], one["a"], one["f"], one["u"]) for one in meta["classes"]]
    return GateList(cursor, listed, hashes, kind_of, slots, numbers)


def write_names(cursor: int, names: Sequence[tuple[int, bytes]]) -> bytes:
    """Write sealed names by the numbers of their passes as TGN1."""
    parts = [_NAMES_HEADER.pack(NAMES, cursor, len(names))]
    for number, sealed in names:
        parts += (_NAME.pack(number, len(sealed)), sealed)
    return b"".join(parts)


def read_names(data: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """Read the cursor and the sealed names back; raise ValueError where it is not TGN1."""
    names, place = [], _NAMES_HEADER.size
    try:
        letters, cursor, count = _NAMES_HEADER.unpack_from(data)
        for _ in range(count):
            number, length = _NAME.unpack_from(data, place)
            place += _NAME.size + length
            names.append((number, data[place - length : place]))
    except struct.error as error:
        raise ValueError("this is no TGN1") from error
    if letters != NAMES or place != len(data):
        raise ValueError("this is no TGN1")
    return cursor, names


def _padded(meta: object) -> bytes:
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)


def _gaps(numbers: Numbers) -> bytes:
    """Write rising numbers, each as how much it is above the one before, seven bits a byte, the lowest first."""
    above = numbers.astype(np.int64)
    gaps = above - np.concatenate((np.zeros(1, np.int64), above[:-1]))
    if not len(gaps):
        return b""
    lengths = np.ones(len(gaps), np.int64)
    for bits in (7, 14, 21, 28):
        lengths += gaps >= 1 << bits
    ends = np.cumsum(lengths)
    written = np.zeros(ends[-1], np.uint8)
    for step in range(int(lengths.max())):
        longer = lengths > step
        more = (lengths[longer] > step + 1) << 7
        written[(ends - lengths)[longer] + step] = (gaps[longer] >> (7 * step) & 127) | more
    return written.tobytes()


def _slot(name: str, data: bytes) -> Slot:
    lists: list[list[int]] = [[], []]
    which = number = gap = shift = 0
    for byte in data:
        gap |= (byte & 127) << shift
        shift += 7
        if byte > 127:
            continue
        if gap == 0:
            which, number = 1, 0
        else:
            number += gap
            lists[which].append(number)
        gap = shift = 0
    return Slot(name, np.array(lists[0], np.uint32), np.array(lists[1], np.uint32))
