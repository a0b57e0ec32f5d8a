"""Importing a list of tickets, so that another system's tickets open our gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField

from referral.brands.rules import Permission
from referral.errors import Refusal
from referral.events import importing, queries
from referral.web.access import allow
from referral.web.events import around
from referral.web.forms import Form, again

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event

pages = Blueprint("event_imports", __name__)
LISTED = 500

BLAMED = {
    "tickets_not_utf8": "file",
    "tickets_unreadable": "file",
    "tickets_no_secrets": "file",
    "tickets_too_many": "file",
}
REFUSED = {
    "not_paid": _("Not paid yet."),
    "expired": _("The order ran out without being paid."),
    "for_testing": _("An order for testing."),
    "not_approved": _("The order is not approved yet."),
    "no_admission": _("This product lets nobody in."),
    "blocked": _("The ticket is blocked."),
    "secret_missing": _("It has no code."),
    "secret_too_long": _("Its code is longer than any that a gate takes."),
    "secret_unreadable": _("Its code holds signs that cannot be read."),
    "secret_twice": _("Its code stands in the file twice; the first one counts."),
    "valid_invalid": _("From when until when it is valid cannot be read."),
    "admits_invalid": _("How many people it admits cannot be read."),
    "revoked_here": _("It was revoked here before, and stays revoked."),
}
IN_PART = {
    "item_shortened": _("The name of its product was shortened."),
    "name_too_long": _("The name is too long and was left out."),
    "email_invalid": _("The mail address cannot be right, so the pass is nobody's yet."),
    "has_pass": _("Its holder has a pass already; this one is nobody's, and opens the gate as well."),
    "reference_taken": _("Another pass has its reference, so it has none."),
}


class ImportForm(Form):
    """Ask for a list of tickets."""

    file = FileField(_("The list"))


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/import")
@allow(Permission.MANAGE_EVENTS)
def new(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Ask for a list of tickets."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/import.html", **_page(found, ImportForm(formdata=None)))


@pages.post("/b/<brand>/campaigns/<campaign>/events/<event>/import")
@allow(Permission.MANAGE_EVENTS)
def take(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Take a list of tickets in, and tell line by line what could not be taken."""
    found = queries.in_campaign(campaign, event)
    form = ImportForm()
    upload = request.files.get("file")
    data = upload.read() if upload is not None else b""
    if not data:
        form.file.errors = [gettext("Choose the file with the tickets.")]
        return again("events/import.html", **_page(found, form))
    try:
        report = importing.import_tickets(found, data)
    except Refusal as refusal:
        form.blame(refusal, BLAMED)
        return again("events/import.html", **_page(found, form))
    lines = [(one, REFUSED.get(one.code) or IN_PART.get(one.code) or one.code) for one in report.remarks]
    return render_template(
        "events/imported.html",
        **around(found),
        report=report,
        refused=[line for line in lines if not line[0].is_taken][:LISTED],
        in_part=[line for line in lines if line[0].is_taken][:LISTED],
        refused_count=sum(not one.is_taken for one in report.remarks),
        in_part_count=sum(one.is_taken for one in report.remarks),
        file=upload.filename if upload is not None else "",
    )


def _page(event: Event, form: ImportForm) -> dict[str, Any]:
    return {**around(event), "form": form, "most_mb": current_app.config["MAX_UPLOAD_MB"]}
