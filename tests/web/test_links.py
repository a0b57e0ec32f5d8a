"""The brand's own links, and the QR code of every link."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image

from referral.links import queries
from referral.plumbing import ids
from tests import factories as make
from tests.factories import send

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

LINKS = "/b/night-fair/campaigns/fair/links"


def test_a_marketer_makes_a_link_for_a_poster(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    assert "No link yet" in marketer.get(LINKS).text

    answer = send(marketer, LINKS, {"label": "  Hall B,  at the stairs ", "channel": "poster"})

    assert (answer.status_code, answer.location) == (303, LINKS)
    with make.saved(app):
        (link,) = queries.of_brand(fair)
    assert (link.label, link.channel) == ("Hall B, at the stairs", "poster")
    page = marketer.get(LINKS).text
    assert f"TULAR.TEST/<wbr>R/<wbr>{link.code}" in page
    assert f'src="/q/{link.code}.svg"' in page
    for size in (320, 640, 1280):
        assert f"/q/{link.code}.png?size={size}&amp;download=1" in page


@pytest.mark.parametrize(
    ("label", "channel", "words"),
    [
        (" ", "poster", "Name the link"),
        ("x" * 121, "poster", "at most 120 characters"),
        ("\u202eB llaH", "poster", "Name the link"),
        ("Hall B", "pigeon", "valid choice"),
        ("Hall B", "import", "valid choice"),
    ],
)
def test_a_link_that_cannot_be_right_comes_back(
    app: Flask, fair: Campaign, marketer: FlaskClient, label: str, channel: str, words: str
) -> None:
    answer = send(marketer, LINKS, {"label": label, "channel": channel})

    assert answer.status_code == 400
    assert words in answer.text
    with make.saved(app):
        assert queries.of_brand(fair) == []


def test_a_link_shows_whose_visits_there_were_and_the_people_who_came(
    app: Flask, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        poster = make.link(fair, "Hall B")
        first = make.fan(fair, "Ayu", told_by=poster)
        make.fan(fair, "Budi", told_by=poster)
        make.fan(fair, "Citra", told_by=first)
        for verdict in ("counted", "counted", "counted", "repeat", "repeat", "bot", "prefetch", "head", "own"):
            make.click(poster, verdict)
        make.click(first)

    page = marketer.get(LINKS).text

    assert re.findall(r"<dd>(\d+)</dd>", page) == ["3", "2", "3", "2"]  # people, repeats, robots; who came
    assert f'href="/b/night-fair/campaigns/fair/clicks/{ids.show(poster.id)}"' in page


def test_a_link_is_switched_off_and_on_again(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(fair, "Hall B")

    def switch() -> str:
        action = re.search(rf'action="({LINKS}/[0-9A-Z]{{13}}/(?:on|off))"', marketer.get(LINKS).text)
        assert action is not None
        assert send(marketer, action[1]).location == LINKS
        with make.saved(app):
            after = queries.by_id(fair, link.id)
        return f"{action[1].rsplit('/', 1)[1]} {'stopped' if after.disabled_at else 'running'}"

    assert [switch(), switch()] == ["off stopped", "on running"]


def test_a_fans_link_is_not_the_brands_to_switch_off(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        link = make.link_of(make.fan(fair))

    assert send(marketer, f"{LINKS}/{ids.show(link.id)}/off").status_code == 404
    assert send(marketer, f"{LINKS}/nonsense/off").status_code == 404


def test_a_viewer_sees_the_links_and_cannot_change_them(app: Flask, brand: Brand, fair: Campaign) -> None:
    with make.saved(app):
        make.link(fair, "Hall B")
        account = make.member(brand, "viewer")
    viewer = make.signed_in(app, account)

    page = viewer.get(LINKS)

    assert page.status_code == 200
    assert "Hall B" in page.text
    assert "Make a link" not in page.text
    assert "Switch off" not in page.text
    assert send(viewer, LINKS, {"label": "Mine", "channel": "poster"}).status_code == 403


# --- QR codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [320, 640, 1280])
def test_a_qr_code_is_read_again_by_another_reader(app: Flask, client: FlaskClient, fair: Campaign, size: int) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(fair))

    answer = client.get(f"/q/{code.lower()}.png?size={size}")

    picture = Image.open(io.BytesIO(answer.data))
    assert picture.size == (size, size)
    assert [read.text for read in zxingcpp.read_barcodes(picture)] == [f"HTTP://TULAR.TEST/R/{code}"]


def test_a_qr_code_is_kept_by_the_browser_until_it_changes(app: Flask, client: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        code = make.link(fair).code

    for path in (f"/q/{code}.svg", f"/q/{code}.png"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

        assert first.status_code == 200
        assert "public" in first.headers["Cache-Control"]
        assert (again.status_code, again.data) == (304, b"")
        assert "Content-Disposition" not in first.headers


def test_a_qr_code_can_be_downloaded_under_a_name(app: Flask, client: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        code = make.link(fair).code

    svg, png = client.get(f"/q/{code}.svg?download=1"), client.get(f"/q/{code}.png?size=1280&download=1")

    assert svg.mimetype == "image/svg+xml"
    assert svg.headers["Content-Disposition"] == f"attachment; filename=qr-{code}.svg"
    assert png.headers["Content-Disposition"] == f"attachment; filename=qr-{code}-1280.png"


@pytest.mark.parametrize("code", ["00000000", "about-us", "K7M2Q9XU", "x", "%00%00%00%00%00%00%00%00"])
def test_a_code_that_nobody_has_has_no_qr_code(client: FlaskClient, fair: Campaign, code: str) -> None:
    assert client.get(f"/q/{code}.svg").status_code == 404
    assert client.get(f"/q/{code}.png").status_code == 404


def test_a_qr_code_comes_in_three_sizes_only(app: Flask, client: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        code = make.link(fair).code

    assert client.get(f"/q/{code}.png?size=100000").status_code == 400
    assert client.get(f"/q/{code}.png?size=0").status_code == 400


@pytest.mark.settings(RATE_LIMITS=True)
def test_unknown_codes_are_limited_and_known_ones_are_not(app: Flask, client: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        code = make.link(fair).code
    known = {client.get(f"/q/{code}.svg").status_code for _ in range(40)}

    unknown = [client.get("/q/00000000.svg").status_code for _ in range(31)]

    assert known == {200}
    assert unknown == [404] * 30 + [429]
