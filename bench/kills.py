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
import random
import secrets
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from bench.serving import HOST
from bench.stores import REMARKS, stores
from bench.victims import VICTIMS, running
from referral.clicks import expiry
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
            programs.wait_for_answers(clients.answered)
            for _ in range(times):
                time.sleep(draw.uniform(0.2, 1.2))
                programs.kill(draw.choice(VICTIMS), draw)
                programs.wait_for_answers(clients.answered)
            # Who ends as asked ends under load, too.
            programs.end()
            clients.stop()
        while make.drain(app):
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

    def answered(self) -> int:
        """Tell how many answers were read to their end so far."""
        return sum(len(mine) for mine in self._found)

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
