"""Fixtures of journeys in a real Chromium: the running application, a phone, a desk, and a look for barriers.

Playwright keeps an event loop in the thread that its tests run in, so a test beside them must not call `asyncio.run`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from referral.notices.worker import empty_outbox
from tests.application import application, settings_for_tests
from tests.engines import Databases
from tests.machine import missing

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).parent.parent.parent
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


# --- The running application -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveServer:
    """Hold the address of a running application, and the application itself, to prepare its data with."""

    url: str
    app: Flask

    def work(self) -> None:
        """Let the worker look once at what waits: mail goes out, into the development mailbox."""
        with self.app.app_context():
            empty_outbox(self.app.config)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: a test tells what went wrong."""


@pytest.fixture
def live_server(sqlite_databases: Databases, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """Serve the application on a free port of this machine, with an SQLite database of this test's own.

    `@pytest.mark.settings(…)` gives it other settings.
    """
    with ExitStack() as stack:
        database_url = stack.enter_context(sqlite_databases.copy())
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = settings_for_tests(database_url, DATA_DIR=str(tmp_path), PUBLIC_URL=url, MAILBOX=True)
        for marker in request.node.iter_markers("settings"):
            settings |= marker.kwargs
        app = stack.enter_context(application(settings))
        stack.enter_context(_served(app, listening))
        yield LiveServer(url, app)


@contextmanager
def _served(app: Flask, listening: socket.socket) -> Iterator[None]:
    host, port = listening.getsockname()
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- The browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium: CHROMIUM of the environment, else the one on the path, best without a window of its own.

    The one without (Debian: chromium-headless-shell) shows pages by the same engine, with a third less work.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    program = found or "/usr/bin/chromium"
    if not Path(program).exists():
        missing(f"no Chromium at {program}: install it (Debian: apt-get install chromium), or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Note what a page does that no page of ours may do."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._url = url
        page.on("pageerror", lambda error: self.complaints.append(f"a script failed: {error}"))
        page.on("console", self._read)
        page.on("request", self._follow)
        page.on("response", self._check)

    def _read(self, message: ConsoleMessage) -> None:
        if re.search("Content.Security.Policy", message.text):
            self.complaints.append(f"the security policy was broken: {message.text}")

    def _follow(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _check(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} for {response.url}")
        if response.status >= 400 and response.request.resource_type in {"stylesheet", "script", "image", "font"}:
            self.complaints.append(f"{response.status} for the {response.request.resource_type} {response.url}")


@pytest.fixture
def scheme() -> Scheme:
    """Give the colour scheme that people prefer; `@pytest.mark.parametrize("scheme", SCHEMES)` tries both."""
    return "light"


@pytest.fixture
def browse(
    chromium: Browser, live_server: LiveServer, scheme: Scheme, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open the pages of one more person, who has no cookies yet: `browse(PHONE, locale="pl-PL")`.

    Takes what Playwright's `new_context` takes, so `java_script_enabled=False` too. At the end of the test each page
    must have kept the security policy, asked no other host, missed no file and met no error of the server's.
    """
    watches: list[Watch] = []

    def browse(device: dict[str, Any] = DESK, **options: Any) -> Page:
        context = chromium.new_context(
            **{
                "base_url": live_server.url,
                "color_scheme": scheme,
                "locale": "en-GB",
                "timezone_id": "UTC",
                "reduced_motion": "reduce",
                **device,
                **options,
            }
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        watches.append(Watch(page, live_server.url))
        return page

    yield browse
    for number, watch in enumerate(watches):
        if request.node.stash.get(FAILED, False) and not watch.page.is_closed():
            _photograph(watch.page, f"{request.node.name}-{number}")
        watch.page.context.close()
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.fixture
def phone(browse: Callable[..., Page]) -> Page:
    """Give a page on a phone, 390 pixels wide."""
    return browse(PHONE)


@pytest.fixture
def desk(browse: Callable[..., Page]) -> Page:
    """Give a page at a desk, 1280 pixels wide."""
    return browse(DESK)


# --- What a page is looked at for ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """Look for what shuts people out, in light and in dark: `axe(page)` fails with what it found and where.

    The second colour scheme changes nothing but colours, so it is looked at for contrast alone.
    """
    script = Axe().axe_script

    def check(page: Page, schemes: tuple[Scheme, ...] = SCHEMES) -> None:
        found = []
        page.evaluate(script)
        for number, scheme in enumerate(in_schemes(page, schemes)):
            options = {"resultTypes": ["violations"], **({"runOnly": ["color-contrast"]} if number else {})}
            for violation in page.evaluate("async (options) => (await axe.run(document, options)).violations", options):
                found.append(f"{page.url} in {scheme}: {violation['help']} ({violation['id']}, {violation['impact']})")
                found += [_described(node) for node in violation["nodes"]]
        if found:
            print("\n".join(found))
            pytest.fail(f"axe found barriers at {page.url}", pytrace=False)

    return check


def _described(node: dict[str, Any]) -> str:
    reasons = [check["message"] for kind in ("all", "any", "none") for check in node[kind]]
    return "\n".join(f"    {line}" for line in [node["html"], *(f"  {reason}" for reason in reasons)])


def in_schemes(page: Page, schemes: tuple[Scheme, ...] = SCHEMES) -> Iterator[Scheme]:
    """Show the same page in each colour scheme in turn, then as it was."""
    before: Scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    try:
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            yield scheme
    finally:
        page.emulate_media(color_scheme=before)


# --- Pictures of what failed -----------------------------------------------------------------------------------------

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for the fixtures that are torn down after it."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _photograph(page: Page, name: str) -> None:
    folder = ROOT / ".screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{re.sub('[^A-Za-z0-9_-]+', '-', name)}.png", full_page=True)
