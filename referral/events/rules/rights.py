"""Which device may do what: a steward scans, a supervisor may look and decide, a booth meets those who are in."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """Name what a device may do.

    `entry` is letting people in and out. `annul_own` is taking back a scan of the device's own, for ANNUL_MS after it;
    `annul_any` is taking back any scan, at any time. `force` is letting in against the rule.
    """

    ENTRY = "entry"
    VISIT = "visit"
    ANNUL_OWN = "annul_own"
    ANNUL_ANY = "annul_any"
    FORCE = "force"
    SEARCH = "search"
    CONFLICTS = "conflicts"
    LEADS = "leads"


ANNUL_MS = 15 * 60_000
SEARCH_SIGNS = 4
"""The least that a search by name is asked with: fewer would list everybody."""

_STEWARD = frozenset({Right.ENTRY, Right.VISIT, Right.ANNUL_OWN})
RIGHTS: dict[str, frozenset[Right]] = {
    "steward": _STEWARD,
    "supervisor": _STEWARD | {Right.ANNUL_ANY, Right.FORCE, Right.SEARCH, Right.CONFLICTS},
    "booth": frozenset({Right.VISIT, Right.LEADS}),
}
"""By role. What comes without a device is the brand's own program or its staff, or a visitor's own phone."""

PROGRAM = frozenset({Right.ENTRY, Right.VISIT, Right.ANNUL_OWN, Right.ANNUL_ANY, Right.FORCE})
"""What a key of the brand may send; a visitor's own phone sends nothing but visits, which the page sees to."""


def may(role: str | None, right: Right) -> bool:
    """Tell whether a device of a role may do something; without a device it is the brand's program.

    >>> may("steward", Right.ENTRY), may("booth", Right.ENTRY), may(None, Right.FORCE)
    (True, False, True)
    """
    return right in (PROGRAM if role is None else RIGHTS[role])
