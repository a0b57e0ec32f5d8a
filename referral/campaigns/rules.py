"""What makes a campaign right, and what state it is in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from referral.errors import Invalid
from referral.plumbing.money import EXPONENTS

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", re.ASCII)
_RESERVED = frozenset({"new", "edit", "api", "static"})
HOLDING_DAYS = 365


class State(StrEnum):
    """Name where a campaign stands in its life."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


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


def check_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raise Invalid `dates_reversed` where a campaign would end before it starts."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise Invalid("dates_reversed")


@dataclass(frozen=True)
class PlanTerms:
    """Hold the terms that a campaign promises: what a direct introducer earns on a sale, and when it may be paid out."""

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
        """Give the terms back, or raise Invalid `percent_invalid`, `fixed_invalid`, `holding_invalid`, `currency_unknown`."""
        if self.currency not in EXPONENTS:
            raise Invalid("currency_unknown", currency=self.currency)
        if self.kind == "percent" and not 0 < self.basis_points <= 10_000:
            raise Invalid("percent_invalid")
        if self.kind == "fixed" and self.fixed_minor <= 0:
            raise Invalid("fixed_invalid")
        if not 0 <= self.holding_days <= HOLDING_DAYS:
            raise Invalid("holding_invalid", most=HOLDING_DAYS)
        return self
