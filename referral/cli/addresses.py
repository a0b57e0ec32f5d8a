"""The addresses that `serve` prints: where to look first."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from referral.brands import actions as staff
from referral.brands import queries as brands
from referral.cli.demo import filling as demo
from referral.people import actions as people
from referral.people import queries as known
from referral.people.rules import SIGN_IN_MINUTES, Contact
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_transaction

Line = tuple[str, str, str]


def lines(base: str, *, mailbox: bool = False) -> list[Line]:
    """List what can be looked at, with its address and a remark."""
    mail = [("The mail", f"{base}/mailbox", "what would have been mailed")] if mailbox else []
    if not brands.any_brand():
        return [("Begin", f"{base}/start", "make the first brand and its owner"), *mail]
    brand = brands.find(demo.SLUG)
    if brand is None:
        return [("The staff", f"{base}/sign-in", ""), *mail]
    with of_brand(brand.id):
        token = in_transaction(lambda: _way_in(brand.id))
    home = f"{base}/me/sign-in/{token}" if token else f"{base}/me"
    return [
        ("The story", f"{base}/c/{demo.RUNNING}", ""),
        ("A fan's home", home, f"{demo.STAR.name}; good once, for {SIGN_IN_MINUTES} minutes" if token else ""),
        ("The staff", f"{base}/sign-in", _account()),
        *mail,
    ]


def written(found: list[Line]) -> str:
    """Write the lines below each other."""
    width = max(len(name) for name, _, _ in found)
    rows = [f"  {name:{width}}   {address}{f'   ({remark})' if remark else ''}" for name, address, remark in found]
    return "\n".join(["", "Tular is running.", "", *rows, "", "Ctrl+C ends it.", ""])


def warning(host: str, base: str) -> str | None:
    """Say it loudly where other machines may reach accounts whose password everybody knows; None where they may not."""
    if is_this_machine(host) and is_this_machine(urlsplit(base).hostname or ""):
        return None
    open_to_all = [email for email, _, _ in demo.STAFF if staff.recognise(email, demo.PASSWORD)]
    if not open_to_all:
        return None
    return (
        f"WARNING: this is reachable from other machines (HOST is {host or 'every address'}, people come by {base}), "
        "and everybody knows the password of the demonstration's accounts:\n"
        f"  {', '.join(open_to_all)}\n"
        f"Sign in as each at {base}/sign-in and change it under {base}/account, or begin anew with DEMO=0 and another "
        "DATA_DIR.\n"
    )


def is_this_machine(host: str) -> bool:
    """Tell whether only this machine reaches an address.

    >>> [is_this_machine(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", "192.168.1.5")]
    [True, True, True, False, False, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _way_in(brand_id: int) -> str | None:
    """Open the demonstration fan's home for one click."""
    person = known.find(brand_id, Contact.of(email=demo.STAR.email))
    return None if person is None else people.show_way_in(brand_id, person.id)


def _account() -> str:
    """Name the demonstration's account as long as its password is the one that everybody knows."""
    email = demo.STAFF[0][0]
    return f"{email}, {demo.PASSWORD}" if staff.recognise(email, demo.PASSWORD) else ""
