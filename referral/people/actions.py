"""What changes about people: getting to know them, letting them in, letting them go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from referral.errors import Conflict
from referral.people import queries
from referral.people.models import Person, PersonSession, SignIn
from referral.people.rules import SIGN_IN_MINUTES, Contact, WayIn, good_until, is_good, may_mail
from referral.plumbing import bulk, outbox
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand
from referral.plumbing.ids import new_ids
from referral.plumbing.signing import fingerprint, short_code, token

SESSION_DAYS = 90


def know(brand_id: int, contacts: Sequence[Contact]) -> list[tuple[int, bool]]:
    """Find or make the person of each contact; return (person id, whether new) in the contacts' order.

    What a known person had left open (a name, a second way to reach them) is filled in; nothing is overwritten.
    """
    found = queries.find_many(brand_id, contacts)
    moment = now()
    made: list[dict[str, object]] = []
    fresh: dict[tuple[str, str], int] = {}
    result: list[tuple[int, bool]] = []
    free = iter(new_ids(len(contacts)))
    for contact, person in zip(contacts, found, strict=True):
        if person is not None:
            _fill_in(brand_id, person, contact)
            result.append((person.id, False))
            continue
        keys = [(kind, key) for kind in ("external_id", "email_key", "phone") if (key := getattr(contact, kind))]
        known = next((fresh[key] for key in keys if key in fresh), None)
        if known is not None:
            result.append((known, False))
            continue
        person_id = next(free)
        fresh.update(dict.fromkeys(keys, person_id))
        made.append(
            {
                "brand_id": brand_id,
                "id": person_id,
                "name": contact.name,
                "email": contact.email,
                "email_key": contact.email_key,
                "phone": contact.phone,
                "external_id": contact.external_id,
                "locale": contact.locale,
                "created_at": moment,
            }
        )
        result.append((person_id, True))
    bulk.write(Person, made)
    return result


def _fill_in(brand_id: int, person: Person, contact: Contact) -> None:
    gaps = {
        field: value
        for field in ("name", "email", "email_key", "phone", "external_id")
        if getattr(person, field) is None and (value := getattr(contact, field))
    }
    # A way to reach somebody that already belongs to another person stays with that person.
    if gaps and (set(gaps) == {"name"} or not queries.conflicting(brand_id, contact, person)):
        for field, value in gaps.items():
            setattr(person, field, value)


def let_in(brand_id: int, person_id: int) -> str:
    """Sign a person in to one browser; return the token that the browser keeps."""
    secret = token()
    moment = now()
    db.session.add(
        PersonSession(
            brand_id=brand_id,
            person_id=person_id,
            token_hash=fingerprint(secret),
            created_at=moment,
            expires_at=moment + timedelta(days=SESSION_DAYS),
        )
    )
    return secret


def let_go(secret: str) -> None:
    """Sign a person out of one browser."""
    with every_brand():
        db.session.execute(
            update(PersonSession).where(PersonSession.token_hash == fingerprint(secret)).values(expires_at=now())
        )


def ask_way_in(email_key: str) -> str:
    """Mail a way in to everybody known by an address; return the challenge that the asking browser keeps.

    The answer is the same whether or not anybody is known by it. A newer way in ends the older ones of that person;
    after some in a row no more is mailed for a while, and the newest stays good.
    """
    challenge = token()
    moment = now()
    for person in queries.with_mail_address(email_key):
        if not may_mail(queries.ways_in_since(person, moment - timedelta(minutes=SIGN_IN_MINUTES))):
            continue
        with every_brand():
            db.session.execute(
                update(SignIn)
                .where(SignIn.brand_id == person.brand_id, SignIn.person_id == person.id, SignIn.used_at.is_(None))
                .values(expires_at=moment)
            )
        secret, code = _open_way(person.brand_id, person.id, challenge)
        outbox.put(
            "sign_in",
            {"person": person.id, "token": secret, "code": code, "locale": person.locale},
            brand_id=person.brand_id,
        )
    return challenge


def show_way_in(brand_id: int, person_id: int) -> str:
    """Make a way in that is shown and not mailed, for the operator's own screen; return its token."""
    return _open_way(brand_id, person_id, token())[0]


def _open_way(brand_id: int, person_id: int, challenge: str) -> tuple[str, str]:
    """Write down a way in that is good from now on; return its token and its code."""
    secret, code = token(), short_code()
    moment = now()
    db.session.add(
        SignIn(
            brand_id=brand_id,
            person_id=person_id,
            token_hash=fingerprint(secret),
            code_hash=fingerprint(f"{challenge}:{code}"),
            challenge_hash=fingerprint(challenge),
            created_at=moment,
            expires_at=good_until(moment),
            tries=0,
        )
    )
    return secret, code


def offer_address(person: Person, email: str, code: str, locale: str) -> None:
    """Mail a code to an address that a person would like to be known by; none to one that somebody has."""
    if queries.address_holder(person.brand_id, email.casefold()) is None:
        outbox.put(
            "confirm_address",
            {"person": person.id, "email": email, "code": code, "locale": locale},
            brand_id=person.brand_id,
        )


def take_address(person: Person, email: str) -> None:
    """Let a person be known by an address that is proved to be theirs.

    Raises:
        Conflict: `email_taken`, where somebody came to be known by it in the meantime, or they have another.
    """
    if person.email is not None or queries.address_holder(person.brand_id, email.casefold()) is not None:
        raise Conflict("email_taken")
    person.email, person.email_key = email, email.casefold()
    db.session.flush()


def use_link(secret: str) -> SignIn | None:
    """Use up a mailed link; None where it is unknown, used or run out."""
    way = queries.sign_in_by_token(fingerprint(secret))
    return _use(way) if way is not None else None


def use_code(challenge: str, code: str) -> SignIn | None:
    """Use up a mailed code in the browser that asked for it; each wrong one counts against all that it asked for."""
    expected = fingerprint(f"{challenge}:{code}")
    ways = queries.sign_ins_of_browser(fingerprint(challenge))
    for way in ways:
        if way.code_hash == expected:
            return _use(way)
    for way in ways:
        way.tries += 1
    return None


def _use(way: SignIn) -> SignIn | None:
    moment = now()
    if not is_good(WayIn(way.expires_at, way.used_at, way.tries), moment):
        return None
    way.used_at = moment
    return way
