"""Name the channels' letters and colours, for drawings that must look right without a stylesheet too.

A page's stylesheet colours the same drawings by class; what stands here are the values it has on the dark stage.
"""

from __future__ import annotations

from referral.links.rules import CHANNELS

LETTERS = {channel.name: channel.letter for channel in CHANNELS}

COLOURS = {
    "whatsapp": "#2ca58d",
    "telegram": "#4aa3df",
    "facebook": "#8090ee",
    "x": "#9fb4c7",
    "line": "#7fc241",
    "email": "#c98bc9",
    "copy": "#b9b0a2",
    "native": "#79c6d8",
    "qr": "#f0d264",
    "poster": "#e9a23b",
    "spoken": "#e8734f",
    "advert": "#e0709a",
    "mailing": "#b39df0",
    "import": "#a39a8d",
}

OTHER = "#998e82"
GROUND = "#15110e"
LIGHT = "#fff3df"
INK = "#15110e"

GENERATIONS = (LIGHT, "#ffb48f", "#f0805a", "#e9a23b", "#9cbf5f", "#2ca58d", "#4aa3df", "#8090ee", "#c98bc9")
"""Colours of the generations of a ripple; who came later than the last wears the last."""


def channel_class(channel: str | None) -> str:
    """Give the class by which a stylesheet colours a channel: ``ch-`` and its name, ``ch-none`` where it is not known.

    >>> channel_class("whatsapp"), channel_class(None), channel_class('"><script>')
    ('ch-whatsapp', 'ch-none', 'ch-none')
    """
    return f"ch-{channel}" if channel in COLOURS else "ch-none"


def channel_colour(channel: str | None) -> str:
    """Give a channel's colour on the dark stage.

    >>> channel_colour("poster"), channel_colour(None)
    ('#e9a23b', '#998e82')
    """
    return OTHER if channel is None else COLOURS.get(channel, OTHER)


def channel_letter(channel: str | None) -> str:
    """Give the letter that tells a channel where colour alone would not do; none for an unknown one.

    >>> channel_letter("line"), channel_letter(None)
    ('L', '')
    """
    return "" if channel is None else LETTERS.get(channel, "")
