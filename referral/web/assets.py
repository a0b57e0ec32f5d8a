"""What templates can call: addresses of built files, dates, money, and the languages."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, url_for
from flask_wtf.csrf import CSRFProtect, generate_csrf

from referral.plumbing import i18n
from referral.plumbing.clock import now
from referral.plumbing.money import Money
from referral.web import language
from referral.web.access import current_account, may_here

csrf = CSRFProtect()


def asset(name: str) -> str:
    """Give the address of a built file by the name of its source, such as `css/site.css`.

    Raises:
        LookupError: the front end was not built, or has no such file.
    """
    manifest: dict[str, str] = current_app.extensions["tular.manifest"]
    if name not in manifest:
        raise LookupError(f"{name} is not built: run `make static/build`")
    return url_for("static", filename=f"build/{manifest[name]}")


def attach(app: Flask) -> None:
    """Give the templates what they call."""
    csrf.init_app(app)
    path = Path(app.static_folder or "") / "build" / "manifest.json"
    app.extensions["tular.manifest"] = json.loads(path.read_text()) if path.exists() else {}
    app.jinja_env.globals.update(asset=asset, may=may_here)
    app.jinja_env.filters.update(
        money=lambda amount: i18n.money(amount, language.current()),
        minor=lambda minor, currency: i18n.money(Money(minor, currency), language.current()),
        day=lambda moment: i18n.day(moment, language.current()),
        when=lambda moment: i18n.when(moment, language.current()),
        ago=lambda moment: i18n.ago(moment, now(), language.current()),
        number=lambda value, digits=2: i18n.number(value, language.current(), digits),
        percent=lambda value, digits=0: i18n.percent(value, language.current(), digits),
        span=lambda seconds: i18n.span(seconds, language.current()),
        iso=iso,
    )

    @app.context_processor
    def common() -> dict[str, Any]:
        locale = language.current()
        return {
            "locale": locale,
            "html_lang": i18n.html_lang(locale),
            "languages": list(i18n.LANGUAGES.items()),
            "csrf_token": generate_csrf,
            "current_account": g.get("account"),
            "brand": g.get("brand"),
            "role": g.get("role"),
            "campaign": g.get("campaign"),
            "now": now(),
        }


def iso(moment: datetime) -> str:
    """Write a moment for a `datetime` attribute."""
    return moment.isoformat().replace("+00:00", "Z")


__all__ = ["asset", "attach", "csrf", "current_account"]
