"""Who of the staff may do what, and what brand names, passwords and accents must be like."""

from __future__ import annotations

import re
from enum import StrEnum

from referral.errors import Invalid

PASSWORD_LENGTH = 12


class Role(StrEnum):
    """Name a member's role in a brand."""

    OWNER = "owner"
    MARKETER = "marketer"
    SELLER = "seller"
    ORGANISER = "organiser"
    VIEWER = "viewer"


class Permission(StrEnum):
    """Name what a page of the console lets somebody do."""

    SEE_CAMPAIGNS = "see_campaigns"
    EDIT_CAMPAIGNS = "edit_campaigns"
    SEE_PEOPLE = "see_people"
    SEE_MONEY = "see_money"
    EXPORT = "export"
    MANAGE_KEYS = "manage_keys"


_EVERYBODY = frozenset({Permission.SEE_CAMPAIGNS})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MARKETER: frozenset(Permission) - {Permission.MANAGE_KEYS},
    Role.SELLER: _EVERYBODY | {Permission.SEE_PEOPLE, Permission.SEE_MONEY},
    Role.ORGANISER: _EVERYBODY | {Permission.SEE_PEOPLE},
    Role.VIEWER: _EVERYBODY,
}


class Scope(StrEnum):
    """Name what an API key may be used for."""

    READ = "read"
    CAMPAIGNS = "campaigns"
    FANS = "fans"
    SALES = "sales"


def may(role: str, permission: Permission) -> bool:
    """Tell whether a role carries a permission."""
    return permission in PERMISSIONS[Role(role)]


def clean_brand_slug(text: str) -> str:
    """Take a brand's short name for addresses: a-z, 0-9 and inner hyphens; raise Invalid `slug_invalid`."""
    slug = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", slug, re.ASCII):
        raise Invalid("slug_invalid")
    return slug


def check_password(password: str, email: str = "") -> None:
    """Refuse a password that is short or says the mail address; raise Invalid `password_short` or `password_weak`."""
    if len(password) < PASSWORD_LENGTH:
        raise Invalid("password_short", least=PASSWORD_LENGTH)
    if len(password) > 200:
        raise Invalid("password_long", most=200)
    if len(set(password)) < 5 or (email and password.casefold() in {email.casefold(), email.split("@")[0].casefold()}):
        raise Invalid("password_weak")


def clean_accent(text: str | None) -> str | None:
    """Take a brand's colour as #rrggbb; raise Invalid `accent_invalid`."""
    if not text or not text.strip():
        return None
    colour = text.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise Invalid("accent_invalid")
    return colour


def scopes_of(text: str) -> frozenset[Scope]:
    """Read the scopes of a key as they are kept."""
    return frozenset(Scope(word) for word in text.split())
