"""Tables of clicks: each visit for a while, how many there were for good, and how far the journals are read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.plumbing.db import Model, OfBrand, Owned

WHOLE_CAMPAIGN = 0
"""The `link_id` of counts that are of all links of a campaign together."""


class Click(Owned, Model):
    """One visit to a link, with what was decided about it; nothing in it tells who the visitor was.

    There is no foreign key: a click that was answered is kept, whatever became of its link, and a million rows are not
    to be looked up one by one. On PostgreSQL the table has a partition for each month of ids, which are times.
    """

    __tablename__ = "click"
    __table_args__ = (
        Index("ix_click_campaign", "brand_id", "campaign_id", "id"),
        Index("ix_click_link", "brand_id", "link_id", "id"),
        CheckConstraint(
            # Written so because SQLite looks a list up anew for each row, which takes longer than all else of it.
            "verdict = 'counted' or verdict = 'repeat' or verdict = 'bot' or verdict = 'prefetch' or verdict = 'head' "
            "or verdict = 'own' or verdict = 'staff' or verdict = 'flood'",
            name="verdict",
        ),
        {"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (id)"},
    )

    campaign_id: Mapped[int]
    link_id: Mapped[int]
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    via: Mapped[str] = mapped_column(String(3))
    device: Mapped[str] = mapped_column(String(8))
    language: Mapped[str | None] = mapped_column(String(3))
    country: Mapped[str | None] = mapped_column(String(2))
    referrer: Mapped[str | None] = mapped_column(String(60))
    visitor: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(8))


class _Count(OfBrand):
    """Say whose visits are counted: of a campaign, by link, or of all its links where `link_id` is WHOLE_CAMPAIGN."""

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-8)
    link_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-7)
    verdict: Mapped[str] = mapped_column(String(8), primary_key=True, sort_order=8)
    clicks: Mapped[int] = mapped_column(sort_order=9)


class ClickHour(_Count, Model):
    """Visits of an hour, by channel and verdict; the hour is counted from 1970, in UTC."""

    __tablename__ = "click_hour"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)


class ClickDay(_Count, Model):
    """Visits of a day, by channel and verdict; the day is counted from 1970, in UTC."""

    __tablename__ = "click_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)


class ClickTrait(_Count, Model):
    """Visits in all, by one thing that is known of them and by verdict.

    `trait` is via, device, language, country or referrer. What is not known of a visit has no count: it is what the
    known leaves of all. Rows with the value '' are of earlier versions, and are not read.
    """

    __tablename__ = "click_trait"
    __table_args__ = ({"sqlite_with_rowid": False},)

    trait: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)


class ClickJournal(Model):
    """How far a journal is read, in bytes: written in the transaction of the clicks that were read."""

    __tablename__ = "click_journal"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int]
    drained_at: Mapped[datetime]


class VisitorSalt(Model):
    """The secret with which a day's visitors are told apart, thrown away after two days."""

    __tablename__ = "visitor_salt"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
