"""The words of refusals: one place where each code gets its sentence and its status."""

from __future__ import annotations

import structlog
from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from referral.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refusal, TooMany, Unauthenticated
from referral.plumbing import problems

log = structlog.get_logger()

STATUS: dict[type[Refusal], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooMany: 413,
}

_ = lazy_gettext
WORDS = {
    "accent_invalid": _("A colour is written like #b3341f."),
    "attribution_days_invalid": _("The days must be between 0 and %(most)s."),
    "attribution_invalid": _("Choose who is credited."),
    "begun_already": _("There is a brand here already."),
    "body_missing": _("Tell the story: its words are missing."),
    "body_too_long": _("The story is too long: at most %(most)s characters."),
    "brand_unknown": _("There is no such brand here."),
    "campaign_not_open": _("This story is not open yet."),
    "campaign_over": _("This story has come to its end."),
    "campaign_unknown": _("There is no such campaign here."),
    "channel_unknown": _("Choose how the link is passed on."),
    "code_unknown": _("No story has this code."),
    "code_wrong": _("The code is not right, or was used before."),
    "contact_missing": _("Tell us a mail address or a phone number."),
    "contact_unreadable": _("This is neither a mail address nor a phone number."),
    "coupon_invalid": _("A coupon takes A-Z, 0-9 and hyphens between them, at most %(most)s."),
    "coupon_off": _("This coupon is switched off."),
    "coupon_taken": _("The coupon %(coupon)s stands for another link."),
    "coupon_unknown": _("There is no such coupon in this campaign."),
    "currency_differs": _("The currency must be %(expected)s."),
    "currency_unknown": _("We do not know the currency %(currency)s."),
    "dates_reversed": _("The end must come after the start."),
    "email_invalid": _("This is not a mail address."),
    "email_taken": _("Somebody is known by this address already."),
    "fan_unknown": _("There is no such person in this campaign."),
    "fixed_invalid": _("The amount must be more than nothing."),
    "holding_invalid": _("The holding time must be between 0 and %(most)s days."),
    "key_unknown": _("There is no such key."),
    "label_missing": _("Name the link, so that you know it again."),
    "label_too_long": _("The name is too long: at most %(most)s characters."),
    "landing_url_invalid": _("The address must start with https:// or http:// and lead to a web site."),
    "link_unknown": _("There is no such link in this campaign."),
    "locale_unknown": _("Choose one of the languages."),
    "member_already": _("They are a member already."),
    "name_ambiguous": _("Several people in this campaign have this name."),
    "name_missing": _("The name is missing."),
    "name_too_long": _("The name is too long: at most %(most)s characters."),
    "name_unknown": _("Nobody in this campaign has this name."),
    "pass_code_unknown": _("No pass has this code. Perhaps it was mistyped, or copied only in part."),
    "pass_gone": _("This pass opens no gate any more."),
    "password_long": _("The password is too long: at most %(most)s characters."),
    "password_missing": _("A password is missing."),
    "password_short": _("The password is too short: at least %(least)s characters."),
    "password_weak": _("The password is too easy to guess."),
    "password_wrong": _("The password is not right."),
    "percent_invalid": _("The share must be above 0 and at most 100 percent."),
    "phone_invalid": _("This does not look like a phone number; add the country code, like +62 812 3456 7890."),
    "number_invalid": _("This is not a number."),
    "picture_outdated": _("The picture has changed since; load it again."),
    "picture_too_large": _("The picture is too large: at most 8 MB and 40 megapixels."),
    "picture_unreadable": _("The picture cannot be read: send a JPEG, PNG or WebP file."),
    "picture_unknown": _("There is no such picture."),
    "picture_unnamed": _("Say which picture, and whom in it."),
    "repeat_invalid": _("The minutes must be between 0 and %(most)s, which is a day."),
    "role_may_not": _("Your role in this brand does not include this."),
    "scope_unknown": _("Choose what the key may be used for."),
    "share_text_too_long": _("The text for sharing is too long: at most %(most)s characters."),
    "size_invalid": _("The picture comes in 320, 640 or 1280 pixels."),
    "slug_invalid": _("The short name takes a-z, 0-9 and hyphens between them, at most 60."),
    "slug_taken": _("The short name %(slug)s is taken."),
    "story_missing": _("Tell the story before you publish it."),
    "title_missing": _("The title is missing."),
    "title_too_long": _("The title is too long: at most %(most)s characters."),
    "utm_invalid": _(
        "It is written like utm_source=tular&utm_medium={channel}, with the placeholders {channel}, {code} and "
        "{campaign} only, and at most %(most)s characters."
    ),
    "view_unknown": _("The picture can be drawn as: %(known)s."),
    "words_too_long": _("Your words are too long: at most %(most)s characters."),
    "amount_malformed": _("An amount is written like 150000.00."),
    "amount_decimals": _("%(currency)s has at most %(decimals)s decimals."),
    "amount_too_large": _("The amount is too large."),
    "percent_malformed": _("A share is written like 5 or 7.5."),
    "admits_invalid": _("A pass lets in between 1 and %(most)s people."),
    "capacity_invalid": _("The capacity must be between 1 and %(most)s."),
    "cost_invalid": _("The cost must be an amount, and not below nothing."),
    "day_entered": _("People came on a day that you left out. Change its hours, and let it stay."),
    "early_invalid": _("The minutes must be between 0 and %(most)s."),
    "event_closed": _("This event is closed."),
    "event_unknown": _("There is no such event here."),
    "hours_reversed": _("A day must close after it opens."),
    "hours_too_long": _("A day is open for %(most)s days at most."),
    "pass_label_too_long": _("What is printed on a pass has at most %(most)s characters."),
    "pass_revoked": _("This pass was revoked before."),
    "pass_unknown": _("There is no such pass at this event."),
    "passes_used_up": _("An event has at most %(most)s passes."),
    "place_kind_unknown": _("A place is a gate, a booth, a poster or a stage."),
    "place_unknown": _("There is no such place at this event."),
    "reentry_unknown": _("Choose how often a pass is an entry."),
    "valid_reversed": _("A pass must end after it begins."),
    "venue_too_long": _("The place is too long: at most %(most)s characters."),
    "booth_missing": _("Choose the booths of this device: it reads whom they met."),
    "device_role_unknown": _("Choose what the device is for."),
    "device_unknown": _("There is no such device at this event."),
    "note_too_long": _("The note is too long: at most %(most)s characters."),
    "pairing_expired": _("This code is too old: it was good for %(minutes)s minutes."),
    "pairing_unknown": _("No device waits for this code. Ask the organiser for a new one."),
    "pairing_used": _("This code was used already. Ask the organiser for a new one."),
    "place_no_booth": _("Only booths note whom they met."),
    "conflict_unknown": _("There is no such conflict at this event."),
    "scan_malformed": _("The scan cannot be read."),
    "too_many_scans": _("At most %(limit)s scans can be sent at once."),
    "warmth_unknown": _("Choose how warm the visitor was."),
    "day_malformed": _("Write a day like 2026-11-20."),
    "days_missing": _("Say on at least one day when it opens and closes."),
    "days_overlap": _("The day %(day)s begins before the one before it has closed."),
    "days_reversed": _("The last day must not come before the first."),
    "days_too_many": _("An event has at most %(most)s days."),
    "external_id_reused": _("This reference belongs to somebody else's pass."),
    "foreign_code_invalid": _("The code of a ticket has at most %(most)s characters, all of them visible."),
    "hours_incomplete": _("A row needs its first day, and when it opens and closes."),
    "hours_overlap": _("Two days overlap."),
    "moment_malformed": _("Write a day and a time like 2026-11-20 08:00."),
    "passes_number_invalid": _("Between 1 and %(most)s passes can be made at once."),
    "passes_of_one": _("One person has one pass. For a family or a class, let more people in with it."),
    "tickets_no_secrets": _("The file has no column with the tickets' codes: name it code, in the first line."),
    "tickets_not_utf8": _("The file is not in UTF-8. Save it in this encoding, and try again."),
    "tickets_too_many": _("A file holds at most %(most)s tickets."),
    "tickets_unreadable": _("The file can be read neither as JSON of orders nor as CSV."),
    "time_malformed": _("Write a time like 08:00 or 20:30."),
    "time_skipped": _("On %(day)s clocks are put forward there, and %(time)s does not come. Choose another time."),
    "zone_unknown": _("Choose a time zone from the list, such as Asia/Jakarta."),
}
del _


def sentence(refusal: Refusal) -> str:
    """Say a refusal to a person, in their language."""
    words = str(WORDS.get(refusal.code) or gettext("That did not work."))
    return words % refusal.fields if refusal.fields else words


def status(refusal: Refusal) -> int:
    """Choose the HTTP status of a refusal."""
    return next((number for kind, number in STATUS.items() if isinstance(refusal, kind)), 400)


def page(number: int, title: str, text: str) -> ResponseReturnValue:
    """Answer with the page for something that did not work."""
    return render_template("errors/error.html", number=number, title=title, text=text), number


def attach(app: Flask) -> None:
    """Turn what was raised into pages, or into problem documents for programs."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        if problems.from_program():
            return problems.refused(refusal)
        titles = {
            401: gettext("Please sign in"),
            403: gettext("This is not open to you"),
            404: gettext("There is nothing here"),
            410: gettext("It is over") if refusal.code == "campaign_over" else gettext("Not now"),
        }
        number = status(refusal)
        return page(number, titles.get(number, gettext("That did not work")), sentence(refusal))

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> ResponseReturnValue:
        return page(
            400,
            gettext("Please try once more"),
            gettext(
                "This form was open for too long, or came from elsewhere. Go back, reload the page and send it again."
            ),
        )

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        number = error.code or 500
        if problems.from_program():
            return problems.failed(error)
        if error.response is not None or 300 <= number < 400:
            return error
        titles = {
            404: (gettext("There is nothing here"), gettext("The address may be mistyped, or what it led to is gone.")),
            405: (gettext("That did not work"), gettext("This page cannot be used in that way.")),
            413: (
                gettext("That is too large"),
                gettext("At most %(most)s MB can be sent.", most=app.config["MAX_UPLOAD_MB"]),
            ),
            429: (gettext("Too fast"), gettext("That was tried too often. Wait a minute, then try again.")),
        }
        title, text = titles.get(
            number, (gettext("That did not work"), gettext("The request could not be understood."))
        )
        answer = make_response(page(number, title, text))
        if isinstance(error, MethodNotAllowed):
            answer.allow.update(error.valid_methods or ())
        return answer

    @app.errorhandler(Exception)
    def broke(error: Exception) -> ResponseReturnValue:
        if app.config.get("PROPAGATE_EXCEPTIONS") or (
            app.testing and app.config.get("PROPAGATE_EXCEPTIONS") is not False
        ):
            raise error
        log.error("request.broke", endpoint=request.endpoint, exc_info=error)
        if problems.from_program():
            return problems.problem(500, "internal_error", {})
        return page(
            500,
            gettext("Something broke"),
            gettext("It is our fault, not yours. Nothing was lost; please try again in a moment."),
        )
