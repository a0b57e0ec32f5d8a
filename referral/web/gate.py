"""The gate app's pages: its shell, what it keeps to start without a network, pairing in words, and what it promises."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, current_app, g, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.events import pairing
from referral.events.rules.pairing import PAIRING_MINUTES, State
from referral.plumbing import i18n
from referral.plumbing.clock import now
from referral.plumbing.db import confine
from referral.web import headers, language
from referral.web.access import open_to_all
from referral.web.assets import asset
from referral.web.limits import UNKNOWN_CODES, limiter, only_unknown

pages = Blueprint("gate", __name__)

GROUND = "#171411"
WORKER = "js/gate-sw.js"
_BUILT = re.compile(r"""=["']([^"']*/static/build/[^"']+)["']""")
_NAMED_IN_CSS = re.compile(r"""url\(["']?([^"')]+)["']?\)""")
_ICON = re.compile(r"img/gate-([0-9]+)\.png")
# Of the faces, those that the four languages' Latin letters need; Chinese ones are the phone's own.
_FACE = "-latin-"


@dataclass(frozen=True)
class Kept:
    """Hold what a phone keeps so that the app starts without a network; `version` changes with any of it."""

    version: str
    files: list[str]
    worker: str


@pages.get("/g/")
@open_to_all
def shell() -> ResponseReturnValue:
    """Give the gate app, the same for everybody: who a phone belongs to is known to the phone alone."""
    answer = make_response(render_template("gate/app.html", version=_kept().version))
    answer.headers["Content-Security-Policy"] = headers.GATE
    answer.headers["Permissions-Policy"] = headers.WITH_CAMERA
    return answer


@pages.get("/g/sw.js")
@open_to_all
def worker() -> ResponseReturnValue:
    """Give the service worker, and before it what it is to keep beside the app's page."""
    kept = _kept()
    told = json.dumps({"version": kept.version, "files": kept.files})
    answer = Response(f"self.TULAR = {told};\n{kept.worker}", mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for(".shell")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@pages.get("/g/app.webmanifest")
@open_to_all
def manifest() -> ResponseReturnValue:
    """Tell a phone how the app looks on its home screen."""
    built = current_app.extensions["tular.manifest"]
    icons = [
        {"src": asset(name), "sizes": f"{size[1]}x{size[1]}", "type": "image/png", "purpose": "any maskable"}
        for name in sorted(built)
        if (size := _ICON.fullmatch(name))
    ]
    icons.append({"src": asset("img/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    told = {
        "id": url_for(".shell"),
        "name": gettext("Gate"),
        "short_name": gettext("Gate"),
        "description": gettext("Scan passes at the door, with the net or without."),
        "lang": i18n.html_lang(language.current()),
        "dir": "ltr",
        "start_url": url_for(".shell"),
        "scope": url_for(".shell"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": icons,
    }
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")


@pages.get("/g/pair/<token>")
@pages.get("/G/PAIR/<token>")
@open_to_all
@limiter.limit(UNKNOWN_CODES, deduct_when=only_unknown)
def pair(token: str) -> ResponseReturnValue:
    """Tell a volunteer whose phone's own camera read a pairing code what to do with it. Looking uses nothing up."""
    offer = pairing.look(token)
    confine(offer.brand.id)
    g.brand = offer.brand
    # A fragment never leaves the browser: the code is in no log, and in no other site's hands.
    app_url = f"{url_for('gate.shell')}#pair={offer.token}"
    answer = make_response(
        render_template(
            "gate/pair.html",
            offer=offer,
            is_fresh=offer.state is State.FRESH,
            is_used=offer.state is State.USED,
            minutes=PAIRING_MINUTES,
            left=max(1, round((offer.expires_at - now()).total_seconds() / 60)) if offer.expires_at else 0,
            app_url=app_url,
        ),
        200 if offer.state is State.FRESH else 410,
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@pages.get("/g/promise")
@open_to_all
def promise() -> ResponseReturnValue:
    """Say in numbers what a gate does when the net is gone, and what it cannot do."""
    return render_template("gate/promise.html")


def _kept() -> Kept:
    """Give what a phone keeps: worked out once a process, for neither built files nor templates change under it."""
    kept: Kept | None = current_app.extensions.get("tular.gate")
    if kept is None:
        kept = current_app.extensions["tular.gate"] = _work_out()
    return kept


def _work_out() -> Kept:
    app, beside = _read_out("gate.shell", "gate/app.html"), _read_out("gate.promise", "gate/promise.html")
    files = [*sorted({*_files(app), *_files(beside)}), url_for(".manifest"), url_for(".promise")]
    script = _file(current_app.extensions["tular.manifest"][WORKER])
    version = hashlib.sha256("\0".join((app, script, *files)).encode()).hexdigest()[:16]
    return Kept(version, files, script)


def _read_out(endpoint: str, template: str) -> str:
    """Write a page as nobody in particular asks for it, in one language: the app is the same version in all of them."""
    address = url_for(endpoint, lang=i18n.DEFAULT)
    # A context of its own: the page that somebody waits for meanwhile keeps its language.
    with current_app.app_context(), current_app.test_request_context(address):
        return render_template(template, version="")


def _files(page: str) -> Iterator[str]:
    """List the built files that a page names, and the faces that its stylesheets name."""
    for address in _BUILT.findall(page):
        yield address
        if address.endswith(".css"):
            yield from _faces(address)


def _faces(address: str) -> Iterator[str]:
    name = address.partition("/build/")[2]
    for named in _NAMED_IN_CSS.findall(_file(name)):
        if _FACE in named:
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), named))
            yield url_for("static", filename=f"build/{there}")


def _file(name: str) -> str:
    return (Path(current_app.static_folder or "") / "build" / name).read_text()
