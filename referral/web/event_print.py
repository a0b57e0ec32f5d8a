"""The print kit of an event: badges, posters, banners and cards as PDF, and how large a code must be to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from referral.brands.rules import Permission
from referral.errors import Invalid, NotFound
from referral.events import queries, to_print, written
from referral.events.printing import badges, banners, cards, passes, posters
from referral.events.printing.fonts import Library, library
from referral.events.rules import density
from referral.events.rules.codes import MOST_NUMBER, payload
from referral.events.rules.density import Density
from referral.events.rules.terms import PlaceKind
from referral.events.to_print import Range
from referral.fans import queries as fans
from referral.links.rules import qr_payload
from referral.plumbing import i18n, ids
from referral.web import language, print_sizes, print_words
from referral.web.access import allow, allow_person, may_here
from referral.web.forms import Form, choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Pass, Place
    from referral.events.printing.masthead import Masthead
    from referral.events.written import Pen
    from referral.people.models import Person

pages = Blueprint("event_print", __name__)


@dataclass(frozen=True)
class Job:
    """Hold what a print is made with: letters, language, and whose event it is, said in that language."""

    letters: Library
    locale: str
    masthead: Masthead

    @property
    def lang(self) -> str:
        """Give the language as a PDF names it."""
        return i18n.html_lang(self.locale)


class BadgesForm(Form):
    """Ask which passes are printed as badges."""

    first = IntegerField(_("From number"), [Optional(), NumberRange(1, MOST_NUMBER, _("Write a number of a pass."))])
    last = IntegerField(_("To number"), [Optional(), NumberRange(1, MOST_NUMBER, _("Write a number of a pass."))])
    label = SelectField(_("Label"), [Optional()], default="")

    @property
    def wanted(self) -> Range:
        """Give the range that is asked for."""
        return Range(self.first.data, self.last.data, self.label.data or None)


# --- The kit ---------------------------------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print")
@allow(Permission.SEE_CAMPAIGNS)
def kit(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Show what can be printed, how large codes must be, and on what to print."""
    found = queries.in_campaign(campaign, event)
    return render_template("events/print.html", **_page(campaign, found, _badges_form(found)))


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/badges.pdf")
@allow(Permission.MANAGE_EVENTS)
def badge_sheets(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print badges. Whoever has one can come in, so it is for those only who let people in."""
    found = queries.in_campaign(campaign, event)
    form = _badges_form(found)
    if not form.validate():
        return render_template("events/print.html", **_page(campaign, found, form)), 400
    number = to_print.count(found, form.wanted)
    if not 0 < number <= to_print.MOST:
        form.form_errors.append(_how_many(number))
        return render_template("events/print.html", **_page(campaign, found, form)), 400
    printed = to_print.printable(found, form.wanted)
    names = _names(campaign, printed)
    job = _job(brand, campaign, found)
    with force_locale(job.locale):
        visitors = _visitors(job, found, printed, names)
        title = gettext("Badges: %(event)s", event=found.name)
    made = badges.sheets(job.letters, job.lang, job.masthead, visitors, title)
    return _pdf(made, f"{found.slug}-badges-{printed[0].number}-{printed[-1].number}.pdf")


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/passes/<gate_pass>.pdf")
@allow(Permission.MANAGE_EVENTS)
def one_pass(brand: Brand, campaign: Campaign, event: str, gate_pass: str) -> ResponseReturnValue:
    """Print one visitor's pass, to hand to them or to send."""
    found, pass_id = queries.in_campaign(campaign, event), ids.read(gate_pass)
    if pass_id is None:
        raise NotFound("pass_unknown")
    printed = queries.gate_pass(found, pass_id)
    page = url_for("event_passes.show", brand=brand.slug, campaign=campaign.slug, event=found.slug, gate_pass=gate_pass)
    return _one(_job(brand, campaign, found), found, printed, _names(campaign, [printed]), page)


@pages.get("/me/<campaign>/events/<event>/pass.pdf")
@allow_person
def own_pass(person: Person, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print a visitor's own pass, in the language of their page."""
    fan = fans.by_person(campaign, person.id)
    found = queries.in_campaign(campaign, event)
    held = queries.pass_of_fan(found, fan.id) if fan is not None else None
    if fan is None or held is None:
        raise NotFound("pass_unknown")
    home = url_for("fans.home", campaign=campaign.slug)
    return _one(_made_with(g.brand, found, language.current()), found, held, {fan.id: person.name}, home)


# --- What hangs and stands at the fair -------------------------------------------------------------------------------


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/posters.pdf")
@allow(Permission.SEE_CAMPAIGNS)
def poster_sheets(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print posters of A3: of one place, or of all that are no gates."""
    return _of_places(brand, campaign, event, posters.sheets, "posters", gates=False)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/cards.pdf")
@allow(Permission.SEE_CAMPAIGNS)
def table_cards(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print cards for tables, four of a place to a sheet."""
    return _of_places(brand, campaign, event, cards.table_cards, "cards", gates=False)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/banners.pdf")
@allow(Permission.SEE_CAMPAIGNS)
def gate_banners(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print banners of A1: of one gate, or of all."""
    return _of_places(brand, campaign, event, banners.sheets, "banners", gates=True)


@pages.get("/b/<brand>/campaigns/<campaign>/events/<event>/print/volunteers.pdf")
@allow(Permission.SEE_CAMPAIGNS)
def volunteers(brand: Brand, campaign: Campaign, event: str) -> ResponseReturnValue:
    """Print how to scan, for volunteers' pockets; the code that pairs a phone is good once, and is not printed."""
    found = queries.in_campaign(campaign, event)
    job = _job(brand, campaign, found)
    with force_locale(job.locale):
        words = print_words.volunteer()
    title = f"{words.heading}: {found.name}"
    made = cards.volunteer_cards(job.letters, job.lang, job.masthead, words, title)
    return _pdf(made, f"{found.slug}-volunteers-{job.lang}.pdf")


# --- How they are made -----------------------------------------------------------------------------------------------


def _job(brand: Brand, campaign: Campaign, event: Event) -> Job:
    return _made_with(brand, event, _print_language(campaign))


def _made_with(brand: Brand, event: Event, locale: str) -> Job:
    letters = library(Path(current_app.static_folder or "") / "build")
    with force_locale(locale):
        return Job(letters, locale, print_words.masthead(brand, event, queries.days(event), locale))


def _print_language(campaign: Campaign) -> str:
    """Give the language to print in: the one asked for, else the campaign's own."""
    asked = request.args.get("language")
    if asked is None:
        return i18n.known(campaign.default_locale) or i18n.DEFAULT
    known = i18n.known(asked)
    if known is None:
        raise Invalid("locale_unknown")
    return known


def _one(job: Job, event: Event, printed: Pass, names: dict[int, str | None], page: str) -> ResponseReturnValue:
    """Print one pass; of one that opens no gate any more, say so on a page instead."""
    with force_locale(job.locale):
        made_of = _visitors(job, event, [printed], names) if printed.revoked_at is None else []
        words = print_words.pass_words(event)
    if not made_of:
        flash(gettext("This pass lets nobody in any more, so it is not printed."), "info")
        return redirect(page, 303)
    made = passes.one(job.letters, job.lang, job.masthead, made_of[0], words)
    return _pdf(made, f"{event.slug}-{printed.number}.pdf")


def _visitors(job: Job, event: Event, printed: Sequence[Pass], names: dict[int, str | None]) -> list[badges.Visitor]:
    """Say what is printed of passes; those whose key is gone open no gate, and are left out."""
    pen = written.pen(event)
    return [
        print_words.visitor(job.letters, one, held, pen.short(one), names.get(one.fan_id or 0))
        for one in printed
        if (held := _held(pen, one)) is not None
    ]


def _held(pen: Pen, gate_pass: Pass) -> str | None:
    """Give what a pass's QR code holds: our address, or another system's own code."""
    token = pen.token(gate_pass)
    return gate_pass.foreign_code if token is None else payload(current_app.config["PUBLIC_URL"], token)


def _names(campaign: Campaign, printed: Sequence[Pass]) -> dict[int, str | None]:
    if not may_here(Permission.SEE_PEOPLE):
        return {}
    return fans.names_of(campaign, [one.fan_id for one in printed if one.fan_id is not None])


def _of_places(
    brand: Brand,
    campaign: Campaign,
    slug: str,
    draw: Callable[[Library, str, Masthead, list[posters.Poster], str], bytes],
    name: str,
    *,
    gates: bool,
) -> ResponseReturnValue:
    event = queries.in_campaign(campaign, slug)
    wanted = _wanted_places(event, gates=gates)
    if not wanted:
        flash(gettext("There is no such place yet: add it first."), "info")
        return redirect(url_for(".kit", brand=brand.slug, campaign=campaign.slug, event=event.slug), 303)
    codes = print_sizes.place_codes(campaign, wanted)
    job = _job(brand, campaign, event)
    with force_locale(job.locale):
        said = [print_words.poster(place, *codes[place.id]) for place in wanted]
    made = draw(job.letters, job.lang, job.masthead, said, f"{event.name}: {', '.join(one.name for one in said)}"[:200])
    one = f"-{ids.show(wanted[0].id)}" if "place" in request.args else ""
    return _pdf(made, f"{event.slug}-{name}{one}.pdf")


def _wanted_places(event: Event, *, gates: bool) -> list[Place]:
    """Give the place that is asked for, or all open ones that are gates, or are not."""
    if "place" in request.args:
        place_id = ids.read(request.args["place"])
        if place_id is None:
            raise NotFound("place_unknown")
        return [queries.place(event, place_id)]
    return [place for place in queries.places(event) if (place.kind == PlaceKind.GATE) == gates]


def _pdf(made: bytes, name: str) -> ResponseReturnValue:
    response = Response(made, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# --- What the page says ----------------------------------------------------------------------------------------------


def _badges_form(event: Event) -> BadgesForm:
    form = BadgesForm(request.args, meta={"csrf": False})
    all_of_them = gettext("All")
    form.label.choices = choices(
        [("", all_of_them), *((label, f"{label} ({number})") for label, number in to_print.labels(event))]
    )
    return form


def _how_many(number: int) -> str:
    """Say what is wrong with a range of none, or of too many."""
    if not number:
        return str(gettext("There is no pass in this range."))
    many, most = (i18n.number(value, language.current()) for value in (number, to_print.MOST))
    words = gettext(
        "%(number)s passes are more than one file can hold: it is made of at most %(most)s. Choose a smaller range.",
        number=many,
        most=most,
    )
    return str(words)


def _page(campaign: Campaign, event: Event, form: BadgesForm) -> dict[str, Any]:
    places = queries.places(event)
    codes = print_sizes.place_codes(campaign, places)
    base = current_app.config["PUBLIC_URL"]
    of_pass = Density.of(payload(base, "0" * 26))
    of_place = Density.of(qr_payload(base, "00000000"))
    return {
        "event": event,
        "form": form,
        "print_language": _print_language(campaign),
        "passes": to_print.count(event, Range()),
        "files": to_print.files(event),
        "most": to_print.MOST,
        "places": [place for place in places if place.kind != PlaceKind.GATE],
        "gates": [place for place in places if place.kind == PlaceKind.GATE],
        "of_pass": of_pass,
        "of_place": of_place,
        "rows": list(zip(density.table(of_pass), density.table(of_place), strict=True)),
        "warned": print_sizes.warned(of_pass, places, {place.id: Density.of(codes[place.id][0]) for place in places}),
        "show_id": ids.show,
    }
