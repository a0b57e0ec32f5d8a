"""What makes a campaign right, and what state it is in."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from urllib.parse import quote, urlsplit

from referral.errors import Gone, Invalid
from referral.plumbing.money import EXPONENTS, Money

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", re.ASCII)
_RESERVED = frozenset({"new", "sign-in", "sign-out"})
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "đ": "d", "ø": "o", "æ": "ae", "’": "'"})
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*%?", re.ASCII)
HOLDING_DAYS = 365
UTM_LENGTH, UTM_PLACEHOLDERS = 400, ("channel", "code", "campaign")
_UTM_PART = re.compile(
    r"(?P<name>[A-Za-z0-9_.-]+)=(?:[A-Za-z0-9._~+-]|%[0-9A-Fa-f]{2}|\{(?:channel|code|campaign)\})+", re.ASCII
)
_OUR_MARK = "tular_click"
REPEAT_MINUTES = 24 * 60  # nobody is known for longer: a visitor's number is another one after two midnights
ATTRIBUTION_DAYS = 3650
_DIGITS = re.compile(r"[0-9]{1,5}", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cs", "Cn", "Co"})


class State(StrEnum):
    """Name where a campaign stands in its life."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


class Attribution(StrEnum):
    """Name who is credited where several people told a buyer."""

    FIRST = "first"
    LAST = "last"
    SPLIT = "split"


def state(published_at: datetime | None, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> State:
    """Tell where a campaign stands: its end is the first moment at which it is over."""
    if published_at is None:
        return State.DRAFT
    if ends_at is not None and now >= ends_at:
        return State.OVER
    if starts_at is not None and now < starts_at:
        return State.UPCOMING
    return State.RUNNING


def clean_slug(text: str) -> str:
    """Take a campaign's short name for addresses: a-z, 0-9 and inner hyphens, at most 60 signs.

    Raises:
        Invalid: `slug_invalid`.
    """
    slug = text.strip().lower()
    if not SLUG.fullmatch(slug) or slug in _RESERVED:
        raise Invalid("slug_invalid")
    return slug


def propose_slug(name: str) -> str:
    """Make a short name out of a name; empty where the name has no letter that an address could hold.

    >>> propose_slug("Books all night!"), propose_slug("Święto książki w Łodzi"), propose_slug("夜市")
    ('books-all-night', 'swieto-ksiazki-w-lodzi', '')
    """
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-")
    return f"{slug}-1" if slug in _RESERVED else slug


def clean_landing_url(text: str | None) -> str | None:
    """Take the address that links lead to; empty means our own story page.

    Raises:
        Invalid: `landing_url_invalid` where it is not http or https with a host, or names a user, or has a fragment
            of control signs; a link must never become a way to run script or to hide where it leads.
    """
    if text is None or not text.strip():
        return None
    url = text.strip()
    if len(url) > 2000 or any(sign <= " " or sign == "\x7f" or sign in '\\"<>' for sign in url):
        raise Invalid("landing_url_invalid")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise Invalid("landing_url_invalid") from error
    if parts.scheme.lower() not in {"http", "https"} or not host or "@" in parts.netloc:
        raise Invalid("landing_url_invalid")
    if not _is_host(host):
        raise Invalid("landing_url_invalid")
    return url


def clean_utm_template(text: str | None) -> str | None:
    """Take what is added to the landing address of each click; empty means nothing.

    >>> clean_utm_template(" ?utm_source=tular&utm_medium={channel} ")
    'utm_source=tular&utm_medium={channel}'
    >>> clean_utm_template("&") is None
    True

    Raises:
        Invalid: `utm_invalid` where it is longer than 400 signs, or a part of it is not name=value of signs that an
            address may hold, or has another placeholder than {channel}, {code} and {campaign}, or our own name.
    """
    template = (text or "").strip().lstrip("?&")
    if not template:
        return None
    if len(template) > UTM_LENGTH:
        raise Invalid("utm_invalid", most=UTM_LENGTH)
    for part in template.split("&"):
        match = _UTM_PART.fullmatch(part)
        if match is None or match["name"].lower() == _OUR_MARK:
            raise Invalid("utm_invalid", most=UTM_LENGTH)
    return template


def fill_utm(template: str, *, channel: str, code: str, campaign: str) -> str:
    """Write what a template adds to the address of one click, each value in signs that an address may hold.

    >>> fill_utm("utm_medium={channel}&utm_content={code}", channel="friends & family", code="K7", campaign="books")
    'utm_medium=friends%20%26%20family&utm_content=K7'
    """
    values = dict(zip(UTM_PLACEHOLDERS, (channel, code, campaign), strict=True))
    return re.sub(r"\{(channel|code|campaign)\}", lambda match: quote(values[match[1]], safe=""), template)


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        pass
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return re.fullmatch(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?", ascii_host, re.IGNORECASE) is not None


def clean_text(text: str) -> str:
    r"""Take a text as it was typed, without signs that cannot be seen, and with one kind of line end.

    >>> clean_text("  One line\r\nand another\x00 ")
    'One line\nand another'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in _UNSEEN).strip()


def check_repeat(minutes: int) -> int:
    """Give back for how long a visitor's next visit to the same link is a repeat; raise Invalid `repeat_invalid`."""
    if not 0 <= minutes <= REPEAT_MINUTES:
        raise Invalid("repeat_invalid", most=REPEAT_MINUTES)
    return minutes


def read_repeat_minutes(text: str) -> int:
    """Read those minutes as people type them; raise Invalid `repeat_invalid`."""
    if not _DIGITS.fullmatch(text.strip()):
        raise Invalid("repeat_invalid", most=REPEAT_MINUTES)
    return check_repeat(int(text))


def check_attribution(rule: str) -> str:
    """Give back who is credited; raise Invalid `attribution_invalid`."""
    if rule not in set(Attribution):
        raise Invalid("attribution_invalid", known=", ".join(Attribution))
    return Attribution(rule).value


def check_attribution_days(days: int) -> int:
    """Give back for how many days somebody's word counts, 0 for ever; raise Invalid `attribution_days_invalid`."""
    if not 0 <= days <= ATTRIBUTION_DAYS:
        raise Invalid("attribution_days_invalid", most=ATTRIBUTION_DAYS)
    return days


def read_attribution_days(text: str) -> int:
    """Read those days as people type them; raise Invalid `attribution_days_invalid`."""
    if not _DIGITS.fullmatch(text.strip()):
        raise Invalid("attribution_days_invalid", most=ATTRIBUTION_DAYS)
    return check_attribution_days(int(text))


def check_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raise Invalid `dates_reversed` where a campaign would end before it starts."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise Invalid("dates_reversed")


@dataclass(frozen=True)
class PlanTerms:
    """Hold the terms that a campaign promises: what a direct introducer earns on a sale, and when it is paid."""

    kind: str
    basis_points: int
    fixed_minor: int
    currency: str
    holding_days: int

    @classmethod
    def nothing(cls, currency: str) -> PlanTerms:
        """Promise recognition only."""
        return cls("none", 0, 0, currency, 0)

    @classmethod
    def percent(cls, basis_points: int, currency: str, holding_days: int) -> PlanTerms:
        """Promise a share of each sale, in hundredths of a percent."""
        return cls("percent", basis_points, 0, currency, holding_days).checked()

    @classmethod
    def fixed(cls, minor: int, currency: str, holding_days: int) -> PlanTerms:
        """Promise the same amount for each sale, in minor units."""
        return cls("fixed", 0, minor, currency, holding_days).checked()

    def checked(self) -> PlanTerms:
        """Give them back; raise Invalid `currency_unknown`, `percent_invalid`, `fixed_invalid`, `holding_invalid`."""
        if self.currency not in EXPONENTS:
            raise Invalid("currency_unknown", currency=self.currency)
        if self.kind == "percent" and not 0 < self.basis_points <= 10_000:
            raise Invalid("percent_invalid")
        if self.kind == "fixed" and self.fixed_minor <= 0:
            raise Invalid("fixed_invalid")
        if not 0 <= self.holding_days <= HOLDING_DAYS:
            raise Invalid("holding_invalid", most=HOLDING_DAYS)
        return self


def check_open(
    published_at: datetime | None, starts_at: datetime | None, ends_at: datetime | None, moment: datetime
) -> None:
    """Let people in only while a campaign runs.

    Raises:
        Gone: `campaign_not_open` while it is a draft or before it starts (with `opens_at`), `campaign_over` afterwards.
    """
    stands = state(published_at, starts_at, ends_at, moment)
    if stands is State.OVER:
        raise Gone("campaign_over")
    if stands is not State.RUNNING:
        opens = starts_at.isoformat() if starts_at is not None and stands is State.UPCOMING else None
        raise Gone("campaign_not_open", opens_at=opens)


def read_percent(text: str) -> int:
    """Read a share as people type it, in hundredths of a percent; raise Invalid `percent_malformed`.

    >>> read_percent("5"), read_percent("7.5"), read_percent("7,25 %")
    (500, 750, 725)
    """
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        raise Invalid("percent_malformed")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def write_percent(basis_points: int) -> str:
    """Write a share as people type it.

    >>> write_percent(500), write_percent(750), write_percent(5)
    ('5', '7.5', '0.05')
    """
    return format((Decimal(basis_points) / 100).normalize(), "f")


def read_holding_days(text: str) -> int:
    """Read the days that a credit waits; raise Invalid `holding_invalid`."""
    if not re.fullmatch(r"[0-9]{1,4}", text.strip(), re.ASCII) or int(text) > HOLDING_DAYS:
        raise Invalid("holding_invalid", most=HOLDING_DAYS)
    return int(text)


def read_amount(text: str, currency: str) -> Money:
    """Read an amount as people type it, with a point or a comma before the decimals and nothing between thousands.

    More decimals than the currency has are refused, even zeros: 25.000 may mean twenty-five thousand.

    Raises:
        Invalid: `amount_malformed`, `amount_decimals`, `amount_too_large`, `currency_unknown`.
    """
    plain = "".join(text.split()).replace(",", ".")
    decimals = len(plain.partition(".")[2])
    if decimals > EXPONENTS.get(currency, decimals):
        raise Invalid("amount_decimals", currency=currency, decimals=EXPONENTS[currency])
    return Money.of_decimal(plain, currency)


def write_amount(amount: Money) -> str:
    """Write an amount as people type it: without decimals where they are all zero."""
    text = amount.text()
    return text.partition(".")[0] if not amount.minor % 10 ** EXPONENTS[amount.currency] else text
