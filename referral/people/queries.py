"""What is asked about people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from referral.people.models import Person, PersonSession, SignIn
from referral.people.rules import Contact
from referral.plumbing.db import db, every_brand, in_parts


def find(brand_id: int, contact: Contact) -> Person | None:
    """Find the person a contact speaks of: by the shop's reference, else by mail, else by phone."""
    return find_many(brand_id, [contact])[0]


def find_many(brand_id: int, contacts: Sequence[Contact]) -> list[Person | None]:
    """Find the persons that contacts speak of, in the contacts' order; the shop's reference weighs most."""
    by_key: dict[tuple[str, str], Person] = {}
    for kind, column in (
        ("external_id", Person.external_id),
        ("email_key", Person.email_key),
        ("phone", Person.phone),
    ):
        keys = sorted({key for contact in contacts if (key := getattr(contact, kind))})
        for part in in_parts(keys):
            found = db.session.scalars(select(Person).where(Person.brand_id == brand_id, column.in_(part)))
            by_key.update({(kind, getattr(person, kind)): person for person in found})
    return [
        next(
            (
                by_key[kind, key]
                for kind in ("external_id", "email_key", "phone")
                if (key := getattr(contact, kind)) and (kind, key) in by_key
            ),
            None,
        )
        for contact in contacts
    ]


def by_id(brand_id: int, person_id: int) -> Person | None:
    """Give one person of a brand."""
    return db.session.scalar(select(Person).where(Person.brand_id == brand_id, Person.id == person_id))


def session_holder(token_hash: str, now: datetime) -> Person | None:
    """Tell whose browser this is; the token names the brand."""
    with every_brand():
        return db.session.scalar(
            select(Person)
            .join(PersonSession, (PersonSession.brand_id == Person.brand_id) & (PersonSession.person_id == Person.id))
            .where(PersonSession.token_hash == token_hash, PersonSession.expires_at > now, Person.erased_at.is_(None))
        )


def with_mail_address(email_key: str) -> list[Person]:
    """Find everybody with a mail address, in whatever brand: the sign-in page does not ask which."""
    with every_brand():
        return list(
            db.session.scalars(
                select(Person).where(Person.email_key == email_key, Person.erased_at.is_(None)).order_by(Person.id)
            )
        )


def address_holder(brand_id: int, email_key: str) -> int | None:
    """Tell who in a brand is known by a mail address."""
    return db.session.scalar(select(Person.id).where(Person.brand_id == brand_id, Person.email_key == email_key))


def sign_in_by_token(token_hash: str) -> SignIn | None:
    """Find a mailed way in by the hash of its token."""
    with every_brand():
        return db.session.scalar(select(SignIn).where(SignIn.token_hash == token_hash).with_for_update())


def sign_ins_of_browser(challenge_hash: str) -> list[SignIn]:
    """List the ways in that this browser asked for, the newest first."""
    with every_brand():
        return list(
            db.session.scalars(
                select(SignIn)
                .where(SignIn.challenge_hash == challenge_hash)
                .order_by(SignIn.id.desc())
                .limit(10)
                .with_for_update()
            )
        )


def ways_in_since(person: Person, moment: datetime) -> int:
    """Count the ways in that were mailed to a person since a moment."""
    with every_brand():
        return (
            db.session.scalar(
                select(func.count())
                .select_from(SignIn)
                .where(SignIn.brand_id == person.brand_id, SignIn.person_id == person.id, SignIn.created_at > moment)
            )
            or 0
        )


def is_way_open(token_hash: str, now: datetime) -> bool:
    """Tell whether a mailed way in can still be used."""
    with every_brand():
        found = select(SignIn.id).where(
            SignIn.token_hash == token_hash, SignIn.used_at.is_(None), SignIn.expires_at > now
        )
        return db.session.scalar(found) is not None


def names(brand_id: int, person_ids: Sequence[int]) -> dict[int, str | None]:
    """Give the names of people by id."""
    found: dict[int, str | None] = {}
    for part in in_parts(person_ids):
        rows = db.session.execute(
            select(Person.id, Person.name).where(Person.brand_id == brand_id, Person.id.in_(part))
        )
        found.update({row.id: row.name for row in rows})
    return found


def conflicting(brand_id: int, contact: Contact, person: Person) -> bool:
    """Tell whether a reference of the contact belongs to somebody else than the person it was found by."""
    others = or_(
        Person.external_id == contact.external_id, Person.email_key == contact.email_key, Person.phone == contact.phone
    )
    return (
        db.session.scalar(select(Person.id).where(Person.brand_id == brand_id, others, Person.id != person.id).limit(1))
        is not None
    )
