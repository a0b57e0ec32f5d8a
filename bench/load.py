"""Clients that ask as fast as they are answered, for so many seconds."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

Document = Mapping[str, object]


@dataclass
class Rounds:
    """Gather what was measured of one kind of request, round by round."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    answered: int = 0

    @property
    def rate(self) -> float:
        """Give the median of the rounds' answers a second."""
        return statistics.median(self.rates)

    def wait(self, share: float) -> float:
        """Give the time in milliseconds in which such a share of all requests was answered."""
        return 1000 * sorted(self.waits)[min(int(share * len(self.waits)), len(self.waits) - 1)]


class Asking:
    """Post documents to one address from several threads, each with a connection that it keeps."""

    def __init__(
        self, host: str, port: int, path: str, headers: Mapping[str, str], documents: Callable[[int], Document]
    ) -> None:
        self._place = (host, port)
        self._path = path
        self._headers = {"Content-Type": "application/json", **headers}
        self._documents = documents
        self._numbers: Iterator[int] = count(1)
        self._lock = threading.Lock()

    def round(self, into: Rounds, clients: int, seconds: float) -> None:
        """Ask for so many seconds, and add what was measured; every answer must be 201."""
        start = threading.Barrier(clients + 1)
        waits: list[list[float]] = [[] for _ in range(clients)]
        wrong: list[str] = []
        threads = [
            threading.Thread(target=self._ask, args=(start, seconds, mine, wrong), daemon=True) for mine in waits
        ]
        for thread in threads:
            thread.start()
        start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join(seconds + 60)
        took = time.perf_counter() - began
        if wrong:
            raise RuntimeError(f"POST {self._path} was answered with {wrong[0]}")
        done = sum(len(mine) for mine in waits)
        into.rates.append(done / took)
        into.waits += [wait for mine in waits for wait in mine]
        into.answered += done

    def _ask(self, start: threading.Barrier, seconds: float, waits: list[float], wrong: list[str]) -> None:
        connection = http.client.HTTPConnection(*self._place, timeout=30)
        try:
            connection.connect()
            start.wait()
            end = time.perf_counter() + seconds
            while (began := time.perf_counter()) < end and not wrong:
                with self._lock:
                    number = next(self._numbers)
                connection.request("POST", self._path, json.dumps(self._documents(number)), self._headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != http.HTTPStatus.CREATED:
                    wrong.append(f"{answer.status}: {body[:300].decode(errors='replace')}")
                    return
                waits.append(time.perf_counter() - began)
        except (OSError, http.client.HTTPException) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()


def page_times(host: str, port: int, path: str, cookie: str, times: int) -> list[float]:
    """Ask for a page so many times, one after the other; give the seconds that each took."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    found = []
    try:
        for _ in range(times + 2):
            began = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"GET {path} was answered with {answer.status}: {body[:300]!r}")
            found.append(time.perf_counter() - began)
    finally:
        connection.close()
    return found[2:]  # the first of each kind find nothing compiled or cached
