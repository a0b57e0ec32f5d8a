"""What visits are called: their verdicts, and what is known of them, for people."""

from __future__ import annotations

from babel import Locale
from flask_babel import gettext, pgettext
from flask_babel import lazy_gettext as _

from referral.web import language

VERDICTS = {
    "counted": _("Counted"),
    "repeat": _("Repeat"),
    "bot": _("Robot"),
    "prefetch": _("Fetched ahead"),
    "head": _("Only asked"),
    "own": _("Own link"),
    "staff": _("Staff"),
    "flood": _("Flood"),
}
REASONS = {
    "counted": _("Somebody followed the link. Only these are counted as people."),
    "repeat": _("The same visitor followed the same link a short while before; that visit was counted already."),
    "bot": _("A program said that it is one, such as a search engine or the preview of a chat, or gave no name."),
    "prefetch": _("A browser fetched the page before anybody opened it, or as a part of another page."),
    "head": _("A program asked only whether the link is there."),
    "own": _("A fan followed their own link."),
    "staff": _("Somebody of the brand's staff followed the link while they were signed in."),
    "flood": _("From one place came far more visits to the link than people make."),
}
DEVICES = {
    "phone": _("Phone"),
    "tablet": _("Tablet"),
    "desktop": _("Computer"),
    "other": _("Other"),
}
VIAS = {"qr": _("Scanned a QR code"), "tap": _("Tapped a link")}


def value(trait: str, kept: str) -> str:
    """Name what is known of visits in the reader's language; '' is what is not known."""
    if not kept:
        return str(gettext("None told") if trait == "referrer" else pgettext("of a visit", "Not known"))
    if trait == "device":
        return str(DEVICES.get(kept, kept))
    if trait == "via":
        return str(VIAS.get(kept, kept))
    names = Locale.parse(language.current())
    if trait == "country":
        return str(names.territories.get(kept, kept))
    if trait == "language":
        found = names.languages.get(kept)
        # In Polish and Indonesian the names of languages are written small, and here each begins a line.
        return found[:1].upper() + found[1:] if found else kept
    return kept
