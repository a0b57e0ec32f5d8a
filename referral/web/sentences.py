"""The findings of the report in words: one sentence a kind, its numbers emphasised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flask_babel
from babel.dates import format_skeleton
from markupsafe import Markup, escape

from referral.plumbing import i18n
from referral.plumbing.money import Money
from referral.spread.rules.report import Finding
from referral.web import language, shown

DAY_MS = 86_400_000

Facts = dict[str, Any]

# By these names messages are found; what is translated is text.
_: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext


@dataclass(frozen=True)
class Sentence:
    """Hold one finding in words; ``proof`` is the anchor of its measure, ``note`` says who is meant."""

    text: Markup
    proof: str
    note: str


def fans_of(findings: Sequence[Finding]) -> list[int]:
    """List the fans who are spoken of."""
    named: list[int] = []
    for one in findings:
        named += [*one.facts.get("fans", ()), *((one.facts["fan"],) if "fan" in one.facts else ())]
    return named


def sentences(findings: Sequence[Finding], currency: str, names: Mapping[int, str | None]) -> list[Sentence]:
    """Word findings in the reader's language; who is not among the names stays nameless."""
    words = _Words(currency, names)
    return [
        # The catalogues are ours, and every word from elsewhere was escaped on its way into the sentence.
        Sentence(Markup(_KINDS[one.kind](one.facts, words)), one.proof, words.known(one.facts.get("fans", ())))  # noqa: S704
        for one in findings
    ]


class _Words:
    """Write numbers, names and times as a sentence wants them, safe to stand in a page; numbers are emphasised."""

    def __init__(self, currency: str, names: Mapping[int, str | None]) -> None:
        self._currency, self._names = currency, names
        self._locale = language.current()

    def strong(self, text: str) -> Markup:
        return Markup("<strong>{}</strong>").format(text)

    def named(self, name: str) -> Markup:
        return Markup("<b>{}</b>").format(name)

    def number(self, value: float) -> Markup:
        return self.strong(i18n.number(value, self._locale))

    def share(self, value: float) -> Markup:
        return self.strong(i18n.percent(value, self._locale))

    def span(self, seconds: float) -> Markup:
        return self.strong(i18n.span(seconds, self._locale))

    def money(self, minor: int) -> Markup:
        return self.strong(i18n.money(Money(minor, self._currency), self._locale))

    def between(self, facts: Facts, write: Callable[[float], str] | None = None) -> Markup:
        """Write the interval of an estimate, on one line."""
        write = write or (lambda value: i18n.number(value, self._locale))
        text = _("%(low)s to %(high)s", low=write(facts["low"]), high=write(facts["high"]))
        return Markup('<span class="finding-range">{}</span>').format(text)

    def percents(self, facts: Facts) -> Markup:
        return self.between(facts, lambda value: i18n.percent(value, self._locale))

    def who(self, facts: Facts) -> Markup:
        """Name a fan; where they have no name, or it is not for this reader, say where they stand."""
        if name := self._names.get(facts["fan"]):
            return self.named(name)
        if generation := facts.get("generation"):
            return escape(_("Somebody of generation %(number)s", number=generation))
        return escape(_("Somebody"))

    def whom(self, facts: Facts) -> Markup:
        """Name a fan in the middle of a sentence."""
        if name := self._names.get(facts["fan"]):
            return self.named(name)
        if generation := facts.get("generation"):
            return escape(_("somebody of generation %(number)s", number=generation))
        return escape(_("one fan"))

    def known(self, fans: Sequence[int]) -> str:
        """List the names of some fans; nothing where one is not known."""
        names = [self._names.get(fan) for fan in fans]
        return ", ".join(name for name in names if name) if all(names) else ""

    def called(self, kind: str, name: str) -> Markup:
        return Markup("<q>{}</q>").format(shown.label(kind, name))

    def month(self, facts: Facts) -> Markup:
        return escape(format_skeleton("yMMMM", shown.moment(facts["start_ms"]), locale=self._locale))


# --- How far, how many, how fast -------------------------------------------------------------------------------------


def _reach(f: Facts, w: _Words) -> str:
    people, tellers = w.number(f["people"]), f["first_tellers"]
    if f["people"] == tellers:
        return ngettext(
            "%(people)s person has come, and has told nobody yet.",
            "%(people)s people have come, and none of them by another's word yet.",
            tellers,
            people=people,
        )
    return ngettext(
        "%(people)s people have come. It began with %(num)s of them; %(share)s were told by somebody.",
        "%(people)s people have come. It began with %(num)s of them; %(share)s were told by somebody.",
        tellers,
        people=people,
        share=w.share(f["told_share"]),
    )


def _early(f: Facts, w: _Words) -> str:
    days = round(f["ripening_ms"] / DAY_MS)
    since = ngettext("a day", "%(num)s days", days)
    if not f["ripe"]:
        return _("Nobody can say yet how many people a fan brings: nobody has been here for %(since)s.", since=since)
    return ngettext(
        "Nobody can say yet how many people a fan brings: only %(number)s person has been here for %(since)s.",
        "Nobody can say yet how many people a fan brings: only %(number)s people have been here for %(since)s.",
        f["ripe"],
        number=w.number(f["ripe"]),
        since=since,
    )


def _silent(f: Facts, w: _Words) -> str:
    return _(
        "Nobody has told anybody yet, though %(number)s people have had %(span)s or more to do it.",
        number=w.number(f["at_risk"]),
        span=w.span(f["age_seconds"]),
    )


def _k(f: Facts, w: _Words) -> dict[str, Any]:
    return {"k": w.number(f["k"]), "range": w.between(f), "span": w.span(f["age_seconds"])}


def _k_rising(f: Facts, w: _Words) -> str:
    return _("In their first %(span)s fans bring %(k)s people each (%(range)s), and it will be more.", **_k(f, w))


def _k_below(f: Facts, w: _Words) -> str:
    return _("A fan brings %(k)s people (%(range)s): below 1, the story lives on new first tellers.", **_k(f, w))


def _k_above(f: Facts, w: _Words) -> str:
    return _("A fan brings %(k)s people (%(range)s): above 1, the story grows by itself.", **_k(f, w))


def _k_open(f: Facts, w: _Words) -> str:
    return _("A fan brings %(k)s people (%(range)s): whether the story grows by itself is still open.", **_k(f, w))


def _k_was(f: Facts, w: _Words) -> str:
    return _("A fan brought %(k)s people (%(range)s).", **_k(f, w))


def _doubling(f: Facts, w: _Words) -> str:
    return _("The story doubles in %(span)s.", span=w.span(f["seconds"]))


def _dying(f: Facts, w: _Words) -> str:
    return ngettext(
        "The story is dying out: about %(number)s more person is to be expected (%(range)s).",
        "The story is dying out: about %(number)s more people are to be expected (%(range)s).",
        f["median"],
        number=w.number(f["median"]),
        range=w.between(f),
    )


def _expected(f: Facts, w: _Words) -> str:
    return ngettext(
        "If nothing changes, about %(number)s more person is to be expected (%(range)s).",
        "If nothing changes, about %(number)s more people are to be expected (%(range)s).",
        f["median"],
        number=w.number(f["median"]),
        range=w.between(f),
    )


def _cycle(f: Facts, w: _Words) -> str:
    return _("Who tells somebody takes %(span)s to do it, in the middle.", span=w.span(f["seconds"]))


def _steps(f: Facts, w: _Words) -> str:
    return _(
        "In the largest tree two people are %(steps)s steps apart; where one tells all, it is 2.",
        steps=w.number(f["steps"]),
    )


def _quiet(f: Facts, w: _Words) -> str:
    return _("%(share)s of fans tell nobody (%(range)s).", share=w.share(f["share"]), range=w.percents(f))


# --- Where people came from, and where it ends -----------------------------------------------------------------------


def _few(f: Facts, w: _Words) -> str:
    number, share = len(f["fans"]), w.share(f["share"])
    if f["start_ms"] is None:
        return ngettext(
            "%(number)s fan brought %(share)s of everybody.",
            "%(number)s fans brought %(share)s of everybody.",
            number,
            number=w.number(number),
            share=share,
        )
    return ngettext(
        "%(month)s: %(number)s fan brought %(share)s of those who came.",
        "%(month)s: %(number)s fans brought %(share)s of those who came.",
        number,
        number=w.number(number),
        share=share,
        month=w.month(f),
    )


def _half_by_few(f: Facts, w: _Words) -> str:
    number = f["number"]
    if f["start_ms"] is None:
        return ngettext(
            "Half of everybody was brought by %(number)s fan.",
            "Half of everybody was brought by %(number)s fans.",
            number,
            number=w.number(number),
        )
    return ngettext(
        "%(month)s: half of those who came were brought by %(number)s fan.",
        "%(month)s: half of those who came were brought by %(number)s fans.",
        number,
        number=w.number(number),
        month=w.month(f),
    )


def _half_by_channel(f: Facts, w: _Words) -> str:
    called = [w.called("channel", name) for name in f["channels"]]
    how = called[0] if len(called) == 1 else _("%(one)s and %(other)s", one=called[0], other=called[1])
    if f["start_ms"] is None:
        return _("%(share)s came by %(how)s.", share=w.share(f["share"]), how=how)
    return _("%(month)s: %(share)s came by %(how)s.", share=w.share(f["share"]), how=how, month=w.month(f))


def _ends(f: Facts, w: _Words) -> str:
    return _(
        "Most branches end at generation %(generation)s: %(share)s of them.",
        generation=w.number(f["generation"]),
        share=w.share(f["share"]),
    )


# --- Who -------------------------------------------------------------------------------------------------------------


def _bridge(f: Facts, w: _Words) -> str:
    return ngettext(
        "Without %(who)s, %(number)s person would not be here.",
        "Without %(who)s, %(number)s people would not be here.",
        f["people"],
        who=w.whom(f),
        number=w.number(f["people"]),
    )


def _carrier(f: Facts, w: _Words) -> str:
    return ngettext(
        "%(who)s has told %(number)s person, and it was no accident: a fan like that brings %(least)s or more.",
        "%(who)s has told %(number)s people, and it was no accident: a fan like that brings %(least)s or more.",
        f["introductions"],
        who=w.who(f),
        number=w.number(f["introductions"]),
        least=w.number(f["at_least"]),
    )


def _sleeper(f: Facts, w: _Words) -> str:
    return ngettext(
        "%(who)s has told %(number)s person and been quiet for %(span)s: worth a word.",
        "%(who)s has told %(number)s people and been quiet for %(span)s: worth a word.",
        f["introductions"],
        who=w.who(f),
        number=w.number(f["introductions"]),
        span=w.span(f["quiet_seconds"]),
    )


def _into_language(f: Facts, w: _Words) -> str:
    return ngettext(
        "%(who)s carried the story into %(language)s, in which %(number)s person has read it.",
        "%(who)s carried the story into %(language)s, in which %(number)s people have read it.",
        f["people"],
        who=w.who(f),
        language=w.called("language", f["language"]),
        number=w.number(f["people"]),
    )


# --- What makes a difference -----------------------------------------------------------------------------------------


def _deeper(f: Facts, w: _Words) -> str:
    return _(
        "At equal size, chains of %(first)s run %(more)s generations deeper than those of %(second)s (%(range)s).",
        first=w.called(f["by"], f["first"]),
        second=w.called(f["by"], f["second"]),
        more=w.number(f["difference"]),
        range=w.between(f),
    )


def _alike(f: Facts, w: _Words) -> str:
    return _("At equal size, the chains of no channel can be told to run deeper than those of another.")


# --- Money -----------------------------------------------------------------------------------------------------------


def _told_money(f: Facts, w: _Words) -> str:
    return _(
        "%(share)s of what was bought, %(amount)s, came from people whom a fan had told.",
        share=w.share(f["share"]),
        amount=w.money(f["amount"]),
    )


def _word_worth(f: Facts, w: _Words) -> str:
    return _(
        "The word of %(who)s was worth %(amount)s, %(share)s of all that was bought.",
        who=w.whom(f),
        amount=w.money(f["amount"]),
        share=w.share(f["share"]),
    )


def _half_of_money(f: Facts, w: _Words) -> str:
    return ngettext(
        "Half of the money came from %(number)s buyer of %(buyers)s.",
        "Half of the money came from %(number)s buyers of %(buyers)s.",
        f["number"],
        number=w.number(f["number"]),
        buyers=w.number(f["buyers"]),
    )


_KINDS: dict[str, Callable[[Facts, _Words], str]] = {
    "reach": _reach,
    "early": _early,
    "silent": _silent,
    "k_rising": _k_rising,
    "k_below": _k_below,
    "k_above": _k_above,
    "k_open": _k_open,
    "k_was": _k_was,
    "doubling": _doubling,
    "dying": _dying,
    "expected": _expected,
    "cycle": _cycle,
    "steps": _steps,
    "quiet": _quiet,
    "few": _few,
    "half_by_few": _half_by_few,
    "half_by_channel": _half_by_channel,
    "ends": _ends,
    "bridge": _bridge,
    "carrier": _carrier,
    "sleeper": _sleeper,
    "into_language": _into_language,
    "deeper": _deeper,
    "alike": _alike,
    "told_money": _told_money,
    "word_worth": _word_worth,
    "half_of_money": _half_of_money,
}
