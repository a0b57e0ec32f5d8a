"""What changes about fans: their own words, and whether they show their name."""

from __future__ import annotations

from referral.errors import Invalid
from referral.fans.models import Fan

WORDS_LENGTH = 500


def speak(fan: Fan, words: str, shows_name: bool) -> None:
    """Keep what a fan says in their own words, and whether those they tell see their first name.

    Raises:
        Invalid: `words_too_long`.
    """
    text = "".join(sign for sign in words.replace("\r\n", "\n") if sign == "\n" or sign.isprintable()).strip()
    if len(text) > WORDS_LENGTH:
        raise Invalid("words_too_long", most=WORDS_LENGTH)
    fan.words = text or None
    fan.shows_name = shows_name
