"""What scans and their verdicts are called on pages of the staff."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

VERDICTS = {"applied": _("In"), "already_in": _("Already in"), "refused": _("Refused")}
KINDS = {
    "entry": _("Entry"),
    "exit": _("Exit"),
    "visit": lazy_pgettext("scan at a booth", "Visit"),
    "annul": _("Taken back"),
}
SAID = {"in": _("In"), "again": _("Already in"), "no": lazy_pgettext("answer of a gate", "No")}

REASONS = {
    "no_room": _("fewer people were left on it than came"),
    "unknown": _("a code that no pass has"),
    "forged": _("not signed by us"),
    "expired": _("no longer valid"),
    "not_yet": _("not valid yet"),
    "revoked": _("revoked"),
    "other_event": _("for another event"),
    "other_brand": _("for another event"),
    "old_key": _("signed by a key that is gone"),
    "not_ours": _("the code of another site"),
    "a_place": _("the code of a place, and no pass"),
    "closed": _("outside opening hours"),
    "wrong_place": _("at a place where this device may not scan"),
    "device_revoked": _("by a device that was revoked"),
    "nonce_reused": _("a number of another scan, used again"),
    "as_said": _("the device showed no"),
    "malformed": _("could not be read"),
    "too_late": _("too late to take it back"),
    "not_found": _("nothing there to take back"),
}

CONFLICTS = {
    "twice": _("Two gates let the same pass in"),
    "revoked": _("A gate let a revoked pass in"),
    "closed": _("A gate let a pass in outside opening hours"),
    "no_room": _("More people came in with a pass than it admits"),
}
