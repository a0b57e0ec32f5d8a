"""Which language a request is answered in."""

from __future__ import annotations

from flask import Flask, Response, g, has_request_context, request, session

from referral.plumbing import i18n


def current() -> str:
    """Choose the language: the address's, else the one chosen before, else the browser's first that we have."""
    if not has_request_context():
        return g.get("locale", i18n.DEFAULT) if g else i18n.DEFAULT
    if "locale" not in g:
        g.locale = (
            i18n.known(request.args.get("lang"))
            or i18n.known(session.get("language"))
            or i18n.best(list(request.accept_languages.values()))
        )
    locale: str = g.locale
    return locale


def attach(app: Flask) -> None:
    """Say in each answer which language it is in."""

    @app.after_request
    def name_language(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = i18n.html_lang(current())
            response.vary.add("Accept-Language")
        return response
