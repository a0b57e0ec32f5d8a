"""How fast a spread is measured, beside networkx on the same trees in the same run.

    python -m bench.measures                        all of it, both engines; some five minutes
    python -m bench.measures --only rules running
    python -m bench.measures --engine sqlite --fans 100000

`rules`    all measures of a random tree, a preferential one and a chain, with the memory they take; networkx's beside
`running`  one introduction into a forest that is kept up to date, and whether it is exact
`page`     the measures and the campaign's page over the database: the first time, unchanged, and after 1,000 newcomers
`import`   the recorded Higgs retweets through `flask spread import`, where they are (TULAR_SHARED)

Whatever is measured in memory runs in a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import http.client
import json
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench import fairs, higgs, oracle, spreads
from bench.load import page_times
from bench.serving import HOST, ROOT, clean, served
from bench.stores import REMARKS, stores
from referral.app import create_app
from referral.brands.queries import by_id
from referral.campaigns import actions as campaigns
from referral.campaigns.models import Campaign
from referral.campaigns.rules import PlanTerms
from referral.config import SETTINGS
from referral.introductions import actions as introductions
from referral.introductions.columns import fans_after
from referral.introductions.rules import Arrival, Teller
from referral.people.rules import Contact
from referral.plumbing.clock import now
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction
from referral.spread.rules.running import RunningForest
from referral.spread.rules.virality import wiener_indices
from tests.engines import ENGINES, Databases, EngineMissing
from tests.recorded import HIGGS

PARTS = ("rules", "running", "page", "import")
FANS, SALES, NEW = 1_000_000, 100_000, 1_000
SLUG = "million"


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="bench.measures", description="How fast a spread is measured.")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="only these parts")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    parser.add_argument("--fans", type=int, default=FANS, help=f"people of each tree ({FANS:,})")
    wanted = parser.parse_args()
    if "rules" in wanted.only:
        rules(wanted.fans)
    if "running" in wanted.only:
        running(wanted.fans)
    for engine in wanted.engine or ENGINES:
        if not {"page", "import"} & set(wanted.only):
            break
        print(f"\n{REMARKS[engine]}", flush=True)
        try:
            with stores(engine) as made:
                over_a_database(made, wanted.only, wanted.fans)
        except EngineMissing as error:
            print(f"  not measured: {error}")


# --- In memory -------------------------------------------------------------------------------------------------------


def rules(n: int) -> None:
    """Measure trees with ours and with networkx, and compare what they find."""
    print(f"\nAll measures of {n:,} people, build included; memory is the peak above the arrays", flush=True)
    ours = {}
    for name in oracle.TREES:
        found = alone("ours", name, n)
        ours[name] = found["seconds"]
        beside = ""
        if name != "chain":
            theirs = alone("networkx", name, n)
            assert theirs["measures"] == found["measures"], (theirs["measures"], found["measures"])
            beside = f"   networkx {theirs['seconds']:6.1f} s {theirs['megabytes']:6,.0f} MB: "
            beside += f"{theirs['seconds'] / found['seconds']:.0f} times as long, with the same values"
        else:
            beside = f"   {ours['chain'] / ours['random']:.1f} times the random tree"
        print(f"  {name:13} {found['seconds']:6.3f} s {found['megabytes']:6,.0f} MB{beside}", flush=True)


def alone(whose: str, tree: str, n: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "bench.oracle", whose, tree, str(n)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def running(n: int) -> None:
    """Measure one introduction into a forest of so many, and compare with the whole computation."""
    print(f"\nOne introduction into {n:,} people: sizes, generations and structural virality", flush=True)
    for name in ("random", "preferential"):
        parent = oracle.TREES[name](n)
        forest = RunningForest.of(oracle.forest_of(parent))
        chance = random.Random(5)
        told = [chance.randrange(n) for _ in range(20 * NEW)]
        times = []
        for start in range(0, len(told), NEW):
            began = time.perf_counter()
            for teller in told[start : start + NEW]:
                forest.introduce(teller)
            times.append(1e6 * (time.perf_counter() - began) / NEW)
        whole = oracle.forest_of(np.concatenate((parent, told)))
        assert np.array_equal(forest.columns()[3], whole.size)
        assert forest.distances(0) == int(wiener_indices(whole)[0])
        print(f"  {name:13} median {statistics.median(times):5.1f} us, slowest thousand {max(times):5.1f} us; ", end="")
        print(f"{len(told):,} of them are exactly the whole computation", flush=True)


# --- Over a database -------------------------------------------------------------------------------------------------


def over_a_database(made: Databases, parts: list[str] | tuple[str, ...], n: int) -> None:
    """Measure pages and the importer on one engine."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tular-bench-"))
        settings = {
            "DATABASE_URL": stack.enter_context(made.empty()),
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(),
            "RATE_LIMITS": "0",
        }
        app = create_app({one.name: one.default for one in SETTINGS} | settings | {"RATE_LIMITS": False})
        fair = fairs.made(app)
        with app.app_context(), of_brand(fair.brand_id):
            if "import" in parts:
                retweets(settings, Path(folder))
            if "page" in parts:
                page(fair, settings, n)
            db.session.remove()
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()


def page(fair: fairs.Fair, settings: Mapping[str, str], n: int) -> None:
    """Measure how long measures and pages of a large campaign take, through the server."""
    campaign = _campaign(SLUG)
    began = time.perf_counter()
    parent = spreads.random_recursive(n)
    spreads.fill(campaign, parent, min(SALES, n))
    known = fans_after(campaign, -1, (None,))[:, 0].tolist()
    db.session.rollback()
    print(f"  {n:,} fans and {min(SALES, n):,} sales made in {time.perf_counter() - began:.0f} s", flush=True)
    with served("wsgi:app", environment=settings) as ours:
        asked = http.client.HTTPConnection(HOST, ours.port, timeout=120)

        def measures() -> float:
            began = time.perf_counter()
            path = f"/api/v1/campaigns/{SLUG}/measures"
            asked.request("GET", path, headers={"Authorization": f"Bearer {fair.key}"})
            answer = asked.getresponse()
            body = answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"GET {path} was answered with {answer.status}: {body[:300]!r}")
            took = 1000 * (time.perf_counter() - began)
            if json.loads(body)["reach"] != people:
                raise RuntimeError(f"reach is {json.loads(body)['reach']:,}; let in were {people:,}")
            return took

        people = n
        print(f"  measures, for the first time:            {measures():7,.0f} ms", flush=True)
        _said("measures, nothing changed:", [measures() for _ in range(20)])
        after = []
        for number in range(7):
            in_transaction(lambda number=number: _let_in(campaign, number, known))  # type: ignore[misc]
            people += NEW
            after.append(measures())
        _said(f"measures, after {NEW:,} introductions:", after)
        asked.close()
        path = f"/b/{fairs.SLUG}/campaigns/{SLUG}"
        _said(
            "campaign page, nothing changed:", [1000 * one for one in page_times(HOST, ours.port, path, fair.cookie, 8)]
        )


def _said(what: str, times: list[float]) -> None:
    print(f"  {what:40} median {statistics.median(times):5,.0f} ms, slowest {max(times):5,.0f} ms", flush=True)


def _let_in(campaign: Campaign, number: int, known: list[int]) -> None:
    """Let newcomers in whom fans of all times told."""
    introductions.arrive(
        campaign,
        [
            Arrival(Contact.of(external_id=f"new-{number}-{row}"), Teller(None, fan, 1, "line"), None, now())
            for row, fan in enumerate(random.Random(number).sample(known, NEW))
        ],
    )


def retweets(settings: Mapping[str, str], folder: Path) -> None:
    """Measure how long the importer takes over a quarter of a million people."""
    if not HIGGS.exists():
        print(f"  import: not measured, for the recorded retweets are not at {HIGGS}")
        return
    _campaign("higgs")
    file = folder / "higgs.csv"
    with gzip.open(HIGGS, "rt", encoding="ascii") as lines, file.open("w", newline="") as rows:
        csv.writer(rows).writerows([higgs.COLUMNS, *higgs.rows(lines)])
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "spread", "import", fairs.SLUG, "higgs", str(file)]
    began = time.perf_counter()
    done = subprocess.run(command, env=clean(settings), cwd=ROOT, capture_output=True, check=True, text=True)
    print(f"  import: {time.perf_counter() - began:.0f} s. {done.stdout.strip()}", flush=True)


def _campaign(slug: str) -> Campaign:
    """Make a campaign without anybody, and give its row outside any session."""

    def make() -> None:
        brand = by_id(fairs.campaign(fairs.SMALL).brand_id)
        story = campaigns.Telling("en", "A story", "Worth passing on.")
        made = campaigns.create(brand, slug=slug, name=slug, telling=story, terms=PlanTerms.percent(500, "IDR", 14))
        campaigns.publish(made)

    in_transaction(make)
    campaign = fairs.campaign(slug)
    db.session.expunge(campaign)
    db.session.rollback()
    return campaign


if __name__ == "__main__":
    main()
