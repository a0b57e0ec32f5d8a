"""An hour at the doors, and what a device that was away for it has to fetch."""

from __future__ import annotations

import gzip
import http.client
import time

from flask import Flask

from bench.doors import Doors, record
from bench.serving import HOST
from referral.brands.queries import by_id
from referral.events import passes, queries, scanning
from referral.events.passes import PassTerms
from referral.events.rules.wire import read_list
from referral.plumbing.clock import now
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction

NEW, REVOKED, CAME = 1_000, 50, 7_500
LOOKS_BACK = 61  # seconds


def whole(port: int, doors: Doors) -> tuple[int, float, float, int]:
    """Fetch the whole list twice: its bytes, the milliseconds of each, and the cursor behind it."""
    first, took = _fetch(port, doors, 0)
    _, again = _fetch(port, doors, 0)
    plain = gzip.decompress(first) if first.startswith(b"\x1f\x8b") else first
    return len(first), took, again, read_list(plain).cursor


def since(port: int, doors: Doors, cursor: int) -> tuple[int, float]:
    """Fetch what is new since a cursor: its bytes, and the milliseconds that it took."""
    body, took = _fetch(port, doors, cursor)
    return len(body), took


def _fetch(port: int, doors: Doors, cursor: int) -> tuple[bytes, float]:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {doors.secrets[0]}", "Accept-Encoding": "gzip"}  # as browsers ask
    connection.request("GET", f"/g/api/list?since={cursor}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = 1000 * (time.perf_counter() - began)
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"the list was answered with {answer.status}: {body[:200]!r}")
    return body, took


def one_hour(app: Flask, doors: Doors) -> None:
    """Let an hour go by: newcomers, lost passes, and people at the gates."""
    with app.app_context(), of_brand(doors.brand_id):

        def work() -> None:
            event = queries.by_slug(by_id(doors.brand_id), doors.event)
            everybody = queries.page(event, None, REVOKED)
            for one in everybody:
                passes.revoke(one)
            passes.issue_many(event, [PassTerms() for _ in range(NEW)])
            step = max(1, len(doors.codes) // (CAME + REVOKED))
            came = doors.codes[REVOKED::step][:CAME]
            for start in range(0, len(came), scanning.MOST):
                said = [record(code, doors.place, number) for number, code in enumerate(came[start:][: scanning.MOST])]
                answers = scanning.take_all(event, said, received_at=now())
                wrong = [answer for answer in answers if answer.verdict != "applied"]
                if wrong:
                    raise RuntimeError(f"not let in: {wrong[0]}")

        in_transaction(work)
        db.session.remove()
