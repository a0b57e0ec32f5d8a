"""A first hour with the API, as calls that a newcomer can copy; tests send each of them and compare the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """Hold a call, and the parts of its answer that are worth a look; the address is below /api/v1."""

    method: str
    path: str
    takes: dict[str, Any] | None
    gives: dict[str, Any]

    def curl(self, address: str) -> str:
        """Write the call for a command line, with the key in a variable."""
        lines = [f"curl {address}/api/v1{self.path}", '-H "Authorization: Bearer $TULAR_KEY"']
        if self.method == "PATCH":
            lines[0] += " -X PATCH"
        if self.takes is not None:
            lines += ['-H "Content-Type: application/json"', f"-d '{json.dumps(self.takes, indent=2)}'"]
        return " \\\n  ".join(lines)

    def answer(self) -> str:
        """Write the parts of the answer as they come."""
        return json.dumps(self.gives, indent=2)


READ_CAMPAIGN = Example(
    "GET",
    "/campaigns/night-fair",
    None,
    {"slug": "night-fair", "state": "running", "currency": "IDR", "reward_plan": {"kind": "percent", "percent": "5"}},
)
LET_IN = Example(
    "POST",
    "/campaigns/night-fair/fans",
    {"name": "Siti", "email": "siti@people.example", "told_by": "K7M2Q9XD", "channel": "whatsapp"},
    {
        "id": "6H0VV5TB2G7QK",
        "code": "4QW8T2ZN",
        "share_url": "https://fair.example/r/4QW8T2ZN",
        "generation": 1,
        "introduced_by": {"id": "6H0VSY8B2C9XM", "code": "K7M2Q9XD"},
    },
)
SELL = Example(
    "POST",
    "/campaigns/night-fair/sales",
    {
        "external_id": "order-2026-0001",
        "amount": "850000.00",
        "currency": "IDR",
        "buyer": {"email": "siti@people.example"},
    },
    {
        "external_id": "order-2026-0001",
        "status": "recorded",
        "credits": [
            {"fan": "6H0VSY8B2C9XM", "generation": 0, "amount": "42500.00", "currency": "IDR", "status": "waiting"}
        ],
    },
)
REFUND = Example(
    "POST",
    "/campaigns/night-fair/sales/order-2026-0001/refunds",
    {"external_id": "return-2026-0001", "amount": "425000.00"},
    {
        "external_id": "return-2026-0001",
        "amount": "425000.00",
        "credits": [{"fan": "6H0VSY8B2C9XM", "amount": "-21250.00", "status": "taken_back"}],
    },
)
START = (READ_CAMPAIGN, LET_IN, SELL, REFUND)
"""In the order in which they can be tried."""

MAKE_CAMPAIGN = {
    "slug": "night-fair",
    "name": "Books all night",
    "story": {"title": "Books all night", "body": "The hall is open until the last one is home.", "locale": "en"},
    "reward_plan": {"kind": "percent", "percent": "5", "holding_days": 14},
}
CHANGE_CAMPAIGN = {
    "landing_url": "https://shop.example/night",
    "utm_template": "utm_source=tular&utm_medium={channel}&utm_campaign={campaign}",
    "ends_at": "2026-12-31T17:00:00Z",
}

MAKE_EVENT = {
    "campaign": "night-fair",
    "slug": "night-at-the-fair",
    "name": "A night at the fair",
    "timezone": "Asia/Jakarta",
    "capacity": 20000,
    "days": [{"opens_at": "2026-12-04T09:00:00+07:00", "closes_at": "2026-12-05T03:00:00+07:00"}],
    "places": [{"kind": "gate", "name": "North gate"}, {"kind": "booth", "name": "Bookbinders"}],
}

SEND_SCANS = {
    "scans": [
        {
            "id": "0b6a0f0e-6f2a-4f7e-9c64-0d5f2b1c7a11",
            "code": "HTTPS://FAIR.EXAMPLE/P/6H0VV5TB2G7QK4M1Z8S3XWD9RC",
            "at": "2026-12-04T11:32:07+07:00",
        }
    ]
}

TAKES: dict[str, dict[str, Any]] = {
    "campaigns_create": MAKE_CAMPAIGN,
    "campaigns_change": CHANGE_CAMPAIGN,
    "fans_join": LET_IN.takes or {},
    "sales_record": SELL.takes or {},
    "sales_refund": REFUND.takes or {},
    "coupons_make": {"code": "SITI-10", "told_by": "K7M2Q9XD"},
    "events_create": MAKE_EVENT,
    "events_issue": {"fan": "4QW8T2ZN", "label": "Speaker", "admits": 2},
    "events_revoke": {"reason": "refunded"},
    "scans_send": SEND_SCANS,
}
"""A document for each call that takes one, by the name of the operation."""

MISTAKE = {
    "type": "urn:tular:problem:document_invalid",
    "title": "Document invalid",
    "status": 422,
    "code": "document_invalid",
    "errors": [
        {
            "field": "amount",
            "code": "amount_not_text",
            "message": 'An amount is a text such as "150000.00", never a number',
        }
    ],
}
"""What comes back where a document is wrong."""
