"""A journal's records: what was written whole is found again, once; what was torn is passed over."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.rules.journals import (
    DEVICE_NUMBERS,
    MAGIC,
    SIZE,
    VERDICT_NUMBERS,
    VIA_NUMBERS,
    Record,
    are_records,
    is_record,
    pack,
    scan,
)

NUMBERS = st.integers(0, 2**63 - 1)
SIGNED = st.integers(-(2**63), 2**63 - 1)
BYTE = st.integers(0, 255)
RECORDS = st.builds(
    Record,
    id=NUMBERS,
    at=SIGNED,
    brand_id=NUMBERS,
    campaign_id=NUMBERS,
    link_id=NUMBERS,
    visitor=NUMBERS,
    visitor_before=NUMBERS,
    network=NUMBERS,
    channel=BYTE,
    via=BYTE,
    device=BYTE,
    verdict=BYTE,
    country=st.binary(max_size=2),
    language=st.binary(max_size=3),
    referrer=st.binary(max_size=47),
)


def record(number: int) -> bytes:
    """Write a record that is told from others by its number, and that no zeros behind a part of it make whole."""
    return pack(number, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 0, b"ID", b"id", b"x" * 47)


def read_in_pieces(data: bytes, sizes: list[int], piece: int) -> list[bytes]:
    """Read a file that grows by so many bytes between two looks, at most one piece at each look, as the worker does."""
    found: list[bytes] = []
    position = there = 0
    for size in [*sizes, len(data)]:
        there = min(there + size, len(data))
        while True:
            seen = scan(data[position : min(position + piece, there)])
            found += [seen.records[start : start + SIZE] for start in range(0, len(seen.records), SIZE)]
            position += seen.end
            if not seen.end:
                break
    return found


def test_a_record_takes_128_bytes() -> None:
    assert len(record(1)) == SIZE == 128


@given(st.lists(RECORDS, max_size=5))
def test_records_are_records(written: list[Record]) -> None:
    assert are_records(b"".join(pack(*one) for one in written))


@given(RECORDS)
def test_a_record_is_read_as_it_was_written(written: Record) -> None:
    (read,) = scan(pack(*written))

    assert list(scan(pack(*written)).fields()) == [read]
    assert read[:12] == written[:12]
    assert [field.rstrip(b"\0") for field in read[12:]] == [field.rstrip(b"\0") for field in written[12:]]


def test_the_lists_that_records_number_have_room_in_a_byte_and_begin_at_0() -> None:
    for numbers in (VERDICT_NUMBERS, VIA_NUMBERS, DEVICE_NUMBERS):
        assert sorted(numbers.values()) == list(range(len(numbers)))
        assert len(numbers) <= 256


@pytest.mark.parametrize("whole", [0, 1, 3])
def test_a_journal_cut_at_any_byte_keeps_all_whole_records_and_goes_on_with_the_rest(whole: int) -> None:
    data = b"".join(record(number) for number in range(whole + 1))

    for cut in range(len(data) + 1):
        found = scan(data[:cut])
        rest = scan(data[found.end :])

        assert [one.id for one in found] == list(range(cut // SIZE))
        assert (found.end, found.torn) == (cut // SIZE * SIZE, 0)
        assert [one.id for one in [*found, *rest]] == list(range(whole + 1))


def test_a_record_behind_a_torn_one_is_found_wherever_that_one_was_torn() -> None:
    for cut in range(SIZE):
        data = record(1) + record(2)[:cut] + record(3) + record(4)

        found = scan(data)

        assert [one.id for one in found] == [1, 3, 4]
        assert (found.end, found.torn) == (len(data), cut)


def test_a_torn_record_that_was_read_up_to_its_cut_does_not_hide_the_one_behind_it() -> None:
    for cut in range(SIZE):
        data = record(1) + record(2)[:cut] + record(3)
        first = scan(data[: SIZE + cut])
        for there in range(SIZE + cut, len(data) + 1):
            second = scan(data[first.end : there])
            third = scan(data[first.end + second.end :])

            assert [one.id for one in [*first, *second, *third]] == [1, 3]


def test_no_flipped_bit_makes_another_record() -> None:
    whole = record(1)

    for bit in range(8 * SIZE):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        found = scan(bytes(flipped) + record(2))

        assert not is_record(bytes(flipped), 0)
        assert not are_records(whole + bytes(flipped) + whole)
        assert [one.id for one in found] == [2]
        assert found.torn == SIZE


@given(RECORDS, st.binary(min_size=1, max_size=SIZE), st.integers(0, SIZE - 1))
def test_no_garbage_in_a_record_is_taken_for_one(written: Record, garbage: bytes, place: int) -> None:
    whole = pack(*written)
    spoilt = (whole[:place] + garbage + whole[place + len(garbage) :])[:SIZE]

    assert is_record(spoilt, 0) == (spoilt == whole)


FRAGMENTS = st.one_of(
    st.binary(max_size=2 * SIZE),
    st.just(MAGIC),
    st.binary(max_size=40).map(lambda rest: MAGIC + rest),
    st.binary(max_size=40).map(lambda rest: MAGIC + MAGIC + rest + MAGIC[:3]),
    st.builds(lambda number, cut: record(number)[:cut], st.integers(10_000, 20_000), st.integers(0, SIZE - 1)),
    st.builds(lambda number, cut: record(number)[cut:], st.integers(30_000, 40_000), st.integers(1, SIZE)),
    st.just(bytes(3 * SIZE)),
)


@given(
    st.lists(st.one_of(st.integers(0, 9_999).map(record), FRAGMENTS), max_size=12),
    st.lists(st.integers(0, 3 * SIZE), max_size=12),
    st.integers(2 * SIZE, 5 * SIZE),
)
def test_each_whole_record_is_read_once_in_whatever_pieces_and_between_whatever_garbage(
    parts: list[bytes], sizes: list[int], piece: int
) -> None:
    data = b"".join(parts)

    found = read_in_pieces(data, sizes, piece)

    assert found == looked_for_at_each_byte(data)
    assert len(found) >= sum(len(part) == SIZE and is_record(part, 0) for part in parts)


def looked_for_at_each_byte(data: bytes) -> list[bytes]:
    """Find the whole records the slow way."""
    found, at = [], 0
    while at + SIZE <= len(data):
        if is_record(data, at):
            found.append(data[at : at + SIZE])
            at += SIZE
        else:
            at += 1
    return found


@given(st.lists(st.one_of(st.integers(0, 9_999).map(record), FRAGMENTS), max_size=12))
def test_every_byte_is_a_records_or_torn_or_still_to_come(parts: list[bytes]) -> None:
    data = b"".join(parts)

    found = scan(data)

    assert len(found.records) + found.torn == found.end
    assert 0 <= len(data) - found.end < SIZE


def test_a_megabyte_of_names_of_records_is_passed_over_in_one_look() -> None:
    found = scan(MAGIC * 262_144 + record(1))

    assert [one.id for one in found] == [1]


def test_no_more_is_read_than_was_asked_for() -> None:
    draw = Random(1)
    data = b"".join(draw.randbytes(draw.randrange(50)) + record(number) for number in range(5))

    found = scan(data, most=2)

    assert [one.id for one in found] == [0, 1]
    assert len(found) == 2
    assert [one.id for one in scan(data[found.end :])] == [2, 3, 4]
