"""What the gate's benchmarks ask about: an event with so many passes, and devices that are paired to scan them."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from bench.serving import HOST
from referral.brands import actions as brands
from referral.brands.queries import by_id
from referral.campaigns import actions as campaigns
from referral.campaigns.queries import by_slug
from referral.campaigns.rules import PlanTerms
from referral.cli.importing import take_in
from referral.events import actions, pairing, passes, queries
from referral.events.models import Pass, Scan
from referral.events.passes import PassTerms
from referral.events.rules.terms import EventTerms
from referral.plumbing import bulk, ids
from referral.plumbing.clock import now
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction, upkeep

DEVICES = 12
TOLD = 10_000
"""Passes that belong to fans who were told by somebody, in a forest several generations deep; the rest are nobody's."""


@dataclass(frozen=True)
class Doors:
    """Hold what a client has to know: the brand, the event's slug, devices' secrets, a gate, and all passes' codes."""

    brand_id: int
    event: str
    secrets: Sequence[str]
    place: str
    codes: Sequence[str]


def made(app: Flask, many: int, devices: int = DEVICES) -> Doors:
    """Fill a database without tables with an event of so many passes."""
    with app.app_context():
        upgrade()
        brand_id = upkeep(lambda: brands.create(slug="bench", name="Bench", currency="IDR").id)
        with of_brand(brand_id):
            in_transaction(lambda: _campaign(brand_id, min(many, TOLD)))
            place, secrets = in_transaction(lambda: _event(brand_id, many, devices))
            in_transaction(lambda: bulk.look_again(Pass))  # as whoever gives or takes in so many does
            event = queries.by_slug(by_id(brand_id), "doors")
            signer = queries.signer(event)
            codes = [signer.token(one.id, one.key_number) for one in queries.page(event, None, many)]
        db.session.remove()
    return Doors(brand_id, "doors", secrets, place, codes)


def _campaign(brand_id: int, told: int) -> None:
    campaign = campaigns.create(
        by_id(brand_id),
        slug="bench",
        name="Bench",
        telling=campaigns.Telling("en", "A story", "Worth passing on."),
        terms=PlanTerms.percent(500, "IDR", 14),
    )
    campaigns.publish(campaign)
    rows = [f"f{fan},{f'f{fan * 2 // 3}' if fan else ''},{1_760_000_000 + fan},whatsapp" for fan in range(told)]
    take_in(campaign, "\n".join(("fan,told_by,at,channel", *rows)).encode(), lambda done, total: None)


def _event(brand_id: int, many: int, devices: int) -> tuple[str, list[str]]:
    campaign = by_slug(by_id(brand_id), "bench")
    moment = now()
    event = actions.create(
        campaign,
        EventTerms(
            slug="doors",
            name="Doors",
            timezone="Asia/Jakarta",
            days=[(moment - timedelta(hours=1), moment + timedelta(hours=23))],
        ),
    )
    gate = actions.add_place(event, "gate", "North")
    given = len(passes.issue_missing(event))
    passes.issue_many(event, [PassTerms() for _ in range(many - given)])
    secrets = []
    for number in range(devices):
        made = pairing.make(event, name=f"Phone {number}", role="steward")
        secrets.append(pairing.pair(made.token, f"Phone {number}").secret)
    return ids.show(gate.id), secrets


def logged(app: Flask, brand_id: int) -> dict[str, int]:
    """Count the scans in the log by verdict."""
    with app.app_context(), of_brand(brand_id):
        rows = db.session.execute(
            select(Scan.verdict, func.count()).where(Scan.brand_id == brand_id).group_by(Scan.verdict)
        ).all()
        db.session.remove()
    return {verdict: int(many) for verdict, many in rows}


# --- A client --------------------------------------------------------------------------------------------------------


def record(code: str, place: str, number: int) -> dict[str, object]:
    """Write an entry as a gate's app sends it."""
    return {
        "id": str(uuid.uuid4()),
        "kind": "entry",
        "place": place,
        "code": code,
        "at": time.time_ns() // 1_000_000,
        "offset": 0,
        "counter": number,
        "said": "in",
    }


class Gate:
    """Send to a server over one connection that is kept."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str] | None = None) -> None:
        self._port, self._path = port, path
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)

    def send(self, document: Mapping[str, object]) -> dict[str, Any]:
        """Send a document, and give the answer; raise RuntimeError for any but 200."""
        try:
            answer, body = self._answer(document)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._connection.close()  # the server let go of one that was idle: it has seen nothing
            answer, body = self._answer(document)
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"POST {self._path} was answered with {answer.status}: {body[:300]!r}")
        return dict(json.loads(body))

    def _answer(self, document: Mapping[str, object]) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request("POST", self._path, json.dumps(document), self._headers)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def lose(self, document: Mapping[str, object]) -> None:
        """Send a document and go away before it is answered, as a phone does that leaves the Wi-Fi."""
        self._connection.request("POST", self._path, json.dumps(document), self._headers)
        self._connection.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def paced(clients: Sequence[Callable[[int], None]], rate: float, seconds: float) -> list[float]:
    """Do so many things a second, whoever of the clients is free; give how long after its due time each was done.

    What is late because all clients were waiting counts as late: nothing is left out because the server was slow.
    """
    numbers, lock = count(), threading.Lock()
    began = time.perf_counter() + 0.2
    waits: list[list[float]] = [[] for _ in clients]
    failed: list[BaseException] = []

    def work(client: Callable[[int], None], mine: list[float]) -> None:
        try:
            while not failed:
                with lock:
                    number = next(numbers)
                due = began + number / rate
                if due - began > seconds:
                    return
                time.sleep(max(0.0, due - time.perf_counter()))
                client(number)
                mine.append(time.perf_counter() - due)
        except BaseException as error:
            failed.append(error)

    _together([partial(work, client, mine) for client, mine in zip(clients, waits, strict=True)])
    if failed:
        raise failed[0]
    return sorted(wait for mine in waits for wait in mine)


def flat_out(clients: Sequence[Callable[[int], None]], seconds: float, first: int) -> tuple[int, float]:
    """Let each client do one thing after the other; give how many were done, and in how many seconds."""
    numbers, lock = count(first), threading.Lock()
    done, failed = [0] * len(clients), list[BaseException]()
    end = time.perf_counter() + seconds

    def work(client: Callable[[int], None], place: int) -> None:
        try:
            while time.perf_counter() < end and not failed:
                with lock:
                    number = next(numbers)
                client(number)
                done[place] += 1
        except BaseException as error:
            failed.append(error)

    began = time.perf_counter()
    _together([partial(work, client, place) for place, client in enumerate(clients)])
    if failed:
        raise failed[0]
    return sum(done), time.perf_counter() - began


def _together(works: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
