"""What mails say: a row of the outbox, written out for the person it is for, in their language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import g, render_template
from flask_babel import force_locale

from referral.brands import queries as brands
from referral.events import opening, own_passes
from referral.events import queries as events
from referral.events.rules.codes import payload
from referral.events.written import pen
from referral.links import qr
from referral.links import queries as links
from referral.links.rules import share_url
from referral.people import queries as people
from referral.people.rules import SIGN_IN_MINUTES, first_name
from referral.plumbing import i18n, ids
from referral.plumbing.clock import now
from referral.plumbing.db import of_brand
from referral.plumbing.mail import Mail, Picture
from referral.plumbing.outbox import Leased
from referral.plumbing.signing import fingerprint

PASS_PIXELS = 640


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


def gate_pass(leased: Leased, settings: Mapping[str, Any]) -> Mail | None:
    """Write the mail with a visitor's pass: the address of its page, and its code as a picture."""
    if leased.brand_id is None:
        return None
    with of_brand(leased.brand_id):
        held = own_passes.of_holder(leased.brand_id, leased.payload["pass"])
        if held is None or held.person.email is None:
            return None
        event, ticket, code = held.event, held.gate_pass, pen(held.event).token(held.gate_pass)
        days, brand = events.days(event), brands.by_id(leased.brand_id)
        own_code = links.of_fan(held.fan).code
    if code is None or ticket.revoked_at is not None or opening.is_over(event, days, now()):
        return None
    base, locale = settings["PUBLIC_URL"], i18n.known(leased.payload["locale"]) or brand.locale
    address = payload(base, code)
    return _mail(
        leased,
        settings,
        recipient=held.person.email,
        locale=locale,
        pictures=(Picture(f"pass-{ticket.number}.png", qr.png(address, PASS_PIXELS)),),
        brand=brand,
        name=first_name(held.person.name),
        event=event,
        hours=opening.lines(event, days, locale),
        number=ticket.number,
        admits=ticket.admits,
        short=_spaced(pen(event).short(ticket) or ""),
        link=f"{base}/p/{code}",
        home=f"{base}/me/{held.campaign.slug}",
        own_link=share_url(base, own_code, "em"),
    )


KINDS: dict[str, Callable[[Leased, Mapping[str, Any]], Mail | None]] = {
    "sign_in": sign_in,
    "confirm_address": confirm_address,
    "pass": gate_pass,
}


def _mail(
    leased: Leased,
    settings: Mapping[str, Any],
    *,
    recipient: str,
    locale: str,
    pictures: tuple[Picture, ...] = (),
    **words: Any,
) -> Mail:
    """Fill in a notice's two templates; what they hold stays text, as it is read."""
    g.locale = locale
    with force_locale(locale):
        subject = render_template(f"mail/{leased.kind}/subject.txt", **words)
        body = render_template(f"mail/{leased.kind}/body.txt", **words)
    host = urlsplit(settings["PUBLIC_URL"]).hostname
    # The same message has the same id however often it is sent, by which a mail program shows it once.
    message_id = f"<outbox-{ids.show(leased.id).lower()}@{host}>"
    return Mail(message_id, recipient, " ".join(subject.split()), body.strip() + "\n", pictures)


def _spaced(code: str) -> str:
    """Write a code in two groups, as people read it out."""
    return f"{code[:4]} {code[4:]}"
