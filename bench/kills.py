"""Whether a visit that was answered is ever lost or counted twice, when processes are killed under load (Linux).

    python -m bench.kills --engine sqlite --times 50

Clients follow a short link as fast as they are answered, each time from another address, and remember the click of
each answer that they have read to its end. Meanwhile web processes, the worker, both, or the whole server are killed,
with no chance to say a word, at random moments, and started again. At last everything is told to end while visits still
come in, and the journals are read into the database. Every click that was answered must be there, once, and counted.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from bench.processes import family
from bench.serving import HOST, PROCESSES, ROOT, THREADS, clean, free_port, worker_command
from bench.stores import REMARKS, stores
from referral.cli.serve import granian, is_ready
from referral.clicks import expiry
from referral.clicks.drain import Drain
from referral.clicks.journal import ENDING
from referral.clicks.models import WHOLE_CAMPAIGN, Click, ClickDay
from referral.plumbing import ids
from referral.plumbing.db import db, every_brand
from referral.plumbing.transaction import upkeep
from tests import factories as make
from tests.application import application, settings_for_tests
from tests.engines import ENGINES, EngineMissing

AGENT = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
CLIENTS = 4
READY_SECONDS = 60
VICTIMS = ("web", "worker", "both", "server")


@dataclass(frozen=True)
class Toll:
    """Hold how it ended: visits that were answered, that were recorded, and what should not be."""

    acknowledged: int
    recorded: int
    lost: int
    doubled: int
    unacknowledged: int
    kills: int

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.kills} kills: {self.acknowledged:,} acknowledged, {self.recorded:,} recorded, {self.lost:,} lost, "
            f"{self.doubled:,} doubled, {self.unacknowledged:,} recorded but not acknowledged"
        )


def main() -> None:
    """Kill as often as asked for and print what it cost; end with an error where a visit was lost or doubled."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.kills", description="What is lost when processes are killed."
    )
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    parser.add_argument("--times", type=int, default=50, help="how often (50)")
    parser.add_argument("--seed", type=int, default=secrets.randbits(16), help="of the moments and of who is killed")
    wanted = parser.parse_args()
    ill = False
    for engine in wanted.engine or ENGINES:
        print(f"{REMARKS[engine]}, seed {wanted.seed}")
        try:
            with (
                stores(engine) as made,
                made.empty() as url,
                tempfile.TemporaryDirectory(prefix="tular-kills-") as data,
            ):
                toll = killed(url, Path(data), wanted.times, wanted.seed)
        except EngineMissing as error:
            print(f"  not measured: {error}")
            continue
        print(f"  {toll}")
        ill = ill or bool(toll.lost or toll.doubled)
    sys.exit(ill)


def killed(url: str, folder: Path, times: int, seed: int) -> Toll:
    """Kill processes so many times under load, and count what was answered and what is in the database."""
    draw = random.Random(seed)
    secret = secrets.token_urlsafe()
    environment = {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": secret,
        "RATE_LIMITS": "0",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "ERROR",
    }
    with application(settings_for_tests(url, DATA_DIR=str(folder), SECRET_KEY=secret)) as app:
        code = _prepare(app)
        with running(environment) as programs:
            clients = Clients(programs.port, code)
            clients.start()
            programs.wait_for_answers(clients)
            for _ in range(times):
                time.sleep(draw.uniform(0.2, 1.2))
                programs.kill(draw.choice(VICTIMS), draw)
                programs.wait_for_answers(clients)
            # Who ends as asked ends under load, too.
            programs.end()
            clients.stop()
        while _drain(app):
            pass
        left = list(Path(app.config["CLICKS_DIR"]).glob(f"*{ENDING}"))
        if left:
            raise RuntimeError(f"{len(left)} journals were left")
        return _toll(app, clients.acknowledged, times)


# --- Who asks --------------------------------------------------------------------------------------------------------


class Clients:
    """Follow a link from several threads, each with a connection that it keeps, until told to stop."""

    def __init__(self, port: int, code: str) -> None:
        self._port, self._path = port, f"/r/{code}"
        self._numbers = count(1)  # next() of it is one step for the interpreter: no two threads get the same
        self._stop = threading.Event()
        self._found: list[list[int]] = [[] for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._follow, args=(mine,), daemon=True) for mine in self._found]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, when what was asked is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def acknowledged(self) -> list[int]:
        """Give the clicks of all answers that were read to their end."""
        return [one for mine in self._found for one in list(mine)]

    def _follow(self, mine: list[int]) -> None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=10)
        while not self._stop.is_set():
            number = next(self._numbers)
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            try:
                connection.request("GET", self._path, headers={"User-Agent": AGENT, "X-Forwarded-For": address})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._stop.wait(0.02)
                continue
            if answer.status == http.HTTPStatus.FOUND:
                click = ids.read(parse_qs(urlsplit(answer.headers["Location"]).query)["tular_click"][0])
                assert click is not None
                mine.append(click)
        connection.close()


# --- Who is killed ---------------------------------------------------------------------------------------------------


class Programs:
    """Keep a server and a worker running, kill them, and start them again."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self._environment = clean(environment)
        settings = {"HOST": HOST, "PORT": self.port, "WEB_PROCESSES": PROCESSES, "WEB_THREADS": THREADS}
        self._serving = granian(settings, "wsgi:app")
        self._server = self._start(self._serving)
        self._worker = self._start(worker_command())

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, victim: str, draw: random.Random) -> None:
        """Kill one of VICTIMS without a chance to say anything, and start again what does not start again by itself."""
        if victim in ("worker", "both"):
            _kill(self._worker)
        if victim in ("web", "both"):
            with suppress(ProcessLookupError, IndexError):
                os.kill(draw.choice(self._web_processes()), signal.SIGKILL)
        if victim == "server" or self._server.poll() is not None:
            _kill(self._server)
            self._server = self._start(self._serving)
        if self._worker.poll() is not None:
            self._worker = self._start(worker_command())

    def _web_processes(self) -> list[int]:
        found = []
        for pid in list(family(self._server.pid))[1:]:
            with suppress(OSError):
                if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def wait_for_answers(self, clients: Clients) -> None:
        """Wait until the server answers, and clients have been answered since."""
        deadline = time.monotonic() + READY_SECONDS
        before = len(clients.acknowledged)
        while not is_ready(HOST, self.port) or len(clients.acknowledged) <= before:
            if self._server.poll() is not None:
                _kill(self._server)
                self._server = self._start(self._serving)
            if time.monotonic() > deadline:
                raise RuntimeError(f"nobody answers on port {self.port} after {READY_SECONDS} seconds")
            time.sleep(0.05)

    def end(self) -> None:
        """Tell both to end, and see that they do."""
        for program in (self._server, self._worker):
            program.terminate()
        for program in (self._server, self._worker):
            with suppress(subprocess.TimeoutExpired):
                program.wait(20)
            _kill(program)


def _kill(program: subprocess.Popen[bytes]) -> None:
    """Kill a program and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Programs]:
    """Run a server and a worker while the block lasts."""
    programs = Programs(environment)
    try:
        yield programs
    finally:
        programs.end()


# --- What is in the database -----------------------------------------------------------------------------------------


def _prepare(app: Flask) -> str:
    """Make the tables where there are none, the days' secrets, and a link; give its code."""
    with app.app_context():
        upgrade()
        upkeep(expiry.forget)
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return code


def _drain(app: Flask) -> int:
    with app.app_context():
        drain = Drain(Path(app.config["CLICKS_DIR"]), app.config["FLOOD_PER_MINUTE"])
        try:
            return drain.empty()
        finally:
            drain.close()
            db.session.remove()


def _toll(app: Flask, acknowledged: list[int], times: int) -> Toll:
    with app.app_context(), every_brand():
        rows = db.session.execute(select(Click.id, Click.visitor)).all()
        counts = db.session.scalar(select(func.sum(ClickDay.clicks)).where(ClickDay.link_id == WHOLE_CAMPAIGN)) or 0
        db.session.remove()
    recorded = {row.id for row in rows}
    # Each request came from an address of its own, so a visit that was written twice under two ids shows, too.
    doubled = len(rows) - len({row.visitor for row in rows}) + abs(int(counts) - len(rows))
    answered = set(acknowledged)
    doubled += len(acknowledged) - len(answered)
    return Toll(len(acknowledged), len(rows), len(answered - recorded), doubled, len(recorded - answered), times)


if __name__ == "__main__":
    main()
