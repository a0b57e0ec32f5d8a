"""Tables of links, and of the coupons that lead to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned

_OFF = text("disabled_at is not null")


class Link(Owned, Model):
    """A short code; unique in the installation, for /r/CODE names no brand. Without a fan it is the brand's own."""

    __tablename__ = "link"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        Index("ix_link_fan", "brand_id", "fan_id"),
        Index("ix_link_campaign", "brand_id", "campaign_id"),
        # The click path asks each second which are switched off.
        Index("ix_link_disabled", "code", sqlite_where=_OFF, postgresql_where=_OFF),
    )

    campaign_id: Mapped[int]
    fan_id: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(8), unique=True)
    channel: Mapped[str | None] = mapped_column(String(20))
    label: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Coupon(Owned, Model):
    """A word of the shop's own that stands for a link: whoever buys with it was told by the link's owner."""

    __tablename__ = "coupon"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "link_id"], ["link.brand_id", "link.id"]),
        Index("uq_coupon_code", "brand_id", "campaign_id", "code", unique=True),
        Index("ix_coupon_link", "brand_id", "link_id"),
    )

    campaign_id: Mapped[int]
    link_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
