"""What must be true between sales and ledger: each truth is one question, answered with the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign, RewardPlan
from referral.credits import checks as ledger
from referral.credits.checks import AT_ONCE, Problem
from referral.credits.models import LedgerAccount, LedgerEntry, LedgerTransaction
from referral.credits.queries import terms
from referral.credits.rules import divide, reward, take_back
from referral.plumbing.db import db, every_brand
from referral.plumbing.money import Money
from referral.sales.models import Refund, Sale, SaleShare


def verify() -> list[Problem]:
    """Check the ledger of every brand, by itself and against the sales; an empty list says that all is right."""
    with every_brand():
        return ledger.verify() + [problem for check in CHECKS for problem in check()]


def unlike_the_sale() -> Iterator[Problem]:
    """Each sale's transaction is a sale of the same campaign, reference, amount and time."""
    rows = db.session.execute(
        select(Sale, LedgerTransaction)
        .join(LedgerTransaction, _same(Sale, LedgerTransaction, "transaction_id"))
        .where(
            (LedgerTransaction.kind != "sale")
            | (LedgerTransaction.campaign_id != Sale.campaign_id)
            | (LedgerTransaction.reference != Sale.external_id)
            | (LedgerTransaction.base_amount != Sale.amount)
            | (LedgerTransaction.at != Sale.at)
        )
    )
    for sale, posted in rows:
        found = f"stands on a {posted.kind} of {posted.base_amount}"
        yield Problem("unlike_the_sale", "sale", sale.brand_id, sale.id, found)


def sold_by_nobody() -> Iterator[Problem]:
    """Each transaction of the ledger is a sale's or a refund's."""
    for kind, table in (("sale", Sale), ("refund", Refund)):
        rows = db.session.execute(
            select(LedgerTransaction.brand_id, LedgerTransaction.id)
            .outerjoin(
                table, _is(table.brand_id, LedgerTransaction.brand_id, table.transaction_id, LedgerTransaction.id)
            )
            .where(LedgerTransaction.kind == kind, table.id.is_(None))
        )
        for brand_id, transaction_id in rows:
            yield Problem("sold_by_nobody", "ledger_transaction", brand_id, transaction_id, f"no {kind} stands on it")


def shared_wrongly() -> Iterator[Problem]:
    """The parts of each sale that has an introducer make a whole, and no other sale has parts."""
    parts, whole = func.sum(SaleShare.parts).label("parts"), func.min(SaleShare.whole).label("whole")
    shares = (
        select(SaleShare.brand_id, SaleShare.sale_id, parts, whole, func.max(SaleShare.whole).label("greatest"))
        .group_by(SaleShare.brand_id, SaleShare.sale_id)
        .subquery()
    )
    named = (
        select(SaleShare.id)
        .where(
            SaleShare.brand_id == Sale.brand_id, SaleShare.sale_id == Sale.id, SaleShare.fan_id == Sale.introducer_id
        )
        .exists()
    )
    rows = db.session.execute(
        select(Sale.brand_id, Sale.id, Sale.introducer_id, shares.c.parts, shares.c.whole)
        .outerjoin(shares, _is(shares.c.brand_id, Sale.brand_id, shares.c.sale_id, Sale.id))
        .where(
            (Sale.introducer_id.is_(None) & shares.c.parts.is_not(None))
            | (Sale.introducer_id.is_not(None) & ~named)
            | (shares.c.parts != shares.c.whole)
            | (shares.c.greatest != shares.c.whole)
        )
    )
    for brand_id, sale_id, introducer_id, found, of in rows:
        words = f"introduced by {introducer_id}, with {found or 0} parts of {of or 0}"
        yield Problem("shared_wrongly", "sale", brand_id, sale_id, words)


def credited_to_another() -> Iterator[Problem]:
    """Each sale's transaction credits those who have a part in it, each with what is due on it, and nobody else."""
    credited = _credited().subquery()
    shares = db.session.execute(
        select(Sale.brand_id, Sale.id, SaleShare.fan_id, SaleShare.parts, credited.c.amount)
        .join(SaleShare, _is(SaleShare.brand_id, Sale.brand_id, SaleShare.sale_id, Sale.id))
        .outerjoin(
            credited,
            _is(credited.c.brand_id, Sale.brand_id, credited.c.transaction_id, Sale.transaction_id)
            & (credited.c.fan_id == SaleShare.fan_id),
        )
        .where(Sale.transaction_id.is_not(None))
        .order_by(Sale.brand_id, Sale.id, SaleShare.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for (brand_id, sale_id), lines in groupby(shares, key=lambda row: (row[0], row[1])):
        found = [(fan_id, parts, int(amount or 0)) for _, _, fan_id, parts, amount in lines]
        due = divide(max(sum(amount for *_, amount in found), 0), [parts for _, parts, _ in found])
        for (fan_id, _, amount), expected in zip(found, due, strict=True):
            if amount != expected:
                words = f"credits {fan_id} with {amount}, where {expected} are due"
                yield Problem("credited_to_another", "sale", brand_id, sale_id, words)
    others = db.session.execute(
        select(Sale.brand_id, Sale.id, credited.c.fan_id)
        .join(credited, _is(credited.c.brand_id, Sale.brand_id, credited.c.transaction_id, Sale.transaction_id))
        .outerjoin(
            SaleShare,
            _is(SaleShare.brand_id, Sale.brand_id, SaleShare.sale_id, Sale.id)
            & (SaleShare.fan_id == credited.c.fan_id),
        )
        .where(SaleShare.id.is_(None))
    )
    for brand_id, sale_id, fan_id in others:
        yield Problem("credited_to_another", "sale", brand_id, sale_id, f"credits {fan_id}, who has no part in it")


def uncredited() -> Iterator[Problem]:
    """Where a sale with an introducer has no transaction, its terms gave nothing."""
    rows = db.session.execute(
        select(Sale, Campaign)
        .join(Campaign, _same(Sale, Campaign, "campaign_id"))
        .where(Sale.introducer_id.is_not(None), Sale.transaction_id.is_(None))
        .execution_options(yield_per=AT_ONCE)
    )
    plans: dict[tuple[int, int], list[RewardPlan]] = {}
    for sale, campaign in rows:
        versions = plans.setdefault((campaign.brand_id, campaign.id), [])
        if not versions:
            versions += campaigns.plans(campaign)
        moment = min(sale.at, sale.created_at)
        plan = next((one for one in versions if one.created_at <= moment), versions[-1])
        due = reward(terms(plan), Money(sale.amount, sale.currency)).minor
        if due:
            found = f"is not credited; version {plan.version} gives {due} {sale.currency}"
            yield Problem("uncredited", "sale", sale.brand_id, sale.id, found)


def refunded_above() -> Iterator[Problem]:
    """No sale is refunded for more than it brought, and each refund is in its sale's currency."""
    back = func.sum(Refund.amount)
    rows = db.session.execute(
        select(Sale.brand_id, Sale.id, Sale.amount, back)
        .join(Refund, _same(Refund, Sale, "sale_id"))
        .group_by(Sale.brand_id, Sale.id, Sale.amount)
        .having(back > Sale.amount)
    )
    for brand_id, sale_id, amount, refunded in rows:
        yield Problem("refunded_above", "sale", brand_id, sale_id, f"{refunded} refunded of {amount}")
    others = db.session.execute(
        select(Refund.brand_id, Refund.id, Refund.currency, Sale.currency)
        .join(Sale, _same(Refund, Sale, "sale_id"))
        .where(Refund.currency != Sale.currency)
    )
    for brand_id, refund_id, currency, expected in others:
        yield Problem("refund_currency", "refund", brand_id, refund_id, f"{currency} refunded of {expected}")


def taken_back_wrongly() -> Iterator[Problem]:
    """Of each fan's credit for a sale, its refunds together took what one refund of their sum would have taken."""
    credited = _credited().subquery()
    taken = (
        select(
            LedgerTransaction.brand_id,
            LedgerTransaction.corrects_id,
            LedgerAccount.fan_id,
            func.sum(LedgerEntry.amount).label("amount"),
        )
        .select_from(LedgerEntry)
        .join(LedgerTransaction, _same(LedgerEntry, LedgerTransaction, "transaction_id"))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(LedgerTransaction.kind == "refund", LedgerAccount.kind == "fan")
        .group_by(LedgerTransaction.brand_id, LedgerTransaction.corrects_id, LedgerAccount.fan_id)
        .subquery()
    )
    refunds = (
        select(Refund.brand_id, Refund.sale_id, func.sum(Refund.amount).label("amount"))
        .group_by(Refund.brand_id, Refund.sale_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Sale.brand_id, Sale.id, Sale.amount, credited.c.amount, refunds.c.amount, taken.c.amount)
        .join(credited, _is(credited.c.brand_id, Sale.brand_id, credited.c.transaction_id, Sale.transaction_id))
        .outerjoin(refunds, _is(refunds.c.brand_id, Sale.brand_id, refunds.c.sale_id, Sale.id))
        .outerjoin(
            taken,
            _is(taken.c.brand_id, Sale.brand_id, taken.c.corrects_id, Sale.transaction_id)
            & (taken.c.fan_id == credited.c.fan_id),
        )
        .where(refunds.c.amount.is_not(None) | taken.c.amount.is_not(None))
        .execution_options(yield_per=AT_ONCE)
    )
    for brand_id, sale_id, amount, earned, refunded, change in rows:
        back, took = int(refunded or 0), -int(change or 0)
        if back > amount:
            continue  # said by `refunded_above`
        due = take_back(int(earned), amount, 0, back)
        if took != due:
            found = f"{took} taken back of {earned}; {due} are due on {back} refunded"
            yield Problem("taken_back_wrongly", "sale", brand_id, sale_id, found)


CHECKS = (
    unlike_the_sale,
    sold_by_nobody,
    shared_wrongly,
    credited_to_another,
    uncredited,
    refunded_above,
    taken_back_wrongly,
)


def _credited() -> Any:
    """Ask whom each sale's transaction credited, and with how much."""
    return (
        select(
            LedgerEntry.brand_id,
            LedgerEntry.transaction_id,
            LedgerAccount.fan_id,
            func.sum(LedgerEntry.amount).label("amount"),
        )
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(LedgerAccount.kind == "fan")
        .group_by(LedgerEntry.brand_id, LedgerEntry.transaction_id, LedgerAccount.fan_id)
    )


def _same(row: Any, other: Any, by: str) -> Any:
    """Join a row to the row of the same brand that it names."""
    return _is(other.brand_id, row.brand_id, other.id, getattr(row, by))


def _is(brand: Any, same_brand: Any, key: Any, same_key: Any) -> Any:
    return (brand == same_brand) & (key == same_key)
