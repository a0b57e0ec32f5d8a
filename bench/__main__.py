"""How fast it is: joins and sales a second through the API, beside a bare Flask route, and the campaign's page.

    make bench                                  both engines, about two minutes
    make bench ARGS="--engine sqlite --seconds 2"

Clients and servers share this machine, on the loopback address, so the numbers are for comparing and not for boasting.
Requests of each kind take turns, round by round, so that a machine that is busy elsewhere is as unkind to all of them.
Every answer is counted, and the rows are counted again in the database at the end: they must be as many.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import statistics
import sys
import tempfile
from contextlib import ExitStack

from flask import Flask

from bench import bare, fairs
from bench.load import Asking, Rounds, page_times
from bench.serving import HOST, PROCESSES, THREADS, served
from bench.stores import REMARKS, stores
from referral.app import create_app
from referral.config import SETTINGS
from tests.engines import ENGINES, Databases, EngineMissing

PAGES = 20


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="make bench", description="How fast it is.")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    parser.add_argument("--seconds", type=float, default=3, help="length of a round (3)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind (3)")
    parser.add_argument("--clients", type=int, default=8, help="threads that ask (8)")
    wanted = parser.parse_args()
    seconds, rounds, clients = min(wanted.seconds, 30), min(wanted.rounds, 10), min(wanted.clients, 64)
    print(f"{os.cpu_count()} cores; {PROCESSES} processes of {THREADS} threads; {clients} clients; ", end="")
    print(f"{rounds} rounds of {seconds:g} s, the median round")
    for engine in wanted.engine or ENGINES:
        print(f"\n{REMARKS[engine]}")
        try:
            with stores(engine) as made:
                measure(made, seconds, rounds, clients)
        except EngineMissing as error:
            print(f"  not measured: {error}")


def measure(made: Databases, seconds: float, rounds: int, clients: int) -> None:
    """Measure one engine."""
    with ExitStack() as stack:
        ours, theirs = stack.enter_context(made.empty()), stack.enter_context(made.empty())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tular-bench-"))
        settings = {"DATABASE_URL": ours, "DATA_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(), "RATE_LIMITS": "0"}
        app = create_app({one.name: one.default for one in SETTINGS} | settings | {"RATE_LIMITS": False})
        fair = fairs.made(app)
        os.environ["BARE_DATABASE_URL"] = theirs
        with bare.create_app().app_context():
            bare.db.create_all()
            bare.db.engine.dispose()
        theirs_served = stack.enter_context(
            served("--factory", "bench.bare:create_app", environment={"BARE_DATABASE_URL": theirs})
        )
        port = stack.enter_context(served("wsgi:app", environment=settings)).port
        rates(fair, port, theirs_served.port, seconds, rounds, clients, app)
        pages(fair, port)
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()


def rates(fair: fairs.Fair, port: int, bare_port: int, seconds: float, rounds: int, clients: int, app: Flask) -> None:
    """Measure and print joins and sales a second, and the bare route's rows."""
    headers = {"Authorization": f"Bearer {fair.key}"}
    api = f"/api/v1/campaigns/{fairs.LOADED}"
    kinds = {
        "bare": Asking(HOST, bare_port, "/row", {}, lambda number: {"name": f"Somebody {number}"}),
        "joins": Asking(
            HOST,
            port,
            f"{api}/fans",
            headers,
            lambda number: {
                "name": f"Somebody {number}",
                "email": f"somebody.{number}@people.example",
                "told_by": random.choice(fair.codes),
                "channel": "whatsapp",
            },
        ),
        "sales": Asking(
            HOST,
            port,
            f"{api}/sales",
            headers,
            lambda number: {
                "external_id": f"order-{number}",
                "amount": "150000.00",
                "currency": "IDR",
                "buyer": {"id": random.choice(fair.buyers)},
            },
        ),
    }
    before = fairs.counted(app, fair)
    found = {name: Rounds() for name in kinds}
    for name, asking in kinds.items():
        asking.round(warm := Rounds(), clients, min(seconds, 1))
        found[name].answered += warm.answered
    for _ in range(rounds):
        for name, asking in kinds.items():
            asking.round(found[name], clients, seconds)
    after = fairs.counted(app, fair)
    one = found["bare"].rate
    for name, title in (("bare", "bare Flask, one row"), ("joins", "joins"), ("sales", "sales")):
        it = found[name]
        beside = "" if name == "bare" else f"   {it.rate / one:.2f} of bare"
        print(f"  {title:20} {it.rate:8,.0f} /s   median {it.wait(0.5):5.1f} ms, p95 {it.wait(0.95):5.1f} ms{beside}")
    expected = (before[0] + found["joins"].answered, before[1] + found["sales"].answered)
    if after != expected:
        sys.exit(f"fans and sales in the database are {after}; answered were {expected}")
    print(f"  {found['joins'].answered:,} joins and {found['sales'].answered:,} sales answered, and all are there")


def pages(fair: fairs.Fair, port: int) -> None:
    """Measure and print how long the campaign's page takes."""
    for slug in (fairs.SMALL, fairs.LARGE):
        path = f"/b/{fairs.SLUG}/campaigns/{slug}"
        times = page_times(HOST, port, path, fair.cookie, PAGES)
        median, worst = 1000 * statistics.median(times), 1000 * sorted(times)[int(0.95 * (len(times) - 1))]
        print(f"  campaign page, {fairs.SIZES[slug]:6,} fans: median {median:5.0f} ms, p95 {worst:5.0f} ms")


if __name__ == "__main__":
    main()
