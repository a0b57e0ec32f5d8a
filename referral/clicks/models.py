"""The table of clicks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, Owned


class Click(Owned, Model):
    """One visit to a link, with what was decided about it; nothing in it tells who the visitor was."""

    __tablename__ = "click"
    __table_args__ = (
        ForeignKeyConstraint(["brand_id", "link_id"], ["link.brand_id", "link.id"]),
        Index("ix_click_campaign", "brand_id", "campaign_id", "verdict", "at"),
        Index("ix_click_link", "brand_id", "link_id", "verdict"),
        CheckConstraint("verdict in ('counted', 'bot', 'prefetch', 'head', 'own')", name="verdict"),
    )

    campaign_id: Mapped[int]
    link_id: Mapped[int]
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[str] = mapped_column(String(12))
