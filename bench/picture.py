"""How fast the picture of a spread is in a headless Chromium without a graphics card, beside sigma.js on the same tree.

    make bench
    python -m bench.picture --sizes 100000 1000000

The product serves trees of so many people. Measured are: how long its answer takes, when it is asked first and when it
was asked before; how large it is on the wire; how long from the answer to the first full picture; and a step of the
replay, which shows one per cent more of the people. sigma.js (with graphology) draws the smallest of these trees at the
same places, in the same run, and takes the same steps.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page, ViewportSize, sync_playwright

from bench import fairs, spreads
from bench.serving import HOST, ROOT, served
from bench.stores import stores
from referral.app import create_app
from referral.brands.queries import by_id
from referral.campaigns import actions as campaigns
from referral.campaigns.rules import PlanTerms
from referral.config import SETTINGS
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction

SIZES = (100_000, 1_000_000)
WINDOW: ViewportSize = {"width": 1280, "height": 900}
STEPS = 20
SIGMA_STEPS = 3
NO_CARD = ["--no-sandbox", "--disable-gpu"]
# A WebGL that is computed by the processor: sigma.js draws with nothing else.
COMPUTED = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
TARGETS = {100_000: (1_500, 16, 1.0), 1_000_000: (6_000, 40, 10.0)}

STEP = """async (steps) => {
  const { picture, forest } = document.querySelector('[data-spread]').spread;
  const times = [];
  picture.show(Math.floor(forest.n * 0.5));
  await picture.drawn();
  for (let step = 1; step <= steps; step++) {
    await new Promise(requestAnimationFrame);
    picture.requested = true;
    picture.show(Math.floor(forest.n * (0.5 + 0.01 * step)));
    const began = performance.now();
    picture.draw();
    times.push(performance.now() - began);
    picture.requested = false;
  }
  return times;
}"""

SIGMA = """
import Graph from "graphology";
import Sigma from "sigma";
window.sigmaOf = ({ x, y, parent }) => {
  const finish = (sigma) => {
    const pixel = new Uint8Array(4);
    for (const gl of Object.values(sigma.webGLContexts)) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  };
  const began = performance.now();
  const graph = new Graph({ type: "directed", multi: false });
  for (let row = 0; row < x.length; row++) graph.addNode(row, { x: x[row], y: -y[row], size: 1, color: "#e9a23b" });
  parent.forEach((above, row) => above >= 0 && graph.addEdge(above, row, { size: 0.5, color: "#5b4a36" }));
  let shown = x.length;
  const sigma = new Sigma(graph, document.getElementById("field"), {
    renderLabels: false,
    nodeReducer: (row, look) => (Number(row) < shown ? look : { ...look, hidden: true }),
    edgeReducer: (edge, look) => (Number(graph.target(edge)) < shown ? look : { ...look, hidden: true }),
  });
  sigma.refresh();
  finish(sigma);
  const first = performance.now() - began;
  const steps = [];
  for (let step = 0; step < window.STEPS; step++) {
    shown = Math.floor(x.length * (0.5 + 0.01 * step));
    const from = performance.now();
    sigma.refresh();
    finish(sigma);
    steps.push(performance.now() - from);
  }
  return { first, steps };
};
"""


@dataclass(frozen=True)
class Drawn:
    """Hold what was measured of one tree, in milliseconds and bytes."""

    asked_first: float
    asked_again: float
    on_the_wire: int
    first: float
    steps: list[float]
    by: str


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.picture", description="How fast the picture is.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="people of the trees")
    parser.add_argument("--no-sigma", action="store_true", help="leave sigma.js out")
    wanted = parser.parse_args()
    sizes = sorted(min(max(size, 1_000), 2_000_000) for size in wanted.sizes)
    missed = []
    with browsers() as (page, other):
        for size in sizes:
            with served_tree(size) as (address, cookie):
                name, value = cookie.split("=", 1)
                page.context.add_cookies([{"name": name, "value": value, "url": address}])
                drawn = measure(page, f"{address}/b/{fairs.SLUG}/campaigns/{slug(size)}")
                missed += report(size, drawn)
                if size == sizes[0] and not wanted.no_sigma:
                    beside(page, other, drawn)
                page.goto("about:blank")
    if missed:
        sys.exit("; ".join(missed))


def slug(size: int) -> str:
    """Name the campaign of so many people."""
    return f"tree-{size}"


@contextmanager
def served_tree(size: int) -> Iterator[tuple[str, str]]:
    """Serve the product with a tree of so many people; give its address and a cookie of the staff."""
    with ExitStack() as stack:
        url = stack.enter_context(stack.enter_context(stores("sqlite")).empty())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tular-bench-"))
        settings = {"DATABASE_URL": url, "DATA_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(), "RATE_LIMITS": "0"}
        app = create_app({one.name: one.default for one in SETTINGS} | settings | {"RATE_LIMITS": False})
        fair = fairs.made(app)
        began = time.perf_counter()
        plant(app, fair.brand_id, size)
        print(f"\n{size:,} people written in {time.perf_counter() - began:.0f} s", flush=True)
        port = stack.enter_context(served("wsgi:app", environment=settings, processes=1)).port
        yield f"http://{HOST}:{port}", fair.cookie


def plant(app: Flask, brand_id: int, size: int) -> None:
    """Make a campaign with one tree of so many people."""
    with app.app_context(), of_brand(brand_id):

        def work() -> None:
            campaign = campaigns.create(
                by_id(brand_id),
                slug=slug(size),
                name=f"{size:,}",
                telling=campaigns.Telling("en", "A story", "Worth passing on."),
                terms=PlanTerms.percent(500, "IDR", 14),
            )
            campaigns.publish(campaign)

        in_transaction(work)
        campaign = fairs.campaign(slug(size))
        db.session.expunge(campaign)
        db.session.remove()
        spreads.fill(campaign, spreads.preferential(size), size // 20)


@contextmanager
def browsers() -> Iterator[tuple[Page, Page]]:
    """Open a page in a Chromium that has no graphics card, and one in another that computes what a card would do."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("There is no chromium on the path.")
    with sync_playwright() as playwright:
        pages = []
        for arguments in (NO_CARD, COMPUTED):
            chromium = playwright.chromium.launch(executable_path=program, args=arguments)
            pages.append(chromium.new_context(viewport=WINDOW).new_page())
            pages[-1].set_default_timeout(240_000)
        yield pages[0], pages[1]
        for page in pages:
            if page.context.browser:
                page.context.browser.close()


def measure(page: Page, address: str) -> Drawn:
    """Look at a tree twice, and play some steps of it."""
    entry = "performance.getEntriesByType('resource').find(one => one.name.includes('.bin'))"
    data = "document.querySelector('[data-spread]').dataset"
    times = []
    for _ in range(2):
        page.goto(address)
        page.locator(".spread-stage.is-ready").wait_for()
        times.append(page.evaluate(f"{entry}.duration"))
    return Drawn(
        asked_first=times[0],
        asked_again=times[1],
        on_the_wire=length(page, page.evaluate(f"{entry}.name")),
        first=page.evaluate(f"Number({data}.ready) - Number({data}.received)"),
        steps=page.evaluate(STEP, STEPS),
        by=page.evaluate("document.querySelector('[data-spread]').spread.picture.seen().by"),
    )


def length(page: Page, address: str) -> int:
    """Weigh an answer as it goes over the wire."""
    answer = page.request.get(address, headers={"Accept-Encoding": "gzip"})
    told = answer.headers.get("content-length")
    return int(told) if told else len(answer.body())


def report(size: int, drawn: Drawn) -> list[str]:
    """Print what was measured; give the targets that were missed."""
    median, worst = statistics.median(drawn.steps), max(drawn.steps)
    print(f"{size:,} people, drawn by {drawn.by}")
    print(
        f"  data           {drawn.asked_first:8,.0f} ms asked first, {drawn.asked_again:,.0f} ms asked again, ", end=""
    )
    print(f"{drawn.on_the_wire / 1e6:.2f} MB")
    print(f"  first picture  {drawn.first:8,.0f} ms after the data")
    print(f"  replay step    {median:8,.1f} ms median, {worst:,.1f} ms worst of {len(drawn.steps)}", flush=True)
    if size not in TARGETS:
        return []
    first, step, megabytes = TARGETS[size]
    found: list[tuple[str, float, float]] = [("first picture", drawn.first, first), ("replay step", median, step)]
    found.append(("megabytes", drawn.on_the_wire / 1e6, megabytes))
    return [f"{size:,}: {name} {value:,.1f}, not under {most}" for name, value, most in found if value >= most]


def beside(page: Page, other: Page, drawn: Drawn) -> None:
    """Let sigma.js draw the tree that the page shows, and print its times beside ours."""
    tree = page.evaluate(
        """() => {
          const { forest } = document.querySelector('[data-spread]').spread;
          const parent = [...forest.parent].map((row) => (row > 4e9 ? -1 : row));
          return { x: [...forest.px], y: [...forest.py], parent };
        }"""
    )
    with tempfile.TemporaryDirectory(prefix="tular-bench-") as folder:
        bundle = bundled(Path(folder))
        other.set_content('<body style="margin:0"><div id="field" style="width:1280px;height:660px"></div>')
        other.evaluate(f"window.STEPS = {SIGMA_STEPS}")
        other.add_script_tag(path=str(bundle))
        found: dict[str, Any] = other.evaluate("tree => window.sigmaOf(tree)", tree)
    step, ours = statistics.median(found["steps"]), statistics.median(drawn.steps)
    print("  sigma.js and graphology, the same tree")
    first = drawn.first / found["first"]
    print(f"  first picture  {found['first']:8,.0f} ms after the data; ours takes {first:.3f} of it")
    print(f"  replay step    {step:8,.1f} ms; ours takes {ours / step:.4f} of it", flush=True)


def bundled(folder: Path) -> Path:
    """Bundle sigma.js for the page, outside of the repository."""
    made = folder / "sigma.js"
    subprocess.run(
        [str(ROOT / "node_modules/.bin/esbuild"), "--bundle", "--minify", "--format=iife", f"--outfile={made}"],
        input=SIGMA.encode(),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return made


if __name__ == "__main__":
    main()
