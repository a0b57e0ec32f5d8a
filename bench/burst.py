"""A steady burst of visits, and how far behind them the campaign's page is."""

from __future__ import annotations

import bisect
import http.client
import re
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bench.wrk import AGENTS

TICK = 0.01  # seconds
CONNECTIONS = 16
POLL_SECONDS = 0.4
_CLICKS = re.compile(r"([\d.,\s\u00a0]+)\s+clicks?\s*<")


@dataclass
class Burst:
    """Hold how many visits were answered by when, and what the page said when."""

    answered: list[tuple[float, int]] = field(default_factory=list)
    shown: list[tuple[float, int]] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Give the visits that were answered."""
        return self.answered[-1][1] if self.answered else 0

    def lags(self) -> list[float]:
        """Give, for each look at the page, how many seconds old the newest visit is that it counts in full."""
        times, counts = [at for at, _ in self.answered], [number for _, number in self.answered]
        found = []
        for looked_at, shown in self.shown:
            place = bisect.bisect_right(counts, shown) - 1
            behind = looked_at - times[place] if place >= 0 else looked_at - times[0]
            done_at = times[-1]
            # Nobody came any more: what was shown is all there is.
            found.append(0.0 if shown >= counts[-1] and looked_at > done_at else max(behind, 0.0))
        return found


def burst(port: int, code: str, rate: int, seconds: float, page: tuple[int, str, str]) -> Burst:
    """Visit a link at a steady rate, each time as somebody else, and look at the campaign's page meanwhile.

    `page` is the port, path and cookie of the page that shows the clicks.
    """
    visitors, result = count(), Burst()
    stop = threading.Event()
    before = clicks_on(*page)
    looker = threading.Thread(target=_look, args=(*page, before, result, stop), daemon=True)
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    chooser = selectors.DefaultSelector()
    for one in sockets:
        one.setblocking(False)
        chooser.register(one, selectors.EVENT_READ, one)
    looker.start()
    began = time.perf_counter()
    sent = answered = 0
    tail = dict.fromkeys(sockets, b"")
    while answered < sent or time.perf_counter() - began < seconds:
        moment = time.perf_counter() - began
        if moment < seconds:
            due = int(rate * moment) - sent
            share = max(due // CONNECTIONS, 0)
            if share:
                for one in sockets:
                    one.setblocking(True)
                    one.sendall(b"".join(_request(code, next(visitors)) for _ in range(share)))
                    one.setblocking(False)
                sent += share * CONNECTIONS
        elif moment > seconds + 30:
            raise RuntimeError(f"{sent - answered} visits were not answered")
        for key, _ in chooser.select(TICK):
            one = key.data
            data = tail[one] + one.recv(1 << 16)
            found = data.count(b"HTTP/1.1 302")
            answered += found
            last = data.rfind(b"HTTP/1.1 302")
            tail[one] = data[last + 12 :][-12:] if last >= 0 else data[-12:]
        result.answered.append((time.perf_counter(), answered))
    time.sleep(3)
    stop.set()
    looker.join(30)
    for one in sockets:
        one.close()
    return result


def _request(code: str, visitor: int) -> bytes:
    # Each is somebody else: who came twice would be no click more, and the page would seem to be behind for ever.
    address = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
    return (
        f"GET /r/{code}.wa HTTP/1.1\r\nHost: tular.example\r\nUser-Agent: {AGENTS[visitor % len(AGENTS)]}\r\n"
        f"Accept-Language: id\r\nX-Forwarded-For: {address}\r\n\r\n"
    ).encode()


def _look(port: int, path: str, cookie: str, before: int, result: Burst, stop: threading.Event) -> None:
    while not stop.is_set():
        began = time.perf_counter()
        number = clicks_on(port, path, cookie) - before
        result.shown.append((began, number))
        result.page_seconds.append(time.perf_counter() - began)
        stop.wait(POLL_SECONDS)


def clicks_on(port: int, path: str, cookie: str) -> int:
    """Read the number of clicks that a campaign's page shows."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    found = _CLICKS.search(text)
    if answer.status != http.HTTPStatus.OK or found is None:
        raise RuntimeError(f"GET {path} was answered with {answer.status}, and shows no clicks")
    return int(re.sub(r"\D", "", found[1]) or 0)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which such a share of all lies."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
