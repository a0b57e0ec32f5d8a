"""Languages: which there are, which one a request gets, and how dates, numbers and money are written in it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_interval, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_group_symbol

from referral.plumbing.money import EXPONENTS, Money

LANGUAGES: dict[str, str] = {"en": "English", "id": "Bahasa Indonesia", "pl": "Polski", "zh_Hans": "简体中文"}
DEFAULT = "en"
_ALIASES = {
    "zh": "zh_Hans",
    "zh_cn": "zh_Hans",
    "zh_sg": "zh_Hans",
    "zh_hans": "zh_Hans",
    "zh_hans_cn": "zh_Hans",
    "in": "id",
}


def known(tag: str | None) -> str | None:
    """Find our language for a tag such as `pl-PL`, `zh-CN` or `zh_Hans`; None where we have none."""
    if not tag or len(tag) > 40:
        return None
    name = tag.strip().replace("-", "_").lower()
    if name in _ALIASES:
        return _ALIASES[name]
    return negotiate_locale([name.split("_")[0]], list(LANGUAGES))


def best(accepted: Sequence[str]) -> str:
    """Choose the first language of a browser's list that we have."""
    return next((language for tag in accepted if (language := known(tag))), DEFAULT)


def html_lang(locale: str) -> str:
    """Write a locale as the `lang` attribute wants it."""
    return locale.replace("_", "-")


def money(amount: Money, locale: str) -> str:
    """Write money as people of the locale do; whole amounts of IDR without decimals, as nobody writes them."""
    if amount.currency == "IDR" and amount.minor % 10 ** EXPONENTS["IDR"] == 0:
        whole = Locale.parse(locale).currency_formats["standard"].pattern.replace("0.00", "0")
        return format_currency(amount.decimal(), "IDR", format=whole, currency_digits=False, locale=locale)
    return format_currency(amount.decimal(), amount.currency, locale=locale)


def day(moment: datetime, locale: str) -> str:
    """Write a day."""
    return format_date(moment, format="medium", locale=locale)


def when(moment: datetime, locale: str) -> str:
    """Write a day and a time, to the minute."""
    return f"{format_date(moment, format='medium', locale=locale)} {format_skeleton('Hm', moment, locale=locale)}"


def days(first: date, last: date, locale: str) -> str:
    """Write one day with its weekday, or the days from one to another, with what they share said once."""
    if first == last:
        return str(format_skeleton("yMMMEd", first, locale=locale))
    return str(format_interval(first, last, "yMMMd", locale=locale))


def clock(at: time, locale: str, *, seconds: bool = False) -> str:
    """Write a time of day, to the minute or to the second."""
    return str(format_skeleton("Hms" if seconds else "Hm", at, locale=locale))


def ago(moment: datetime, now: datetime, locale: str) -> str:
    """Write how long ago a moment was."""
    return format_timedelta(moment - now, add_direction=True, locale=locale)


def span(seconds: float, locale: str) -> str:
    """Write a length of time in the unit that fits it: `9 hours`."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.2, locale=locale)


def number(value: float, locale: str, digits: int = 2) -> str:
    """Write a number with at most some decimals."""
    if isinstance(value, int):
        # A page of counts writes hundreds of them, and this is twenty times as fast as a pattern.
        return f"{value:,}".replace(",", _group(locale)) if value >= 0 else f"-{number(-value, locale)}"
    return format_decimal(value, format=f"#,##0.{'#' * digits}".rstrip("."), locale=locale)


@functools.cache
def _group(locale: str) -> str:
    """Give the sign that parts thousands."""
    return get_group_symbol(locale)


def percent(value: float, locale: str, digits: int = 0) -> str:
    """Write a share of one as a percentage, with at most some decimals."""
    pattern = Locale.parse(locale).percent_formats[None].pattern
    return format_percent(value, format=pattern.replace("0", f"0.{'#' * digits}".rstrip("."), 1), locale=locale)
