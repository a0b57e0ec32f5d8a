"""How fast a short link is, beside a WSGI function that does nothing but redirect, on the same server in the same run.

    python -m bench.clicks                          all of it, both engines
    python -m bench.clicks --engine sqlite --only rate

`rate`   two processes, 64 and 8 connections, the worker reading the journals meanwhile; then every visit is counted;
         with the threads of a web process, and with the one thread that a process of REDIRECT_PORT has
`links`  the same with a million links known, one of them followed and all of them, beside one link of a few;
         then how long somebody waits who writes beside the worker
`busy`   short links in a process of their own, while somebody loads the dashboard as fast as it comes
`burst`  5,000 visits a second for a minute, and how far behind the campaign's page is
`large`  the campaign's page over ten million recorded visits

Each visit is another visitor, so that every rule is at work. Servers take turns round by round.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import func, insert, select, text, update

from bench import burst as bursts
from bench import fairs, wrk
from bench.load import page_times
from bench.processes import largest, processor_seconds
from bench.serving import HOST, PROCESSES, THREADS, Server, served, working
from bench.stores import REMARKS, stores
from referral.app import create_app
from referral.campaigns.models import Campaign
from referral.clicks import actions, queries
from referral.clicks.models import Click
from referral.clicks.rules.months import DAY, month_of
from referral.config import SETTINGS
from referral.links.models import Link
from referral.plumbing.db import db, every_brand, of_brand
from referral.plumbing.ids import new_id
from referral.plumbing.transaction import upkeep
from tests.engines import ENGINES, Databases, EngineMissing

PARTS = ("rate", "links", "busy", "burst", "large")
VISITS = 10_000_000
BURST_RATE, BURST_SECONDS = 5_000, 60
WAIT_SECONDS = 300


@dataclass(frozen=True)
class Stand:
    """Hold a database that is filled, and how to serve it."""

    app: Flask
    fair: fairs.Fair
    settings: dict[str, str]
    seconds: float
    rounds: int


@dataclass
class Measured:
    """Gather rounds of one kind."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    answered: int = 0
    failed: int = 0

    def add(self, answered: wrk.Answered, processor: float) -> None:
        """Add a round, and the processor time that the server used in it."""
        self.rates.append(answered.rate)
        self.p50.append(answered.p50)
        self.p99.append(answered.p99)
        self.costs.append(1e6 * processor / max(answered.count, 1))
        self.answered += answered.count
        self.failed += answered.failed

    def line(self, title: str, beside: Measured | None = None) -> str:
        """Write what was measured: medians of the rounds, with the ratio to a baseline."""
        rate, cost = statistics.median(self.rates), statistics.median(self.costs)
        said = f"  {title:34} {rate:8,.0f} /s  p50 {statistics.median(self.p50):5.2f}  p99 "
        said += f"{statistics.median(self.p99):6.2f} ms  {cost:5.1f} us"
        if beside is not None:
            ratio = rate / statistics.median(beside.rates)
            said += f"   {ratio:.2f} of the rate, {cost / statistics.median(beside.costs):.2f} times the time"
        return said + (f"   {self.failed} FAILED" if self.failed else "")


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.clicks", description="How fast short links are.")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--seconds", type=float, default=5, help="length of a round (5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind (3)")
    wanted = parser.parse_args()
    seconds, rounds = min(wanted.seconds, 60), min(wanted.rounds, 10)
    print(
        f"{os.cpu_count()} cores; {PROCESSES} processes of {THREADS} threads where no other number stands; "
        f"{rounds} rounds of {seconds:g} s, medians"
    )
    for engine in wanted.engine or ENGINES:
        print(f"\n{REMARKS[engine]}", flush=True)
        try:
            with stores(engine) as made:
                measure(made, wanted.only or PARTS, seconds, rounds)
        except (EngineMissing, wrk.WrkMissing) as error:
            print(f"  not measured: {error}")


def measure(made: Databases, parts: list[str] | tuple[str, ...], seconds: float, rounds: int) -> None:
    """Measure parts on one engine."""
    with filled(made, seconds, rounds) as stand:
        for part in PARTS:
            if part == "links" and part in parts:
                with filled(made, seconds, rounds) as few:
                    links(few, stand)
            elif part in parts:
                {"rate": rate, "busy": busy, "burst": burst, "large": large}[part](stand)


@contextmanager
def filled(made: Databases, seconds: float, rounds: int) -> Iterator[Stand]:
    """Make a database of its own, with a fair in it."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tular-bench-"))
        settings = {
            "DATABASE_URL": stack.enter_context(made.empty()),
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(),
            "RATE_LIMITS": "0",
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "WARNING",
        }
        defaults = {one.name: one.default for one in SETTINGS}
        app = create_app(defaults | settings | {"RATE_LIMITS": False, "TRUSTED_PROXIES": 1})
        yield Stand(app, fairs.made(app), settings, seconds, rounds)
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()


# --- The parts -------------------------------------------------------------------------------------------------------


def rate(stand: Stand) -> None:
    """Measure the redirect beside the bare function, with the worker at work, and count every visit afterwards."""
    one = stand.fair.codes[0]
    for threads, title in ((THREADS, "as PORT is served"), (1, "as REDIRECT_PORT is served")):
        print(f"  {PROCESSES} processes, threads: {threads} ({title})")
        with (
            served("bench.bare_wsgi:app", environment={}, threads=threads) as bare,
            served("wsgi:app", environment=stand.settings, threads=threads) as ours,
            recorded(stand) as answered,
        ):
            for connections in (64, 8):
                found = {"bare": Measured(), "ours": Measured()}
                _rounds(stand, {"bare": (bare, one), "ours": (ours, one)}, connections, found)
                print(found["bare"].line(f"bare WSGI, {connections} connections"))
                print(found["ours"].line(f"short link, {connections} connections", found["bare"]), flush=True)
                answered.add(found["ours"], connections)


def links(few: Stand, many: Stand) -> None:
    """Measure the redirect with few links known and with a million, one of them followed or all, in both ways.

    Each round begins when the visits of those before are counted: else a round would be measured by what another one
    left the worker to do.
    """
    _make_links(few, range(1))
    _make_links(many, range(wrk.LINKS))
    for threads, title in ((THREADS, "as PORT is served"), (1, "as REDIRECT_PORT is served")):
        print(f"  {PROCESSES} processes, threads: {threads} ({title})")
        with (
            served("wsgi:app", environment=few.settings, threads=threads) as beside,
            served("wsgi:app", environment=many.settings, threads=threads) as ours,
            recorded(few) as of_few,
            recorded(many) as of_many,
        ):
            of_many.count += wrk.ask(ours.port, 1, 8, 1).count
            of_many.open_ended += 8
            _settle_down(ours)
            found = {"few": Measured(), "one": Measured(), "all": Measured()}
            servers: dict[str, tuple[Server, str | int]] = {
                "few": (beside, 1),
                "one": (ours, 1),
                "all": (ours, wrk.LINKS),
            }
            _rounds(few, servers, 64, found, begun_when_drained=(few, many))
            print(found["few"].line("one link of a few"))
            print(found["one"].line(f"one of {wrk.LINKS:,} links", found["few"]))
            print(found["all"].line(f"each of {wrk.LINKS:,} links", found["few"]))
            print(f"  the largest process takes {largest(ours.pid):,.0f} MB", flush=True)
            with _writing(many) as waits:
                of_many.count += wrk.ask(ours.port, wrk.LINKS, 64, many.seconds).count
                of_many.open_ended += 64
                _let_drain(many)
            longest = sorted(1000 * wait for wait in waits)
            print(
                f"  who writes beside the worker waits {statistics.median(longest):.0f} ms (median), "
                f"{longest[len(longest) * 95 // 100]:.0f} (p95), {longest[-1]:.0f} at most ({len(longest)} times)",
                flush=True,
            )
            of_few.add(found["few"], 64)
            of_many.add(found["one"], 64)
            of_many.add(found["all"], 64)


def _let_drain(stand: Stand) -> None:
    """Wait until the worker has read all journals."""
    deadline = time.monotonic() + WAIT_SECONDS
    with stand.app.app_context():
        while queries.waiting().clicks and time.monotonic() < deadline:
            db.session.remove()
            time.sleep(0.2)
        db.session.remove()


def _settle_down(server: Server) -> None:
    """Wait until all links are known by heart: until the server has nothing to do any more."""
    deadline = time.monotonic() + 60
    used = processor_seconds(server.pid)
    while time.monotonic() < deadline:
        time.sleep(2)
        before, used = used, processor_seconds(server.pid)
        if used - before < 0.2:
            return


def busy(stand: Stand) -> None:
    """Measure short links in a process of their own while the dashboard is loaded without a pause."""
    path = f"/b/{fairs.SLUG}/campaigns/{fairs.LARGE}"
    with (
        served("wsgi:app", environment=stand.settings, niceness=5) as pages,
        served("wsgi:app", environment=stand.settings, processes=1, threads=1) as ours,
        recorded(stand) as answered,
    ):
        for title, port in (("quiet", 0), ("dashboard elsewhere busy", pages.port)):
            for connections in (64, 8):
                found = {"ours": Measured()}
                with _loaded(port, path, stand.fair.cookie) as loaded:
                    _rounds(stand, {"ours": (ours, stand.fair.codes[0])}, connections, found)
                print(found["ours"].line(f"own process, {connections}, {title}"), f"  {len(loaded)} pages", flush=True)
                answered.add(found["ours"], connections)


def burst(stand: Stand) -> None:
    """Measure how far behind a burst the campaign's page is."""
    path = f"/b/{fairs.SLUG}/campaigns/{fairs.LOADED}"
    with served("wsgi:app", environment=stand.settings) as ours, recorded(stand) as answered:
        # The worker is to be at work already: to start takes it a second or two.
        answered.count += wrk.ask(ours.port, stand.fair.codes[0], 1, 1).count
        answered.open_ended += 1
        _let_drain(stand)
        done = bursts.burst(
            ours.port, stand.fair.codes[1], BURST_RATE, BURST_SECONDS, (ours.port, path, stand.fair.cookie)
        )
        lags = done.lags()
        print(
            f"  burst: {done.count:,} visits in {BURST_SECONDS} s; the page is behind by "
            f"{statistics.median(lags):.2f} s (median), {max(lags):.2f} s at most; "
            f"it takes {1000 * statistics.median(done.page_seconds):.0f} ms",
            flush=True,
        )
        answered.count += done.count


def large(stand: Stand) -> None:
    """Measure the campaign's pages over millions of recorded visits."""
    began = time.perf_counter()
    upkeep_in(stand, lambda: _fill(stand))
    print(f"  {VISITS:,} visits of 90 days made in {time.perf_counter() - began:.0f} s")
    with served("wsgi:app", environment=stand.settings) as ours:
        for title, page in (("campaign page", ""), ("clicks page", "/clicks"), ("click log", "/clicks/log")):
            times = page_times(HOST, ours.port, f"/b/{fairs.SLUG}/campaigns/{fairs.SMALL}{page}", stand.fair.cookie, 20)
            median, worst = 1000 * statistics.median(times), 1000 * sorted(times)[18]
            print(f"  {title} over {VISITS:,} visits: median {median:.0f} ms, p95 {worst:.0f} ms", flush=True)


# --- What they share -------------------------------------------------------------------------------------------------


@dataclass
class Answers:
    """Count the visits that were answered, and how many more may have been recorded while a round was cut off."""

    count: int = 0
    open_ended: int = 0

    def add(self, measured: Measured, connections: int) -> None:
        """Add rounds."""
        self.count += measured.answered
        self.open_ended += (len(measured.rates) + 2) * connections


@contextmanager
def recorded(stand: Stand) -> Iterator[Answers]:
    """Run the worker while the block lasts; then count that every answered visit is in the database, once."""
    answers = Answers()
    before = _recorded(stand)
    with working(stand.settings):
        yield answers
        ended = time.monotonic()
        while (now := _recorded(stand) - before) < answers.count and time.monotonic() - ended < WAIT_SECONDS:
            time.sleep(0.2)
        took = time.monotonic() - ended
        time.sleep(1)
        now = _recorded(stand) - before
    verdict = "all are there" if answers.count <= now <= answers.count + answers.open_ended else "WRONG"
    print(f"  {answers.count:,} answered, {now:,} recorded {took:.1f} s after the last: {verdict}", flush=True)


def _recorded(stand: Stand) -> int:
    with stand.app.app_context(), every_brand():
        number = db.session.scalar(select(func.count()).select_from(Click)) or 0
        db.session.remove()
    return number


def _rounds(
    stand: Stand,
    servers: dict[str, tuple[Server, str | int]],
    connections: int,
    found: dict[str, Measured],
    begun_when_drained: Sequence[Stand] = (),
) -> None:
    for name, (server, followed) in servers.items():
        found[name].answered += wrk.ask(server.port, followed, connections, 1).count
    for number in range(stand.rounds):
        for name, (server, followed) in servers.items():
            for one in begun_when_drained:
                _let_drain(one)
            before = processor_seconds(server.pid)
            answered = wrk.ask(server.port, followed, connections, stand.seconds, seed=number + 1)
            found[name].add(answered, processor_seconds(server.pid) - before)


@contextmanager
def _loaded(port: int, path: str, cookie: str) -> Iterator[list[float]]:
    """Load a page again and again while the block lasts, if there is a port; give the times it took."""
    stop, times = threading.Event(), list[float]()

    def load() -> None:
        while not stop.is_set():
            times.extend(page_times(HOST, port, path, cookie, 1))

    loader = threading.Thread(target=load, daemon=True)
    if port:
        loader.start()
    try:
        yield times
    finally:
        stop.set()
        if port:
            loader.join(60)


@contextmanager
def _writing(stand: Stand) -> Iterator[list[float]]:
    """Write a row twenty times a second while the block lasts; give the seconds that each transaction took."""
    stop, times = threading.Event(), list[float]()
    of_fair = update(Campaign).where(Campaign.slug == fairs.LOADED).values(click_cookie=False)

    def write() -> None:
        while not stop.wait(0.05):
            began = time.perf_counter()
            upkeep_in(stand, lambda: db.session.execute(of_fair))
            times.append(time.perf_counter() - began)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield times
    finally:
        stop.set()
        writer.join(60)


def _make_links(stand: Stand, numbers: range) -> None:
    """Make numbered links, of which nobody has a fan."""

    def work() -> None:
        campaign = fairs.campaign(fairs.LOADED)
        connection = db.session.connection()
        for start in range(0, len(numbers), 20_000):
            connection.execute(
                insert(Link),
                [
                    {
                        "brand_id": campaign.brand_id,
                        "id": new_id(),
                        "campaign_id": campaign.id,
                        "code": wrk.code(number),
                        "channel": "poster",
                        "created_at": campaign.created_at,
                    }
                    for number in numbers[start : start + 20_000]
                ],
            )

    upkeep_in(stand, work)


def upkeep_in(stand: Stand, work: object) -> None:
    """Do something in one transaction, confined to the brand of the fair."""
    with stand.app.app_context(), of_brand(stand.fair.brand_id):
        upkeep(work)  # type: ignore[arg-type]
        db.session.remove()


def _fill(stand: Stand) -> None:
    """Make millions of visits of 90 days on a thousand links, some much followed, and their counts."""
    campaign = fairs.campaign(fairs.SMALL)
    connection = db.session.connection()
    is_postgresql = connection.dialect.name == "postgresql"
    end = int(time.time() * 1000) // DAY * DAY
    start = end - 90 * DAY
    if is_postgresql:
        actions.part_by_month(connection, {month_of(day) for day in range(start, end + DAY, DAY)})
    step = 90 * DAY // VISITS
    numbers = (
        f"SELECT i::bigint AS i FROM generate_series(0, {VISITS - 1}) i"
        if is_postgresql
        else f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {VISITS - 1}) SELECT i FROM n"
    )
    link = "(i * 7919 % 1000) * (i * 104729 % 1000) / 1000 + 1"
    verdict = "CASE i * 31 % 10 WHEN 0 THEN 'bot' WHEN 1 THEN 'repeat' WHEN 2 THEN 'prefetch' ELSE 'counted' END"
    channel = "CASE i * 17 % 5 WHEN 0 THEN 'telegram' WHEN 1 THEN 'qr' WHEN 2 THEN 'poster' ELSE 'whatsapp' END"
    device = "CASE i % 3 WHEN 0 THEN 'desktop' ELSE 'phone' END"
    connection.execute(
        text(
            "INSERT INTO click (brand_id, id, campaign_id, link_id, at, "
            "channel, via, device, language, visitor, verdict) "
            f"SELECT {campaign.brand_id}, ({start} + i * {step}) * 4194304, {campaign.id}, {link}, "
            f"{start} + i * {step}, "
            f"{channel}, 'tap', {device}, 'id', i, {verdict} FROM ({numbers}) AS numbers"
        )
    )
    whose = f"brand_id = {campaign.brand_id} AND campaign_id = {campaign.id}"
    key = "brand_id, campaign_id, {}"
    for whole in (False, True):
        named = key.format("0" if whole else "link_id")
        grouped = "brand_id, campaign_id" if whole else "brand_id, campaign_id, link_id"
        for table, width in (("click_hour", 3_600_000), ("click_day", DAY)):
            connection.execute(
                text(
                    f"INSERT INTO {table} SELECT {named}, at / {width}, channel, verdict, count(*) FROM click "
                    f"WHERE {whose} GROUP BY {grouped}, at / {width}, channel, verdict"
                )
            )
        for trait in ("via", "device", "language"):
            connection.execute(
                text(
                    f"INSERT INTO click_trait SELECT {named}, '{trait}', {trait}, verdict, count(*) FROM click "
                    f"WHERE {whose} GROUP BY {grouped}, {trait}, verdict"
                )
            )
    assert sum(queries.counts(campaign).values()) >= VISITS


if __name__ == "__main__":
    main()
