"""Tables of brands, the accounts of their staff, and their keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned
from referral.plumbing.ids import new_id


class Brand(Model):
    """A brand: the tenant, whose story spreads."""

    __tablename__ = "brand"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    locale: Mapped[str] = mapped_column(String(12))
    accent: Mapped[str | None] = mapped_column(String(7))
    created_at: Mapped[datetime]


class Account(Model):
    """Somebody of the staff, who signs in with a password; may be a member of several brands."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_last_step: Mapped[int | None]
    recovery_hashes: Mapped[str] = mapped_column(Text, default="")
    locale: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime]


class Member(Model):
    """An account's place in a brand, with its role."""

    __tablename__ = "member"
    __table_args__ = (CheckConstraint("role in ('owner', 'marketer', 'seller', 'organiser', 'viewer')", name="role"),)

    brand_id: Mapped[int] = mapped_column(ForeignKey("brand.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]


class StaffSession(Model):
    """A browser in which somebody of the staff is signed in; deleting the row signs it out."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(Owned, Model):
    """A program's key to one brand: kept as a hash, limited to scopes, revocable."""

    __tablename__ = "api_key"
    __table_args__ = (ForeignKeyConstraint(["brand_id"], ["brand.id"]),)

    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
