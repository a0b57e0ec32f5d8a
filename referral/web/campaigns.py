"""Pages of campaigns: made, changed, published; stories.py has those of their stories and pictures."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired

from referral.brands.rules import Permission
from referral.campaigns import actions, queries
from referral.campaigns.rules import (
    Attribution,
    PlanTerms,
    clean_landing_url,
    clean_utm_template,
    fill_utm,
    propose_slug,
    read_amount,
    read_attribution_days,
    read_holding_days,
    read_percent,
    read_repeat_minutes,
    state,
    write_amount,
    write_percent,
)
from referral.clicks.rules.visits import landing
from referral.errors import Invalid
from referral.links import queries as links
from referral.plumbing.clock import now
from referral.plumbing.i18n import LANGUAGES
from referral.plumbing.money import Money
from referral.web.access import allow
from referral.web.forms import MomentField, choices
from referral.web.stories import StoryForm, done, pages, story_in, telling

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign, Story


PAGE_EXAMPLE = "https://shop.example/"
UTM_EXAMPLE = "utm_source=tular&utm_medium={channel}&utm_campaign={campaign}"


class CampaignForm(StoryForm):
    """Ask for a campaign: its names, its story, where and when, how clicks count, and what an introducer earns."""

    name = StringField(_("Name"), [DataRequired(_("Give the campaign a name."))])
    slug = StringField(_("Short name in addresses"))
    locale = SelectField(_("Language of the story"), choices=choices(LANGUAGES.items()))
    no_picture = BooleanField(_("Take the picture away"))
    landing_url = StringField(_("Where its links lead"))
    starts_at = MomentField(_("Starts"))
    ends_at = MomentField(_("Ends"))
    reward = RadioField(
        _("Whoever told a buyer gets"),
        choices=choices(
            [("percent", _("A share of the sale")), ("fixed", _("A fixed amount")), ("none", _("No money"))]
        ),
        default="percent",
    )
    percent = StringField(_("Share in percent"))
    fixed = StringField(_("Amount for each sale"))
    holding_days = StringField(_("Days it waits"), default="14")
    utm_template = StringField(_("What is added to the landing address"))
    repeat_minutes = StringField(_("Minutes until the same visitor counts again"), default="60")
    click_cookie = BooleanField(_("A cookie may remember who told a visitor"))
    attribution = RadioField(
        _("Where several people told a buyer, who is credited?"),
        choices=choices(
            [
                (Attribution.FIRST.value, _("Whoever told them first")),
                (Attribution.LAST.value, _("Whoever told them last")),
                (Attribution.SPLIT.value, _("All of them, in equal parts")),
            ]
        ),
        default=Attribution.FIRST.value,
    )
    attribution_days = StringField(_("Days for which somebody's word counts"), default="0")
    spread_is_public = BooleanField(_("Anybody may see the picture of the spread"))


@pages.app_template_global()
def campaign_state(campaign: Campaign) -> str:
    """Tell templates where a campaign stands now."""
    return state(campaign.published_at, campaign.starts_at, campaign.ends_at, now())


# --- A campaign ------------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/new")
@pages.post("/b/<brand>/campaigns/new")
@allow(Permission.EDIT_CAMPAIGNS)
def new(brand: Brand) -> ResponseReturnValue:
    """Make a campaign; it stays a draft until it is published."""
    form = CampaignForm(locale=brand.locale)
    page = {"form": form, "currency": brand.currency, "finished": _finished(form, "books-all-night")}
    if request.method != "POST":
        return render_template("campaigns/new.html", **page)
    if not form.slug.data:
        form.slug.data = propose_slug(form.name.data or "")

    def make() -> Campaign:
        made = actions.create(
            brand,
            slug=form.slug.data,
            name=form.name.data,
            telling=telling(form, form.locale.data),
            terms=_terms(form, brand.currency),
            landing_url=form.landing_url.data,
            starts_at=form.starts_at.data,
            ends_at=form.ends_at.data,
            spread_is_public=bool(form.spread_is_public.data),
            **_clicking(form),
        )
        _illustrate(brand, story_in(made, made.default_locale), form)
        return made

    campaign = done(form, make, "campaigns/new.html", page)
    flash(gettext("The draft is kept. Look at it as a friend would, then publish it."), "success")
    return redirect(url_for("campaigns.edit", brand=brand.slug, campaign=campaign.slug), 303)


@pages.get("/b/<brand>/campaigns/<campaign>/edit")
@pages.post("/b/<brand>/campaigns/<campaign>/edit")
@allow(Permission.EDIT_CAMPAIGNS)
def edit(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Change a campaign and its story; terms that differ are a new version, from now on."""
    story = story_in(campaign, campaign.default_locale)
    form = CampaignForm(data=_values(campaign, story))
    del form.slug, form.locale
    page = {
        "form": form,
        "currency": campaign.currency,
        "story": story,
        "picture": queries.picture_of(story),
        "plans": queries.plans(campaign),
        "languages_told": queries.stories(campaign),
        "finished": _finished(form, campaign.slug),
    }
    if request.method != "POST":
        return render_template("campaigns/edit.html", **page)

    def change() -> None:
        terms = _terms(form, campaign.currency)
        actions.change(
            campaign,
            name=form.name.data,
            landing_url=form.landing_url.data,
            starts_at=_kept(form.starts_at.data, campaign.starts_at),
            ends_at=_kept(form.ends_at.data, campaign.ends_at),
            spread_is_public=bool(form.spread_is_public.data),
            **_clicking(form),
        )
        told = actions.tell(campaign, telling(form, campaign.default_locale))
        _illustrate(brand, told, form)
        actions.promise(campaign, terms)

    done(form, change, "campaigns/edit.html", page)
    flash(gettext("Saved."), "success")
    return redirect(url_for("campaigns.edit", brand=brand.slug, campaign=campaign.slug), 303)


@pages.post("/b/<brand>/campaigns/<campaign>/publish")
@allow(Permission.EDIT_CAMPAIGNS)
def publish(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Open a campaign to the world, and lead on to its first link."""
    actions.publish(campaign)
    where = "campaigns.edit" if links.of_brand(campaign) else "links.listed"
    flash(gettext("%(campaign)s is published.", campaign=campaign.name), "success")
    return redirect(url_for(where, brand=brand.slug, campaign=campaign.slug), 303)


@pages.post("/b/<brand>/campaigns/<campaign>/withdraw")
@allow(Permission.EDIT_CAMPAIGNS)
def withdraw(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Take a campaign back into draft."""
    actions.withdraw(campaign)
    flash(
        gettext("%(campaign)s is a draft again; its links say that it is not open.", campaign=campaign.name), "success"
    )
    return redirect(url_for("campaigns.edit", brand=brand.slug, campaign=campaign.slug), 303)


# --- From forms to actions -------------------------------------------------------------------------------------------


def _illustrate(brand: Brand, story: Story, form: CampaignForm) -> None:
    upload = form.upload
    if upload:
        actions.illustrate(brand, story, upload)
    elif form.no_picture.data:
        actions.illustrate_like(story, None)


def _terms(form: CampaignForm, currency: str) -> PlanTerms:
    if form.reward.data == "none":
        return PlanTerms.nothing(currency)
    if form.reward.data == "fixed":
        amount = read_amount(form.fixed.data or "", currency)
        return PlanTerms.fixed(amount.minor, currency, read_holding_days(form.holding_days.data or ""))
    return PlanTerms.percent(
        read_percent(form.percent.data or ""), currency, read_holding_days(form.holding_days.data or "")
    )


def _clicking(form: CampaignForm) -> dict[str, Any]:
    """Read how clicks count and who is credited for them, as the actions take it."""
    return {
        "utm_template": form.utm_template.data or "",
        "repeat_minutes": read_repeat_minutes(form.repeat_minutes.data or ""),
        "click_cookie": bool(form.click_cookie.data),
        "attribution": form.attribution.data,
        "attribution_days": read_attribution_days(form.attribution_days.data or ""),
    }


def _finished(form: CampaignForm, slug: str) -> str:
    """Write where a click would lead, as an example: with what was typed where that is right, else with ours."""
    try:
        template = clean_utm_template(form.utm_template.data) or UTM_EXAMPLE
    except Invalid:
        template = UTM_EXAMPLE
    try:
        page = clean_landing_url(form.landing_url.data) or PAGE_EXAMPLE
    except Invalid:
        page = PAGE_EXAMPLE
    return landing(page, "…", fill_utm(template, channel="whatsapp", code="K7M2Q9XD", campaign=slug))


def _kept(typed: datetime | None, before: datetime | None) -> datetime | None:
    """Keep the seconds of a moment that was not touched: the control shows minutes only."""
    if typed is not None and before is not None and typed == before.replace(second=0, microsecond=0):
        return before
    return typed


def _values(campaign: Campaign, story: Story) -> dict[str, Any]:
    plan = queries.plan(campaign)
    return {
        "name": campaign.name,
        "title": story.title,
        "body": story.body,
        "share_text": story.share_text,
        "picture_alt": story.picture_alt,
        "landing_url": campaign.landing_url,
        "starts_at": campaign.starts_at,
        "ends_at": campaign.ends_at,
        "reward": plan.kind,
        "percent": write_percent(plan.basis_points) if plan.kind == "percent" else "",
        "fixed": write_amount(Money(plan.fixed_minor, plan.currency)) if plan.kind == "fixed" else "",
        "holding_days": str(plan.holding_days) if plan.kind != "none" else "14",
        "utm_template": campaign.utm_template,
        "repeat_minutes": str(campaign.repeat_minutes),
        "click_cookie": campaign.click_cookie,
        "attribution": campaign.attribution,
        "attribution_days": str(campaign.attribution_days),
        "spread_is_public": campaign.spread_is_public,
    }
