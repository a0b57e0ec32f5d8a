"""Who a browser is signed in as, told to the click path from the session cookie, before there is any request."""

from __future__ import annotations

import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

import structlog

from referral.brands import queries as brands
from referral.clicks.redirect import Whose
from referral.fans import queries as fans
from referral.people import queries as people
from referral.plumbing.clock import now
from referral.plumbing.db import fresh_request, of_brand
from referral.plumbing.signing import fingerprint
from referral.plumbing.transaction import in_reading

if TYPE_CHECKING:
    from flask import Flask

NOBODY = Whose()
KEPT_SECONDS = 30.0
MOST = 4_096
LONGEST = 4_096  # signs of cookies that are remembered: a browser keeps no more for one of them
log = structlog.get_logger()


class SignedIn:
    """Read session cookies, and remember for a moment what they said: fans and staff open their own links, too."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known: dict[str, tuple[float, Whose]] = {}

    def __call__(self, cookies: str) -> Whose:
        """Tell who a browser with these cookies is; nobody, where it cannot be known."""
        found = self._known.get(cookies)
        moment = time.monotonic()
        if found is not None and moment - found[0] < KEPT_SECONDS:
            return found[1]
        try:
            whose = self._ask(cookies)
        except Exception as error:
            # Without an answer a fan's own visit counts, which is better than turning anybody away.
            log.warning("clicks.whose", reason=type(error).__name__)
            return NOBODY
        if not self._app.testing and len(cookies) <= LONGEST:
            if len(self._known) >= MOST:
                self._known = {}
            self._known[cookies] = (moment, whose)
        return whose

    def _ask(self, cookies: str) -> Whose:
        session = self._session(cookies)
        if not session:
            return NOBODY
        with self._app.app_context(), fresh_request():
            return in_reading(lambda: _whose(session))

    def _session(self, cookies: str) -> dict[str, object]:
        try:
            morsel = SimpleCookie(cookies).get(self._app.config["SESSION_COOKIE_NAME"])
        except CookieError:
            return {}
        serializer = self._app.session_interface.get_signing_serializer(self._app)  # type: ignore[attr-defined]
        if morsel is None or serializer is None:
            return {}
        age = int(self._app.permanent_session_lifetime.total_seconds())
        is_ours, said = serializer.loads_unsafe(morsel.value, max_age=age)
        return said if is_ours and isinstance(said, dict) else {}


def _whose(session: dict[str, object]) -> Whose:
    moment = now()
    own: set[int] = set()
    kept = session.get("people")
    for secret in kept.values() if isinstance(kept, dict) else ():
        person = people.session_holder(fingerprint(str(secret)), moment)
        if person is not None:
            with of_brand(person.brand_id):
                own.update(fan.id for fan in fans.of_person(person))
    staff = session.get("staff")
    account = brands.session_holder(fingerprint(str(staff)), moment) if staff else None
    brand_ids = [brand.id for brand in brands.brands_of(account)] if account is not None else []
    return Whose(frozenset(own), frozenset(brand_ids))
