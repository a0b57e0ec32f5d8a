"""All areas of pages, and how they are put into the application."""

from __future__ import annotations

from flask import Flask

from referral.web import (
    arrivals,
    assets,
    attribution,
    brands,
    campaigns,
    clicks,
    coupons,
    credits,
    errors,
    event_devices,
    event_exports,
    event_imports,
    event_leads,
    event_passes,
    event_places,
    event_print,
    event_results,
    events,
    fans,
    gate,
    gate_calls,
    headers,
    here,
    house,
    introductions,
    language,
    limits,
    links,
    measures,
    operations,
    own_passes,
    passes,
    people,
    picture,
    public_picture,
    report,
    sales,
    seeds,
    spread,
    visits,
    wall,
)

AREAS = (
    arrivals,
    attribution,
    brands,
    campaigns,
    clicks,
    coupons,
    credits,
    event_devices,
    event_exports,
    event_imports,
    event_leads,
    event_passes,
    event_places,
    event_print,
    event_results,
    events,
    fans,
    gate,
    gate_calls,
    here,
    house,
    introductions,
    links,
    measures,
    operations,
    own_passes,
    passes,
    people,
    picture,
    public_picture,
    report,
    sales,
    seeds,
    spread,
    visits,
    wall,
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
