"""The spread as it walks through an event's doors, for its big screen."""

from __future__ import annotations

import numpy as np

from referral.campaigns.models import Campaign
from referral.events import outcome
from referral.events.models import Event
from referral.spread import cache
from referral.spread.rules.doors import at_the_door, with_places
from referral.spread.rules.forest import Forest


def door_forest(campaign: Campaign, event: Event) -> Forest:
    """Give those who came in, everybody above them, and the posters and booths that told them, by time of arrival."""
    came = outcome.fans_in(event)
    fans = np.fromiter((fan for fan, _at in came), np.int64, len(came))
    moments = np.fromiter((at for _fan, at in came), np.int64, len(came))
    return with_places(at_the_door(cache.standing(campaign).forest, fans, moments))
