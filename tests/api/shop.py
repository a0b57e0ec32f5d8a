"""A shop's program, as tests call the API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from referral.brands.models import Brand
from referral.campaigns.models import Campaign
from referral.credits import checks as ledger
from referral.sales import checks
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

PREFIX = "/api/v1"
SALES = "/campaigns/fair/sales"


class Shop:
    """A shop's program: it calls the API with a key, and reads what comes back."""

    def __init__(self, app: Flask, key: str | None) -> None:
        self.app = app
        self.key = key

    def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str | None = "application/json",
        **headers: str,
    ) -> TestResponse:
        """Call an address below /api/v1; headers are named with underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        data = raw if raw is not None else json.dumps(document).encode() if document is not None else None
        return self.app.test_client().open(
            PREFIX + path,
            method=method,
            data=data,
            content_type=content_type if data is not None else None,
            headers=sent,
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for something."""
        options: Any = headers
        return self.call("GET", path, **options)

    def post(self, path: str, document: Any = None, **options: Any) -> TestResponse:
        """Send a document."""
        return self.call("POST", path, document, **options)

    def patch(self, path: str, document: Any) -> TestResponse:
        """Send a change."""
        return self.call("PATCH", path, document)

    def changed(self, path: str, document: Any) -> Any:
        """Send a change that must be taken, and give what was answered."""
        answer = self.patch(path, document)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json

    def made(self, path: str, document: Any, **options: Any) -> Any:
        """Send a document that must be taken, and give what was answered."""
        answer = self.post(path, document, **options)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.json

    def found(self, path: str) -> Any:
        """Ask for something that must be there, and give it."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json


@dataclass(frozen=True)
class Fair:
    """A brand with a running campaign that promises 5 % after 14 days."""

    brand: Brand
    campaign: Campaign


def sale(number: int = 1, **said: Any) -> dict[str, Any]:
    """Write a sale as the shop tells of it."""
    return {"external_id": f"order-{number}", "amount": "850000.00", "currency": "IDR", **said}


def assert_sound(app: Flask) -> None:
    """See that the ledger and the sales say the same."""
    with make.saved(app):
        assert (ledger.verify(), checks.verify()) == ([], [])
