"""The operator's page: whether visits come in, mail leaves and the disk takes what it is given, and what is set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from referral.brands import queries as brands
from referral.brands.rules import Role
from referral.clicks import queries as clicks
from referral.clicks import watch
from referral.clicks.rules.alarm import is_scarce
from referral.clicks.rules.journals import SIZE
from referral.errors import Forbidden
from referral.plumbing import outbox
from referral.web import alarms
from referral.web.access import allow_account, current_account

if TYPE_CHECKING:
    from referral.brands.models import Account

pages = Blueprint("house", __name__)
pages.app_template_global("visits_alarm")(alarms.visits_alarm)


@pages.app_template_global()
def sees_house() -> bool:
    """Tell whether whoever is signed in may open this page: the owner of some brand."""
    account = current_account()
    return account is not None and any(brands.role(one, account) == Role.OWNER for one in brands.brands_of(account))


@pages.get("/house")
@allow_account
def show(account: Account) -> ResponseReturnValue:
    """Show owners how the house is, and what to do where it is not well; nothing of any brand."""
    if not sees_house():
        raise Forbidden("role_may_not")
    settings = current_app.config
    place = Path(settings["CLICKS_DIR"])
    folder = watch.folder(place)
    backlog = alarms.on_its_way()
    messages, oldest = outbox.waiting()
    return render_template(
        "house/show.html",
        backlog=backlog,
        since=None if backlog is None else alarms.since(backlog),
        drained_at=clicks.drained_at(),
        folder=folder,
        place=place,
        is_scarce=is_scarce(folder.free),
        room=None if folder.free is None else folder.free // SIZE,
        messages=messages,
        oldest=oldest,
        given_up=outbox.given_up(),
        countries=watch.countries(settings["GEO_DATABASE"]),
        is_postgresql=settings["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"),
        settings=settings,
    )
