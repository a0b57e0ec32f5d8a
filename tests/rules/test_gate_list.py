"""The list that a gate's device keeps: it comes back as it was written, and stays small."""

from __future__ import annotations

import gzip
import json
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.events.rules.kinds import REVOKED, TOLD_APART, Kind, Kinds
from referral.events.rules.wire import (
    GateList,
    Slot,
    read_list,
    read_names,
    write_list,
    write_names,
)

PLAIN = Kind(None, 1, None, None)
numbers = st.sets(st.integers(1, (1 << 32) - 1), max_size=60).map(sorted)
kinds = st.builds(
    Kind,
    st.none() | st.text(max_size=80),
    st.integers(1, 999),
    st.none() | st.integers(0, 1 << 42),
    st.none() | st.integers(0, 1 << 42),
)
slots = st.builds(
    lambda name, full, free: Slot(name, np.array(full, np.uint32), np.array(free, np.uint32)),
    st.sampled_from(["0", "6H0VV5TB2G7QK"]),
    numbers,
    numbers,
)


def same(one: GateList, other: GateList) -> bool:
    columns = [(one.hashes, other.hashes), (one.kind_of, other.kind_of)]
    for mine, theirs in zip(one.slots, other.slots, strict=True):
        columns += [(mine.full, theirs.full), (mine.free, theirs.free)]
        if mine.name != theirs.name:
            return False
    if (one.numbers is None) != (other.numbers is None):
        return False
    if one.numbers is not None and other.numbers is not None:
        columns.append((one.numbers, other.numbers))
    alike = all(np.array_equal(mine, theirs) for mine, theirs in columns)
    return alike and (one.cursor, list(one.kinds)) == (other.cursor, list(other.kinds))


@given(
    st.integers(0, (1 << 64) - 1),
    st.lists(kinds, max_size=5),
    st.lists(st.integers(0, (1 << 64) - 1), max_size=40),
    st.lists(slots, max_size=3),
    st.booleans(),
)
def test_a_list_comes_back_as_it_was_written(
    cursor: int, known: list[Kind], hashes: list[int], some: list[Slot], is_whole: bool
) -> None:
    count = len(hashes)
    written = GateList(
        cursor,
        known,
        np.array(hashes, np.uint64),
        np.arange(count, dtype=np.uint8),
        some,
        None if is_whole else np.arange(1, count + 1, dtype=np.uint32) * 7,
    )

    assert same(read_list(write_list(written)), written)


def test_the_bytes_are_those_of_the_format() -> None:
    hashes = np.array([0x0102030405060708, 0], np.uint64)
    slot = Slot("0", np.array([1, 130], np.uint32), np.array([2], np.uint32))

    data = write_list(GateList(9, [PLAIN], hashes, np.array([0, REVOKED], np.uint8), [slot]))

    letters, version, what, count, cursor, passes, length = struct.unpack_from("<4sBBHQII", data)
    meta = data[24 : 24 + length]
    assert (letters, version, what, count, cursor, passes, length % 8) == (b"TGL1", 1, 0, 1, 9, 2, 0)
    assert json.loads(meta) == {
        "classes": [{"l": None, "a": 1, "f": None, "u": None}],
        "slots": [{"id": "0", "bytes": 5}],
        "removed": False,
    }
    rest = data[24 + length :]
    assert rest[:16] == bytes((1, 2, 3, 4, 5, 6, 7, 8)) + bytes(8)
    assert rest[16:18] == bytes((0, 255))
    assert rest[18:] == bytes((1, 0x81, 0x01, 0, 2))


def test_what_is_no_list_is_refused() -> None:
    whole = write_list(GateList(9, [PLAIN], np.zeros(3, np.uint64), np.zeros(3, np.uint8), [Slot("0", _none())]))

    for broken in (b"", b"TGL1", whole[:-1], whole + b"\0", b"TGL2" + whole[4:], whole[:4] + b"\x02" + whole[5:]):
        with pytest.raises(ValueError, match=r"TGL1|buffer"):
            read_list(broken)


def _none() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.empty(0, np.uint32)


def test_a_hundred_thousand_passes_are_less_than_a_megabyte() -> None:
    chance = np.random.default_rng(5)
    hashes = chance.integers(0, 1 << 63, 100_000, np.uint64)
    entered = np.flatnonzero(chance.random(100_000) < 0.6).astype(np.uint32) + 1

    whole = write_list(GateList(1, [PLAIN], hashes, np.zeros(100_000, np.uint8), [Slot("0", entered)]))

    assert len(whole) <= 1_000_000
    assert len(gzip.compress(whole, 6)) <= 850_000


def test_what_has_changed_in_an_hour_is_less_than_twenty_kilobytes() -> None:
    chance = np.random.default_rng(5)
    changed = np.concatenate((chance.choice(100_000, 50, replace=False), np.arange(100_000, 101_000))).astype(np.uint32)
    entered = np.sort(chance.choice(100_000, 7_500, replace=False)).astype(np.uint32) + 1
    hashes = chance.integers(0, 1 << 63, len(changed), np.uint64)

    delta = write_list(
        GateList(
            1, [PLAIN], hashes, np.zeros(len(changed), np.uint8), [Slot("0", entered)], np.sort(changed) + np.uint32(1)
        )
    )

    assert len(gzip.compress(delta, 6)) <= 20_000


# --- Names -----------------------------------------------------------------------------------------------------------


@given(
    st.integers(0, (1 << 64) - 1),
    st.lists(st.tuples(st.integers(1, 1 << 20), st.binary(max_size=300)), max_size=20),
)
def test_names_come_back_as_they_were_written(cursor: int, names: list[tuple[int, bytes]]) -> None:
    assert read_names(write_names(cursor, names)) == (cursor, names)


def test_what_are_no_names_is_refused() -> None:
    whole = write_names(9, [(1, b"sealed")])

    for broken in (b"", whole[:-1], whole + b"\0", b"TGN2" + whole[4:]):
        with pytest.raises(ValueError, match="TGN1"):
            read_names(broken)


# --- Kinds -----------------------------------------------------------------------------------------------------------


def allows(kind: Kind, other: Kind) -> bool:
    """Tell whether one kind lets in whoever another one does."""
    begins = kind.valid_from is None or (other.valid_from is not None and kind.valid_from <= other.valid_from)
    ends = kind.valid_until is None or (other.valid_until is not None and kind.valid_until >= other.valid_until)
    return begins and ends and kind.admits >= other.admits


@given(st.lists(kinds, max_size=30))
def test_kinds_are_numbered_in_the_order_in_which_they_come(said: list[Kind]) -> None:
    numbered = Kinds()

    given_numbers = [numbered.number(kind) for kind in said]

    assert [numbered.listed[number] for number in given_numbers] == said
    assert numbered.listed == list(dict.fromkeys(said))


@pytest.mark.parametrize("seed", range(20))
def test_more_kinds_than_a_byte_can_tell_share_numbers_and_shut_nobody_out(seed: int) -> None:
    chance = random.Random(seed)
    moments = [None, *range(100)]
    each = (
        Kind(chance.choice((None, "a", "b")), chance.randint(1, 99), chance.choice(moments), chance.choice(moments))
        for _ in range(400)
    )
    said = list(dict.fromkeys(each))
    numbered = Kinds()

    given_numbers = [numbered.number(kind) for kind in said]

    assert max(given_numbers) < REVOKED
    assert given_numbers[:TOLD_APART] == list(range(TOLD_APART))
    assert all(allows(numbered.listed[number], kind) for number, kind in zip(given_numbers, said, strict=True))
    assert [numbered.number(kind) for kind in said] == given_numbers
