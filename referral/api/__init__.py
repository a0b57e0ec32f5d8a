"""The API, version 1: the same areas as JSON, for the shop's programs."""

from __future__ import annotations

from flask import Flask

from referral.api import campaigns, clicks, coupons, credits, description, events, fans, sales, scans, spread
from referral.api.references import Reference
from referral.plumbing.limits import limiter

AREAS = (campaigns, fans, clicks, coupons, sales, spread, credits, events, scans, description)
PREFIX = "/api/v1"
LIMIT = "6000 per minute"

# Once, and not for each application: the limiter is one, and would count a call as often as it was told to.
_limited = limiter.shared_limit(lambda: LIMIT, scope="api")
for _area in AREAS:
    _limited(_area.calls)


def attach(app: Flask) -> None:
    """Put the API into the application; keys take the place of form tokens."""
    app.url_map.converters["reference"] = Reference
    for area in AREAS:
        app.register_blueprint(area.calls, url_prefix=PREFIX)
        app.extensions["csrf"].exempt(area.calls)
