"""create_app(): the one meeting place, where settings, database, pages, programs and commands come together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_migrate import Migrate
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from referral import api, cli, config
from referral.brands import models as brand_tables
from referral.campaigns import models as campaign_tables
from referral.clicks import models as click_tables
from referral.clicks.known import Known
from referral.clicks.places import countries
from referral.clicks.redirect import ClickPath
from referral.credits import models as credit_tables
from referral.events import models as event_tables
from referral.fans import models as fan_tables
from referral.introductions import models as introduction_tables
from referral.links import models as link_tables
from referral.people import models as people_tables
from referral.plumbing import models as plumbing_tables
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import Base, db, fresh_request
from referral.plumbing.logs import configure_logs
from referral.plumbing.signing import kept_secret
from referral.plumbing.transaction import in_reading, in_transaction
from referral.sales import models as sale_tables
from referral.web import areas, language
from referral.web.signed_in import SignedIn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HERE = Path(__file__).parent
READING = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger()

# A table is known to migrations, and to the foreign keys that name it, once its module is imported.
TABLES = (
    brand_tables,
    campaign_tables,
    click_tables,
    credit_tables,
    event_tables,
    fan_tables,
    introduction_tables,
    link_tables,
    people_tables,
    plumbing_tables,
    sale_tables,
)


class Tular(Flask):
    """A Flask application in which each request is one transaction, and a GET cannot change anything."""

    click_path: ClickPath

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: short links by the click path, all else by the pages."""
        if environ["PATH_INFO"].startswith(("/r/", "/R/")):
            return self.click_path.follow(environ, start_response)
        return self.wsgi_app(environ, start_response)

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; commit if it may write, unless it raised."""
        run: Callable[[], ResponseReturnValue] = super().dispatch_request

        def work() -> ResponseReturnValue:
            # A request that is run again must not go on with rows of the transaction that was rolled back.
            for row in ("account", "role", "brand", "campaign", "api_brand"):
                g.pop(row, None)
            return run()

        with fresh_request():
            if request.method in READING:
                return in_reading(work)
            return in_transaction(work)


def create_app(settings: Mapping[str, Any] | None = None) -> Tular:
    """Make the application from the environment's settings, overridden by those given.

    Raises:
        ValueError: a setting is not of its type.
    """
    app = Tular("referral", template_folder=str(HERE.parent / "templates"), static_folder=str(HERE.parent / "static"))
    app.config.update(config.from_environment())
    app.config.update(settings or {})
    _derive(app)
    configure_logs(app.config["LOG_LEVEL"])
    db.init_app(app)
    Migrate(app, db, directory=str(HERE / "plumbing" / "migrations"), render_as_batch=True, compare_type=True)
    Babel(app, locale_selector=language.current, default_translation_directories=str(HERE / "translations"))
    areas.attach(app)
    api.attach(app)
    cli.attach(app)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _log_requests(app)
    app.click_path = _click_path(app)
    return app


def _click_path(app: Tular) -> ClickPath:
    """Put the click path before the pages; under test it asks the database each time, and goes by the told time."""

    def known() -> Known:
        with app.app_context():
            return Known(db.engine, app.config["CLICK_COOKIE_DAYS"])

    return ClickPath(
        pages=lambda environ, start_response: app.wsgi_app(environ, start_response),
        known=known,
        settings=app.config,
        session_cookie=app.config["SESSION_COOKIE_NAME"],
        whose=SignedIn(app),
        country=countries(app.config["GEO_DATABASE"]),
        clock=(lambda: milliseconds(now())) if app.testing else None,
    )


def _derive(app: Flask) -> None:
    """Work out what other settings say without words: the database's address, the secret key, cookies."""
    settings = app.config
    folder = Path(settings["DATA_DIR"])
    folder = folder if folder.is_absolute() else HERE.parent / folder
    settings["DATA_DIR"] = str(folder)
    settings["CLICKS_DIR"] = str(HERE.parent / (settings["CLICKS_DIR"] or folder / "clicks"))
    url = settings["DATABASE_URL"] or f"sqlite:///{folder / 'tular.db'}"
    if url.startswith("sqlite"):
        folder.mkdir(parents=True, exist_ok=True)
    settings["SQLALCHEMY_DATABASE_URI"] = database_address(url)
    settings["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings["SQLALCHEMY_DATABASE_URI"])
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or kept_secret(folder)
    settings["PUBLIC_URL"] = (settings["PUBLIC_URL"] or f"http://{settings['HOST']}:{settings['PORT']}").rstrip("/")
    secure = settings["PUBLIC_URL"].startswith("https://")
    settings.update(
        SESSION_COOKIE_NAME="__Host-tular" if secure else "tular",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=90 * 86_400,
        MAX_CONTENT_LENGTH=settings["MAX_UPLOAD_MB"] * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # some pages send no referrer on purpose; the token and SameSite do the work
        RATELIMIT_ENABLED=settings["RATE_LIMITS"],
        RATELIMIT_STORAGE_URI=settings["RATE_LIMIT_STORAGE"],
        SEND_FILE_MAX_AGE_DEFAULT=365 * 86_400,
    )


def database_address(url: str) -> str:
    """Name the driver that a database address means."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _engine_options(url: str) -> dict[str, Any]:
    if make_url(url).get_backend_name() == "postgresql":
        # Behind PgBouncer a prepared statement may belong to another client's connection.
        arguments = {"prepare_threshold": None, "connect_timeout": 5}
        # The one that was used last is used again: what a process of the server knows by heart is not learned by each.
        return {"pool_pre_ping": True, "pool_use_lifo": True, "connect_args": arguments}
    return {}


def _log_requests(app: Flask) -> None:
    """Log each request by its endpoint and status: addresses hold codes and tokens, so they are left out."""

    @app.before_request
    def start() -> None:
        request.environ["tular.started"] = time.perf_counter()

    @app.after_request
    def tell(response: Response) -> Response:
        started = request.environ.get("tular.started")
        ms = round((time.perf_counter() - started) * 1000, 1) if started is not None else None
        log.debug("request", endpoint=request.endpoint, method=request.method, status=response.status_code, ms=ms)
        return response


__all__ = ["Base", "create_app"]
