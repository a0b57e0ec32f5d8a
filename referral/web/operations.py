"""Pages of the house itself: the front, the language, health, figures for machines, the development mailbox."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from referral.brands import queries as brands
from referral.campaigns import queries as campaigns
from referral.campaigns.rules import State
from referral.plumbing import i18n, mail, outbox
from referral.plumbing.db import confine
from referral.web import language
from referral.web.access import current_account, open_to_all, own_address
from referral.web.figures import Figures
from referral.web.introductions import state_of

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign, Picture, Story

pages = Blueprint("operations", __name__)
log = structlog.get_logger()

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


class Card(NamedTuple):
    """Hold a running campaign as the front page shows it."""

    campaign: Campaign
    story: Story
    picture: Picture | None


@pages.before_app_request
def refuse_nul() -> None:
    """Find nothing at an address with a NUL: no row's name holds one, and PostgreSQL breaks over the question."""
    if "\0" in request.path:
        abort(404)


@pages.get("/")
@open_to_all
def front() -> ResponseReturnValue:
    """Lead the staff to their brand, the first operator to making one, and tell everybody else what this is."""
    account = current_account()
    if account is not None:
        own = brands.brands_of(account)
        return redirect(url_for("brands.show", brand=own[0].slug) if own else url_for("brands.account"))
    if not brands.any_brand():
        return redirect(url_for("brands.start"))
    only = brands.only()
    cards = _running(only) if only is not None else []
    return render_template("operations/front.html", cards=cards, only=only)


@pages.post("/language", endpoint="language")
@open_to_all
def choose_language() -> ResponseReturnValue:
    """Answer this browser in another language from now on, and go back to the page it was chosen on."""
    chosen = i18n.known(request.form.get("locale"))
    if chosen is not None:
        session["language"] = chosen
    back = own_address(request.form.get("next"))
    return redirect(_without_language(back) if back else url_for("operations.front"), 303)


@pages.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """Say whether this process and its database answer."""
    try:
        outbox.waiting()
    except Exception as error:
        # Whatever keeps the database from answering, the one who asks needs a status, and the log the reason.
        log.error("health.database", reason=type(error).__name__)
        return {"status": "database unreachable"}, 503
    return {"status": "ok"}


@pages.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    """Give figures to Prometheus; without the token there is no such page."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        abort(404)
    registry = CollectorRegistry()
    registry.register(Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@pages.get("/mailbox")
@open_to_all
def mailbox() -> ResponseReturnValue:
    """Show a developer, at this very machine, the mails that no server was set up for."""
    settings = current_app.config
    if not settings["MAILBOX"] or settings["MAIL_SERVER"] or not _is_this_machine():
        abort(404)
    mails = [(one, list(_with_links(one.body))) for one in mail.kept()]
    return render_template("operations/mailbox.html", mails=mails)


def _running(brand: Brand) -> list[Card]:
    g.brand = brand
    confine(brand.id)
    told = [(one, campaigns.story_for(one, language.current())) for one in campaigns.listed(brand)]
    return [
        Card(campaign, story, campaigns.picture_of(story))
        for campaign, story in told
        if story is not None and state_of(campaign) is State.RUNNING
    ]


def _without_language(path: str) -> str:
    """Take the language out of an address, where it would outweigh the one just chosen."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _is_this_machine() -> bool:
    """Tell whether the request comes from this machine itself, and was not passed on by a proxy on it."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _with_links(text: str) -> Iterator[dict[str, Any]]:
    """Part a text into what is a link and what is not."""
    end = 0
    for hit in _LINK.finditer(text):
        yield {"text": text[end : hit.start()], "is_link": False}
        yield {"text": hit[0], "is_link": True}
        end = hit.end()
    yield {"text": text[end:], "is_link": False}
