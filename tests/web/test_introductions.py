"""The story's page, and joining on it: who comes, who told them, and what bad input is answered."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from referral.campaigns import queries as campaigns
from referral.fans import actions as fan_actions
from referral.fans import queries as fans
from referral.introductions import queries as introductions
from referral.links import queries as links
from referral.people import queries as people
from referral.people.rules import Contact
from referral.plumbing import ids, outbox
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan


def join(client: FlaskClient, name: str = "Budi", contact: str = "budi@example.org", **more: str) -> TestResponse:
    """Send the form of the story's page."""
    return make.send(client, "/c/fair/join", {"name": name, "contact": contact, **more})


def fan_of(campaign: Campaign, contact: Contact) -> Fan:
    """Find the fan that somebody became."""
    person = people.find(campaign.brand_id, contact)
    assert person is not None
    fan = fans.by_person(campaign, person.id)
    assert fan is not None
    return fan


def waiting_kinds() -> list[str]:
    """List what is to leave the house."""
    return [leased.kind for leased in outbox.lease(100)]


BUDI = Contact.of(email="budi@example.org")


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_story_is_told_as_it_was_written(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(
            make.brand(), title="Books & <b>tea</b>", body="One.\r\n\r\nTwo <script>\nand a half.\n\n\n\nThree."
        )

    page = client.get("/c/fair").text

    assert "Books &amp; &lt;b&gt;tea&lt;/b&gt;" in page
    words = page.partition('class="story-words"')[2].partition("</div>")[0]
    told = [" ".join(part.split()) for part in re.findall("<p>(.*?)</p>", words, re.DOTALL)]
    assert told == ["One.", "Two &lt;script&gt;<br>and a half.", "Three."]


@pytest.mark.parametrize(
    ("accepted", "title", "said_in"),
    [
        ("id-ID,id;q=0.9,en;q=0.5", "Buku semalam suntuk", "id"),
        ("de-DE,de;q=0.9", "Books all night", "en"),
        ("pl", "Books all night", "en"),
    ],
)
def test_the_story_is_told_in_the_readers_language_where_it_has_it(
    app: Flask, client: FlaskClient, accepted: str, title: str, said_in: str
) -> None:
    with make.saved(app):
        make.story(make.campaign(make.brand()))

    page = client.get("/c/fair", headers={"Accept-Language": accepted}).text

    assert f'<h1 class="story-title" lang="{said_in}">{title}' in page


def test_a_friend_is_named_only_where_they_said_so(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        shy = make.code_of(make.fan(campaign, "Ayu Dewi"))
        open_ = make.code_of(make.fan(campaign, "Citra Lestari", shows_name=True))
        poster = make.link(campaign).code

    told_by_shy = client.get(f"/c/fair?via={shy}").text
    told_by_open = client.get(f"/c/fair?via={open_}").text
    told_by_poster = client.get(f"/c/fair?via={poster}").text

    assert "A friend told you this" in told_by_shy
    assert "Ayu" not in told_by_shy
    assert "Citra told you this" in told_by_open
    assert "Lestari" not in told_by_open
    assert "told you this" not in told_by_poster
    assert "told you this" not in client.get("/c/fair").text


def test_a_fans_own_words_stand_on_the_page_as_text(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        fan = make.fan(make.campaign(make.brand()), "Ayu")
        fan_actions.speak(fan, "Come <i>tonight</i>!", shows_name=False)
        code = make.code_of(fan)

    page = client.get(f"/c/fair?via={code}").text

    assert "Come &lt;i&gt;tonight&lt;/i&gt;!" in page


def test_chat_apps_that_open_the_page_itself_find_its_card_with_the_friends_code(
    app: Flask, client: FlaskClient
) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    page = client.get(f"/c/fair?via={code}").text

    assert f'<meta property="og:url" content="http://tular.test/c/fair?via={code}">' in page
    assert '<meta property="og:title" content="Books all night, until the last one is home">' in page


@pytest.mark.parametrize("via", ["", "ABCDEFGU", "%00", "a" * 5000, "'; drop table fan; --"])
def test_an_address_that_names_nobody_still_tells_the_story(app: Flask, client: FlaskClient, via: str) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    answer = client.get(f"/c/fair?via={via}&tular_click={via}")

    assert answer.status_code == 200
    assert "told you this" not in answer.text


@pytest.mark.parametrize("slug", ["nothing", "fair%00", "FAIR", "..%2f", "a" * 400, "f%C3%A1ir"])
def test_a_campaign_that_is_not_there_is_not_found(app: Flask, client: FlaskClient, slug: str) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    assert client.get(f"/c/{slug}").status_code == 404


def test_a_draft_is_heard_of_by_nobody(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand(), state="draft")

    assert client.get("/c/fair").status_code == 404
    assert join(client).status_code == 404


def test_somebody_of_another_brands_campaign_tells_nobody_here(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(make.brand())
        other = make.campaign(make.brand("tea-house", name="Tea House"), "tea")
        stranger = make.fan(other, "Eka", shows_name=True)
        code, click = make.code_of(stranger), ids.show(make.click(stranger))

    page = client.get(f"/c/fair?via={code}&tular_click={click}").text
    join(client, via=code, tular_click=click)

    assert "told you this" not in page
    with make.saved(app):
        found = campaigns.public("fair")
        assert found is not None
        assert introductions.primary(fan_of(found[1], BUDI)) is None


# --- Joining ---------------------------------------------------------------------------------------------------------


def test_who_joins_is_a_fan_at_once_signed_in_and_with_a_link_of_their_own(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        code, click = make.code_of(ayu), make.click(ayu, channel="telegram")

    answer = join(client, name=" Budi  Santoso ", via=code, tular_click=ids.show(click), shows_name="y")

    assert (answer.status_code, answer.location) == (303, "/me/fair")
    home = client.get("/me/fair")
    assert home.status_code == 200
    with make.saved(app):
        budi = fan_of(campaign, BUDI)
        told = introductions.primary(budi)
        assert told is not None
        assert (told.introducer_id, told.click_id, told.channel) == (ayu.id, click, "telegram")
        assert (budi.generation, budi.shows_name, make.person_of(budi).name) == (1, True, "Budi Santoso")
        assert links.of_fan(budi).code in home.text


def test_a_first_name_is_shown_to_nobody_unless_it_is_ticked(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())

    join(client)

    with make.saved(app):
        assert fan_of(campaign, BUDI).shows_name is False


def test_a_number_is_read_as_one_at_home_in_the_campaigns_country(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(locale="id"), locale="id")

    answer = join(client, contact="0812 3456 7890")

    assert answer.status_code == 303
    with make.saved(app):
        assert fan_of(campaign, Contact.of(phone="+6281234567890")).generation == 0


@pytest.mark.parametrize(
    ("name", "contact", "sentence"),
    [
        ("", "budi@example.org", "The name is missing."),
        ("\u202e\u200b", "budi@example.org", "The name is missing."),
        ("B" * 10_000, "budi@example.org", "The name is too long"),
        ("Budi", "", "Tell us a mail address or a phone number."),
        ("Budi", "budi", "neither a mail address nor a phone number"),
        ("Budi", "budi@", "This is not a mail address."),
        ("Budi", "0812", "does not look like a phone number"),
        ("Budi", "\x00@example.org", "This is not a mail address."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, name: str, contact: str, sentence: str
) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.code_of(make.fan(campaign))

    answer = make.send(client, f"/c/fair/join?via={code}", {"name": name, "contact": contact})

    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f"/c/fair/join?via={code}" in answer.text
    assert "Budi" not in name or 'value="Budi"' in answer.text
    with make.saved(app):
        assert fans.count(campaign) == 1


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ayu\x00Dewi", "AyuDewi"),
        ("\u202eidu\u202cB", "iduB"),
        ("🌺 Ayu", "🌺"),
        ("<script>alert(1)</script>", "&lt;script"),
    ],
)
def test_a_name_is_shown_as_text_whatever_is_in_it(app: Flask, client: FlaskClient, typed: str, shown: str) -> None:
    with make.saved(app):
        make.campaign(make.brand())

    join(client, name=typed)

    page = client.get("/me/fair").text
    assert f"Welcome, {shown}" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_a_form_that_came_back_can_be_reloaded_and_leads_to_the_story(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    answer = client.get(f"/c/fair/join?via={code}&_external=1&_scheme=javascript&next=https://evil.example")

    assert (answer.status_code, answer.location) == (302, f"/c/fair?via={code}")


def test_a_form_from_elsewhere_is_refused(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())

    answer = client.post("/c/fair/join", data={"name": "Budi", "contact": "budi@example.org"})

    assert answer.status_code == 400
    with make.saved(app):
        assert fans.count(campaign) == 0


@pytest.mark.parametrize(("state", "sentence"), [("upcoming", "This story opens on"), ("over", "has come to its end")])
def test_nobody_joins_before_or_after(app: Flask, client: FlaskClient, state: str, sentence: str) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand(), state=state)

    answer = join(client)

    assert answer.status_code == 410
    assert sentence in answer.text
    with make.saved(app):
        assert fans.count(campaign) == 0


# --- Somebody who is here already ------------------------------------------------------------------------------------


def test_joining_twice_in_the_same_browser_leads_home_to_the_same_fan(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
    join(client)

    again = join(client, contact=" Budi@EXAMPLE.org ")

    assert (again.status_code, again.location) == (303, "/me/fair")
    with make.saved(app):
        assert fans.count(campaign) == 1


def test_typing_somebodys_address_lets_nobody_in_but_mails_them(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        budi = make.fan(campaign, None, email="budi@example.org")
        ayu = make.fan(campaign, "Ayu")
        code = make.code_of(ayu)

    answer = join(client, name="Mallory", via=code)

    assert answer.status_code == 200
    assert "You are in already" in answer.text
    assert client.get("/me/fair").location == "/me/sign-in"
    with make.saved(app):
        assert fans.count(campaign) == 2
        assert introductions.primary(budi) is None
        assert (budi.id, ayu.id) in {pair[:2] for pair in introductions.recorded_pairs(campaign, [budi.id])}
        assert make.person_of(budi).name is None, "a stranger named somebody else"
        assert waiting_kinds() == ["sign_in"]


def test_who_is_known_by_a_number_is_told_how_to_come_back(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        make.fan(make.campaign(make.brand()), "Budi", phone="+6281234567890")

    answer = join(client, contact="+62 812 3456 7890")

    assert answer.status_code == 200
    assert "in the browser that you joined with" in answer.text
    assert "ask The Night Fair for your link" in answer.text
    assert client.get("/me/fair").location == "/me/sign-in"
    with make.saved(app):
        assert waiting_kinds() == []


def test_ones_own_link_says_so_and_brings_nobody(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu", email="ayu@example.org")
        code, person = make.code_of(ayu), make.person_of(ayu)
    client = make.signed_in_person(app, person)

    page = client.get(f"/c/fair?via={code}")
    join(client, "Ayu", "ayu@example.org", via=code)

    assert "This is your own link" in page.text
    assert "/me/fair" in page.text
    with make.saved(app):
        assert fans.count(campaign) == 1
        assert introductions.recorded_pairs(campaign, [ayu.id]) == set()


def test_somebody_known_to_the_brand_joins_another_story_with_one_button(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        ayu = make.fan(make.campaign(brand, "tea"), "Ayu")
        fair = make.campaign(brand)
        code, person = make.code_of(make.fan(fair, "Budi")), make.person_of(ayu)
    client = make.signed_in_person(app, person)

    page = client.get(f"/c/fair?via={code}")
    answer = make.send(client, f"/c/fair/join?via={code}")

    assert "You are signed in as Ayu." in page.text
    assert 'name="contact"' not in page.text
    assert (answer.status_code, answer.location) == (303, "/me/fair")
    with make.saved(app):
        joined = fans.by_person(fair, person.id)
        assert joined is not None
        assert joined.generation == 1


# --- All at once -----------------------------------------------------------------------------------------------------


def at_once(app: Flask, count: int, act: Callable[[FlaskClient, int], TestResponse]) -> list[TestResponse]:
    """Let so many browsers act in the same moment, each in a thread of its own."""
    answers: list[TestResponse] = []
    ready = threading.Barrier(count)

    def one(number: int) -> None:
        client = app.test_client()
        ready.wait()
        answers.append(act(client, number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.slow
def test_two_hundred_people_join_in_the_same_second(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        code = make.code_of(ayu)

    answers = at_once(
        app, 200, lambda client, number: join(client, f"Fan {number}", f"fan{number}@example.org", via=code)
    )

    assert Counter(answer.status_code for answer in answers) == {303: 200}
    with make.saved(app):
        came = introductions.branch(ayu)
        codes = links.codes(campaign, [one.fan_id for one in came])
        assert fans.count(campaign) == 201
        assert sorted(one.name or "" for one in came) == sorted(f"Fan {number}" for number in range(200))
        assert len(set(codes.values())) == 200
        assert introductions.brought(ayu) == 200


@pytest.mark.slow
def test_fifty_browsers_that_join_with_one_address_make_one_fan(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        code = make.code_of(ayu)

    answers = at_once(app, 50, lambda client, number: join(client, via=code))

    assert Counter(answer.status_code for answer in answers) == {303: 1, 200: 49}
    with make.saved(app):
        assert fans.count(campaign) == 2
        assert introductions.brought(ayu) == 1
        assert len(introductions.recorded_pairs(campaign, [fan_of(campaign, BUDI).id])) == 1


def test_the_landing_pages_story_is_one_address_with_the_short_links(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand()), "Ayu", shows_name=True))

    led = client.get(f"/r/{code}", headers={"User-Agent": "Mozilla/5.0 Firefox/127.0"})
    page = client.get(led.location)

    assert urlsplit(led.location).path == "/c/fair"
    assert "Ayu told you this" in page.text
