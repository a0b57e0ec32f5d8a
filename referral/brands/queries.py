"""What is asked about brands, their staff and their keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from referral.brands.models import Account, ApiKey, Brand, Member, StaffSession
from referral.errors import NotFound
from referral.plumbing.db import db, every_brand


def any_brand() -> bool:
    """Tell whether this installation has a brand yet."""
    return db.session.scalar(select(Brand.id).limit(1)) is not None


def only() -> Brand | None:
    """Give the one brand of an installation that has no other."""
    found = db.session.scalars(select(Brand).limit(2)).all()
    return found[0] if len(found) == 1 else None


def by_slug(slug: str) -> Brand:
    """Give a brand by its short name; raise NotFound `brand_unknown`."""
    brand = find(slug)
    if brand is None:
        raise NotFound("brand_unknown")
    return brand


def find(slug: str) -> Brand | None:
    """Find a brand by its short name."""
    return db.session.scalar(select(Brand).where(Brand.slug == slug))


def by_id(brand_id: int) -> Brand:
    """Give a brand by its id."""
    return db.session.scalars(select(Brand).where(Brand.id == brand_id)).one()


def account_by_email(email_key: str) -> Account | None:
    """Find a staff account by mail address."""
    return db.session.scalar(select(Account).where(Account.email == email_key))


def account_by_id(account_id: int) -> Account | None:
    """Find a staff account by id."""
    return db.session.scalar(select(Account).where(Account.id == account_id))


def session_holder(token_hash: str, now: datetime) -> Account | None:
    """Tell whose browser this is."""
    return db.session.scalar(
        select(Account)
        .join(StaffSession, StaffSession.account_id == Account.id)
        .where(StaffSession.token_hash == token_hash, StaffSession.expires_at > now)
    )


def role(brand: Brand, account: Account) -> str | None:
    """Give an account's role in a brand; None where it has none."""
    return db.session.scalar(select(Member.role).where(Member.brand_id == brand.id, Member.account_id == account.id))


def brands_of(account: Account) -> list[Brand]:
    """List the brands that an account is a member of."""
    return list(
        db.session.scalars(
            select(Brand)
            .join(Member, Member.brand_id == Brand.id)
            .where(Member.account_id == account.id)
            .order_by(Brand.name)
        )
    )


def key_by_hash(key_hash: str) -> tuple[Brand, ApiKey] | None:
    """Find whose key this is."""
    with every_brand():
        row = db.session.execute(
            select(Brand, ApiKey)
            .join(ApiKey, ApiKey.brand_id == Brand.id)
            .where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
        ).one_or_none()
    return None if row is None else (row[0], row[1])


def keys(brand: Brand) -> list[ApiKey]:
    """List a brand's keys, the newest first."""
    return list(db.session.scalars(select(ApiKey).where(ApiKey.brand_id == brand.id).order_by(ApiKey.id.desc())))


def key_by_id(brand: Brand, key_id: int) -> ApiKey:
    """Give a brand's key; raise NotFound `key_unknown`."""
    key = db.session.scalar(select(ApiKey).where(ApiKey.brand_id == brand.id, ApiKey.id == key_id))
    if key is None:
        raise NotFound("key_unknown")
    return key
