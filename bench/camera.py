"""How long a visitor waits at the gate: from a code in view to the verdict on the screen, without a network.

    python -m bench.camera
    python -m bench.camera --readings 20 --passes 1000 --slow 1

The gate app in a headless Chromium on a phone's screen, paired and with the list of 100,000 passes, then offline. Its
camera is a film: a busy hall, into which codes are held one after the other, each once. Beside it, in the same run, the
same app with one try a second, as a widely used open check-in app reads; nothing else of it is different.

A reading begins when the camera delivers the first picture with the code: each picture of the film bears a row of
squares that say which code it shows and since how many pictures, and the browser tells when it was captured. It ends
when the verdict has been painted: at the beginning of the second picture of the page after it was shown. A code that
was not read while it was held there counts as endless.

What is slowed down: the page's own thread by Chromium (Emulation.setCPUThrottlingRate). Chromium refuses that to
workers, so the thread that reads codes is kept busy after each picture until it took as many times as long; what others
took of this machine meanwhile is multiplied as well. What is not slowed down: the film's decoding, painting, IndexedDB
and WebCrypto, which other threads and processes do. They share this machine's cores with the server; a phone's camera
and screen have chips of their own.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from bench.doors import logged
from bench.gate import House, house
from bench.serving import HOST
from referral.brands.queries import by_id
from referral.events import pairing, queries
from referral.events.rules.codes import payload
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction
from tests.browser.fake_camera import RATE, film

OURS, ONCE = "ours", "one try a second"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
P50, P95, VERDICT = 300, 700, 20
LEAD = 4.0
IN_VIEW = {OURS: 1.2, ONCE: 2.4}
"""For how many seconds a code is held to the camera."""
BETWEEN = (1.0, 1.5)

SQUARE, CODE_BITS, AGE_BITS = 16, 8, 4
BLANK, LATER = 15, 14
"""Ages of a picture: one without a code (which names the next code), and one whose code has been there for long."""

WORK = """() => {
  const work = () => {
    const began = performance.now();
    let sum = 0;
    for (let turn = 0; turn < 2e7; turn++) sum += turn % 7;
    return [performance.now() - began, sum][0];
  };
  return Math.min(...Array.from({ length: 5 }, work));
}"""

READY = """async (passes) => {
  const { engine, sight } = document.body.gate;
  return sight.isReady && engine.passes === passes && (await engine.store.get("names")) !== undefined;
}"""

SLOWER = """(rate) => {
  let began = 0;
  self.spent = [];
  const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data"); // What the reader does first.
  Object.defineProperty(MessageEvent.prototype, "data", { get() {
    began = performance.now();
    return get.call(this);
  } });
  const tell = self.postMessage.bind(self);
  self.postMessage = (...said) => {
    const took = performance.now() - began;
    self.spent.push(took);
    while (performance.now() < began + took * rate);
    tell(...said);
  };
}"""

WATCH = """({ codes, once, square, codeBits, ageBits, blank, later, rate }) => {
  const { engine, scanning, showing, sight } = document.body.gate;
  const readings = codes.map((code) => ({ code }));
  const bench = (window.bench = { readings, tries: [], once: false, at: -1, ended: false, wrong: [] });
  const of = (code) => readings.find((reading) => reading.code === code);

  let last = -Infinity;
  Object.defineProperty(sight, "last", {
    get: () => (bench.once ? (performance.now() - last < 1000 ? Infinity : -Infinity) : last),
    set: (now) => { last = now; },
  });

  const read = sight.read.bind(sight);
  sight.read = async (video, region, most) => {
    const began = performance.now();
    const text = await read(video, region, most);
    const ended = performance.now();
    bench.tries.push({ took: ended - began, whole: region.width === 1 && region.height === 1, found: Boolean(text) });
    const reading = of(text);
    if (reading && !reading.read) Object.assign(reading, { tried: began, read: ended });
    return text;
  };

  const scan = engine.scan.bind(engine);
  engine.scan = async (text, wish) => {
    const verdict = await scan(text, wish);
    const reading = of(text);
    if (!reading || !verdict.number) bench.wrong.push(`${text} is not in the list`);
    else if (!reading.said) Object.assign(reading, { ms: verdict.ms, said: verdict.said, kept: performance.now() });
    return verdict;
  };

  const show = showing.show.bind(showing);
  showing.show = (verdict, about) => {
    show(verdict, about);
    const reading = of(about.text);
    const painted = () => { reading.shown ??= performance.now(); };
    if (reading) requestAnimationFrame(() => requestAnimationFrame(painted));
  };

  const { video } = scanning.camera;
  const bits = 1 + codeBits + ageBits + 1;
  const rect = { x: 0, y: 0, width: bits * square, height: square };
  const luma = async () => {
    const frame = new VideoFrame(video);
    try {
      if (!["I420", "NV12"].includes(frame.format)) throw new Error(`pictures come as ${frame.format}`);
      const bytes = new Uint8Array(frame.allocationSize({ rect }));
      const [{ offset, stride }] = await frame.copyTo(bytes, { rect });
      const middle = offset + stride * (square / 2) + square / 2;
      return Array.from({ length: bits }, (_, bit) => bytes[middle + bit * square] > 128);
    } finally {
      frame.close();
    }
  };
  const number = (part) => part.reduce((sum, bit) => 2 * sum + bit, 0);
  const look = async (now, { captureTime }) => {
    const noticed = performance.now();
    video.requestVideoFrameCallback(look);
    const found = await luma().catch((error) => bench.wrong.push(error.message));
    if (!Array.isArray(found) || !found[0] || found.filter(Boolean).length % 2) return;
    const at = number(found.slice(1, 1 + codeBits));
    const age = number(found.slice(1 + codeBits, 1 + codeBits + ageBits));
    if (at < bench.at) return;
    bench.at = at;
    bench.ended ||= at >= codes.length;
    if (age === blank) bench.once = once[at] ?? false;
    const reading = readings[at];
    if (age === blank || !reading || reading.age !== undefined) return;
    Object.assign(reading, { age, seen: captureTime - (age * 1000) / rate, delivered: noticed - captureTime });
    if (captureTime === undefined) bench.wrong.push("the browser does not tell when a picture was captured");
    if (age === later) bench.wrong.push(`code ${at} had been in view for long when it was first noticed`);
  };
  video.requestVideoFrameCallback(look);
}"""


@dataclass(frozen=True)
class Run:
    """Hold what was found, in milliseconds: the readings as the page noted them, and all tries of the reader."""

    readings: list[dict[str, Any]]
    tries: list[dict[str, Any]]
    spent: list[float]
    slower: float
    """How many times slower the page's thread was found to be."""
    browser: str
    logged: dict[str, int]


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera", description="From a code in view to the verdict.")
    parser.add_argument("--readings", type=int, default=42, help="codes that are read (42); the baseline reads 2 for 5")
    parser.add_argument("--passes", type=int, default=100_000, help="passes of the event (100,000)")
    parser.add_argument("--slow", type=float, default=4, help="how many times slower the processor is (4)")
    wanted = parser.parse_args()
    many, passes = min(max(wanted.readings, 2), 150), min(max(wanted.passes, 500), 1_000_000)
    slow = min(max(wanted.slow, 1.0), 20.0)
    print(f"{os.cpu_count()} cores, {loads()}; {passes:,} passes; {slow:g} times slower", flush=True)
    with house("sqlite", passes, processes=1) as ours, tempfile.TemporaryDirectory(prefix="tular-bench-") as folder:
        kinds = turns(many)
        tokens = random.Random(3).sample(list(ours.doors.codes), len(kinds))
        codes = [payload(ours.app.config["PUBLIC_URL"], token) for token in tokens]
        path, seconds = shot(Path(folder) / "film.mjpeg", codes, kinds)
        size = path.stat().st_size / 1e6
        print(f"a film of {seconds:.0f} s with {len(codes)} codes ({size:.0f} MB), {loads()}", flush=True)
        run = watched(ours, path, codes, kinds, seconds, slow)
    report(run, kinds)


def loads() -> str:
    """Tell how busy the machine is."""
    return f"load average {os.getloadavg()[0]:.1f}"


def turns(many: int) -> list[str]:
    """Let ours and the baseline take turns, five to two."""
    return [kind for one in range(many) for kind in ((OURS, ONCE) if one % 5 in (1, 3) else (OURS,))]


# --- The film --------------------------------------------------------------------------------------------------------


def shot(path: Path, codes: Sequence[str], kinds: Sequence[str]) -> tuple[Path, float]:
    """Make the film; give it and how long it lasts."""
    chance = random.Random(5)
    hall, pictures = still(path, None), 0
    with path.open("wb") as file:

        def add(picture: bytes, many: int = 1) -> None:
            nonlocal pictures
            file.write(picture * many)
            pictures += many

        add(marked(hall, 0, BLANK), round(LEAD * RATE))
        for at, (code, kind) in enumerate(zip(codes, kinds, strict=True)):
            badge = still(path.with_suffix(".still"), code)
            for age in range(LATER):
                add(marked(badge, at, age))
            add(marked(badge, at, LATER), round(IN_VIEW[kind] * RATE) - LATER)
            add(marked(hall, at + 1, BLANK), round(chance.uniform(*BETWEEN) * RATE))
        add(marked(hall, len(codes), BLANK), 10 * RATE)  # before it begins again
    return path, pictures / RATE


def still(path: Path, code: str | None) -> Image.Image:
    """Take one picture of the hall, with a code held into it."""
    return Image.open(io.BytesIO(film(path, [(code, 1 / RATE)]).read_bytes())).convert("RGB")


def marked(picture: Image.Image, at: int, age: int) -> bytes:
    """Write on a picture which code it shows and since how many pictures: white squares in a row, an even number."""
    signs = f"1{at:0{CODE_BITS}b}{age:0{AGE_BITS}b}"
    signs += str(signs.count("1") % 2)
    marked = picture.copy()
    pen = ImageDraw.Draw(marked)
    for place, sign in enumerate(signs):
        box = (place * SQUARE, 0, (place + 1) * SQUARE - 1, SQUARE - 1)
        pen.rectangle(box, fill="white" if sign == "1" else "black")
    made = io.BytesIO()
    marked.save(made, "JPEG", quality=75)
    return made.getvalue()


# --- The phone -------------------------------------------------------------------------------------------------------


def watched(ours: House, path: Path, codes: Sequence[str], kinds: Sequence[str], seconds: float, slow: float) -> Run:
    """Let the app read the film without a network, then send what it has scanned."""
    with phone(ours.port, path) as page:
        paired(page, ours, len(ours.doors.codes))
        page.context.set_offline(True)
        page.wait_for_function("() => !document.body.gate.engine.online")
        before = page.evaluate(WORK)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
        really = page.evaluate(WORK) / before
        reader = next(worker for worker in page.workers if "gate-reader" in worker.url)
        reader.evaluate(SLOWER, slow)
        page.evaluate(
            WATCH,
            {
                "codes": codes,
                "once": [kind == ONCE for kind in kinds],
                "square": SQUARE,
                "codeBits": CODE_BITS,
                "ageBits": AGE_BITS,
                "blank": BLANK,
                "later": LATER,
                "rate": RATE,
            },
        )
        page.get_by_role("button", name="North").click()
        page.wait_for_function("() => window.bench.ended", timeout=1000 * (3 * seconds + 30), polling=500)
        found = page.evaluate("() => window.bench")
        if found["wrong"]:
            sys.exit(f"not measured: {'; '.join(sorted(set(found['wrong'])))}")
        if page.evaluate("() => document.body.gate.engine.online"):
            sys.exit("not measured: the phone was online")
        spent = reader.evaluate("() => self.spent")
        page.context.set_offline(False)
        page.wait_for_function("() => document.body.gate.engine.unsent === 0", timeout=60_000, polling=200)
        version = page.context.browser.version if page.context.browser else "?"
    return Run(found["readings"], found["tries"], spent, really, version, logged(ours.app, ours.doors.brand_id))


@contextmanager
def phone(port: int, path: Path) -> Iterator[Page]:
    """Open a page on a phone whose camera sees a film."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        sys.exit("There is no chromium on the path.")
    arguments = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream"]
    arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        context = chromium.new_context(
            base_url=f"http://{HOST}:{port}", locale="en-GB", timezone_id="UTC", permissions=["camera"], **PHONE
        )
        context.set_default_timeout(60_000)
        yield context.new_page()
        chromium.close()


def paired(page: Page, ours: House, passes: int) -> None:
    """Pair the phone, and wait until it has all passes, their names, and a reader of codes."""
    page.goto(f"/g/#pair={token(ours)}")
    page.get_by_label("Your name").fill("Rani")
    page.get_by_label("A PIN of 4 to 6 digits").fill("4711")
    page.get_by_role("button", name="Open the gate").click()
    page.get_by_role("button", name="North").wait_for()
    until = time.monotonic() + 60
    while not page.evaluate(READY, passes):  # wait_for_function takes a promise for a yes
        if time.monotonic() > until:
            sys.exit("not measured: the phone did not get the list of passes, their names, or a reader of codes")
        page.wait_for_timeout(200)


def token(ours: House) -> str:
    """Make a pairing code."""
    with ours.app.app_context(), of_brand(ours.doors.brand_id):
        event = queries.by_slug(by_id(ours.doors.brand_id), ours.doors.event)
        made = in_transaction(lambda: pairing.make(event, name="Phone", role="steward").token)
        db.session.remove()
    return made


# --- What was found --------------------------------------------------------------------------------------------------


def report(run: Run, kinds: Sequence[str]) -> None:
    """Print what was measured."""
    print(f"Chromium {run.browser}, {loads()}")
    print(
        f"  slowed down: the page's thread by Chromium (found: {run.slower:.1f} times), the reader's by the benchmark"
    )
    print("  not slowed down: decoding the film, painting, IndexedDB, WebCrypto (other threads and processes)")
    print("\ncode in view to verdict, offline")
    for kind in (OURS, ONCE):
        mine = [one for one, its in zip(run.readings, kinds, strict=True) if its == kind]
        waits = sorted(waited(one) for one in mine)
        unread = sum(math.isinf(wait) for wait in waits)
        print(f"  {kind:17} {len(mine):3} codes: {quantiles(waits)}; not read: {unread}")
        if kind == OURS:
            verdict(f"p50 at most {P50} ms", part(waits, 0.5) <= P50)
            verdict(f"p95 at most {P95} ms", part(waits, 0.95) <= P95)
            where(mine)
    took = sorted(one["ms"] for one in run.readings if "ms" in one)
    print(f"\nthe verdict itself    {quantiles(took)}")
    verdict(f"at most {VERDICT} ms", bool(took) and took[-1] <= VERDICT)
    tried(run)
    settle(run)


def waited(reading: dict[str, Any]) -> float:
    """Give the milliseconds of a reading."""
    return float(reading["shown"] - reading["seen"]) if "shown" in reading and "seen" in reading else math.inf


def where(readings: Sequence[dict[str, Any]]) -> None:
    """Print where the time of a reading goes."""
    done = [one for one in readings if not math.isinf(waited(one))]
    if not done:
        return
    steps = {
        "until the picture that was read was taken up": ("seen", "tried"),
        "reading it": ("tried", "read"),
        "the verdict, and keeping it": ("read", "kept"),
        "showing it": ("kept", "shown"),
    }
    for name, (start, end) in steps.items():
        spans = sorted(one[end] - one[start] for one in done)
        print(f"    {name:45} p50 {part(spans, 0.5):5.0f} ms, p95 {part(spans, 0.95):5.0f} ms")
    delivered = sorted(one["delivered"] for one in done)
    at_once = sum(one["age"] == 0 for one in done)
    print(f"    of that, from the camera to the page {part(delivered, 0.5):.0f} ms; ", end="")
    print(f"the first picture with the code was noticed itself in {at_once} of {len(done)}")


def tried(run: Run) -> None:
    """Print how long a try takes, by what is read of a picture."""
    for name, whole in (("the target", False), ("the whole picture", True)):
        for what, found in (("with a code", True), ("without", False)):
            took = sorted(one["took"] for one in run.tries if one["whole"] == whole and one["found"] == found)
            if took:
                print(f"  a try on {name}, {what}: {quantiles(took)} ({len(took)})")
    print(f"  of which the reader's thread, before it was slowed down: {quantiles(sorted(run.spent))}")


def settle(run: Run) -> None:
    """Leave if the verdicts were wrong, or not all scans came to the server."""
    said = [one["said"] for one in run.readings if "said" in one]
    if set(said) - {"in"} or run.logged.get("applied") != len(said):
        sys.exit(f"the phone said {statistics.multimode(said)} to {len(said)} codes, but the server has {run.logged}")
    print(f"\n{len(said)} codes were let in, and are in the server's log once the phone is online again")


def part(values: Sequence[float], share: float) -> float:
    """Give the value below which such a share of sorted values lies."""
    return values[min(math.ceil(share * len(values)), len(values)) - 1] if values else math.inf


def quantiles(values: Sequence[float]) -> str:
    """Sum up sorted milliseconds."""
    if not values:
        return "none"
    return f"p50 {part(values, 0.5):.1f} ms, p95 {part(values, 0.95):.1f} ms, most {values[-1]:.1f} ms"


def verdict(target: str, is_met: bool) -> None:
    """Print whether a target is met."""
    print(f"    {target}: {'yes' if is_met else 'NO'}")


if __name__ == "__main__":
    main()
