"""References of shops in addresses: `INV/2026/0001` is one, too."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class Reference(BaseConverter):
    """Match a reference, whatever signs are in it.

    A server hands over addresses decoded, so a slash of a reference (sent as %2F) looks like one between steps. What
    ends in `/refunds` is left to the address of a sale's refunds.
    """

    regex = r".+(?<!/refunds)"
    part_isolating = False
    weight = 300
