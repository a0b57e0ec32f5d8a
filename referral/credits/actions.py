"""What changes in the ledger: transactions are posted, and nothing that was posted is ever touched again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from referral.campaigns.models import Campaign, RewardPlan
from referral.credits import queries
from referral.credits.models import LedgerAccount, LedgerEntry, LedgerTransaction
from referral.credits.rules import Account, Posting, sums
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id


def post(
    campaign: Campaign,
    kind: Literal["sale", "refund"],
    reference: str,
    plan: RewardPlan,
    postings: Sequence[Posting],
    at: datetime,
    *,
    base_amount: int,
    corrects: LedgerTransaction | None = None,
) -> LedgerTransaction:
    """Write postings as one transaction; accounts are made where they are missing.

    `base_amount` is what the reward was computed on (of a refund: what was refunded), in minor units. A refund
    `corrects` the transaction of its sale.

    Raises:
        ValueError: there is nothing to post, a currency does not sum to zero, or a refund corrects nothing.
    """
    if not postings or any(sums(postings).values()):
        raise ValueError("the postings of a transaction sum to zero in each currency")
    if (kind == "refund") != (corrects is not None):
        raise ValueError("a refund, and nothing else, corrects another transaction")
    accounts = _accounts(campaign, postings)
    transaction = LedgerTransaction(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        kind=kind,
        reference=reference,
        plan_id=plan.id,
        corrects_id=corrects.id if corrects else None,
        base_amount=base_amount,
        at=at,
        posted_at=now(),
    )
    # The rows know each other by id only, so each kind is written before the next one refers to it.
    db.session.add(transaction)
    db.session.flush()
    db.session.add_all(
        LedgerEntry(
            brand_id=campaign.brand_id,
            id=new_id(),
            transaction_id=transaction.id,
            account_id=accounts[posting.currency, posting.account.name].id,
            amount=posting.amount,
            currency=posting.currency,
            available_at=posting.available_at,
        )
        for posting in postings
    )
    db.session.flush()
    return transaction


def _accounts(campaign: Campaign, postings: Sequence[Posting]) -> dict[tuple[str, str], LedgerAccount]:
    """Find the accounts of postings or make them; of two requests that make one at once, the second is run again."""
    found: dict[tuple[str, str], LedgerAccount] = {}
    for currency in sums(postings):
        keys = {posting.account: None for posting in postings if posting.currency == currency}
        known = queries.accounts(campaign, keys, currency)
        for key in keys:
            found[currency, key.name] = known.get(key.name) or _open(campaign, key, currency)
    return found


def _open(campaign: Campaign, account: Account, currency: str) -> LedgerAccount:
    row = LedgerAccount(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        kind=account.kind,
        fan_id=account.fan_id,
        name=account.name,
        currency=currency,
    )
    db.session.add(row)
    db.session.flush()
    return row
