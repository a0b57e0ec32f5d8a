"""Who may open a page: closed unless opened; each view declares it directly under its route."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from referral.brands import queries as brands
from referral.brands.rules import Permission, may
from referral.campaigns import queries as campaigns
from referral.errors import Forbidden, NotFound
from referral.people import queries as people
from referral.plumbing.clock import now
from referral.plumbing.db import confine
from referral.plumbing.signing import fingerprint

if TYPE_CHECKING:
    from referral.brands.models import Account, Brand
    from referral.people.models import Person

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# The pages that anybody may open. A new one is added here on purpose, and a test reads this list.
OPEN = frozenset(
    {
        "static",
        "brands.sign_in",
        "brands.second_factor",
        "brands.start",
        "campaigns.picture",
        "campaigns.preview_picture",
        "brands.accent",
        "clicks.follow",
        "fans.me",
        "gate.manifest",
        "gate.pair",
        "gate.promise",
        "gate.shell",
        "gate.worker",
        "gate_calls.pair",
        "gate_calls.ping",
        "here.show",
        "here.visit",
        "introductions.story",
        "introductions.join",
        "links.qr_svg",
        "links.qr_png",
        "operations.front",
        "operations.healthz",
        "operations.language",
        "operations.mailbox",
        "operations.metrics",
        "passes.code_svg",
        "passes.show",
        "people.sign_in",
        "people.sign_in_code",
        "people.sign_in_link",
        "people.sign_out",
        "public_picture.columns",
        "public_picture.live",
        "public_picture.numbers",
        "public_picture.page",
        "wall.doors",
        "wall.picture",
        "wall.show",
        "api.openapi",
        "api.docs",
    }
)


def open_to_all(view: View) -> View:
    """Let anybody open a page; its endpoint must stand in OPEN as well."""
    view.access = "open"  # type: ignore[attr-defined]
    return view


def allow(permission: Permission) -> Callable[[View], View]:
    """Let members of the brand in the address open a page if their role carries the permission.

    The view is given the brand, and the campaign where the address names one, as rows reached through the brand:
    what belongs to another brand is a 404. Who is not signed in is sent to the sign-in page first.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(brand: str, **arguments: Any) -> ResponseReturnValue:
            account = current_account()
            if account is None:
                return to_sign_in()
            owned = brands.by_slug(brand)
            role = brands.role(owned, account)
            if role is None:
                raise NotFound("brand_unknown")
            if not may(role, permission):
                raise Forbidden("role_may_not")
            confine(owned.id)
            g.brand, g.role = owned, role
            if "campaign" in arguments:
                arguments["campaign"] = g.campaign = campaigns.by_slug(owned, arguments["campaign"])
            return view(brand=owned, **arguments)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def allow_account(view: View) -> View:
    """Let anybody of the staff open a page about their own account; the view is given the account."""

    @functools.wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        account = current_account()
        return to_sign_in() if account is None else view(account=account, **arguments)

    guarded.access = "account"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def allow_person(view: View) -> View:
    """Let a signed-in person open a page of theirs; the view is given the person, confined to their brand.

    Where the address names a campaign, it must be of a brand that this browser is signed in to.
    """

    @functools.wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        slug = arguments.get("campaign")
        if slug is None:
            person = current_person()
        else:
            found = campaigns.public(slug)
            person = current_person(found[0]) if found else None
            if found and person is not None:
                confine(person.brand_id)
                g.brand, g.campaign = found
                arguments["campaign"] = found[1]
        if person is None:
            is_page = request.method == "GET" and request.accept_mimetypes.best != "application/json"
            session["next"] = request.full_path if is_page else url_for("fans.me")
            return redirect(url_for("people.sign_in"))
        confine(person.brand_id)
        return view(person=person, **arguments)

    guarded.access = "person"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def current_account() -> Account | None:
    """Tell who of the staff is signed in in this browser; asked for once a request."""
    if "account" not in g:
        secret = session.get("staff")
        g.account = brands.session_holder(fingerprint(secret), now()) if secret else None
    account: Account | None = g.account
    return account


def current_person(brand: Brand | None = None) -> Person | None:
    """Tell which person of a brand is signed in in this browser; without a brand, the one who came last."""
    kept: dict[str, str] = session.get("people", {})
    key = str(brand.id) if brand is not None else session.get("last_brand", "")
    secret = kept.get(key)
    person = people.session_holder(fingerprint(secret), now()) if secret else None
    return person if person is not None and (brand is None or person.brand_id == brand.id) else None


def remember_person(brand_id: int, secret: str) -> None:
    """Keep a person's sign-in in this browser, beside those of other brands."""
    language = session.get("language")
    staff = session.get("staff")
    kept = {**session.get("people", {}), str(brand_id): secret}
    session.clear()  # a new session for a new right
    session["people"], session["last_brand"] = kept, str(brand_id)
    if language:
        session["language"] = language
    if staff:
        session["staff"] = staff
    session.permanent = True


def remember_account(secret: str) -> None:
    """Keep a staff sign-in in this browser, in a new session; the language and people's sign-ins stay."""
    _renew_session()
    session["staff"] = secret


def forget_account() -> None:
    """Keep nothing of a staff sign-in in this browser."""
    _renew_session()


def _renew_session() -> None:
    kept = {name: session[name] for name in ("language", "people", "last_brand") if name in session}
    session.clear()
    session.update(kept)
    session.permanent = False


def may_here(permission: str) -> bool:
    """Tell whether whoever is signed in may do something in the brand of this page; templates call it `may`."""
    role = g.get("role")
    return role is not None and may(role, Permission(permission))


def to_sign_in() -> ResponseReturnValue:
    """Send somebody to the staff's sign-in, and back to where they wanted to go."""
    if request.method == "GET":
        session["next_staff"] = request.full_path.rstrip("?")
    return redirect(url_for("brands.sign_in"))


def own_address(path: str | None) -> str | None:
    """Give back a path of this site; None for anything that could lead elsewhere."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable():
        return path
    return None
