"""What a shop says about a sale, and by what it is known again when the same sale is reported once more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.campaigns.models import Campaign
from referral.fans import queries as fans
from referral.introductions import queries as tellers
from referral.links.rules import fold, fold_coupon
from referral.people import queries as people
from referral.people.rules import Contact
from referral.plumbing.money import Money
from referral.sales.rules import fingerprint


@dataclass(frozen=True)
class SaleRequest:
    """Hold what a shop says about a sale; the buyer is named by a contact, as a fan, or not at all.

    Who told them is known by a click, a code, a coupon, or the name that the buyer spoke.
    """

    external_id: str
    amount: Money
    buyer: Contact | None = None
    buyer_fan_id: int | None = None
    click_id: int | None = None
    code: str | None = None
    coupon: str | None = None
    told_by_name: str | None = None
    at: datetime | None = None


def fingerprints(campaign: Campaign, request: SaleRequest) -> set[str]:
    """Give the fingerprints of the sales that a report may be of: with a name, one for each fan who bears it.

    Somebody else may have come by now who bears it, too; the first report led to one of them.
    """
    buyer_id = _known_buyer(campaign, request)
    if request.told_by_name is None:
        return {fingerprint_of(request, buyer_id, None)}
    bearers = tellers.tellers_by_name(campaign, request.told_by_name)
    return {fingerprint_of(request, buyer_id, bearer.fan_id) for bearer in bearers}


def fingerprint_of(request: SaleRequest, buyer_id: int | None, spoken_of: int | None) -> str:
    """Give the fingerprint of a report, with who it was found to speak of."""
    return fingerprint(
        request.amount,
        buyer_id,
        named=request.buyer is not None or request.buyer_fan_id is not None,
        click_id=request.click_id,
        code=fold(request.code) if request.code is not None else None,
        at=request.at,
        coupon=fold_coupon(request.coupon) if request.coupon is not None else None,
        spoken_of=spoken_of,
    )


def _known_buyer(campaign: Campaign, request: SaleRequest) -> int | None:
    if request.buyer_fan_id is not None:
        return request.buyer_fan_id
    person = people.find(campaign.brand_id, request.buyer) if request.buyer is not None else None
    fan = fans.by_person(campaign, person.id) if person is not None else None
    return fan.id if fan is not None else None
