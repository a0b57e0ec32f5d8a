"""What channels are called: the names of the ways a link is passed on, for people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

NAMES = {
    "whatsapp": _("WhatsApp"),
    "telegram": _("Telegram"),
    "facebook": _("Facebook"),
    "x": _("X"),
    "line": _("LINE"),
    "email": _("Mail"),
    "copy": _("Copied link"),
    "native": _("Shared by phone"),
    "qr": _("QR code"),
    "poster": _("Poster"),
    "spoken": _("By word of mouth"),
    "advert": _("Advert"),
    "mailing": _("Mailing"),
    "import": _("Imported"),
}


def name(channel: str | None) -> str:
    """Name a channel in the reader's language; one that nobody knows is called what it is."""
    return str(NAMES.get(channel or "", channel or ""))
