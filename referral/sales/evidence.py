"""What a shop saw of how a buyer came, and whom it leads to: a click, a code, a coupon, a name that the buyer spoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.campaigns.models import Campaign
from referral.clicks import queries as clicks
from referral.errors import Invalid
from referral.introductions import queries as tellers
from referral.introductions.rules import Teller
from referral.links import queries as links
from referral.links.rules import fold_coupon
from referral.sales.rules import Evidence, Touch


@dataclass(frozen=True)
class Found:
    """Hold who told a buyer, and the touch that it was; `spoken_of` is the fan who bears the name, if one was given."""

    teller: Teller
    touch: Touch
    spoken_of: int | None


def find(
    campaign: Campaign,
    at: datetime,
    *,
    click_id: int | None,
    code: str | None,
    coupon: str | None,
    name: str | None,
) -> Found | None:
    """Find who told a buyer by what the shop saw at a moment: all of it must be right, and what says most counts.

    A click says more than a code, for it happened; a code more than a coupon, which is passed around; and a coupon more
    than a name.

    Raises:
        Invalid: `click_unknown`, `code_unknown`, `coupon_unknown`, `coupon_off`, `name_unknown`, `name_ambiguous`.
    """
    found: list[tuple[Evidence, Teller | None, datetime]] = []
    spoken_of = None
    if click_id is not None:
        click = clicks.seen(campaign, click_id)
        if click is None:
            raise Invalid("click_unknown")
        found.append(("click", tellers.teller_of_click(campaign, click), click.at))
    if code is not None:
        found.append(("code", tellers.teller(campaign, code=code), at))
    if coupon is not None:
        found.append(("coupon", _by_coupon(campaign, coupon, at), at))
    if name is not None:
        bearers = tellers.tellers_by_name(campaign, name)
        if len(bearers) > 1:
            raise Invalid("name_ambiguous")
        spoken_of = bearers[0].fan_id if bearers else None
        found.append(("name", bearers[0] if bearers else None, at))
    right: list[Found] = []
    for evidence, teller, touched_at in found:
        if teller is None:
            raise Invalid(f"{evidence}_unknown")
        right.append(Found(teller, Touch(teller.fan_id, teller.link_id, touched_at, evidence), spoken_of))
    return right[0] if right else None


def _by_coupon(campaign: Campaign, text: str, at: datetime) -> Teller | None:
    """Find who tells by a coupon; one that was switched off counts for what was sold before."""
    code = fold_coupon(text)
    coupon = links.coupon(campaign, code) if code is not None else None
    if coupon is None:
        return None
    if coupon.disabled_at is not None and coupon.disabled_at <= at:
        raise Invalid("coupon_off")
    return tellers.teller_of_link(campaign, coupon.link_id)
