"""What the demonstration's visits show of themselves: devices, languages, places, where they came from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DEVICES = {"phone": 84, "desktop": 11, "tablet": 5}
PLACES = {
    "id": {("id", "ID"): 78, ("en", "ID"): 9, ("en", "SG"): 4, ("id", "MY"): 5, ("zh", "ID"): 4},
    "pl": {("pl", "PL"): 82, ("en", "PL"): 7, ("uk", "PL"): 6, ("de", "DE"): 5},
    "zh_Hans": {("zh", "CN"): 70, ("zh", "SG"): 20, ("en", "SG"): 10},
    "en": {("en", "GB"): 50, ("en", "US"): 30, ("id", "ID"): 20},
}
REFERRERS = {
    "facebook": "l.facebook.com",
    "telegram": "org.telegram.messenger",
    "x": "t.co",
    "email": "mail.google.com",
    "advert": "instagram.com",
}


@dataclass(frozen=True)
class Shown:
    """Hold what a visit shows."""

    device: str
    language: str | None
    country: str | None
    referrer: str | None


def shown(verdict: str, channel: str, locale: str, random: Random) -> Shown:
    """Make up what a visit shows, as visitors of a campaign in a language do; robots show next to nothing."""
    if verdict in ("bot", "head"):
        return Shown("other", None, random.choice(("US", "IE", None)), None)
    places = PLACES.get(locale, PLACES["en"])
    language, country = random.choices(list(places), list(places.values()))[0]
    device = "phone" if channel in ("qr", "poster") else random.choices(list(DEVICES), list(DEVICES.values()))[0]
    return Shown(device, language, country, REFERRERS.get(channel))
