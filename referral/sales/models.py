"""Tables of sales, of those by whose word they came, and of refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Sale(Owned, Model):
    """Money came in, known for ever by the shop's own reference; it keeps why it was credited as it was.

    `introducer_id` and `attribution` are those of its first share. `evidence`, `link_id` and `touched_at` are what the
    shop saw of how the buyer came: by a click, a code, a coupon or a spoken name, and when.
    """

    __tablename__ = "sale"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "buyer_id"], ["fan.brand_id", "fan.id"]),
        ForeignKeyConstraint(["brand_id", "introducer_id"], ["fan.brand_id", "fan.id"]),
        ForeignKeyConstraint(["brand_id", "transaction_id"], ["ledger_transaction.brand_id", "ledger_transaction.id"]),
        Index("uq_sale_external_id", "brand_id", "campaign_id", "external_id", unique=True),
        Index("uq_sale_transaction", "brand_id", "transaction_id", unique=True),
        Index("ix_sale_at", "brand_id", "campaign_id", "at"),
        Index("ix_sale_introducer", "brand_id", "introducer_id"),
        Index("ix_sale_buyer", "brand_id", "buyer_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("evidence in ('click', 'code', 'coupon', 'name')", name="evidence"),
        CheckConstraint("(evidence is null) = (touched_at is null)", name="touched"),
    )

    campaign_id: Mapped[int]
    external_id: Mapped[str] = mapped_column(String(120))
    content_hash: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    buyer_id: Mapped[int | None]
    introducer_id: Mapped[int | None]
    attribution: Mapped[str] = mapped_column(String(24))
    link_id: Mapped[int | None]
    click_id: Mapped[int | None]
    evidence: Mapped[str | None] = mapped_column(String(8))
    touched_at: Mapped[datetime | None]
    transaction_id: Mapped[int | None]
    at: Mapped[datetime]
    created_at: Mapped[datetime]


class SaleShare(Owned, Model):
    """So many parts of the whole sale are by a fan's word; there is a row for each introducer."""

    __tablename__ = "sale_share"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        Index("uq_sale_share_fan", "brand_id", "sale_id", "fan_id", unique=True),
        Index("ix_sale_share_fan", "brand_id", "fan_id", "sale_id"),
        CheckConstraint("parts between 1 and whole", name="parts"),
    )

    sale_id: Mapped[int]
    fan_id: Mapped[int]
    parts: Mapped[int]
    whole: Mapped[int]
    reason: Mapped[str] = mapped_column(String(24))


class Refund(Owned, Model):
    """Money of a sale went back, known by the shop's own reference."""

    __tablename__ = "refund"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
        ForeignKeyConstraint(["brand_id", "transaction_id"], ["ledger_transaction.brand_id", "ledger_transaction.id"]),
        Index("uq_refund_external_id", "brand_id", "sale_id", "external_id", unique=True),
        Index("uq_refund_transaction", "brand_id", "transaction_id", unique=True),
        CheckConstraint("amount > 0", name="amount"),
    )

    sale_id: Mapped[int]
    external_id: Mapped[str] = mapped_column(String(120))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    transaction_id: Mapped[int | None]
    at: Mapped[datetime]
    created_at: Mapped[datetime]
