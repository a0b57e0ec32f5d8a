"""The click path: a small WSGI function in front of Flask that writes each visit down and leads on.

It asks four questions, each answered by a pure rule: which link is this, may it be followed now, is this a person, and
what do we answer. Whatever needs a page (a card for a chat app, a story that is over, a code that nobody has) goes on
to Flask, with what was found in the WSGI environment.
"""

from __future__ import annotations

import atexit
import gc
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

import structlog

from referral.clicks import robots
from referral.clicks.days import NO_DAY, Day
from referral.clicks.journal import Journal
from referral.clicks.known import Known
from referral.clicks.robots import LONGEST_AGENT
from referral.clicks.routes import Manner, Routes, cookie
from referral.clicks.rules import people, visits
from referral.clicks.rules.journals import DEVICE_NUMBERS, VERDICT_NUMBERS, pack
from referral.clicks.rules.months import DAY
from referral.clicks.rules.visits import Way
from referral.plumbing import ids

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MET = "tular.met"
"""Where the WSGI environment holds a `Met` for the page that answers in our stead."""

# A visit is nobody's business but the brand's: kept by no cache, found by no search engine, told to no next page.
HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Length", "0"),
]
LONGEST_LANGUAGE, LONGEST_REFERRER = 100, 400  # signs that are read, and kept for the next who says the same
REFRESH_SECONDS = 1.0
_COUNTED = VERDICT_NUMBERS["counted"]
_high_shown = (-1, "")
_SIGNS = [high + low for high in ids.ALPHABET for low in ids.ALPHABET]
log = structlog.get_logger()


_PATHS: WeakSet[ClickPath] = WeakSet()


class Whose(NamedTuple):
    """Hold who a browser is signed in as: fans, by their ids, and staff, by their brands' ids."""

    fans: frozenset[int] = frozenset()
    brands: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Met:
    """Hold what the click path found, for the page that answers in its stead."""

    brand_id: int
    campaign_id: int
    fan_id: int | None
    is_preview: bool
    way: Way


class ClickPath:
    """Answer GET and HEAD of /r/CODE; give everything else, and what needs a page, to the pages behind."""

    def __init__(
        self,
        pages: WSGIApplication,
        known: Callable[[], Known],
        settings: Mapping[str, Any],
        session_cookie: str,
        whose: Callable[[str], Whose],
        country: Callable[[str], str] = lambda address: "",
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._pages = pages
        self._make_known = known
        self._settings = settings
        self._session = f"{session_cookie}="
        self._whose = whose
        self._country = country
        self._hops = int(settings["TRUSTED_PROXIES"])
        self._is_secure = str(settings["PUBLIC_URL"]).startswith("https://")
        self._clock = clock
        self._starting = threading.Lock()
        self._routes: Routes | None = None
        self._day = NO_DAY
        self._salts: dict[int, bytes] = {}
        self._own_salts: dict[int, bytes] = {}
        self._stop = threading.Event()
        self.known: Known | None = None
        self.journal: Journal | None = None
        _PATHS.add(self)

    def follow(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request whose path begins with /r/ or /R/."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self._pages(environ, start_response)
        journal = self.journal or self._start()
        if self._clock is not None:
            self._refresh()
        path, routes = environ["PATH_INFO"], self._routes
        assert routes is not None
        route = routes.ready.get(path)
        if route is None:
            try:
                route = routes.find(path)
            except Exception as error:
                log.error("clicks.database", reason=type(error).__name__)
                return _later(start_response)
            if route is None:
                return self._pages(environ, start_response)
        link_id, fan_id, before, after, manner = route
        at = time_ns() // 1_000_000 if self._clock is None else self._clock()
        agent = environ.get("HTTP_USER_AGENT") or ""
        is_crawler, is_preview, device, name = _agent(agent) if len(agent) <= LONGEST_AGENT else _read_agent(agent)
        own = staff = False
        cookies = environ.get("HTTP_COOKIE")
        if cookies is not None and self._session in cookies:
            whose = self._whose(cookies)
            own, staff = fan_id in whose.fans, manner.brand_id in whose.brands
        verdict = VERDICT_NUMBERS[visits.judge(method, environ, is_crawler, own, staff)]
        click = journal.ids.next(at)
        try:
            journal.append(self._record(link_id, manner, environ, click, at, name, device, verdict))
        except Exception as error:
            # A visitor is led on whatever goes wrong with counting them.
            journal.lost += 1
            log.critical("clicks.lost", exc_info=error)
        way = visits.way(manner.opens, manner.closes, at)
        if is_preview or way is not visits.OPEN:
            environ[MET] = Met(manner.brand_id, manner.campaign_id, fan_id, is_preview, way)
            return self._pages(environ, start_response)
        shown = _show(click)
        where = f"{before}{shown}{after}"
        if manner.is_own_page:
            where = (environ.get("SCRIPT_NAME") or "") + where
        headers = [("Location", where), *HEADERS]
        if manner.cookie is not None and verdict == _COUNTED:
            headers.append(("Set-Cookie", cookie(shown, manner, environ.get("SCRIPT_NAME") or "")))
        start_response("302 Found", headers)
        return []

    def close(self) -> None:
        """Leave everything that was written down to the worker."""
        self._stop.set()
        if self.journal is not None:
            self.journal.close()
        self._forget()

    # --- Is this a person? -------------------------------------------------------------------------------------------

    def _record(
        self,
        link_id: int,
        manner: Manner,
        environ: WSGIEnvironment,
        click: int,
        at: int,
        name: bytes,
        device: int,
        verdict: int,
    ) -> bytes:
        """Write what a visit shows, reduced to what may be kept."""
        day = self._day
        if at // DAY != day.number:
            day = self._begin_day(at // DAY)
        peer = people.address(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_X_FORWARDED_FOR"), self._hops)
        network = day.networks.get(peer) or day.meet(peer, self._country)
        begun = day.begun.get(manner.brand_id) or day.begin(manner.brand_id)
        visitor = people.visitor(begun[0], network[0], name)
        # A while after midnight, who comes again may have been counted under yesterday's secret.
        before = people.visitor(begun[1], network[0], name) if at % DAY < manner.window else 0
        return pack(
            click,
            at,
            manner.brand_id,
            manner.campaign_id,
            link_id,
            visitor,
            before,
            network[1],
            manner.channel,
            manner.via,
            device,
            verdict,
            network[2],
            _language((environ.get("HTTP_ACCEPT_LANGUAGE") or "")[:LONGEST_LANGUAGE]),
            _referrer((environ.get("HTTP_REFERER") or "")[:LONGEST_REFERRER]),
        )

    def _begin_day(self, number: int) -> Day:
        self._own_salts = {kept: salt for kept, salt in self._own_salts.items() if kept >= number - 1}
        day = self._day = Day(number, self._salt(number), self._salt(number - 1))
        return day

    def _salt(self, day: int) -> bytes:
        """Give a day's secret; where the database has none, one of this process's own."""
        known = self.known.salts.get(day) if self.known is not None else None
        return known or self._own_salts.setdefault(day, secrets.token_bytes(32))

    # --- Starting, and staying up to date ----------------------------------------------------------------------------

    def _start(self) -> Journal:
        """Begin the journal and learn the links, in the process that answers: it may be a fork of the first."""
        with self._starting:
            if self.journal is not None:
                return self.journal
            self.known = self._make_known()
            self._routes = Routes(self.known, is_secure=self._is_secure)
            self._refresh()
            settings = self._settings
            self._stop = threading.Event()
            journal = Journal(Path(settings["CLICKS_DIR"]), settings["NODE"], settings["CLICK_SYNC_MS"])
            if self._clock is None:
                atexit.register(self.close)
                # What was made up to here stays: to search it for rubbish again and again would hold visits up.
                gc.freeze()
                threading.Thread(target=self._stay_up_to_date, name="links", daemon=True).start()
            self.journal = journal
            return journal

    def _stay_up_to_date(self) -> None:
        while not self._stop.is_set():
            try:
                if self.known is not None and not self.known.has_learned():
                    self.known.learn()
            except Exception as error:
                log.warning("clicks.links_not_learned", reason=type(error).__name__)
            self._stop.wait(REFRESH_SECONDS)
            self._refresh()

    def _refresh(self) -> None:
        """Ask what changed; where the database does not answer, go on with what is known."""
        known = self.known
        if known is None:
            return
        try:
            known.refresh()
        except Exception as error:
            log.warning("clicks.database", reason=type(error).__name__)
        # A visit to a campaign nobody knew may have asked, too: what counts is what our own answers were made of.
        if self._routes is not None and self._routes.is_stale:
            self._routes.renew()
        if known.salts != self._salts:
            self._salts, self._day = known.salts, NO_DAY

    def _forget(self) -> None:
        """Begin anew with the next visit."""
        self.known = self.journal = None
        self._day = NO_DAY
        self._starting = threading.Lock()


def _begin_anew_after_fork() -> None:
    """Leave threads, files and connections to the parent: they are its own."""
    for path in list(_PATHS):
        path._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew_after_fork)


def _read_agent(agent: str) -> tuple[bool, bool, int, bytes]:
    """Tell of a browser whether it is a crawler, whether it asks for a preview, its device and its name in bytes."""
    device = DEVICE_NUMBERS[people.device(agent[:LONGEST_AGENT])]
    return robots.is_crawler(agent), robots.is_preview(agent), device, agent.encode("utf-8", "replace")


_agent = lru_cache(maxsize=4096)(_read_agent)


@lru_cache(maxsize=1024)
def _language(accepted: str) -> bytes:
    return people.language(accepted).encode("ascii", "ignore")


@lru_cache(maxsize=4096)
def _referrer(address: str) -> bytes:
    return people.referrer(address).encode("ascii", "ignore")


def _show(number: int) -> str:
    """Write an id as `ids.show` does; ids that follow each other begin alike, and are begun once."""
    global _high_shown
    high, text = _high_shown
    if number >> 10 != high:
        high, text = _high_shown = number >> 10, _show_high(number)
    return text + _SIGNS[number & 1023]


def _show_high(number: int) -> str:
    signs = _SIGNS
    return (
        ids.ALPHABET[number >> 60]
        + signs[number >> 50 & 1023]
        + signs[number >> 40 & 1023]
        + signs[number >> 30 & 1023]
        + signs[number >> 20 & 1023]
        + signs[number >> 10 & 1023]
    )


def _later(start_response: StartResponse) -> Iterable[bytes]:
    """Say that we do not know the link and cannot ask: the one case in which a visit is turned away."""
    body = b"This link cannot be looked up at the moment. Please try again.\n"
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "5"), ("Cache-Control", "no-store")]
    start_response("503 Service Unavailable", [*headers, ("Content-Length", str(len(body)))])
    return [body]
