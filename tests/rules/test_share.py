"""Share addresses: what each app is handed when a fan passes a link on."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.links import rules

BASE = "https://fair.example"
WORDS = "Książki przez całą noc & 好看的书 + 100% „tanio” #1?\nChodź!"
TITLE = "Books & more: 50% off?"
WITH_WORDS = ("whatsapp", "telegram", "line", "x", "email")


def targets(words: str = WORDS, title: str = TITLE) -> dict[str, rules.ShareTarget]:
    return {target.channel: target for target in rules.share_targets(BASE, "K7M2Q9XD", words, title)}


def asked(url: str) -> dict[str, str]:
    """Read a query back as an app that does not take + for a space."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query.replace("+", "%2B")).items()}


def test_each_app_gets_the_link_with_its_own_suffix() -> None:
    channels = {suffix: channel for channel, suffix in rules.SUFFIXES.items()}

    for channel, target in targets().items():
        link = f"https://fair.example/r/K7M2Q9XD.{channels[channel]}"
        assert link in unquote(target.url)
        assert quote(link, safe="") in target.url
        assert rules.split(link.rpartition("/")[2]) == ("K7M2Q9XD", channel)


def test_each_app_is_opened_at_its_own_address() -> None:
    openings = {channel: target.url.partition("?")[0] for channel, target in targets().items()}

    assert openings == {
        "whatsapp": "https://wa.me/",
        "telegram": "https://t.me/share/url",
        "line": "https://social-plugins.line.me/lineit/share",
        "facebook": "https://www.facebook.com/sharer/sharer.php",
        "x": "https://x.com/intent/post",
        "email": "mailto:",
    }


def test_the_words_arrive_as_they_were_written() -> None:
    made = targets()

    assert asked(made["whatsapp"].url) == {"text": f"{WORDS} https://fair.example/r/K7M2Q9XD.wa"}
    assert asked(made["telegram"].url) == {"url": "https://fair.example/r/K7M2Q9XD.tg", "text": WORDS}
    assert asked(made["line"].url) == {"url": "https://fair.example/r/K7M2Q9XD.ln", "text": WORDS}
    assert asked(made["x"].url) == {"text": WORDS, "url": "https://fair.example/r/K7M2Q9XD.x"}
    assert asked(made["facebook"].url) == {"u": "https://fair.example/r/K7M2Q9XD.fb"}
    assert asked(made["email"].url) == {
        "subject": TITLE,
        "body": f"{WORDS}\r\n\r\nhttps://fair.example/r/K7M2Q9XD.em",
    }


@pytest.mark.parametrize("channel", WITH_WORDS)
def test_other_words_are_put_into_the_template_as_a_browser_would(channel: str) -> None:
    template = targets()[channel].template

    # encodeURIComponent leaves these as they are; an app reads them alike either way.
    rewritten = template.replace("{text}", quote("Let's go! (all)", safe="!'()*"))

    assert template.count("{text}") == 1
    assert unquote(rewritten) == unquote(targets(words="Let's go! (all)")[channel].url)


def test_facebook_takes_no_words() -> None:
    facebook = targets()["facebook"]

    assert facebook.template == facebook.url


def test_braces_in_a_title_or_in_words_are_not_a_placeholder() -> None:
    made = targets(words="say {text}", title="{text}")

    assert made["email"].template.count("{text}") == 1
    assert asked(made["email"].url)["subject"] == "{text}"
    assert asked(made["telegram"].url)["text"] == "say {text}"


@given(st.text(alphabet=st.characters(exclude_categories=())), st.text())
def test_no_address_holds_anything_but_plain_signs(words: str, title: str) -> None:
    for target in rules.share_targets(BASE, "K7M2Q9XD", words, title):
        assert target.url.isascii()
        assert target.url.isprintable()
        assert not set(target.url) & set(" +<>\"'{}")


def test_a_link_is_written_once_whether_or_not_the_base_ends_in_a_slash() -> None:
    assert rules.share_url("https://fair.example/", "K7M2Q9XD") == "https://fair.example/r/K7M2Q9XD"
    assert rules.share_url("https://fair.example", "K7M2Q9XD", "cp") == "https://fair.example/r/K7M2Q9XD.cp"


@pytest.mark.parametrize(
    ("base", "payload"),
    [
        ("https://fair.example", "HTTPS://FAIR.EXAMPLE/R/K7M2Q9XD"),
        ("http://127.0.0.1:8000/", "HTTP://127.0.0.1:8000/R/K7M2Q9XD"),
        ("https://fair.example/tular", "HTTPS://FAIR.EXAMPLE/tular/R/K7M2Q9XD"),
    ],
)
def test_a_qr_code_holds_the_address_in_capitals(base: str, payload: str) -> None:
    assert rules.qr_payload(base, "K7M2Q9XD") == payload
