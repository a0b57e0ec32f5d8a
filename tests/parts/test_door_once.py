"""However many scan the same pass at once, one of them lets it in; however often a queue is sent, it is there once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from referral.events import passes, queries, scanning
from referral.events.models import Arrival, ArrivalCredit, Scan
from referral.events.rules.records import Record
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_transaction
from tests import factories as make
from tests.parts.scanned import count, device, nonce, state, taken

if TYPE_CHECKING:
    from flask import Flask

ROUNDS = int(os.environ.get("DOOR_ROUNDS", "3"))
PROCESSES, THREADS = 2, 50
QUEUE = int(os.environ.get("DOOR_QUEUE", "1000"))
"""A whole proof takes 1,000 rounds and a queue of 10,000; here it is shorter."""


def rush(app: Flask, brand_id: int, event_id: int, codes: list[str]) -> list[Counter[str]]:
    """Scan each pass by as many threads as there are, all at once; count the verdicts for each pass.

    Half of them ask us, a quarter tell what they scanned a moment ago, and a quarter showed it green by themselves.
    """
    start = threading.Barrier(THREADS)

    def scan(turn: tuple[int, str]) -> str:
        number, code = turn
        start.wait()
        with app.app_context(), of_brand(brand_id):
            at = milliseconds(now()) - number % 3 if number % 2 else None
            record = Record(nonce(), code=code, at_ms=at, said="in" if number % 4 == 1 else None)

            def work() -> str:
                event = queries.by_id(brand_id, event_id)
                return scanning.take(event, [record], received_at=now())[0].verdict

            return in_transaction(work)

    with ThreadPoolExecutor(THREADS) as pool:
        return [Counter(pool.map(scan, enumerate([code] * THREADS))) for code in codes]


OTHER = """
import json, sys
from tests.application import application, settings_for_tests
from tests.parts.test_door_once import rush
told = json.loads(sys.stdin.readline())
with application(settings_for_tests(told["url"], DATA_DIR=told["data"])) as app:
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(rush(app, told["brand"], told["event"], told["codes"])), flush=True)
"""


@pytest.mark.slow
def test_of_a_hundred_scans_at_once_in_two_processes_exactly_one_lets_the_pass_in(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign, gives_passes=False)
        ayu = make.fan(campaign, "Ayu")
        some = [make.gate_pass(event, make.fan(campaign, f"Fan {n}", told_by=ayu)) for n in range(ROUNDS)]
        codes = [make.token_of(one) for one in some]
    told = {"url": database_url, "data": str(tmp_path), "brand": event.brand_id, "event": event.id, "codes": codes}

    with subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        print(json.dumps(told), file=other.stdin, flush=True)
        assert other.stdout.readline() == "ready\n"
        print("go", file=other.stdin, flush=True)
        ours = rush(app, event.brand_id, event.id, codes)
        theirs = [Counter(one) for one in json.loads(other.stdout.readline())]

    both = [one + another for one, another in zip(ours, theirs, strict=True)]
    assert both == [Counter(applied=1, already_in=PROCESSES * THREADS - 1)] * ROUNDS
    assert count(app, Scan) == ROUNDS * PROCESSES * THREADS
    assert (count(app, Arrival), count(app, ArrivalCredit)) == (ROUNDS, ROUNDS)
    assert [row[3:5] for row in state(app).admissions] == [(1, 1)] * ROUNDS


@pytest.mark.slow
def test_the_same_record_sent_by_many_at_once_is_in_the_log_once(app: Flask) -> None:
    with make.saved(app):
        event = make.event(make.campaign(make.brand()))
        record = Record(str(uuid.uuid4()), code=make.token_of(make.gate_pass(event)))
        unknown = Record(str(uuid.uuid4()), code="hello")
    start = threading.Barrier(16)

    def send(_: int) -> list[tuple[str, bool]]:
        start.wait()
        return [(one.verdict, one.repeat) for one in taken(app, event, record, unknown)]

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(answer for answers in pool.map(send, range(16)) for answer in answers)

    assert answers == {("applied", False): 1, ("applied", True): 15, ("refused", False): 1, ("refused", True): 15}
    assert count(app, Scan) == 2


@pytest.mark.slow
def test_a_queue_whose_answers_are_lost_is_in_the_log_exactly_once(app: Flask) -> None:
    chance = random.Random(20260501)
    with make.saved(app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign, gives_passes=False)
        fans = make.crowd(campaign, QUEUE // 2, told_by=make.fan(campaign, "Ayu"))
        pass_ids = passes.issue_many(event, [passes.PassTerms(fan) for fan in fans])
        phone = device(event)
    at = int(now().timestamp() * 1000) - 60_000
    records = [
        Record(nonce(), pass_id=pass_ids[number % len(pass_ids)], at_ms=at + number, counter=number, said="in")
        for number in range(QUEUE)
    ]
    size = QUEUE // 20

    waiting = [records[start : start + size] for start in range(0, QUEUE, size)]
    sent = 0
    while waiting:
        batch = waiting.pop(chance.randrange(len(waiting)))
        taken(app, event, *batch, device=phone)
        sent += 1
        if chance.random() < 0.3:
            waiting.append(batch)  # the answer was lost

    found = state(app)
    assert sent > 20
    assert count(app, Scan) == QUEUE
    assert len(found.admissions) == len(pass_ids) == len(found.conflicts)
    assert {row[2] for row in found.admissions} == {record.id for record in records[: len(pass_ids)]}
    assert (count(app, Arrival), count(app, ArrivalCredit)) == (len(pass_ids), len(pass_ids))


@pytest.mark.engines("postgresql")
def test_an_annul_and_what_it_annuls_find_each_other_though_they_come_at_once(app: Flask) -> None:
    with make.saved(app):
        event = make.event(make.campaign(make.brand()))
        some = [make.token_of(make.gate_pass(event)) for _ in range(20)]

    def both(code: str) -> None:
        entry = Record(nonce(), code=code)
        annul = Record(nonce(), kind="annul", annuls=entry.id)
        start = threading.Barrier(2)

        def send(record: Record) -> None:
            start.wait()
            taken(app, event, record)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(send, (entry, annul)))

    for code in some:
        both(code)

    assert state(app).admissions == frozenset()
