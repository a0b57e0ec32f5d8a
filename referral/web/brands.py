"""Pages of brands: the first run, a brand's campaigns, its keys, its colour; accounts.py has those of its staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, EqualTo
from wtforms.widgets import CheckboxInput, ListWidget

from referral.brands import actions, queries
from referral.brands.rules import PASSWORD_LENGTH, Permission, Scope, accent_shades, scopes_of
from referral.campaigns import queries as campaigns
from referral.errors import NotFound, Refusal
from referral.fans import queries as fans
from referral.plumbing import ids
from referral.plumbing.i18n import LANGUAGES
from referral.plumbing.money import EXPONENTS
from referral.web import language
from referral.web.access import allow, allow_account, open_to_all
from referral.web.accounts import enter, pages
from referral.web.forms import Form, again, choices
from referral.web.limits import SIGN_IN, limiter

if TYPE_CHECKING:
    from referral.brands.models import Account, ApiKey, Brand

SCOPE_WORDS = {
    Scope.READ: _("Read"),
    Scope.CAMPAIGNS: _("Campaigns"),
    Scope.FANS: _("Fans"),
    Scope.SALES: _("Sales"),
    Scope.EVENTS: _("Events"),
}
SCOPE_HINTS = {
    Scope.READ: _("See campaigns, fans, sales, credits and the spread."),
    Scope.CAMPAIGNS: _("Make and change campaigns."),
    Scope.FANS: _("Let people in."),
    Scope.SALES: _("Record sales and refunds."),
    Scope.EVENTS: _("Make events, give out passes, and let people in at their doors."),
}

PLACES = {
    "slug_invalid": "slug",
    "slug_taken": "slug",
    "name_missing": "name",
    "currency_unknown": "currency",
    "locale_unknown": "locale",
    "email_invalid": "email",
    "password_short": "password",
    "password_long": "password",
    "password_weak": "password",
}


class StartForm(Form):
    """Ask for the first brand and its owner."""

    name = StringField(_("Name of the brand"), [DataRequired(_("Give the brand a name."))])
    slug = StringField(_("Short name in addresses"), [DataRequired(_("Give the brand a short name."))])
    currency = SelectField(_("Currency"), choices=choices((code, code) for code in EXPONENTS), default="EUR")
    locale = SelectField(_("Language"), choices=choices(LANGUAGES.items()))
    owner = StringField(_("Your name"), [DataRequired(_("Write your name."))])
    email = EmailField(_("Your mail address"), [DataRequired(_("Write your mail address."))])
    password = PasswordField(_("Password"), [DataRequired(_("Write a password."))])
    again = PasswordField(_("Password once more"), [EqualTo("password", _("This is not the same password."))])


class KeyForm(Form):
    """Ask what a key is for."""

    name = StringField(_("What will use it?"), [DataRequired(_("Name the key, so that you know it again."))])
    scopes = SelectMultipleField(
        _("It may"),
        [DataRequired(_("Choose what the key may be used for."))],
        choices=choices(SCOPE_WORDS.items()),
        default=[Scope.READ, Scope.FANS, Scope.SALES],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


# --- The first run ---------------------------------------------------------------------------------------------------


@pages.get("/start")
@pages.post("/start")
@open_to_all
@limiter.limit(SIGN_IN, methods=["POST"])
def start() -> ResponseReturnValue:
    """Make the first brand and its owner, where there is none yet."""
    if queries.any_brand():
        return redirect(url_for("brands.sign_in"), 303)
    form = StartForm(locale=language.current())
    if request.method != "POST":
        return render_template("brands/start.html", form=form, least=PASSWORD_LENGTH)
    if not form.validate():
        return again("brands/start.html", form=form, least=PASSWORD_LENGTH)
    try:
        brand, owner = actions.begin(
            slug=form.slug.data,
            name=form.name.data,
            currency=form.currency.data,
            locale=form.locale.data,
            email=form.email.data,
            password=form.password.data,
            owner=form.owner.data,
        )
    except Refusal as refusal:
        if refusal.code == "begun_already":
            return redirect(url_for("brands.sign_in"), 303)
        form.blame(refusal, PLACES)
        return again("brands/start.html", form=form, least=PASSWORD_LENGTH)
    answer = enter(owner)
    flash(gettext("%(brand)s is here. Tell its first story.", brand=brand.name), "success")
    return answer


# --- A brand ---------------------------------------------------------------------------------------------------------


@pages.get("/brands")
@allow_account
def listed(account: Account) -> ResponseReturnValue:
    """Let somebody choose among the brands that they work for."""
    return render_template("brands/listed.html", brands=queries.brands_of(account))


@pages.get("/b/<brand>")
@allow(Permission.SEE_CAMPAIGNS)
def show(brand: Brand) -> ResponseReturnValue:
    """Show a brand's campaigns."""
    told = campaigns.listed(brand)
    return render_template(
        "brands/show.html", campaigns=told, titles=campaigns.titles(brand, told), reach=fans.counts(brand)
    )


@pages.get("/b/<brand>/accent.css")
@open_to_all
def accent(brand: str) -> ResponseReturnValue:
    """Give a brand's colour as the style sheet that pages take it from; an empty one where it has none."""
    colour = queries.by_slug(brand).accent
    text = ""
    if colour is not None:
        shades = accent_shades(colour)
        text = (
            f":root{{--brand-accent:{shades.light};--brand-accent-ink:{shades.light_ink};"
            f"--brand-accent-dark:{shades.dark};--brand-accent-dark-ink:{shades.dark_ink}}}\n"
        )
    response = Response(text, mimetype="text/css")
    response.cache_control.public, response.cache_control.max_age = True, 300
    response.add_etag()
    return response.make_conditional(request)


# --- Keys ------------------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/keys")
@allow(Permission.MANAGE_KEYS)
def keys(brand: Brand) -> ResponseReturnValue:
    """List a brand's keys."""
    return render_template("brands/keys.html", **_keys_page(brand, KeyForm(formdata=None)))


@pages.post("/b/<brand>/keys")
@allow(Permission.MANAGE_KEYS)
def make_key(brand: Brand) -> ResponseReturnValue:
    """Make a key, and show it this once."""
    form = KeyForm()
    if not form.validate():
        return again("brands/keys.html", **_keys_page(brand, form))
    try:
        made = actions.make_key(brand, name=form.name.data, scopes=form.scopes.data)
    except Refusal as refusal:
        form.blame(refusal, {"name_missing": "name", "scope_unknown": "scopes"})
        return again("brands/keys.html", **_keys_page(brand, form))
    return render_template("brands/keys.html", made=made, **_keys_page(brand, KeyForm(formdata=None)))


@pages.post("/b/<brand>/keys/<key>/revoke")
@allow(Permission.MANAGE_KEYS)
def revoke_key(brand: Brand, key: str) -> ResponseReturnValue:
    """Make a key worthless."""
    key_id = ids.read(key)
    if key_id is None:
        raise NotFound("key_unknown")
    found = queries.key_by_id(brand, key_id)
    actions.revoke_key(found)
    flash(gettext("The key %(name)s is revoked.", name=found.name), "success")
    return redirect(url_for("brands.keys", brand=brand.slug), 303)


def _keys_page(brand: Brand, form: KeyForm) -> dict[str, Any]:
    told = campaigns.listed(brand)
    return {
        "form": form,
        "keys": [(key, ids.show(key.id), _scopes(key)) for key in queries.keys(brand)],
        "hints": SCOPE_HINTS,
        "address": current_app.config["PUBLIC_URL"],
        "example": told[0].slug if told else "my-campaign",
    }


def _scopes(key: ApiKey) -> list[str]:
    held = scopes_of(key.scopes)
    return [str(SCOPE_WORDS[scope]) for scope in Scope if scope in held]
