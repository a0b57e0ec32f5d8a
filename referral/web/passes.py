"""The public page of a pass: what a visitor shows at a gate, on any phone, without a script; and its code as a picture.

Whoever holds the token sees the page, so it says nothing about a person. The token opens a door: the address is kept
by no cache, found by no search engine, and told to no next page.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from referral.errors import Gone, NotFound
from referral.events import opening, queries, written
from referral.events.rules.codes import Token, code_hash, payload
from referral.links import qr
from referral.plumbing.clock import now
from referral.plumbing.db import confine
from referral.web import language
from referral.web.access import open_to_all
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

if TYPE_CHECKING:
    from datetime import datetime

    from referral.events.models import Event, EventDay, Pass

pages = Blueprint("passes", __name__)


class Standing(StrEnum):
    """Name where a pass stands: fit to be shown, replaced, taken back, signed too long ago, run out, or too late."""

    GOOD = "good"
    REPLACED = "replaced"
    REVOKED = "revoked"
    OLD_KEY = "old_key"
    EXPIRED = "expired"
    OVER = "over"


@dataclass(frozen=True)
class Ticket:
    """Hold what is shown of a pass: its code as a picture, its number, and the short code that is read out."""

    event: Event
    gate_pass: Pass
    token: str | None
    short: str | None
    days: list[EventDay]
    standing: Standing

    @classmethod
    def of(cls, event: Event, gate_pass: Pass) -> Ticket:
        """Write a pass out: its token is signed anew each time, and kept nowhere."""
        pen, days = written.pen(event), queries.days(event)
        code = pen.code(gate_pass)
        return cls(
            event,
            gate_pass,
            pen.token(gate_pass),
            pen.short(gate_pass),
            days,
            standing(event, gate_pass, days, is_written=code is not None),
        )

    @property
    def is_good(self) -> bool:
        """Tell whether it may be shown at a gate."""
        return self.standing is Standing.GOOD

    @property
    def address(self) -> str | None:
        """Give the address of its page, in the capitals of its QR code; another system's ticket has none."""
        return payload(current_app.config["PUBLIC_URL"], self.token) if self.token is not None else None

    @property
    def page(self) -> str | None:
        """Give the path of its page; another system's ticket has none."""
        return url_for("passes.show", token=self.token) if self.token is not None else None

    @property
    def code(self) -> Markup:
        """Draw its QR code: the address of this page, or what another system printed on it."""
        held = self.gate_pass.foreign_code or self.address or ""
        title = gettext("QR code of pass number %(number)s", number=self.gate_pass.number)
        drawn = qr.svg(held, title=title, mask=qr.MASK)
        return Markup(drawn)  # noqa: S704 - drawn by us, and its title is escaped there

    @property
    def spoken(self) -> str | None:
        """Write the short code in two groups, as people read it out."""
        return f"{self.short[:4]} {self.short[4:]}" if self.short is not None else None

    @property
    def hours(self) -> list[opening.Line]:
        """Say when the event is open."""
        return opening.lines(self.event, self.days, language.current())

    @property
    def good_from(self) -> str | None:
        """Say from when on it is good, where that is still to come."""
        begins = self.gate_pass.valid_from
        return self._read(begins) if begins is not None and begins > now() else None

    @property
    def good_until(self) -> str | None:
        """Say until when it is good, where it was given for less than the event."""
        ends = self.gate_pass.valid_until
        return self._read(ends) if ends is not None else None

    def _read(self, moment: datetime) -> str:
        return opening.moment(self.event, moment, language.current())


def standing(event: Event, gate_pass: Pass, days: list[EventDay], *, is_written: bool) -> Standing:
    """Tell where a pass stands now."""
    if gate_pass.revoked_at is not None:
        return Standing.REVOKED if gate_pass.replaced_by_id is None else Standing.REPLACED
    if opening.is_over(event, days, now()):
        return Standing.OVER
    if not is_written:
        return Standing.OLD_KEY
    if gate_pass.valid_until is not None and gate_pass.valid_until <= now():
        return Standing.EXPIRED
    return Standing.GOOD


@pages.after_request
def keep_to_oneself(response: Response) -> Response:
    """Keep a pass out of caches and search engines, and its address from whatever is opened next."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@pages.get("/P/<token>")
@pages.get("/p/<token>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def show(token: str) -> ResponseReturnValue:
    """Show a pass on a phone, or say plainly why it is none any more."""
    ticket = _known(token)
    page = render_template("passes/show.html", ticket=ticket, campaign=queries.campaign_of(ticket.event))
    return page, 200 if ticket.is_good else 410


@pages.get("/P/<token>.svg")
@pages.get("/p/<token>.svg")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def code_svg(token: str) -> ResponseReturnValue:
    """Draw a pass's code; one that opens no door any more is not drawn."""
    ticket = _known(token)
    if not ticket.is_good:
        raise Gone("pass_gone")
    return Response(str(ticket.code), mimetype="image/svg+xml")


def _known(text: str) -> Ticket:
    """Give the pass that a token was signed for; raise NotFound `pass_code_unknown` for whatever is forged."""
    token = Token.read(text)
    found = queries.whose_pass(token.pass_id) if token is not None else None
    if token is None or found is None:
        raise NotFound("pass_code_unknown")
    brand, event, gate_pass = found
    # The hash is over the whole token, and knows it also when the key that signed it is retired.
    if not hmac.compare_digest(code_hash(event.salt, token.text), gate_pass.code_hash):
        raise NotFound("pass_code_unknown")
    confine(brand.id)
    g.brand = brand
    return Ticket.of(event, gate_pass)
