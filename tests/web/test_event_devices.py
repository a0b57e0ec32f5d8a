"""Phones of volunteers on the console: a code to pair one, which are there, and revoking them."""

from __future__ import annotations

import base64
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from referral.events import devices, pairing
from referral.links import qr
from referral.plumbing import clock, ids
from referral.plumbing.clock import now
from tests import factories as make
from tests.factories import send
from tests.web.gating import paired

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.events.models import Event, GateDevice

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")

DEVICES = "/b/night-fair/campaigns/fair/events/night/devices"


@pytest.fixture
def organiser(app: Flask, brand: Brand) -> FlaskClient:
    """Sign an organiser in."""
    return make.staff(app, brand, "organiser")


@pytest.fixture
def night(app: Flask, fair: Campaign) -> Event:
    """Make an event that is open."""
    with make.saved(app):
        return make.event(fair)


def listed(app: Flask, night: Event) -> list[GateDevice]:
    """List an event's devices."""
    with make.saved(app):
        return devices.listed(night)


def code_in(page: str) -> str:
    """Read the address on a pairing page."""
    [address] = re.findall(r'<code class="secret">([^<]+)</code>', page)
    return address


def picture_in(page: str) -> str:
    """Give the SVG of the code on a pairing page."""
    [data] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return base64.b64decode(data).decode()


def test_a_phone_is_paired_by_the_code_that_the_page_shows_once(
    app: Flask, night: Event, organiser: FlaskClient
) -> None:
    with make.saved(app):
        gate = make.place(night, name="Gate north")
    fields: dict[str, Any] = {"name": "Rina", "role": "steward", "places": [ids.show(gate.id)]}

    page = send(organiser, DEVICES, fields)

    assert page.status_code == 200
    address = code_in(page.text)
    assert address.startswith("HTTP://TULAR.TEST/G/PAIR/")
    assert "Gate north" in page.text
    assert "Say this to the volunteer" in page.text
    with make.saved(app):
        done = pairing.pair(address.rpartition("/")[2], "Rina")
    assert (done.device.name, done.device.role, done.device.places) == ("Rina", "steward", str(gate.id))
    after = organiser.get(DEVICES).text
    assert address.rpartition("/")[2] not in after
    assert "Paired" in after


def test_the_picture_of_the_code_holds_its_address(night: Event, organiser: FlaskClient) -> None:
    page = send(organiser, DEVICES, {"name": "Rina", "role": "steward"}).text

    # The same squares as the picture's, which a phone reads.
    address = code_in(page)
    assert picture_in(page) == qr.svg(address, title="Pairing code for Rina")
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(address, 320))).convert("L"))
    assert read.text == address


def test_the_page_says_until_when_the_code_is_good(night: Event, organiser: FlaskClient) -> None:
    at = now().replace(hour=12, minute=3, second=0, microsecond=0)

    with clock.at(at):
        page = send(organiser, DEVICES, {"name": "Rina", "role": "steward"}).text

    # Ten minutes on, on the clocks of Jakarta.
    assert "Good for one phone, until 19:13" in page
    assert "It runs out after 10 minutes" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "role": "steward"}, "Write whose phone it is"),
        ({"name": "x" * 81, "role": "steward"}, "at most 80"),
        ({"name": "Rina", "role": "boss"}, "Not a valid choice"),
        ({"name": "Rina", "role": "booth"}, "Choose the booths of this device"),
        ({"name": "Rina", "role": "steward", "places": ["nonsense"]}, "There is no such place"),
        ({"name": "Rina", "role": "steward", "places": [ids.show(1)]}, "There is no such place"),
    ],
)
def test_a_device_that_cannot_be_comes_back(
    app: Flask, night: Event, organiser: FlaskClient, fields: dict[str, Any], words: str
) -> None:
    answer = send(organiser, DEVICES, fields)

    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert listed(app, night) == []


def test_the_list_tells_where_each_phone_stands(app: Flask, night: Event, organiser: FlaskClient) -> None:
    assert "No device yet" in organiser.get(DEVICES).text
    rina = paired(app, night, name="Rina")
    with make.saved(app):
        pairing.make(night, name="Dewi", role="supervisor")
        pairing.revoke(pairing.make(night, name="Budi", role="steward").device)
        device = devices.by_id(night, rina.device.id)
        device.unsent, device.clock_offset_ms, device.last_seen_at = 12, 7_200_000, now() - timedelta(minutes=9)

    page = organiser.get(DEVICES).text
    with clock.at(now() + timedelta(minutes=11)):
        later = organiser.get(DEVICES).text

    lines = re.findall(r"<tr>.*?</tr>", page, re.S)
    rows = {name: line for line in lines for name in ("Rina", "Dewi", "Budi") if name in line}
    assert "Paired" in rows["Rina"]
    assert "9 minutes ago" in rows["Rina"]
    assert "<strong>12</strong>" in rows["Rina"]
    assert "Its clock is 2 hours slow." in rows["Rina"]
    assert "Waiting" in rows["Dewi"]
    assert "Gate lead" in rows["Dewi"]
    assert "Its clock" not in rows["Dewi"]
    assert "Revoked" in rows["Budi"]
    assert "Code ran out" in later


def test_a_phone_is_revoked(app: Flask, night: Event, organiser: FlaskClient) -> None:
    rina = paired(app, night, name="Rina")
    one = f"{DEVICES}/{ids.show(rina.device.id)}"
    page = organiser.get(DEVICES).text

    assert send(organiser, f"{one}/revoke").status_code == 303

    # It takes two steps: the button stands in what has to be opened first.
    assert page.index("<details") < page.index(f'action="{one}/revoke"')
    assert rina.get("hello").status_code == 401
    assert f'action="{one}/revoke"' not in organiser.get(DEVICES).text
    assert send(organiser, f"{DEVICES}/{ids.show(1)}/revoke").status_code == 404
    assert send(organiser, f"{DEVICES}/nonsense/revoke").status_code == 404


def test_a_new_code_is_for_another_phone_and_the_old_one_stops(
    app: Flask, night: Event, organiser: FlaskClient
) -> None:
    rina = paired(app, night, name="Rina")

    page = send(organiser, f"{DEVICES}/{ids.show(rina.device.id)}/roll")

    assert page.status_code == 200
    assert rina.get("hello").status_code == 401
    with make.saved(app):
        assert pairing.pair(code_in(page.text).rpartition("/")[2], "Rina").device.id != rina.device.id


def test_a_viewer_sees_phones_without_names_and_pairs_none(app: Flask, night: Event, viewer: FlaskClient) -> None:
    rina = paired(app, night, name="Rina")

    page = viewer.get(DEVICES).text

    assert "Paired" in page
    assert "Rina" not in page
    assert "Make the code" not in page
    assert send(viewer, DEVICES, {"name": "More", "role": "steward"}).status_code == 403
    assert send(viewer, f"{DEVICES}/{ids.show(rina.device.id)}/revoke").status_code == 403


def test_a_closed_event_pairs_no_more_phones(app: Flask, night: Event, organiser: FlaskClient) -> None:
    send(organiser, "/b/night-fair/campaigns/fair/events/night/close")

    answer = send(organiser, DEVICES, {"name": "Rina", "role": "steward"})

    assert answer.status_code == 400
    assert "This event is closed." in answer.text
