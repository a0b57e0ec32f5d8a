"""What happens when money comes in or goes back: it is kept once, and whoever told the buyer is credited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign
from referral.campaigns.rules import Attribution as Model
from referral.credits import actions as ledger
from referral.credits import queries as credits
from referral.credits.queries import terms
from referral.credits.rules import (
    Posting,
    available_at,
    divide,
    post_refund,
    post_sale,
    reward,
    take_back,
)
from referral.errors import Conflict, Invalid, NotFound
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import actions as introductions
from referral.introductions.rules import Arrival, Teller
from referral.people.rules import Contact, clean_reference
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from referral.plumbing.money import Money
from referral.sales import evidence, queries
from referral.sales.given import CreditLine, given, taken
from referral.sales.models import Refund, Sale, SaleShare
from referral.sales.requests import SaleRequest, fingerprint_of, fingerprints
from referral.sales.rules import Share, attribute, check_amount, clean_moment, touches


@dataclass(frozen=True)
class Recorded:
    """Hold a recorded sale, whose word it was, and what it was credited; `hit` where it had been recorded before."""

    sale: Sale
    shares: tuple[SaleShare, ...]
    credits: tuple[CreditLine, ...]
    hit: bool


@dataclass(frozen=True)
class Refunded:
    """Hold a recorded refund and what it took back; `hit` where it had been recorded before."""

    refund: Refund
    credits: tuple[CreditLine, ...]
    hit: bool


def record(campaign: Campaign, request: SaleRequest) -> Recorded:
    """Record a sale, once for ever, and credit who told the buyer by the campaign's rule; a new buyer becomes a fan.

    Raises:
        Invalid: `external_id_invalid`, `currency_differs`, `amount_not_positive`, `at_out_of_range`, `click_unknown`,
            `code_unknown`, `coupon_unknown`, `coupon_off`, `name_unknown`, `name_ambiguous`, `buyer_unknown`.
        Conflict: `sale_differs` where the reference is taken by a sale with other content.
    """
    clean_reference(request.external_id)
    check_amount(request.amount, campaign.currency)
    if request.at is not None:
        request = replace(request, at=clean_moment(request.at, now()))
    sale = queries.by_external_id(campaign, request.external_id)
    if sale is None:
        return _record(campaign, request)
    if sale.content_hash not in fingerprints(campaign, request):
        raise Conflict("sale_differs", external_id=request.external_id)
    return again(campaign, sale)


def _record(campaign: Campaign, request: SaleRequest) -> Recorded:
    moment = now()
    at = request.at or moment
    # A shop's clock may run ahead; nobody joins, and no terms are looked up, in the future.
    happened = min(at, moment)
    sale_id = new_id()  # before the buyer arrives: by it, what was known of them is told from what the sale brings
    seen = evidence.find(
        campaign,
        at,
        click_id=request.click_id,
        code=request.code,
        coupon=request.coupon,
        name=request.told_by_name,
    )
    buyer_id, was_fan = _let_buyer_in(campaign, request, seen.teller if seen else None, happened)
    buyer = queries.buyer(campaign, buyer_id) if buyer_id is not None and was_fan else None
    own = seen.touch if seen else None
    rule = Model(campaign.attribution)
    found = attribute(touches(buyer, own, sale_id), at, buyer_id, rule, campaign.attribution_days)
    sale = Sale(
        brand_id=campaign.brand_id,
        id=sale_id,
        campaign_id=campaign.id,
        external_id=request.external_id,
        content_hash=fingerprint_of(request, buyer_id, seen.spoken_of if seen else None),
        amount=request.amount.minor,
        currency=request.amount.currency,
        buyer_id=buyer_id,
        introducer_id=found.introducer_id,
        attribution=found.reason,
        link_id=own.link_id if own else None,
        click_id=request.click_id,
        evidence=own.evidence if own else None,
        touched_at=own.at if own else None,
        at=at,
        created_at=moment,
    )
    if found.shares:
        plan = campaigns.plan_at(campaign, happened)
        promised = terms(plan)
        if postings := _earned(found.shares, reward(promised, request.amount), available_at(promised, at)):
            posted = ledger.post(
                campaign, "sale", request.external_id, plan, postings, at, base_amount=request.amount.minor
            )
            sale.transaction_id = posted.id
    db.session.add(sale)
    db.session.flush()
    shares = tuple(_share(sale, share) for share in found.shares)
    db.session.add_all(shares)
    db.session.flush()
    return Recorded(sale, shares, given(campaign, sale.transaction_id, shares), hit=False)


def _earned(shares: Sequence[Share], whole: Money, ready_at: datetime) -> list[Posting]:
    """Write what each introducer earns of a sale as postings."""
    amounts = divide(whole.minor, [share.parts for share in shares])
    return [
        posting
        for share, amount in zip(shares, amounts, strict=True)
        for posting in post_sale(share.introducer_id, Money(amount, whole.currency), ready_at)
    ]


def _share(sale: Sale, share: Share) -> SaleShare:
    return SaleShare(
        brand_id=sale.brand_id,
        id=new_id(),
        sale_id=sale.id,
        fan_id=share.introducer_id,
        parts=share.parts,
        whole=share.whole,
        reason=share.reason,
    )


def refund(
    campaign: Campaign, external_id: str, refund_external_id: str, amount: Money, at: datetime | None = None
) -> Refunded:
    """Record that money of a sale went back, once for ever, and take credit back in proportion.

    Raises:
        NotFound: `sale_unknown`.
        Invalid: `external_id_invalid`, `currency_differs`, `amount_not_positive`, `at_out_of_range`,
            `refund_above_sale`.
        Conflict: `refund_differs` where the reference is taken by a refund of another amount.
    """
    clean_reference(refund_external_id)
    moment = now()
    at = clean_moment(at or moment, moment)
    sale = queries.for_refund(campaign, external_id)
    if sale is None:
        raise NotFound("sale_unknown", external_id=external_id)
    check_amount(amount, sale.currency)
    before = queries.refund(sale, refund_external_id)
    if before is not None:
        if before.amount != amount.minor:
            raise Conflict("refund_differs", external_id=refund_external_id)
        return Refunded(before, taken(campaign, before.transaction_id), hit=True)
    refunded = queries.refunded(sale)
    if refunded + amount.minor > sale.amount:
        left = Money(sale.amount - refunded, sale.currency)
        raise Invalid("refund_above_sale", left=left.text(), currency=left.currency)
    row = Refund(
        brand_id=campaign.brand_id,
        id=new_id(),
        sale_id=sale.id,
        external_id=refund_external_id,
        amount=amount.minor,
        currency=amount.currency,
        transaction_id=_take_back(campaign, sale, refunded, refund_external_id, amount, at),
        at=at,
        created_at=moment,
    )
    db.session.add(row)
    db.session.flush()
    return Refunded(row, taken(campaign, row.transaction_id), hit=False)


def _take_back(
    campaign: Campaign, sale: Sale, refunded_before: int, reference: str, amount: Money, at: datetime
) -> int | None:
    """Post what a refund takes back from each credit of its sale; return the transaction, if there is any."""
    if sale.transaction_id is None:
        return None
    postings = [
        posting
        for entry in reversed(credits.of_transaction(campaign, sale.transaction_id, at))
        for posting in post_refund(
            entry.fan_id,
            Money(take_back(entry.amount.minor, sale.amount, refunded_before, amount.minor), amount.currency),
            entry.available_at,
        )
    ]
    if not postings:
        return None
    posted = credits.transaction(campaign, sale.transaction_id)
    plan = credits.plan_of(posted)
    return ledger.post(campaign, "refund", reference, plan, postings, at, base_amount=amount.minor, corrects=posted).id


def _let_buyer_in(
    campaign: Campaign, request: SaleRequest, teller: Teller | None, at: datetime
) -> tuple[int | None, bool]:
    """Find the buyer or let them in; return their fan id, and whether they were a fan before."""
    contact = request.buyer
    if request.buyer_fan_id is not None:
        fan = fans.find(campaign, request.buyer_fan_id)
        if fan is None:
            raise Invalid("buyer_unknown")
        contact = _contact(fan) if teller is not None else None
        if contact is None:
            return fan.id, True
    if contact is None:
        return None, False
    arrival = Arrival(contact, told_by=teller, channel=None, at=at, click_id=request.click_id)
    arrived = introductions.arrive(campaign, [arrival])[0]
    return arrived.fan_id, not arrived.is_new


def _contact(fan: Fan) -> Contact | None:
    """Give the references by which a fan is known again; None for somebody erased, who arrives no more."""
    person = fans.person_of(fan)
    if not (person.external_id or person.email or person.phone):
        return None
    return Contact(
        name=None, email=person.email, phone=person.phone, external_id=person.external_id, locale=person.locale
    )


def again(campaign: Campaign, sale: Sale) -> Recorded:
    """Tell of a recorded sale whose word it was, and what it gave, as it stands now."""
    shares = queries.shares(sale.brand_id, [sale.id]).get(sale.id, [])
    return Recorded(sale, tuple(shares), given(campaign, sale.transaction_id, shares), hit=True)
