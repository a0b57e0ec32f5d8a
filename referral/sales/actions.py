"""What happens when money comes in or goes back: it is kept once, and whoever told the buyer is credited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign
from referral.credits import actions as ledger
from referral.credits import queries as credits
from referral.credits.queries import Entry, terms
from referral.credits.rules import Status, Terms, available_at, post_refund, post_sale, reward, take_back
from referral.errors import Conflict, Invalid, NotFound
from referral.fans import queries as fans
from referral.fans.models import Fan
from referral.introductions import actions as introductions
from referral.introductions import queries as tellers
from referral.introductions.rules import Arrival, Teller
from referral.links.rules import fold
from referral.people import queries as people
from referral.people.rules import Contact, clean_reference
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from referral.plumbing.money import Money
from referral.sales import queries
from referral.sales.models import Refund, Sale
from referral.sales.rules import Buyer, Evidence, attribute, check_amount, clean_moment, fingerprint


@dataclass(frozen=True)
class SaleRequest:
    """Hold what a shop says about a sale; the buyer is named by a contact, as a fan, or not at all."""

    external_id: str
    amount: Money
    buyer: Contact | None = None
    buyer_fan_id: int | None = None
    click_id: int | None = None
    code: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Why:
    """Say why a credit is what it is: by what evidence, on which sale and amount, under which terms.

    `code` is the sale's attribution, or `refund` where credit is taken back; `base` was paid, or refunded.
    """

    code: str
    sale: str
    base: Money
    terms: Terms


@dataclass(frozen=True)
class CreditLine:
    """Hold what a sale gave a fan, or a refund took from them."""

    fan_id: int
    generation: int
    amount: Money
    status: Status
    available_at: datetime
    why: Why


@dataclass(frozen=True)
class Recorded:
    """Hold a recorded sale and what it was credited; `hit` where it had been recorded before."""

    sale: Sale
    credits: tuple[CreditLine, ...]
    hit: bool


@dataclass(frozen=True)
class Refunded:
    """Hold a recorded refund and what it took back; `hit` where it had been recorded before."""

    refund: Refund
    credits: tuple[CreditLine, ...]
    hit: bool


def record(campaign: Campaign, request: SaleRequest) -> Recorded:
    """Record a sale, once for ever, and credit whoever introduced the buyer; a new buyer becomes a fan.

    Raises:
        Invalid: `external_id_invalid`, `currency_differs`, `amount_not_positive`, `at_out_of_range`, `click_unknown`,
            `code_unknown`, `buyer_unknown`.
        Conflict: `sale_differs` where the reference is taken by a sale with other content.
    """
    clean_reference(request.external_id)
    check_amount(request.amount, campaign.currency)
    if request.at is not None:
        request = replace(request, at=clean_moment(request.at, now()))
    sale = queries.by_external_id(campaign, request.external_id)
    if sale is None:
        return _record(campaign, request)
    if sale.content_hash != _content(request, _known_buyer(campaign, request)):
        raise Conflict("sale_differs", external_id=request.external_id)
    return Recorded(sale, _credits(campaign, sale.transaction_id, sale.attribution), hit=True)


def _record(campaign: Campaign, request: SaleRequest) -> Recorded:
    moment = now()
    at = request.at or moment
    # A shop's clock may run ahead; nobody joins, and no terms are looked up, in the future.
    happened = min(at, moment)
    teller, evidence = _teller(campaign, request)
    buyer_id, before = _let_buyer_in(campaign, request, teller, happened)
    found = attribute(before, teller, evidence)
    sale = Sale(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        external_id=request.external_id,
        content_hash=_content(request, buyer_id),
        amount=request.amount.minor,
        currency=request.amount.currency,
        buyer_id=buyer_id,
        introducer_id=found.introducer_id,
        attribution=found.code,
        link_id=teller.link_id if teller else None,
        click_id=request.click_id,
        at=at,
        created_at=moment,
    )
    if found.introducer_id is not None:
        plan = campaigns.plan_at(campaign, happened)
        promised = terms(plan)
        earned = reward(promised, request.amount)
        if postings := post_sale(found.introducer_id, earned, available_at(promised, at)):
            posted = ledger.post(
                campaign, "sale", request.external_id, plan, postings, at, base_amount=request.amount.minor
            )
            sale.transaction_id = posted.id
    db.session.add(sale)
    db.session.flush()
    return Recorded(sale, _credits(campaign, sale.transaction_id, sale.attribution), hit=False)


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
        return Refunded(before, _credits(campaign, before.transaction_id, "refund"), hit=True)
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
    return Refunded(row, _credits(campaign, row.transaction_id, "refund"), hit=False)


def _take_back(
    campaign: Campaign, sale: Sale, refunded_before: int, reference: str, amount: Money, at: datetime
) -> int | None:
    """Post what a refund takes back from each credit of its sale; return the transaction, if there is any."""
    if sale.transaction_id is None:
        return None
    postings = [
        posting
        for entry in credits.of_transaction(campaign, sale.transaction_id, at)
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


def _teller(campaign: Campaign, request: SaleRequest) -> tuple[Teller | None, Evidence | None]:
    """Find who told the buyer by what the shop saw; a click says more than a code, for it happened."""
    by_click = by_code = None
    if request.click_id is not None:
        by_click = tellers.teller(campaign, click_id=request.click_id)
        if by_click is None:
            raise Invalid("click_unknown")
    if request.code is not None:
        by_code = tellers.teller(campaign, code=request.code)
        if by_code is None:
            raise Invalid("code_unknown")
    if by_click is not None:
        return by_click, "click"
    return by_code, "code" if by_code is not None else None


def _let_buyer_in(
    campaign: Campaign, request: SaleRequest, teller: Teller | None, at: datetime
) -> tuple[int | None, Buyer | None]:
    """Find the buyer or let them in; return their fan id, and what was known of them if they were a fan before."""
    contact = request.buyer
    if request.buyer_fan_id is not None:
        fan = fans.find(campaign, request.buyer_fan_id)
        if fan is None:
            raise Invalid("buyer_unknown")
        contact = _contact(fan) if teller is not None else None
        if contact is None:
            return fan.id, _buyer(fan)
    if contact is None:
        return None, None
    arrival = Arrival(contact, told_by=teller, channel=None, at=at, click_id=request.click_id)
    arrived = introductions.arrive(campaign, [arrival])[0]
    return arrived.fan_id, None if arrived.is_new else _buyer(fans.by_id(campaign, arrived.fan_id))


def _buyer(fan: Fan) -> Buyer:
    told = tellers.primary(fan)
    return Buyer(fan.id, told.introducer_id if told else None, was_told=told is not None)


def _contact(fan: Fan) -> Contact | None:
    """Give the references by which a fan is known again; None for somebody erased, who arrives no more."""
    person = fans.person_of(fan)
    if not (person.external_id or person.email or person.phone):
        return None
    return Contact(
        name=None, email=person.email, phone=person.phone, external_id=person.external_id, locale=person.locale
    )


def _known_buyer(campaign: Campaign, request: SaleRequest) -> int | None:
    if request.buyer_fan_id is not None:
        return request.buyer_fan_id
    person = people.find(campaign.brand_id, request.buyer) if request.buyer is not None else None
    fan = fans.by_person(campaign, person.id) if person is not None else None
    return fan.id if fan is not None else None


def _content(request: SaleRequest, buyer_id: int | None) -> str:
    return fingerprint(
        request.amount,
        buyer_id,
        named=request.buyer is not None or request.buyer_fan_id is not None,
        click_id=request.click_id,
        code=fold(request.code) if request.code is not None else None,
        at=request.at,
    )


def credits_of(campaign: Campaign, sale: Sale) -> tuple[CreditLine, ...]:
    """Tell what a recorded sale gave, as it stands now."""
    return _credits(campaign, sale.transaction_id, sale.attribution)


def _credits(campaign: Campaign, transaction_id: int | None, code: str) -> tuple[CreditLine, ...]:
    if transaction_id is None:
        return ()
    return tuple(_line(entry, code) for entry in credits.of_transaction(campaign, transaction_id, now()))


def _line(entry: Entry, code: str) -> CreditLine:
    why = Why(code, entry.sale, entry.base, entry.terms)
    return CreditLine(entry.fan_id, entry.generation, entry.amount, entry.status, entry.available_at, why)
