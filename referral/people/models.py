"""Tables of people: personal data, and the ways in which a person signs in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Person(Owned, Model):
    """A human known to a brand, once, whatever their roles; erasing empties the row and keeps it."""

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id"], ["brand.id"]),
        Index("uq_person_email_key", "brand_id", "email_key", unique=True),
        Index("uq_person_phone", "brand_id", "phone", unique=True),
        Index("uq_person_external_id", "brand_id", "external_id", unique=True),
    )

    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(320))
    email_key: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(20))
    external_id: Mapped[str | None] = mapped_column(String(120))
    locale: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class PersonSession(Owned, Model):
    """A browser in which a person is signed in; deleting the row signs it out."""

    __tablename__ = "person_session"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "person_id"], ["person.brand_id", "person.id"]),
        Index("ix_person_session_person", "brand_id", "person_id"),
    )

    person_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignIn(Owned, Model):
    """A mailed way in: used once, for ten minutes, by its link or, in the browser that asked, by its short code."""

    __tablename__ = "sign_in"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "person_id"], ["person.brand_id", "person.id"]),
        Index("ix_sign_in_challenge", "challenge_hash"),
        Index("ix_sign_in_person", "brand_id", "person_id"),
    )

    person_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    challenge_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
