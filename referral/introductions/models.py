"""The table of introductions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Introduction(Owned, Model):
    """A told B. Without an introducer it was one of the brand's own links that told them.

    A fan has at most one primary introduction, which the database enforces; later tellers are kept as secondary.
    """

    __tablename__ = "introduction"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "campaign_id"], ["campaign.brand_id", "campaign.id"]),
        ForeignKeyConstraint(["brand_id", "fan_id"], ["fan.brand_id", "fan.id"]),
        ForeignKeyConstraint(["brand_id", "introducer_id"], ["fan.brand_id", "fan.id"]),
        ForeignKeyConstraint(["brand_id", "link_id"], ["link.brand_id", "link.id"]),
        Index(
            "uq_introduction_primary",
            "brand_id",
            "fan_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        Index("uq_introduction_pair", "brand_id", "fan_id", "introducer_id", "link_id", unique=True),
        Index("ix_introduction_introducer", "brand_id", "introducer_id"),
        Index("ix_introduction_campaign", "brand_id", "campaign_id"),
        CheckConstraint("introducer_id is null or introducer_id <> fan_id", name="not_oneself"),
        CheckConstraint("introducer_id is not null or link_id is not null", name="told_by_something"),
    )

    campaign_id: Mapped[int]
    fan_id: Mapped[int]
    introducer_id: Mapped[int | None]
    link_id: Mapped[int | None]
    click_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    is_primary: Mapped[bool]
