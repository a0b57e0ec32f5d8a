"""Countries of addresses, by a database as operators supply it."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from referral.clicks.places import countries


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Write a database of three networks in MaxMind's format."""
    writer = MMDBWriter(6, "Test-Country", languages=["en"], ipv4_compatible=True)
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": {"iso_code": "ID"}})
    writer.insert_network(IPSet(["2001:db8::/32"]), {"country": {"iso_code": "PL"}})
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"continent": {"code": "AS"}})
    file = tmp_path / "countries.mmdb"
    writer.to_db_file(str(file))
    return str(file)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("203.0.113.7", "ID"),
        ("2001:db8:1::7", "PL"),
        ("198.51.100.7", ""),
        ("192.0.2.1", ""),
        ("", ""),
        ("unix:", ""),
        ("203.0.113.7, 10.0.0.1", ""),
    ],
)
def test_an_address_lies_in_the_country_that_the_database_says(database: str, address: str, country: str) -> None:
    assert countries(database)(address) == country


def test_without_a_database_countries_stay_unknown() -> None:
    assert countries("")("203.0.113.7") == ""


def test_a_file_that_is_no_database_leaves_countries_unknown_and_nobody_is_turned_away(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"not a database")

    assert countries(str(broken))("203.0.113.7") == ""
    assert countries(str(tmp_path / "absent.mmdb"))("203.0.113.7") == ""
