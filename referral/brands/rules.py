"""Who of the staff may do what, and what brand names, passwords and accents must be like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from referral.errors import Invalid

PASSWORD_LENGTH = 12

# What an accent stands on in the two themes, and what is written on it: the paper, sheets and inks of tokens.css.
LIGHT_GROUNDS = ("#f8f3ea", "#fffdf8", "#f1e9db")
DARK_GROUNDS = ("#171411", "#211d19", "#100e0b", "#15110e", "#1d1815")
LIGHT_INK, DARK_INK = "#fffdf8", "#171411"
LEAST_CONTRAST = 4.5


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
    MANAGE_EVENTS = "manage_events"


_EVERYBODY = frozenset({Permission.SEE_CAMPAIGNS})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MARKETER: frozenset(Permission) - {Permission.MANAGE_KEYS},
    Role.SELLER: _EVERYBODY | {Permission.SEE_PEOPLE, Permission.SEE_MONEY},
    Role.ORGANISER: _EVERYBODY | {Permission.SEE_PEOPLE, Permission.MANAGE_EVENTS},
    Role.VIEWER: _EVERYBODY,
}


class Scope(StrEnum):
    """Name what an API key may be used for."""

    READ = "read"
    CAMPAIGNS = "campaigns"
    FANS = "fans"
    SALES = "sales"
    EVENTS = "events"


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


@dataclass(frozen=True)
class AccentShades:
    """Hold a brand's colour as each theme can carry it, with the ink that is read on it."""

    light: str
    light_ink: str
    dark: str
    dark_ink: str


def accent_shades(colour: str) -> AccentShades:
    """Darken a colour for the light theme and lighten it for the dark one, until it can be read: WCAG 2.2 AA, 4.5 : 1.

    Its hue stays, by the OKLCH colour space, in which a step of lightness looks like one whatever the hue; a colour
    that can be read as it is stays as it is.

    >>> accent_shades("#b3341f").light, accent_shades("#ffd54a").dark
    ('#b3341f', '#ffd54a')
    """
    return AccentShades(
        light=_moved(colour, 0.0, lambda shade: _stands_on(shade, (*LIGHT_GROUNDS, LIGHT_INK))),
        light_ink=LIGHT_INK,
        dark=_moved(colour, 1.0, lambda shade: _stands_on(shade, (*DARK_GROUNDS, DARK_INK))),
        dark_ink=DARK_INK,
    )


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours by WCAG: from 1 for the same to 21 for black on white."""
    dark, light = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(_linear, (one, other))
    )
    return (light + 0.05) / (dark + 0.05)


def _stands_on(colour: str, grounds: tuple[str, ...]) -> bool:
    return all(contrast(colour, ground) >= LEAST_CONTRAST for ground in grounds)


def _moved(colour: str, end: float, fits: Callable[[str], bool]) -> str:
    """Move a colour's lightness as little as needed towards black (0) or white (1), which fit for certain."""
    if fits(colour):
        return colour
    start, a, b = _oklab(colour)
    near, far, best = start, end, "#ffffff" if end else "#000000"
    for _ in range(16):
        middle = (near + far) / 2
        shade = _hex(middle, a, b)
        if fits(shade):
            far, best = middle, shade
        else:
            near = middle
    return best


def _linear(colour: str) -> tuple[float, float, float]:
    """Give the red, green and blue light of a colour, from 0 to 1 each."""
    signs = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (sign / 12.92 if sign <= 0.04045 else ((sign + 0.055) / 1.055) ** 2.4 for sign in signs)
    return red, green, blue


def _oklab(colour: str) -> tuple[float, float, float]:
    """Give lightness, and the two axes of colour, in OKLab (Björn Ottosson, 2020)."""
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _hex(lightness: float, a: float, b: float) -> str:
    """Write a colour of OKLab as #rrggbb, paled where a screen cannot show it so strong."""
    for strength in range(20, -1, -1):
        light = _light(lightness, a * strength / 20, b * strength / 20)
        if strength == 0 or all(-0.0005 <= part <= 1.0005 for part in light):
            return "#" + "".join(f"{_sign(part):02x}" for part in light)
    raise AssertionError("unreachable")


def _light(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _sign(part: float) -> int:
    part = min(max(part, 0.0), 1.0)
    return round(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))
