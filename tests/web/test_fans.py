"""A fan's home: the link, the words, who came, and what it earned."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from referral.fans import actions as fan_actions
from referral.fans import queries as fans
from referral.fans.actions import WORDS_LENGTH
from referral.plumbing import clock, outbox
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


def at_home(app: Flask, fan: Fan) -> FlaskClient:
    """Give a browser in which a fan is signed in."""
    with make.saved(app):
        person = make.person_of(fan)
    return make.signed_in_person(app, person)


def read(client: FlaskClient, path: str = "/me/fair") -> str:
    """Open a page; give its text as a person reads it, entities resolved."""
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def said(app: Flask, campaign: Campaign, fan: Fan) -> tuple[str | None, bool]:
    """Give what a fan says in their own words, and whether their name is shown."""
    with make.saved(app):
        kept = fans.by_id(campaign, fan.id)
        return kept.words, kept.shows_name


# --- Who gets here ---------------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_signs_in_first(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    assert client.get("/me").location == "/me/sign-in"
    assert client.get("/me/fair").location == "/me/sign-in"


def test_one_story_is_led_to_and_several_are_listed(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = make.fan(make.campaign(brand), "Ayu", email="ayu@example.org")
    client = at_home(app, ayu)

    assert client.get("/me").location == "/me/fair"
    with make.saved(app):
        make.fan(make.campaign(brand, "tea", title="A pot of tea", state="upcoming"), "Ayu", email="ayu@example.org")
    assert "A pot of tea" in read(client, "/me")
    assert "A pot of tea" in read(client)


def test_another_brands_campaign_is_somebody_elses(app: Flask) -> None:
    with make.saved(app):
        ayu = make.fan(make.campaign(make.brand()), "Ayu")
        make.fan(make.campaign(make.brand("tea-house", name="Tea House"), "tea"), "Eka")
    client = at_home(app, ayu)

    assert client.get("/me/tea").location == "/me/sign-in"
    assert make.send(client, "/me/tea/words", {"words": "mine"}).location == "/me/sign-in"


def test_who_has_not_joined_a_campaign_is_led_to_its_story(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = make.fan(make.campaign(brand), "Ayu")
        make.campaign(brand, "tea")

    assert at_home(app, ayu).get("/me/tea").location == "/c/tea"


# --- The link and the words ------------------------------------------------------------------------------------------


def test_the_home_holds_the_link_its_codes_and_every_way_to_pass_it_on(app: Flask) -> None:
    with make.saved(app):
        ayu = make.fan(make.campaign(make.brand()), "Ayu")
        code = make.code_of(ayu)

    page = read(at_home(app, ayu))

    assert f"http://tular.test/r/{code}" in page
    assert f"/q/{code}.svg" in page
    assert [f"/q/{code}.png?size={size}" in page for size in (320, 640, 1280)] == [True] * 3
    for host in ("wa.me", "t.me", "line.me", "facebook.com", "x.com/intent", "mailto:"):
        assert host in page
    assert f'data-share-native="http://tular.test/r/{code}.nt"' in page
    assert f'data-share-copy="http://tular.test/r/{code}"' in page
    assert "They never close. Come at three in the morning." in page


@pytest.mark.parametrize("size", [320, 640, 1280])
def test_the_pictures_of_the_code_can_be_taken_away(app: Flask, client: FlaskClient, size: int) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand()), "Ayu"))

    assert client.get(f"/q/{code}.svg").mimetype == "image/svg+xml"
    assert client.get(f"/q/{code}.png?size={size}").mimetype == "image/png"


def test_own_words_are_kept_and_stand_in_every_way_to_pass_them_on(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
    client = at_home(app, ayu)

    answer = make.send(client, "/me/fair/words", {"words": "Come & see <3\r\nat two"})

    assert (answer.status_code, answer.location) == (303, "/me/fair")
    assert said(app, campaign, ayu) == ("Come & see <3\nat two", False)
    raw = client.get("/me/fair").text
    assert "Come &amp; see &lt;3" in raw
    assert "text=Come%20%26%20see%20%3C3%0Aat%20two" in raw


def test_words_that_were_not_changed_stay_the_storys_in_every_language(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        make.story(campaign, "id", title="Buku semalam suntuk")
        ayu = make.fan(campaign, "Ayu")
    client = at_home(app, ayu)

    make.send(client, "/me/fair/words", {"words": "They never close. Come at three in the morning.\r\n"})

    assert said(app, campaign, ayu) == (None, False)
    assert "Buku semalam suntuk</textarea>" in read(client, "/me/fair?lang=id")


def test_words_that_are_too_long_come_back_as_they_were_typed(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
    words = "come " * WORDS_LENGTH

    answer = make.send(at_home(app, ayu), "/me/fair/words", {"words": words})

    assert answer.status_code == 400
    assert "Your words are too long" in answer.text
    assert words.strip() in answer.text
    assert said(app, campaign, ayu) == (None, False)


def test_the_name_is_shown_and_hidden_without_touching_the_words(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu Dewi")
        fan_actions.speak(ayu, "Come!", shows_name=False)
    client = at_home(app, ayu)

    make.send(client, "/me/fair/words", {"shows_name": "1"})

    assert said(app, campaign, ayu) == ("Come!", True)
    assert "“Ayu told you this”" in read(client)
    make.send(client, "/me/fair/words", {"words": "Come tonight!"})
    assert said(app, campaign, ayu) == ("Come tonight!", True)
    make.send(client, "/me/fair/words", {"shows_name": "0"})
    assert said(app, campaign, ayu) == ("Come tonight!", False)


# --- Who came --------------------------------------------------------------------------------------------------------


def test_nobody_yet_says_what_to_do(app: Flask) -> None:
    with make.saved(app):
        ayu = make.fan(make.campaign(make.brand()), "Ayu")

    page = read(at_home(app, ayu))

    assert "Nobody has come by your link yet." in page
    assert "Who came" not in page


def test_those_who_came_stand_by_generation_with_first_names_only(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu, budi, citra = make.chain(campaign, "Ayu Dewi", "Budi Santoso", "Citra Lestari")
        make.fan(campaign, None, told_by=budi)
        make.fan(campaign, "Eka Putri", told_by=citra, channel="whatsapp")
        make.fan(campaign, "Somebody Else")

    page = read(at_home(app, ayu))

    assert "It has reached <em>4 people</em> over <em>3 generations</em>." in page
    assert "1 person by your word" in page
    assert "2 people by their word" in page
    assert "1 person in generation 3" in page
    assert "told by Citra" in page
    assert "WhatsApp" in page
    assert "Somebody" in page
    for surname in ("Santoso", "Lestari", "Putri", "Else", "people.example"):
        assert surname not in page


def test_of_many_the_newest_are_named_and_all_are_counted(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        make.crowd(campaign, 250, told_by=ayu)

    page = read(at_home(app, ayu))

    assert "250 people by your word" in page
    assert "242 who came earlier" in page
    assert "50 more are counted, but not listed." in page


# --- What it earned --------------------------------------------------------------------------------------------------


def test_what_waits_says_until_when_and_why(app: Flask) -> None:
    with make.saved(app), clock.at(NOON):
        campaign = make.campaign(make.brand())
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        make.sale(campaign, budi, "850000.00")

    with clock.at(NOON + timedelta(days=1)):
        page = read(at_home(app, ayu), "/me/fair?lang=id")

    assert "Rp" in page
    assert "42.500" in page
    assert "850.000" in page


def test_the_sentences_say_who_bought_under_which_terms_and_when_it_is_ready(app: Flask) -> None:
    with make.saved(app), clock.at(NOON):
        campaign = make.campaign(make.brand())
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        make.sale(campaign, budi, "850000.00")
    client = at_home(app, ayu)

    with clock.at(NOON + timedelta(days=1)):
        waiting = read(client)
    with clock.at(NOON + timedelta(days=14)):
        ready = read(client)

    assert "Waiting until Nov 28, 2026" in waiting
    assert "on Nov 14, 2026." in waiting
    assert "5% of a friend's purchase is yours under the terms of Nov 14, 2026." in waiting
    assert "It is yours when the 14 days for returns are over, on Nov 28, 2026." in waiting
    assert "Waiting" not in ready
    assert "Since Nov 28, 2026 it is ready to be paid out." in ready


def test_a_refund_says_why_there_is_less(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), holding_days=0)
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        make.refund(campaign, make.sale(campaign, budi, "850000.00"), "850000.00")

    page = read(at_home(app, ayu))

    assert "went back to the buyer, and your part of it with it." in page


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"percent": 750}, "7.5% of what somebody you told buys is yours."),
        ({"fixed": 1_000_000}, "is yours each time somebody you told buys."),
        ({"percent": 0}, "No money is paid for this story."),
        ({"percent": 500, "holding_days": 0}, "It is ready at once."),
        ({"percent": 500, "holding_days": 1}, "It is ready 1 day after the purchase"),
    ],
)
def test_before_anything_is_earned_the_terms_are_said(app: Flask, terms: dict[str, int], sentence: str) -> None:
    with make.saved(app):
        ayu = make.fan(make.campaign(make.brand(), **terms), "Ayu")  # type: ignore[arg-type]

    assert sentence in read(at_home(app, ayu))


def test_when_it_is_over_what_was_earned_stays(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), state="over", holding_days=0)
        ayu, budi = make.chain(campaign, "Ayu", "Budi")
        make.sale(campaign, budi, "850000.00", at=clock.now() - timedelta(days=12))

    page = read(at_home(app, ayu))

    assert "What you earned stays yours." in page
    assert "Ready for you" in page
    assert "data-share" not in page


# --- A mail address for somebody who joined with a number ------------------------------------------------------------


@pytest.fixture
def budi(app: Flask) -> Fan:
    """Give somebody who joined with a number."""
    with make.saved(app):
        return make.fan(make.campaign(make.brand()), "Budi", phone="+6281234567890")


def codes(app: Flask) -> list[tuple[str, str]]:
    """Take what is to be mailed: address and code."""
    with make.saved(app):
        return [(leased.payload["email"], leased.payload["code"]) for leased in outbox.lease(100)]


def email_of(app: Flask, fan: Fan) -> str | None:
    """Give the address a fan is known by."""
    with make.saved(app):
        return make.person_of(fan).email


def test_somebody_with_a_number_can_leave_an_address_and_proves_it_by_a_code(app: Flask, budi: Fan) -> None:
    client = at_home(app, budi)

    make.send(client, "/me/fair/mail", {"email": "Budi@Example.org"})
    [(email, code)] = codes(app)
    before = email_of(app, budi)
    make.send(client, "/me/fair/mail/code", {"code": code.lower()})

    assert email == "Budi@example.org"
    assert before is None
    assert email_of(app, budi) == "Budi@example.org"
    assert "A way back to this page" not in read(client)


@pytest.mark.parametrize("code", ["", "00000000", "x" * 5000])
def test_an_address_without_its_code_is_nobodys(app: Flask, budi: Fan, code: str) -> None:
    client = at_home(app, budi)
    make.send(client, "/me/fair/mail", {"email": "budi@example.org"})

    make.send(client, "/me/fair/mail/code", {"code": code})

    assert "not right" in read(client)
    assert email_of(app, budi) is None


def test_the_code_runs_out(app: Flask, budi: Fan) -> None:
    client = at_home(app, budi)
    moment = clock.now()
    make.send(client, "/me/fair/mail", {"email": "budi@example.org"})
    [(_, code)] = codes(app)

    with clock.at(moment + timedelta(minutes=11)):
        make.send(client, "/me/fair/mail/code", {"code": code})

    assert email_of(app, budi) is None


def test_an_address_that_somebody_has_is_not_given_away_nor_spoken_of(app: Flask, budi: Fan) -> None:
    client, other = at_home(app, budi), app.test_client()
    make.send(other, "/c/fair/join", {"name": "Ayu", "contact": "ayu@example.org"})

    make.send(client, "/me/fair/mail", {"email": "AYU@example.org"})

    assert codes(app) == []
    assert "We have sent a code to" in read(client)
    assert email_of(app, budi) is None


def test_an_address_taken_in_the_meantime_is_refused(app: Flask, budi: Fan) -> None:
    client, other = at_home(app, budi), app.test_client()
    make.send(client, "/me/fair/mail", {"email": "ayu@example.org"})
    [(_, code)] = codes(app)
    make.send(other, "/c/fair/join", {"name": "Ayu", "contact": "ayu@example.org"})

    make.send(client, "/me/fair/mail/code", {"code": code})

    assert "Somebody is known by this address already." in read(client)
    assert email_of(app, budi) is None


def test_a_proof_is_worth_nothing_to_another_person(app: Flask, budi: Fan) -> None:
    client = at_home(app, budi)
    make.send(client, "/me/fair/mail", {"email": "budi@example.org"})
    [(_, code)] = codes(app)
    with client.session_transaction() as kept:
        waiting = kept["address"]
    other = app.test_client()
    make.send(other, "/c/fair/join", {"name": "Eka", "contact": "+6281234567899"})
    with other.session_transaction() as kept:
        kept["address"] = waiting

    make.send(other, "/me/fair/mail/code", {"code": code})

    assert "not right" in read(other)
