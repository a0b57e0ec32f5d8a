"""The gate under load: scans a second beside a naive handler, a queue with lost answers, one pass by a hundred at once.

    python -m bench.gate                            all of it, both engines where both are meant: half an hour
    python -m bench.gate --only rate --seconds 60   50 scans a second with 100,000 passes, then as fast as it goes
    python -m bench.gate --only queue               10,000 queued scans, of which 30 % of the answers are lost
    python -m bench.gate --only once --rounds 100   one pass, 2 processes of 50 threads, exactly one entry
    python -m bench.gate --only list                what a device fetches: the whole list, and what is new after an hour

Clients and servers share the machine, on the loopback address. Every answer is counted, and the log is counted at the
end. The naive handler (bench/naive_gate.py) runs on the same server with as many tickets, in the same run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import random
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from flask import Flask

from bench import doors, hours, naive_gate
from bench.doors import Doors, Gate, flat_out, logged, paced, record
from bench.serving import PROCESSES, THREADS, served
from bench.stores import REMARKS, stores
from referral.app import create_app
from referral.config import SETTINGS
from tests.engines import EngineMissing

SCANS = "/g/api/scans"
PARTS = ("rate", "queue", "once", "list")
BATCH, QUEUED, LOST = 200, 10_000, 0.3
CHILDREN, THREADS_EACH = 2, 50


@dataclass(frozen=True)
class House:
    """Hold an event that is served, and how to ask it."""

    app: Flask
    port: int
    doors: Doors

    def gates(self, many: int) -> list[Gate]:
        """Give so many phones, each with a connection of its own."""
        keys = self.doors.secrets
        return [Gate(self.port, SCANS, {"Authorization": f"Bearer {keys[one % len(keys)]}"}) for one in range(many)]


@contextmanager
def house(engine: str, many: int, *, processes: int = PROCESSES) -> Iterator[House]:
    """Serve an event of so many passes on an engine, as `serve` does."""
    with ExitStack() as stack:
        store = stack.enter_context(stores(engine))
        url = stack.enter_context(store.empty())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tular-bench-"))
        settings = {"DATABASE_URL": url, "DATA_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(), "RATE_LIMITS": "0"}
        app = create_app({one.name: one.default for one in SETTINGS} | settings | {"RATE_LIMITS": False})
        made = doors.made(app, many)
        server = stack.enter_context(served("wsgi:app", environment=settings, processes=processes))
        yield House(app, server.port, made)
        with app.app_context():
            for one in app.extensions["sqlalchemy"].engines.values():
                one.dispose()


@contextmanager
def naive(engine: str, many: int) -> Iterator[int]:
    """Serve the naive handler with as many tickets; give its port."""
    with ExitStack() as stack:
        store = stack.enter_context(stores(engine))
        url = stack.enter_context(store.empty())
        os.environ["BARE_DATABASE_URL"] = url
        naive_gate.fill(naive_gate.create_app(), many)
        environment = {"BARE_DATABASE_URL": url}
        yield stack.enter_context(served("--factory", "bench.naive_gate:create_app", environment=environment)).port


# --- Scans a second --------------------------------------------------------------------------------------------------


def rate(engine: str, many: int, seconds: float, rounds: int) -> None:
    """Scan at 50 a second for so long, then as fast as it goes, in turns with the naive handler."""
    with house(engine, many) as ours, naive(engine, many) as port:
        codes = random.Random(1).sample(ours.doors.codes, many)
        phones, counters = ours.gates(doors.DEVICES), [Gate(port, "/scan") for _ in range(doors.DEVICES)]
        verdicts: Counter[str] = Counter()

        def scan(phone: Gate) -> Callable[[int], None]:
            def send(number: int) -> None:
                told = phone.send({"unsent": 1, "scans": [record(codes[number], ours.doors.place, number)]})
                verdicts[told["data"][0]["verdict"]] += 1

            return send

        def plainly(counter: Gate) -> Callable[[int], None]:
            return lambda number: _applied(counter.send({"code": f"T{number}"}))

        waits = paced([scan(phone) for phone in phones], 50, seconds)
        print(f"  50 scans a second for {seconds:g} s, {many:,} passes: {_quantiles(waits)}; {len(waits):,} answered")
        waits = paced([plainly(one) for one in counters], 50, min(seconds, 30))
        print(f"  the naive handler, {min(seconds, 30):g} s: {_quantiles(waits)}")
        first = {"ours": int(50 * seconds) + 100, "naive": int(50 * min(seconds, 30)) + 100}
        found: dict[str, list[float]] = {"ours": [], "naive": []}
        for _ in range(rounds):
            for name, clients in (
                ("ours", [scan(one) for one in phones[:8]]),
                ("naive", [plainly(one) for one in counters[:8]]),
            ):
                done, took = flat_out(clients, 4, first[name])
                first[name] += done + 100
                found[name].append(done / took)
        peak, other = statistics.median(found["ours"]), statistics.median(found["naive"])
        print(
            f"  as fast as it goes, 8 clients, {rounds} rounds of 4 s: {peak:.0f} a second, "
            f"{peak / other:.2f} of the naive handler's {other:.0f}"
        )
        kept = logged(ours.app, ours.doors.brand_id)
        right = kept == {"applied": sum(verdicts.values())} == dict(verdicts)
        print(
            f"  in the log: {sum(kept.values()):,}, answered {sum(verdicts.values()):,}: "
            f"{'none lost' if right else 'NOT EQUAL'}"
        )
        for gate in (*phones, *counters):
            gate.close()


def _applied(told: dict[str, Any]) -> None:
    if told["verdict"] != "applied":
        raise RuntimeError(f"the naive handler said {told}")


def _quantiles(waits: Sequence[float]) -> str:
    def at(share: float) -> float:
        return 1000 * waits[min(int(share * len(waits)), len(waits) - 1)]

    return f"p50 {at(0.5):.1f} ms, p95 {at(0.95):.1f} ms, p99 {at(0.99):.1f} ms, most {1000 * waits[-1]:.0f} ms"


# --- A queue whose answers are lost ----------------------------------------------------------------------------------


def queue(engine: str) -> None:
    """Send 10,000 queued scans from ten phones, with three answers in ten lost, until all are acknowledged."""
    with house(engine, QUEUED) as ours, naive(engine, QUEUED) as port:
        phones = ours.gates(10)
        each = QUEUED // len(phones)
        sent, lost = [0] * len(phones), [0] * len(phones)

        def empty(place: int) -> None:
            chance = random.Random(place)
            mine = ours.doors.codes[place * each : (place + 1) * each]
            waiting = [record(code, ours.doors.place, number) for number, code in enumerate(mine)]
            while waiting:
                batch = {"unsent": len(waiting), "scans": waiting[:BATCH]}
                sent[place] += 1
                if chance.random() < LOST:
                    phones[place].lose(batch)
                    lost[place] += 1
                    continue
                known = {answer["id"] for answer in phones[place].send(batch)["data"]}
                waiting = [one for one in waiting if one["id"] not in known]

        began = time.perf_counter()
        threads = [threading.Thread(target=empty, args=(place,)) for place in range(len(phones))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        time.sleep(1)  # what was sent last and abandoned may still be at work
        kept = logged(ours.app, ours.doors.brand_id)
        counter = Gate(port, "/scan")
        began, tried = time.perf_counter(), 300
        for number in range(tried):
            _applied(counter.send({"code": f"T{number}"}))
        one_by_one = (time.perf_counter() - began) / tried * QUEUED
        print(
            f"  {QUEUED:,} queued scans in {took:.1f} s: {sum(sent)} calls, {sum(lost)} answers lost; "
            f"in the log: {kept}"
        )
        print(f"  one call a scan to the naive handler, no answer lost: {one_by_one:.1f} s (from {tried})")
        if kept != {"applied": QUEUED}:
            raise SystemExit("not every scan is in the log exactly once")


# --- One pass by a hundred at once -----------------------------------------------------------------------------------


def once(engine: str, rounds: int) -> None:
    """Let two processes of fifty threads scan one pass at the same time, again and again: one is let in."""
    with house(engine, max(rounds, 100)) as ours:
        context = multiprocessing.get_context("spawn")
        barrier = context.Barrier(CHILDREN * THREADS_EACH)
        told = context.Queue()
        codes = list(ours.doors.codes[:rounds])
        children = [
            context.Process(target=_children, args=(ours.port, ours.doors.secrets[one], codes, barrier, told, one))
            for one in range(CHILDREN)
        ]
        began = time.perf_counter()
        for child in children:
            child.start()
        counted = [told.get(timeout=3600) for _ in children]
        for child in children:
            child.join(30)
        took = time.perf_counter() - began
        wins = Counter[int]()
        for one in counted:
            wins.update(one["wins"])
        answers = sum(one["answers"] for one in counted)
        kept = logged(ours.app, ours.doors.brand_id)
        print(
            f"  {rounds:,} rounds, {CHILDREN} processes of {THREADS_EACH} threads: "
            f"{answers:,} answers in {took:.0f} s; ",
            end="",
        )
        exactly = sum(many == 1 for many in wins.values())
        print(f"exactly one entry in {exactly:,}; in the log: {kept}")
        if exactly != rounds or kept.get("applied") != rounds:
            raise SystemExit("a pass was let in twice, or not at all")


def _children(port: int, secret: str, codes: list[str], barrier: Barrier, told: Any, child: int) -> None:
    wins: Counter[int] = Counter()
    answers, lock = [0], threading.Lock()

    def scan(place: int) -> None:
        gate = Gate(port, SCANS, {"Authorization": f"Bearer {secret}"})
        for number, code in enumerate(codes):
            barrier.wait(120)
            one = record(code, "", place) | {"place": None, "said": None, "operator": f"{child}-{place}"}
            verdict = gate.send({"unsent": 1, "scans": [one]})["data"][0]["verdict"]
            with lock:
                answers[0] += 1
                wins[number] += verdict == "applied"

    threads = [threading.Thread(target=scan, args=(place,)) for place in range(THREADS_EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put({"wins": dict(wins), "answers": answers[0]})


# --- What a device fetches -------------------------------------------------------------------------------------------


def fetched(engine: str, many: int) -> None:
    """Weigh the whole list, and what is new after an hour: 1,000 new passes, 50 revoked, 7,500 people let in."""
    with house(engine, many, processes=1) as ours:
        # A list looks a minute back behind its cursor, and all these passes were made just now.
        time.sleep(hours.LOOKS_BACK)
        whole, took, again, cursor = hours.whole(ours.port, ours.doors)
        told = json.dumps(
            [{"id": number, "secret": code, "state": "valid"} for number, code in enumerate(ours.doors.codes)]
        )
        print(
            f"  the whole list of {many:,} passes: {whole / 1e6:.3f} MB, "
            f"{took:.0f} ms the first time, {again:.0f} ms again; ",
            end="",
        )
        print(f"as a JSON of ids and codes {len(gzip.compress(told.encode())) / 1e6:.3f} MB compressed")
        hours.one_hour(ours.app, ours.doors)
        new, took = hours.since(ours.port, ours.doors, cursor)
        print(
            f"  what is new after an hour (1,000 new passes, 50 revoked, 7,500 entries): "
            f"{new / 1000:.1f} kB in {took:.0f} ms"
        )


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description="The gate under load.")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--engine", choices=tuple(REMARKS), action="append", help="only this engine")
    parser.add_argument("--passes", type=int, default=100_000, help="passes of the event (100,000)")
    parser.add_argument("--seconds", type=float, default=600, help="how long 50 scans a second are sent (600)")
    parser.add_argument("--rounds", type=int, default=1_000, help="rounds of one pass by a hundred (1,000)")
    wanted = parser.parse_args()
    print(f"{os.cpu_count()} cores; {PROCESSES} processes of {THREADS} threads")
    for part in wanted.only or PARTS:
        for engine in wanted.engine or (("sqlite",) if part in ("rate", "list") else tuple(REMARKS)):
            print(f"\n{part}: {REMARKS[engine]}")
            sys.stdout.flush()
            try:
                if part == "rate":
                    rate(engine, min(wanted.passes, 1_000_000), min(wanted.seconds, 3600), 3)
                elif part == "queue":
                    queue(engine)
                elif part == "once":
                    once(engine, min(wanted.rounds, 10_000))
                else:
                    fetched(engine, min(wanted.passes, 1_000_000))
            except EngineMissing as error:
                print(f"  not measured: {error}")


if __name__ == "__main__":
    main()
