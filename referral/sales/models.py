"""Tables of sales and refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Sale(Owned, Model):
    """Money came in, known for ever by the shop's own reference; it keeps why it was credited as it was."""

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
    transaction_id: Mapped[int | None]
    at: Mapped[datetime]
    created_at: Mapped[datetime]


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
