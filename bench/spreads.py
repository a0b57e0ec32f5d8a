"""Spreads to measure on: trees of a million people, as arrays and in a database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from referral.campaigns.models import Campaign
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing.db import db

Parents = npt.NDArray[np.int64]

STEP_MS = 60
BATCH = 20_000
ID_SHIFT = 22


def random_recursive(n: int, seed: int = 1) -> Parents:
    """Grow a tree in which each was told by anybody before them, with the same chance."""
    parent = (np.random.default_rng(seed).random(n) * np.arange(n)).astype(np.int64)
    parent[0] = -1
    return parent


def preferential(n: int, seed: int = 2) -> Parents:
    """Grow a tree in which who told many tells more: the chance of each goes with the people they told, plus one.

    Whoever points at a random earlier end of an edge, or at its beginning, points at somebody with just that chance.
    """
    random = np.random.default_rng(seed)
    ends, beginning = (random.random(n) * np.arange(n)).astype(np.int64), random.random(n) < 0.5
    parent = [-1] * n
    for row, (end, begins) in enumerate(zip(ends.tolist(), beginning.tolist(), strict=True)):
        if row:
            parent[row] = parent[end] if begins and end else end
    return np.array(parent, dtype=np.int64)


def chain(n: int) -> Parents:
    """Line everybody up, each told by the one before."""
    return np.arange(-1, n - 1, dtype=np.int64)


def fill(campaign: Campaign, parent: Parents, sales: int) -> None:
    """Write a campaign's fans, who told them and what they bought, past the rules; nothing may be there yet.

    The database checks no foreign key meanwhile: that would take longer than all else.
    """
    n = len(parent)
    start = time.time_ns() // 1_000_000 - n * STEP_MS
    at = start + STEP_MS * np.arange(n)
    ids = at << ID_SHIFT
    told = np.flatnonzero(parent >= 0)
    brand, of = campaign.brand_id, campaign.id
    people = ((brand, one, None, f"p{row}", when) for row, (one, when) in enumerate(_rows(ids, at)))
    fans = ((brand, one, of, one, 0, False, "en", when) for one, when in _rows(ids, at))
    told_by = (
        (brand, one, of, one, teller, CHANNEL_NAMES[(when // STEP_MS) % 5], when, True)
        for one, teller, when in _rows(ids[told], ids[parent[told]], at[told])
    )
    buyers = np.random.default_rng(3).integers(0, n, sales)
    bought = (
        (brand, one, of, f"s{row}", "", 1_000 + row % 9_000, campaign.currency, buyer, "", when, when)
        for row, (one, buyer, when) in enumerate(_rows(ids[:sales], ids[buyers], at[:sales]))
    )
    _load("person", "brand_id, id, name, external_id, created_at", people)
    _load("fan", "brand_id, id, campaign_id, person_id, generation, shows_name, locale, joined_at", fans)
    _load("introduction", "brand_id, id, campaign_id, fan_id, introducer_id, channel, at, is_primary", told_by)
    columns = "brand_id, id, campaign_id, external_id, content_hash, amount, currency, buyer_id, attribution"
    _load("sale", f"{columns}, at, created_at", bought)


def _rows(*columns: npt.NDArray[Any]) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _load(table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Write rows in one transaction of their own, without looking at foreign keys."""
    connection = db.engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert driver is not None
        if db.engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=OFF")
            driver.execute("BEGIN IMMEDIATE")
            places = ", ".join("?" * len(columns.split(",")))
            while batch := list(islice(rows, BATCH)):
                driver.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", batch)
            driver.execute("COMMIT")
            driver.execute("PRAGMA foreign_keys=ON")
            driver.execute(f"ANALYZE {table}")
        else:
            driver.execute("SET session_replication_role = replica")
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            driver.execute("SET session_replication_role = origin")
            driver.execute(f"ANALYZE {table}")
            driver.commit()
    finally:
        connection.close()
