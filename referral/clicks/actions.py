"""What changes about clicks: visits are kept, and counted as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from struct import Struct
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from referral.clicks.models import WHOLE_CAMPAIGN, ClickDay, ClickHour, ClickTrait
from referral.clicks.rules.months import DAY, HOUR, month_after, month_of
from referral.clicks.rules.tally import TRAITS
from referral.links.models import Link
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import Base, db
from referral.plumbing.ids import new_id

PATIENCE_MS = 500
COPIED = 50  # rows from which on PostgreSQL's COPY is worth its round trips
_COPIED_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, nothing more in the head
_COPIED_END = b"\xff\xff"
_COPIED_LENGTH = Struct(">i")
_COPIED_NUMBERS = Struct(">h" + 6 * "iq")

Visit = tuple[Any, ...]
"""The fields of a `Row`, by that name or without one."""

Counts = tuple[dict[tuple[Any, ...], int], dict[tuple[Any, ...], int], dict[tuple[Any, ...], int]]
"""Counts by the keys of `ClickHour`, `ClickDay` and `ClickTrait`."""


class Row(NamedTuple):
    """Hold a visit as it stands in the table; `at` is in milliseconds since 1970.

    It begins as a journal's record does, so that nothing has to be put in another order.
    """

    id: int
    at: int
    brand_id: int
    campaign_id: int
    link_id: int
    visitor: int
    channel: str
    via: str
    device: str
    language: str | None
    country: str | None
    referrer: str | None
    verdict: str


def row(
    link: Link,
    *,
    channel: str,
    verdict: str,
    device: str = "phone",
    language: str | None = None,
    country: str | None = None,
    referrer: str | None = None,
    visitor: int = 0,
) -> Row:
    """Write a visit to a link down as it stands in the table, with an id and the time of now."""
    via = "qr" if channel in ("qr", "poster") else "tap"
    whose = (new_id(), milliseconds(now()), link.brand_id, link.campaign_id, link.id, visitor)
    return Row(*whose, channel, via, device, language, country, referrer, verdict)


def record(link: Link, *, channel: str, verdict: str) -> int:
    """Record one visit to a link, past the journal, with what was decided about it; return the click's id."""
    visit = row(link, channel=channel, verdict=verdict)
    keep([visit])
    return visit.id


def keep(rows: Sequence[Visit], counts: Counts | None = None) -> None:
    """Write visits and add them to the counts by hour, by day and by trait, of each link and of its campaign.

    `counts` are those of `count`, where they are made already.
    """
    if not rows:
        return
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        dates = {(row[0] >> 22) // DAY for row in rows}
        part_by_month(connection, [month_of(date * DAY) for date in dates])
    _insert(connection, rows)
    for table, numbers in zip((ClickHour, ClickDay, ClickTrait), counts or count(rows), strict=True):
        _add(connection, table, numbers)


def count(
    rows: Iterable[Visit], counted_as: Callable[[int, int, str], str] = lambda _brand, _campaign, referrer: referrer
) -> Counts:
    """Count visits by hour, by day and by trait; the keys are those of the three tables.

    What is not known of a visit has no count: it is what all visits are more than those of whom it is known.
    `counted_as(brand_id, campaign_id, referrer)` gives the name under which a referrer is counted.
    """
    # Visits that are alike in all that is counted are many: counted once as a whole, they are cheap to part further.
    found = Counter([(row[2], row[3], row[4], row[1] // HOUR, row[6:]) for row in rows])
    whole: dict[tuple[Any, ...], int] = {}
    alike: dict[tuple[Any, ...], int] = {}
    for (brand_id, campaign_id, link_id, hour, said), number in found.items():
        *known, referrer, verdict = said
        named = referrer and counted_as(brand_id, campaign_id, referrer)
        for counts, whose in ((alike, link_id), (whole, WHOLE_CAMPAIGN)):
            key = (brand_id, campaign_id, whose, hour, *known, named, verdict)
            counts[key] = counts.get(key, 0) + number
    hours: dict[tuple[Any, ...], int] = {}
    days: dict[tuple[Any, ...], int] = {}
    traits: dict[tuple[Any, ...], int] = {}
    # In the order of the tables' keys, nearly: links that stand beside each other are counted one after the other.
    for (brand_id, campaign_id, link_id, hour, channel, *known, verdict), number in sorted(
        (whole | alike).items(), key=lambda one: one[0][:5]
    ):
        for counts, at in ((hours, hour), (days, hour * HOUR // DAY)):
            key = (brand_id, campaign_id, link_id, at, channel, verdict)
            counts[key] = counts.get(key, 0) + number
        for trait, value in zip(TRAITS, known, strict=True):
            if value:
                key = (brand_id, campaign_id, link_id, trait, value, verdict)
                traits[key] = traits.get(key, 0) + number
    return hours, days, traits


def _insert(connection: Connection, rows: Sequence[Visit]) -> None:
    """Write rows as fast as each engine takes them."""
    columns = ", ".join(Row._fields)
    is_postgresql = connection.dialect.name == "postgresql"
    if not is_postgresql or len(rows) < COPIED:
        marks = ", ".join(["%s" if is_postgresql else "?"] * len(Row._fields))
        connection.exec_driver_sql(f"INSERT INTO click ({columns}) VALUES ({marks})", list(rows))  # noqa: S608 - our own
        return
    cursor, statement = connection.connection.cursor(), f"COPY click ({columns}) FROM STDIN (FORMAT BINARY)"
    driver = connection.dialect.loaded_dbapi
    try:
        with cursor.copy(statement) as copy:
            copy.write(copied(rows))
    except driver.Error as error:
        # What the driver says past SQLAlchemy has to be known by the same names above.
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


def copied(rows: Iterable[Visit]) -> bytes:
    """Write rows in the form that PostgreSQL copies fastest: each field with its length in front, NULL as length -1.

    Source of the form: PostgreSQL's manual, "COPY", section "Binary Format".
    """
    parts, texts = [_COPIED_HEAD], dict[tuple[str | None, ...], bytes]()
    numbers, fields = _COPIED_NUMBERS.pack, len(Row._fields)
    for row in rows:
        said = row[6:]
        written = texts.get(said)
        if written is None:
            written = texts[said] = b"".join(map(_copied_text, said))
        parts.append(numbers(fields, 8, row[0], 8, row[1], 8, row[2], 8, row[3], 8, row[4], 8, row[5]))
        parts.append(written)
    parts.append(_COPIED_END)
    return b"".join(parts)


def _copied_text(text: str | None) -> bytes:
    if text is None:
        return _COPIED_LENGTH.pack(-1)
    data = text.encode()
    return _COPIED_LENGTH.pack(len(data)) + data


def _add(connection: Connection, table: type[Base], counts: Mapping[tuple[Any, ...], int]) -> None:
    """Add to counts; a count that is not there yet begins here."""
    name, keys = table.__tablename__, list(table.__table__.primary_key)
    names = ", ".join(column.name for column in keys)
    # In one order, so that two who add at the same time never wait for each other.
    rows = [(*key, number) for key, number in sorted(counts.items())]
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        # All of them in one statement, which PostgreSQL plans once and answers once.
        types = ["bigint" if column.type.python_type is int else "text" for column in keys]
        source = f"SELECT * FROM unnest({', '.join(f'%s::{one}[]' for one in (*types, 'bigint'))})"  # noqa: S608 - ours
    else:
        source = f"VALUES ({', '.join('?' * (len(keys) + 1))})"
    connection.exec_driver_sql(
        f"INSERT INTO {name} ({names}, clicks) {source} "
        f"ON CONFLICT ({names}) DO UPDATE SET clicks = {name}.clicks + excluded.clicks",
        tuple(map(list, zip(*rows, strict=True))) if is_postgresql else rows,
    )


def part_by_month(connection: Connection, months: Iterable[datetime]) -> None:
    """Make PostgreSQL's partitions of months where they are not there yet.

    It locks all visits, and whoever wants to read some waits behind it; so it does not wait long for its turn itself.
    """
    for month in sorted(set(months)):
        name = partition(month)
        if connection.exec_driver_sql("SELECT to_regclass(%s)", (name,)).scalar_one() is None:
            start, end = milliseconds(month) << 22, milliseconds(month_after(month)) << 22
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            # "If not exists" is asked before the turn is waited for: two who make it at once need a turn of their own.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock('click'::regclass::oid::int, 0)")
            connection.exec_driver_sql(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF click FOR VALUES FROM ({start}) TO ({end})"
            )
            connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


def partition(month: datetime) -> str:
    """Name PostgreSQL's partition of a month.

    >>> from datetime import UTC
    >>> partition(datetime(2026, 5, 1, tzinfo=UTC))
    'click_y2026m05'
    """
    return f"click_y{month:%Y}m{month:%m}"
