"""Pages of stories: told in more languages, looked at as a friend would; and their pictures.

They belong to the area of campaigns, whose blueprint begins here and goes on in campaigns.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired

from referral.brands.rules import Permission
from referral.campaigns import actions, queries
from referral.campaigns.actions import Telling
from referral.errors import NotFound, Refusal
from referral.plumbing.i18n import LANGUAGES
from referral.web import language
from referral.web.access import allow, may_here, open_to_all
from referral.web.forms import Form, again, choices
from referral.web.introductions import JoinForm

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign, Picture, Story

Made = TypeVar("Made")
pages = Blueprint("campaigns", __name__)

YEAR = 365 * 86_400

PLACES = {
    "slug_invalid": "slug",
    "slug_taken": "slug",
    "name_missing": "name",
    "name_too_long": "name",
    "locale_unknown": "locale",
    "title_missing": "title",
    "title_too_long": "title",
    "body_missing": "body",
    "body_too_long": "body",
    "share_text_too_long": "share_text",
    "picture_unreadable": "picture",
    "picture_too_large": "picture",
    "landing_url_invalid": "landing_url",
    "dates_reversed": "ends_at",
    "percent_malformed": "percent",
    "percent_invalid": "percent",
    "amount_malformed": "fixed",
    "amount_decimals": "fixed",
    "amount_too_large": "fixed",
    "fixed_invalid": "fixed",
    "holding_invalid": "holding_days",
    "utm_invalid": "utm_template",
    "repeat_invalid": "repeat_minutes",
    "attribution_invalid": "attribution",
    "attribution_days_invalid": "attribution_days",
}


class StoryForm(Form):
    """Ask for the story in one language."""

    title = StringField(_("Title"), [DataRequired(_("Give the story a title."))])
    body = TextAreaField(_("The story"), [DataRequired(_("Tell the story: its words are missing."))])
    share_text = TextAreaField(_("Text for sharing"))
    picture = FileField(_("Picture"))
    picture_alt = StringField(_("What is in the picture"))

    @property
    def upload(self) -> bytes | None:
        """Give the bytes of the picture that was sent along, if one was."""
        file = self.picture.data
        if not file:
            return None
        file.seek(0)  # the request may be run a second time, after another writer's
        data: bytes = file.read()
        return data


class LanguageForm(StoryForm):
    """Ask for the story in one more language, which may have the first one's picture."""

    which = RadioField(
        _("Which picture?"),
        choices=choices(
            [("same", _("The same picture")), ("own", _("A picture of its own")), ("none", _("No picture"))]
        ),
        default="same",
    )


# --- Its story, in more languages ------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/stories")
@allow(Permission.EDIT_CAMPAIGNS)
def stories(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """List the languages that a story is told in, and those that it could be."""
    told = {one.locale: one for one in queries.stories(campaign)}
    languages = sorted(LANGUAGES, key=lambda locale: (locale != campaign.default_locale, locale not in told))
    return render_template(
        "campaigns/stories.html", told=told, all_languages=[(one, LANGUAGES[one]) for one in languages]
    )


@pages.get("/b/<brand>/campaigns/<campaign>/stories/<locale>")
@pages.post("/b/<brand>/campaigns/<campaign>/stories/<locale>")
@allow(Permission.EDIT_CAMPAIGNS)
def story(brand: Brand, campaign: Campaign, locale: str) -> ResponseReturnValue:
    """Tell the story in one more language, or over."""
    if locale not in LANGUAGES:
        raise NotFound("locale_unknown")
    if locale == campaign.default_locale:
        return redirect(url_for("campaigns.edit", brand=brand.slug, campaign=campaign.slug), 303)
    first, before = story_in(campaign, campaign.default_locale), queries.story(campaign, locale)
    form = LanguageForm(data=_words(before, first))
    page = {
        "form": form,
        "told_in": locale,
        "language_name": LANGUAGES[locale],
        "first": first,
        "first_language": LANGUAGES[campaign.default_locale],
        "first_picture": queries.picture_of(first),
        "picture": queries.picture_of(before) if before and before.picture_id != first.picture_id else None,
        "is_new": before is None,
    }
    if request.method != "POST":
        return render_template("campaigns/story.html", **page)

    def tell() -> None:
        told = actions.tell(campaign, telling(form, locale))
        upload = form.upload
        if upload:
            actions.illustrate(brand, told, upload)
        elif form.which.data != "own" or told.picture_id == first.picture_id:
            actions.illustrate_like(told, first if form.which.data == "same" else None)

    done(form, tell, "campaigns/story.html", page)
    flash(gettext("The story is told in %(language)s.", language=LANGUAGES[locale]), "success")
    return redirect(url_for("campaigns.stories", brand=brand.slug, campaign=campaign.slug), 303)


@pages.get("/b/<brand>/campaigns/<campaign>/preview")
@allow(Permission.SEE_CAMPAIGNS)
def preview(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show the story's page as a friend would see it, in the language of the page (`?lang=id`)."""
    told = queries.story_for(campaign, language.current())
    if told is None:
        raise NotFound("story_missing")
    picture = queries.picture_of(told)
    where = "campaigns.edit" if may_here(Permission.EDIT_CAMPAIGNS) else "spread.overview"
    return render_template(
        "introductions/story.html",
        story=told,
        picture=picture,
        picture_url=url_for("campaigns.picture", sha256=picture.sha256) if picture else None,
        teller_name=None,
        words=None,
        form=JoinForm(formdata=None),
        preview=True,
        back_url=url_for(where, brand=brand.slug, campaign=campaign.slug),
    )


# --- Pictures --------------------------------------------------------------------------------------------------------


@pages.get("/pictures/<sha256>.jpg")
@open_to_all
def picture(sha256: str) -> ResponseReturnValue:
    """Give a story's picture."""
    return _jpeg(sha256, lambda found: found.jpeg)


@pages.get("/pictures/<sha256>/preview.jpg")
@open_to_all
def preview_picture(sha256: str) -> ResponseReturnValue:
    """Give what chat apps show of a story's picture."""
    return _jpeg(sha256, lambda found: found.preview)


def _jpeg(sha256: str, part: Callable[[Picture], bytes]) -> ResponseReturnValue:
    found = queries.picture_by_sha(sha256)
    if found is None:
        raise NotFound("picture_unknown")
    response = Response(part(found), mimetype="image/jpeg")
    response.cache_control.public, response.cache_control.max_age = True, YEAR
    response.cache_control.immutable = True
    response.add_etag()
    return response.make_conditional(request)


# --- What the campaign's own form shares ------------------------------------------------------------------------------


def done(form: StoryForm, work: Callable[[], Made], template: str, page: dict[str, Any]) -> Made:
    """Do what a form asks for; where it cannot be done, answer with the form and what is wrong with it."""
    if form.validate():
        try:
            return work()
        except Refusal as refusal:
            form.blame(refusal, PLACES)
    if form.picture.data and not form.picture.errors:
        # No browser sends a file twice by itself, so a form that comes back has lost it.
        form.picture.errors = [gettext("Please choose the picture once more.")]
    return again(template, **page)


def story_in(campaign: Campaign, locale: str) -> Story:
    story = queries.story(campaign, locale)
    if story is None:
        raise NotFound("story_missing")
    return story


def telling(form: StoryForm, locale: str) -> Telling:
    return Telling(locale, form.title.data, form.body.data, form.share_text.data, form.picture_alt.data)


def _words(story: Story | None, first: Story) -> dict[str, Any]:
    if story is None:
        return {"which": "same" if first.picture_id else "none"}
    which = "none" if story.picture_id is None else "same" if story.picture_id == first.picture_id else "own"
    return {
        "title": story.title,
        "body": story.body,
        "share_text": story.share_text,
        "picture_alt": story.picture_alt,
        "which": which,
    }
