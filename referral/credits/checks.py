"""What must be true of the ledger: each truth is one question, answered with the rows that break it.

What only the sales can tell (is there a sale, is its reward right after all refunds) is checked in `sales.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from referral.campaigns.models import RewardPlan
from referral.credits.models import LedgerAccount, LedgerEntry, LedgerTransaction
from referral.credits.queries import terms
from referral.credits.rules import available_at, reward
from referral.plumbing.db import db, every_brand
from referral.plumbing.money import Money

AT_ONCE = 1000  # rows held in memory while a whole table is read


@dataclass(frozen=True)
class Problem:
    """Name a row that is not as it must be, and what was found there, in words for the operator."""

    code: str
    table: str
    brand_id: int
    id: int
    found: str


def verify() -> list[Problem]:
    """Check the ledger of every brand; an empty list says that all is right."""
    with every_brand():
        return [problem for check in CHECKS for problem in check()]


def transactions() -> int:
    """Count the transactions that `verify` looks at."""
    with every_brand():
        return db.session.scalar(select(func.count()).select_from(LedgerTransaction)) or 0


def unbalanced() -> Iterator[Problem]:
    """Each transaction sums to zero in each currency."""
    total = func.sum(LedgerEntry.amount)
    rows = db.session.execute(
        select(LedgerEntry.brand_id, LedgerEntry.transaction_id, LedgerEntry.currency, total)
        .group_by(LedgerEntry.brand_id, LedgerEntry.transaction_id, LedgerEntry.currency)
        .having(total != 0)
    )
    for brand_id, transaction_id, currency, amount in rows:
        yield Problem("unbalanced", "ledger_transaction", brand_id, transaction_id, f"sums to {amount} {currency}")


def empty() -> Iterator[Problem]:
    """Each transaction has entries."""
    rows = db.session.execute(
        select(LedgerTransaction.brand_id, LedgerTransaction.id)
        .outerjoin(
            LedgerEntry,
            (LedgerEntry.brand_id == LedgerTransaction.brand_id) & (LedgerEntry.transaction_id == LedgerTransaction.id),
        )
        .where(LedgerEntry.id.is_(None))
    )
    for brand_id, transaction_id in rows:
        yield Problem("empty", "ledger_transaction", brand_id, transaction_id, "has no entries")


def misplaced() -> Iterator[Problem]:
    """Each entry is in its account's currency, and its account in its transaction's campaign."""
    rows = db.session.execute(
        _entries(
            LedgerEntry.brand_id, LedgerEntry.id, LedgerEntry.currency, LedgerAccount.name, LedgerAccount.currency
        ).where(
            (LedgerEntry.currency != LedgerAccount.currency)
            | (LedgerTransaction.campaign_id != LedgerAccount.campaign_id)
        )
    )
    for brand_id, entry_id, currency, name, other in rows:
        yield Problem("misplaced", "ledger_entry", brand_id, entry_id, f"{currency} in account {name} of {other}")


def without_sale() -> Iterator[Problem]:
    """No fan has an account that no sale was ever posted to."""
    sold = aliased(LedgerTransaction)
    posted = (
        select(LedgerEntry.id)
        .join(sold, (sold.brand_id == LedgerEntry.brand_id) & (sold.id == LedgerEntry.transaction_id))
        .where(
            LedgerEntry.brand_id == LedgerAccount.brand_id,
            LedgerEntry.account_id == LedgerAccount.id,
            sold.kind == "sale",
        )
    )
    rows = db.session.execute(
        select(LedgerAccount.brand_id, LedgerAccount.id, LedgerAccount.name).where(
            LedgerAccount.kind == "fan", ~posted.exists()
        )
    )
    for brand_id, account_id, name in rows:
        yield Problem("without_sale", "ledger_account", brand_id, account_id, f"{name} has no credit for a sale")


def unlike_the_plan() -> Iterator[Problem]:
    """Each sale credits in all what its plan's version gives on its amount, each fan from the end of the holding on."""
    rows = db.session.execute(
        _entries(LedgerTransaction, RewardPlan, LedgerEntry)
        .join(
            RewardPlan,
            (RewardPlan.brand_id == LedgerTransaction.brand_id) & (RewardPlan.id == LedgerTransaction.plan_id),
        )
        .where(LedgerTransaction.kind == "sale", LedgerAccount.kind == "fan")
        .order_by(LedgerTransaction.brand_id, LedgerTransaction.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for _, lines in groupby(rows, key=lambda row: (row[0].brand_id, row[0].id)):
        credited = list(lines)
        posted, plan, _ = credited[0]
        promised = terms(plan)
        due = reward(promised, Money(posted.base_amount, promised.currency))
        found = sum(entry.amount for _, _, entry in credited)
        if found != due.minor or any(entry.currency != due.currency for _, _, entry in credited):
            words = f"credits {found}; version {plan.version} gives {due.minor} {due.currency}"
            yield Problem("unlike_the_plan", "ledger_transaction", posted.brand_id, posted.id, words)
        for _, _, entry in credited:
            if entry.available_at != available_at(promised, posted.at):
                yield Problem(
                    "held_wrongly", "ledger_entry", entry.brand_id, entry.id, f"ready at {entry.available_at}"
                )


def credited_twice() -> Iterator[Problem]:
    """No sale has two entries for the same fan."""
    rows = db.session.execute(
        _entries(LedgerTransaction.brand_id, LedgerTransaction.id, LedgerAccount.name, func.count())
        .where(LedgerTransaction.kind == "sale", LedgerAccount.kind == "fan")
        .group_by(LedgerTransaction.brand_id, LedgerTransaction.id, LedgerAccount.name)
        .having(func.count() > 1)
    )
    for brand_id, transaction_id, name, count in rows:
        yield Problem("credited_twice", "ledger_transaction", brand_id, transaction_id, f"has {count} for {name}")


def taken_twice() -> Iterator[Problem]:
    """No refunds take more back from a fan than their sale gave, and in no other balance than the sale's own."""
    origin = func.coalesce(LedgerTransaction.corrects_id, LedgerTransaction.id)
    left = func.sum(LedgerEntry.amount)
    rows = db.session.execute(
        _entries(LedgerEntry.brand_id, origin, LedgerAccount.name, LedgerEntry.available_at, left)
        .where(LedgerAccount.kind == "fan")
        .group_by(LedgerEntry.brand_id, origin, LedgerAccount.name, LedgerEntry.available_at)
        .having(left < 0)
    )
    for brand_id, transaction_id, name, _, amount in rows:
        yield Problem("taken_twice", "ledger_transaction", brand_id, transaction_id, f"leaves {name} with {amount}")


CHECKS = (unbalanced, empty, misplaced, without_sale, unlike_the_plan, credited_twice, taken_twice)


def _entries(*columns: Any) -> Any:
    """Select from the entries with their transactions and accounts."""
    return (
        select(*columns)
        .select_from(LedgerEntry)
        .join(
            LedgerTransaction,
            (LedgerTransaction.brand_id == LedgerEntry.brand_id) & (LedgerTransaction.id == LedgerEntry.transaction_id),
        )
        .join(
            LedgerAccount,
            (LedgerAccount.brand_id == LedgerEntry.brand_id) & (LedgerAccount.id == LedgerEntry.account_id),
        )
    )
