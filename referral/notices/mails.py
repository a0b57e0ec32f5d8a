"""What mails say: a row of the outbox, written out for the person it is for, in their language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import g, render_template
from flask_babel import force_locale

from referral.brands import queries as brands
from referral.people import queries as people
from referral.people.rules import SIGN_IN_MINUTES, first_name
from referral.plumbing import i18n, ids
from referral.plumbing.clock import now
from referral.plumbing.db import of_brand
from referral.plumbing.mail import Mail
from referral.plumbing.outbox import Leased
from referral.plumbing.signing import fingerprint


def written(leased: Leased, settings: Mapping[str, Any]) -> Mail | None:
    """Write the mail that a message asks for; None where there is nobody left to send it to, or it came too late.

    Raises:
        LookupError: nobody knows how to write such a message.
    """
    write = KINDS.get(leased.kind)
    if write is None:
        raise LookupError(f"no mail is called {leased.kind}")
    return write(leased, settings)


def sign_in(leased: Leased, settings: Mapping[str, Any]) -> Mail | None:
    """Write the mail with a way in: its link, and its short code for another device."""
    if leased.brand_id is None or not people.is_way_open(fingerprint(leased.payload["token"]), now()):
        return None
    with of_brand(leased.brand_id):
        person = people.by_id(leased.brand_id, leased.payload["person"])
        brand = brands.by_id(leased.brand_id)
    if person is None or person.email is None or person.erased_at is not None:
        return None
    return _mail(
        leased,
        settings,
        recipient=person.email,
        locale=i18n.known(leased.payload["locale"]) or brand.locale,
        brand=brand,
        name=first_name(person.name),
        link=f"{settings['PUBLIC_URL']}/me/sign-in/{leased.payload['token']}",
        code=_spaced(leased.payload["code"]),
        minutes=SIGN_IN_MINUTES,
    )


def confirm_address(leased: Leased, settings: Mapping[str, Any]) -> Mail | None:
    """Write the mail with the code that proves an address."""
    if leased.brand_id is None:
        return None
    with of_brand(leased.brand_id):
        person = people.by_id(leased.brand_id, leased.payload["person"])
        brand = brands.by_id(leased.brand_id)
    if person is None or person.erased_at is not None:
        return None
    return _mail(
        leased,
        settings,
        recipient=leased.payload["email"],
        locale=i18n.known(leased.payload["locale"]) or brand.locale,
        brand=brand,
        name=first_name(person.name),
        code=_spaced(leased.payload["code"]),
        minutes=SIGN_IN_MINUTES,
    )


KINDS: dict[str, Callable[[Leased, Mapping[str, Any]], Mail | None]] = {
    "sign_in": sign_in,
    "confirm_address": confirm_address,
}


def _mail(leased: Leased, settings: Mapping[str, Any], *, recipient: str, locale: str, **words: Any) -> Mail:
    """Fill in a notice's two templates; what they hold stays text, as it is read."""
    g.locale = locale
    with force_locale(locale):
        subject = render_template(f"mail/{leased.kind}/subject.txt", **words)
        body = render_template(f"mail/{leased.kind}/body.txt", **words)
    host = urlsplit(settings["PUBLIC_URL"]).hostname
    # The same message has the same id however often it is sent, by which a mail program shows it once.
    message_id = f"<outbox-{ids.show(leased.id).lower()}@{host}>"
    return Mail(message_id, recipient, " ".join(subject.split()), body.strip() + "\n")


def _spaced(code: str) -> str:
    """Write a code in two groups, as people read it out."""
    return f"{code[:4]} {code[4:]}"
