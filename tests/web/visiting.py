"""Visits as the worker writes them, and tables of visits as they are read: what tests of both pages share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from referral.clicks.actions import Row
from referral.plumbing.clock import milliseconds
from referral.plumbing.ids import new_id

if TYPE_CHECKING:
    from referral.links.models import Link

CLICKS = "/b/night-fair/campaigns/fair/clicks"
DAY = datetime(2026, 5, 1, tzinfo=UTC)


def visit(
    link: Link,
    verdict: str = "counted",
    *,
    at: datetime = DAY,
    channel: str = "whatsapp",
    device: str = "phone",
    language: str | None = None,
    country: str | None = None,
    referrer: str | None = None,
) -> Row:
    """Write one visit as the worker does."""
    whose = (new_id(), milliseconds(at), link.brand_id, link.campaign_id, link.id, 0)
    return Row(*whose, channel, "tap", device, language, country, referrer, verdict)


def table(page: str, title: str) -> list[list[str]]:
    """Read a table of a page by its caption: the words of each cell, line by line."""
    found = next(part for part in page.split("<table")[1:] if f">{title}</caption>" in part).split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", found.split("<tbody>")[1], re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell.replace("<wbr>", "")).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]
