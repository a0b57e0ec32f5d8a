"""Tables of the ledger; triggers in the database refuse to change or delete what was posted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class LedgerAccount(Owned, Model):
    """A place that credit comes from or goes to: a fan's, or the campaign's rewards."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        Index("uq_ledger_account_name", "brand_id", "campaign_id", "name", "currency", unique=True),
        Index("ix_ledger_account_fan", "brand_id", "fan_id"),
        CheckConstraint("kind in ('fan', 'rewards')", name="kind"),
        CheckConstraint("(kind = 'fan') = (fan_id is not null)", name="fan"),
    )

    campaign_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    fan_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))


class LedgerTransaction(Owned, Model):
    """Entries that belong together and sum to zero in each currency; corrected only by another transaction.

    There is no kind that pays without a sale: a `sale` bears the shop's reference and the amount that its reward was
    computed on, under one version of the plan; a `refund` names the transaction that it takes back from.
    """

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "plan_id"], ["reward_plan.brand_id", "reward_plan.id"]),
        ForeignKeyConstraint(["brand_id", "corrects_id"], ["ledger_transaction.brand_id", "ledger_transaction.id"]),
        Index("ix_ledger_transaction_campaign", "brand_id", "campaign_id", "at"),
        Index("ix_ledger_transaction_corrects", "brand_id", "corrects_id"),
        Index(
            "uq_ledger_transaction_sale",
            "brand_id",
            "campaign_id",
            "reference",
            unique=True,
            sqlite_where=text("kind = 'sale'"),
            postgresql_where=text("kind = 'sale'"),
        ),
        Index(
            "uq_ledger_transaction_refund",
            "brand_id",
            "corrects_id",
            "reference",
            unique=True,
            sqlite_where=text("kind = 'refund'"),
            postgresql_where=text("kind = 'refund'"),
        ),
        CheckConstraint("kind in ('sale', 'refund')", name="kind"),
        CheckConstraint("(kind = 'refund') = (corrects_id is not null)", name="corrects"),
        CheckConstraint("base_amount > 0", name="base_amount"),
    )

    campaign_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(200))
    plan_id: Mapped[int]
    corrects_id: Mapped[int | None]
    base_amount: Mapped[int]
    at: Mapped[datetime]
    posted_at: Mapped[datetime]


class LedgerEntry(Owned, Model):
    """One line of a transaction: plus is credit to the account, minus is taken from it; minor units."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "transaction_id"], ["ledger_transaction.brand_id", "ledger_transaction.id"]),
        ForeignKeyConstraint(["brand_id", "account_id"], ["ledger_account.brand_id", "ledger_account.id"]),
        Index("ix_ledger_entry_transaction", "brand_id", "transaction_id"),
        Index("ix_ledger_entry_account", "brand_id", "account_id"),
        CheckConstraint("amount <> 0", name="amount"),
    )

    transaction_id: Mapped[int]
    account_id: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    available_at: Mapped[datetime | None]
