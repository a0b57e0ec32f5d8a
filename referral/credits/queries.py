"""What is asked about credit: who earned what, for which sale, under which terms, and whether it may be paid out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.orm import aliased
from sqlalchemy.types import BigInteger

from referral.campaigns.models import Campaign, RewardPlan
from referral.credits.models import LedgerAccount, LedgerEntry, LedgerTransaction
from referral.credits.rules import Account, Balance, Status, Terms, balance, status
from referral.fans.models import Fan
from referral.plumbing.db import db, in_parts
from referral.plumbing.money import Money

HOUR = 3_600_000  # milliseconds


@dataclass(frozen=True)
class Entry:
    """Hold one line of a fan's account, with all that says why it is there.

    `reference` is the shop's own for what happened (the sale or the refund), `sale` the one for the sale behind it;
    `base` is what happened to the money (paid, or refunded), `sale_amount` what the sale brought.
    """

    id: int
    fan_id: int
    generation: int
    kind: str
    amount: Money
    at: datetime
    available_at: datetime
    status: Status
    reference: str
    base: Money
    sale: str
    sale_amount: Money
    terms: Terms


def terms(plan: RewardPlan) -> Terms:
    """Give a plan's version as the rules take it."""
    return Terms(plan.kind, plan.basis_points, plan.fixed_minor, plan.currency, plan.holding_days, plan.version)


def accounts(campaign: Campaign, keys: Iterable[Account], currency: str) -> dict[str, LedgerAccount]:
    """Find accounts of a campaign in a currency, by name; those that nobody made yet are absent."""
    found = db.session.scalars(
        select(LedgerAccount).where(
            LedgerAccount.brand_id == campaign.brand_id,
            LedgerAccount.campaign_id == campaign.id,
            LedgerAccount.currency == currency,
            LedgerAccount.name.in_([key.name for key in keys]),
        )
    )
    return {row.name: row for row in found}


def transaction(campaign: Campaign, transaction_id: int) -> LedgerTransaction:
    """Give a transaction of a campaign."""
    return db.session.scalars(
        select(LedgerTransaction).where(
            LedgerTransaction.brand_id == campaign.brand_id,
            LedgerTransaction.campaign_id == campaign.id,
            LedgerTransaction.id == transaction_id,
        )
    ).one()


def plan_of(posted: LedgerTransaction) -> RewardPlan:
    """Give the version of the plan that a transaction was posted under."""
    return db.session.scalars(
        select(RewardPlan).where(RewardPlan.brand_id == posted.brand_id, RewardPlan.id == posted.plan_id)
    ).one()


def balances(fan: Fan, now: datetime) -> list[Balance]:
    """Tell what a fan has ready and waiting, a balance for each currency; none where nothing was ever credited."""
    rows = db.session.execute(
        select(LedgerEntry.currency, LedgerEntry.available_at, func.sum(LedgerEntry.amount))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(LedgerAccount.brand_id == fan.brand_id, LedgerAccount.fan_id == fan.id)
        .group_by(LedgerEntry.currency, LedgerEntry.available_at)
        .order_by(LedgerEntry.currency)
    )
    entries: dict[str, list[tuple[int, datetime]]] = {}
    for currency, moment, amount in rows:
        assert moment is not None, "an entry of a fan bears the moment from which on it may be paid out"
        entries.setdefault(currency, []).append((int(amount), moment))
    return [balance(currency, found, now) for currency, found in entries.items()]


def entries(fan: Fan, now: datetime, after: int | None = None, limit: int | None = None) -> list[Entry]:
    """List what a fan earned and gave back, the newest first, from below an id on."""
    query = _ENTRIES.where(LedgerAccount.brand_id == fan.brand_id, LedgerAccount.fan_id == fan.id)
    return _read(_page(query, after, limit), now)


def ledger(campaign: Campaign, now: datetime, after: int | None, limit: int) -> list[Entry]:
    """List what a campaign's fans earned and gave back, the newest first, from below an id on."""
    query = _ENTRIES.where(
        LedgerAccount.brand_id == campaign.brand_id,
        LedgerAccount.campaign_id == campaign.id,
        LedgerAccount.kind == "fan",
    )
    return _read(_page(query, after, limit), now)


def of_transaction(campaign: Campaign, transaction_id: int, now: datetime) -> list[Entry]:
    """List what one transaction gave fans, or took from them."""
    query = _ENTRIES.where(
        LedgerEntry.brand_id == campaign.brand_id,
        LedgerEntry.transaction_id == transaction_id,
        LedgerAccount.kind == "fan",
    )
    return _read(query, now)


def campaign_total(campaign: Campaign) -> list[Money]:
    """Tell what a campaign credited its fans in all, less what refunds took back, an amount for each currency."""
    rows = db.session.execute(
        select(LedgerEntry.currency, func.sum(LedgerEntry.amount))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(*_fans_of(campaign))
        .group_by(LedgerEntry.currency)
        .order_by(LedgerEntry.currency)
    )
    return [Money(int(amount), currency) for currency, amount in rows]


def earned_by_fan(campaign: Campaign, fan_ids: Sequence[int] | None = None) -> dict[int, int]:
    """Tell what each fan earned in the campaign's currency, less what was taken back, in minor units by fan id.

    Of all fans, or of those asked for; who earned nothing is absent.
    """
    query = (
        select(LedgerAccount.fan_id, func.sum(LedgerEntry.amount))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(*_fans_of(campaign), LedgerAccount.currency == campaign.currency)
        .group_by(LedgerAccount.fan_id)
    )
    if fan_ids is None:
        return {fan_id: int(amount) for fan_id, amount in db.session.execute(query) if fan_id is not None}
    found: dict[int, int] = {}
    for part in in_parts(fan_ids):
        chunk = query.where(LedgerAccount.fan_id.in_(part))
        found.update({fan_id: int(amount) for fan_id, amount in db.session.execute(chunk) if fan_id is not None})
    return found


def credited_by_hour(campaign: Campaign) -> dict[int, int]:
    """Tell what was credited in each hour in which anything was, less what was taken back, in minor units.

    The key is the hour's first moment in milliseconds since 1970; the currency is the campaign's.
    """
    at = type_coerce(LedgerTransaction.at, BigInteger)
    hour = (at - at % HOUR).label("hour")
    rows = db.session.execute(
        select(hour, func.sum(LedgerEntry.amount))
        .select_from(LedgerEntry)
        .join(LedgerTransaction, _same(LedgerEntry, LedgerTransaction, "transaction_id"))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .where(*_fans_of(campaign), LedgerAccount.currency == campaign.currency)
        .group_by(hour)
    )
    return {start: int(amount) for start, amount in rows}


def _fans_of(campaign: Campaign) -> tuple[Any, ...]:
    return (
        LedgerAccount.brand_id == campaign.brand_id,
        LedgerAccount.campaign_id == campaign.id,
        LedgerAccount.kind == "fan",
    )


def _same(row: Any, other: Any, by: str) -> Any:
    """Join a row to the row of the same brand that it names."""
    return (other.brand_id == row.brand_id) & (other.id == getattr(row, by))


def _entries() -> Select[Any]:
    origin = aliased(LedgerTransaction)
    refund, taken = aliased(LedgerTransaction), aliased(LedgerEntry)
    taken_back = (
        select(func.sum(taken.amount))
        .join(refund, _same(taken, refund, "transaction_id"))
        .where(
            refund.brand_id == LedgerEntry.brand_id,
            refund.corrects_id == LedgerEntry.transaction_id,
            taken.account_id == LedgerEntry.account_id,
        )
        .correlate(LedgerEntry)
        .scalar_subquery()
    )
    return (
        select(LedgerEntry, LedgerTransaction, origin, RewardPlan, Fan.id, Fan.generation, taken_back)
        .join(LedgerTransaction, _same(LedgerEntry, LedgerTransaction, "transaction_id"))
        .join(LedgerAccount, _same(LedgerEntry, LedgerAccount, "account_id"))
        .join(Fan, _same(LedgerAccount, Fan, "fan_id"))
        .join(RewardPlan, _same(LedgerTransaction, RewardPlan, "plan_id"))
        .outerjoin(
            origin, (origin.brand_id == LedgerTransaction.brand_id) & (origin.id == LedgerTransaction.corrects_id)
        )
        .order_by(LedgerEntry.id.desc())
    )


_ENTRIES = _entries()  # built once: each sale asks it


def _page(query: Select[Any], after: int | None, limit: int | None) -> Select[Any]:
    return (query if after is None else query.where(LedgerEntry.id < after)).limit(limit)


def _read(query: Select[Any], now: datetime) -> list[Entry]:
    return [_entry(row, now) for row in db.session.execute(query)]


def _entry(row: Any, now: datetime) -> Entry:
    entry, posted, origin, plan, fan_id, generation, taken = row
    sale = origin or posted
    return Entry(
        id=entry.id,
        fan_id=fan_id,
        generation=generation,
        kind=posted.kind,
        amount=Money(entry.amount, entry.currency),
        at=posted.at,
        available_at=entry.available_at,
        status=status(entry.amount, -int(taken or 0), entry.available_at, now),
        reference=posted.reference,
        base=Money(posted.base_amount, entry.currency),
        sale=sale.reference,
        sale_amount=Money(sale.base_amount, entry.currency),
        terms=terms(plan),
    )
