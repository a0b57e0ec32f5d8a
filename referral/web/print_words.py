"""What printed matter says, in the language that it is printed in; to be asked for under `force_locale`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext, ngettext

from referral.brands.rules import accent_shades
from referral.events import opening
from referral.events.printing.badges import Visitor
from referral.events.printing.cards import Volunteer
from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, colour_of
from referral.events.printing.passes import PassWords
from referral.events.printing.posters import Poster
from referral.events.rules.terms import PlaceKind

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.events.models import Event, EventDay, Pass, Place


def masthead(brand: Brand, event: Event, days: Sequence[EventDay], locale: str) -> Masthead:
    """Say whose event it is, where, and when."""
    accent = accent_shades(brand.accent).light if brand.accent else None
    when = tuple(_hours(line) for line in opening.lines(event, days, locale))
    return Masthead(brand.name, event.name, event.venue, when, colour_of(accent))


def _hours(line: opening.Line) -> str:
    if line.goes_on:
        return line.days
    if line.hours is None:
        return str(gettext("%(days)s, day and night", days=line.days))
    if line.each_day:
        return str(gettext("%(days)s, each day %(hours)s", days=line.days, hours=line.hours))
    return f"{line.days}, {line.hours}"


def visitor(letters: Library, gate_pass: Pass, payload: str, short: str | None, name: str | None) -> Visitor:
    """Say what a badge says of a pass; a name in letters that we do not have is left to be written by hand."""
    large = (name or gate_pass.label or "").strip()
    return Visitor(
        payload=payload,
        number=gettext("No. %(number)s", number=gate_pass.number),
        name=name or None,
        label=gate_pass.label,
        short=f"{short[:4]} {short[4:]}" if short else None,
        lets_in=ngettext("Lets in %(num)s person", "Lets in %(num)s people", gate_pass.admits)
        if gate_pass.admits > 1
        else None,
        by_hand=bool(large) and not letters.can_set(Style.SERIF, large),
    )


def pass_words(event: Event) -> PassWords:
    """Say what stands on a pass that somebody prints at home."""
    often = {
        "once": gettext("It lets you in once. Whoever goes out past the gate can be let in again there."),
        "daily": gettext("It is good on each day: come again tomorrow."),
        "free": gettext("Come and go as often as you like."),
    }
    return PassWords(
        what=gettext("Your pass"),
        to_read_out=gettext("To read out, where the code cannot be scanned"),
        fold=gettext("Print this sheet at its full size, and fold it twice with the code outside and flat."),
        when=gettext("When"),
        where=gettext("Where"),
        hints=(
            gettext("Hold the code out to the volunteer at the gate, on this sheet or on your phone."),
            often[event.reentry],
            gettext("Keep it to yourself: whoever shows it first is in. Friends get a pass of their own by your link."),
        ),
    )


def poster(place: Place, payload: str, address: str) -> Poster:
    """Say what stands on a place's poster, its card for a table, or a gate's banner."""
    says, ask = {
        PlaceKind.BOOTH: (
            gettext("Good that you are here."),
            gettext("Scan this with your phone's camera, and see what this booth has for you."),
        ),
        PlaceKind.STAGE: (
            gettext("Were you there? Tell a friend."),
            gettext("Scan this with your phone's camera, and take the story with you."),
        ),
        PlaceKind.POSTER: (
            gettext("Somebody should tell you about this."),
            gettext("Scan this with your phone's camera: the story, and your pass, are behind it."),
        ),
        PlaceKind.GATE: (
            gettext("Have your pass ready: on your phone, on paper, or as a badge."),
            gettext("No pass yet? Scan this."),
        ),
    }[PlaceKind(place.kind)]
    return Poster(payload, place.name, says, ask, address)


def volunteer() -> Volunteer:
    """Say how to scan."""
    return Volunteer(
        heading=gettext("How to scan"),
        steps=(
            gettext("Open the gate app, and choose your gate."),
            gettext("Hold the phone a hand away from the code. The app reads it by itself."),
            gettext("Look at the screen first, then let them pass."),
            gettext("The code is torn, or the screen dark? Type the 8 signs that stand below it."),
        ),
        answers=(
            (gettext("Come in"), gettext("A green screen with a circle. Let them pass.")),
            (
                gettext("Already in"),
                gettext("An amber screen with a ring: this pass came in before. Ask, and call the gate lead."),
            ),
            (
                gettext("No entry"),
                gettext("A dark red screen with a square: it says why. Send them to the help desk, kindly."),
            ),
        ),
        net=gettext(
            "No net? Go on scanning. Your phone keeps every scan, sends it later, and says how many are not sent yet. "
            "Do not delete the app before that number is 0."
        ),
        lines=(gettext("Name"), gettext("Gate")),
    )
