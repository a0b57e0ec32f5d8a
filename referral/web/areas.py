"""All areas of pages, and how they are put into the application."""

from __future__ import annotations

from flask import Flask

from referral.web import (
    assets,
    attribution,
    brands,
    campaigns,
    clicks,
    coupons,
    credits,
    errors,
    fans,
    headers,
    house,
    introductions,
    language,
    limits,
    links,
    measures,
    operations,
    people,
    picture,
    public_picture,
    report,
    sales,
    seeds,
    spread,
    visits,
)

AREAS = (
    attribution,
    brands,
    campaigns,
    clicks,
    coupons,
    credits,
    fans,
    house,
    introductions,
    links,
    measures,
    operations,
    people,
    picture,
    public_picture,
    report,
    sales,
    seeds,
    spread,
    visits,
)


def attach(app: Flask) -> None:
    """Put the pages into the application."""
    limits.attach(app)
    headers.attach(app)
    errors.attach(app)
    assets.attach(app)
    language.attach(app)
    for area in AREAS:
        app.register_blueprint(area.pages)
