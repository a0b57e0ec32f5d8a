"""What is worked out with a day's secrets: the beginnings of hashes, and the networks that visitors came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from referral.clicks.rules import people

NETWORKS = 65_536  # addresses reduced already; some 200 bytes each


class Day:
    """Hold a day's secrets and what was worked out with them: it is changed as a whole, so that no two days mix."""

    __slots__ = ("begun", "networks", "number", "today", "yesterday")

    def __init__(self, number: int, today: bytes, yesterday: bytes) -> None:
        self.number, self.today, self.yesterday = number, today, yesterday
        self.networks: dict[str, tuple[bytes, int, bytes]] = {}
        self.begun: dict[int, tuple[hashlib.blake2b, hashlib.blake2b]] = {}

    def begin(self, brand_id: int) -> tuple[hashlib.blake2b, hashlib.blake2b]:
        """Begin the hashes of a brand's visitors, by the day's secret and by that of the day before."""
        found = self.begun.get(brand_id)
        if found is None:
            found = people.keyed(self.today, brand_id), people.keyed(self.yesterday, brand_id)
            self.begun[brand_id] = found
        return found

    def meet(self, peer: str, country: Callable[[str], str]) -> tuple[bytes, int, bytes]:
        """Reduce an address to what tells visitors apart, a number for the worker, and a country."""
        if len(self.networks) >= NETWORKS:
            self.networks = {}
        network = people.network(peer)
        number = people.visitor(self.begin(0)[0], network, b"")
        met = self.networks[peer] = (network, number, country(people.host(peer)).encode("ascii", "ignore")[:2])
        return met


NO_DAY = Day(-1, b"", b"")
