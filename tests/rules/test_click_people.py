"""What a visitor shows of themselves, reduced to what may be kept; and the ids that clicks get."""

from __future__ import annotations

import threading
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.clicks.rules import people
from referral.clicks.rules.people import REFERRER_LENGTH, address, device, keyed, language, network, referrer, visitor
from referral.clicks.slots import Ids

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
SALT, OTHER_SALT = bytes(32), bytes([1] * 32)


# --- Devices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "held"),
    [
        (IPHONE + "Version/17.5 Mobile/15E148 Safari/604.1", "phone"),
        (IPHONE + "Mobile/15E148 Instagram 338.0.7.20.103 (iPhone14,5; iOS 17_5_1; pl_PL)", "phone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", "tablet"),
        (
            "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 Silk/126.2.1 like Chrome/126 Safari",
            "tablet",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "desktop"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", "desktop"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36", "desktop"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "desktop"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.308; U; id) Presto/2.5.25 Version/10.54", "phone"),
        ("Mozilla/5.0 (Mobile; Nokia 2780 Flip; rv:84.0) Gecko/84.0 Firefox/84.0 KAIOS/3.1", "phone"),
        ("curl/8.5.0", "other"),
        ("", "other"),
    ],
)
def test_a_device_is_known_by_what_its_browser_says(agent: str, held: str) -> None:
    assert device(agent) == held


@given(st.text(max_size=600))
def test_whatever_an_agent_says_it_is_some_device(agent: str) -> None:
    assert device(agent) in people.DEVICES


# --- Languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("id-ID,id;q=0.9,en-US;q=0.8", "id"),
        ("pl", "pl"),
        ("zh-Hans-CN,zh;q=0.9", "zh"),
        ("zh_CN", "zh"),
        (" EN-gb ", "en"),
        ("fil-PH,fil;q=0.9", "fil"),
        ("en;q=0.5", "en"),
        ("*", ""),
        ("", ""),
        ("x-klingon", ""),
        ("english", ""),
        ("12", ""),
        ("İD", ""),
        ("ſk", ""),
        ("en\0", ""),
        (",en", ""),
    ],
)
def test_a_language_is_the_first_that_is_asked_for_without_its_country(accepted: str, spoken: str) -> None:
    assert language(accepted) == spoken


@given(st.text(max_size=200))
def test_a_language_is_two_or_three_small_letters_or_nothing(accepted: str) -> None:
    spoken = language(accepted)

    assert spoken == "" or (2 <= len(spoken) <= 3 and spoken.isascii() and spoken.isalpha() and spoken.islower())


# --- Referrers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("https://l.instagram.com/", "l.instagram.com"),
        ("https://L.Instagram.COM/?u=https%3A%2F%2Fshop.example%2Fsecret", "l.instagram.com"),
        ("http://wa.me", "wa.me"),
        ("HTTPS://T.CO/abc", "t.co"),
        ("https://ayu:secret@chat.example/x", "chat.example"),
        ("https://ayu@example.org@chat.example/x", ""),
        ("https://chat.example:8443/x", "chat.example"),
        ("https://chat.example:/x", "chat.example"),
        ("https://chat.example?x=1", "chat.example"),
        ("https://chat.example#x", "chat.example"),
        ("https://xn--ksiki-jxa4t.example/", "xn--ksiki-jxa4t.example"),
        ("http://[2001:db8::7]:8080/x", "[2001:db8::7]"),
        ("http://203.0.113.7/", "203.0.113.7"),
        ("android-app://org.telegram.messenger/", "org.telegram.messenger"),
        ("android-app://com.google.android.gm", "com.google.android.gm"),
        ("https://książki.example/", ""),
        ("https:///path", ""),
        ("https://", ""),
        ("//chat.example/", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,<b>", ""),
        ("file:///home/ayu/secret.html", ""),
        ("mailto:ayu@example.org", ""),
        ("https://chat.example evil/", ""),
        ("https://chat.example\0/", ""),
        ("https://<script>/", ""),
        ("about:blank", ""),
        ("", ""),
    ],
)
def test_of_a_referrer_only_its_host_is_kept(said: str, host: str) -> None:
    assert referrer(said) == host


def test_of_a_very_long_host_the_end_is_kept_for_it_says_whose_it_is() -> None:
    host = "a." * 60 + "chat.example"

    assert referrer(f"https://{host}/x") == host[-REFERRER_LENGTH:]


@pytest.mark.parametrize("said", ["https://" + "a" * 10_240, "https://chat.example/" + "a" * 10_240, "@" * 10_240])
def test_ten_kilobytes_of_referrer_are_read_at_once(said: str) -> None:
    assert referrer(said) in ("", "chat.example")


@given(st.one_of(st.text(max_size=300), st.text(max_size=100).map(lambda rest: "https://" + rest)))
def test_a_referrer_fits_and_holds_no_path_no_user_and_no_blank(said: str) -> None:
    host = referrer(said)

    assert len(host) <= REFERRER_LENGTH
    assert not set(host) & set(" /?#@\t\r\n\0")


# --- Addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded", "hops", "whose"),
    [
        (None, 0, "10.0.0.1"),
        ("203.0.113.7", 0, "10.0.0.1"),
        ("6.6.6.6, 203.0.113.7", 0, "10.0.0.1"),
        (None, 1, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6,5.5.5.5,4.4.4.4 ,  203.0.113.7 ", 1, "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "10.0.0.1"),
        ("203.0.113.7, ", 1, "10.0.0.1"),
        ("2001:db8::7", 1, "2001:db8::7"),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(forwarded: str | None, hops: int, whose: str) -> None:
    assert address("10.0.0.1", forwarded, hops) == whose


@given(st.lists(st.text(alphabet="0123456789., :abcdef", max_size=20), max_size=6), st.integers(1, 3))
def test_what_a_stranger_writes_before_changes_nothing(spoofed: list[str], hops: int) -> None:
    own = [f"10.0.0.{number}" for number in range(2, hops + 1)]
    honest = ", ".join(["203.0.113.7", *own])

    assert address("10.0.0.1", ", ".join([*spoofed, honest]), hops) == "203.0.113.7"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.7:52100"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("203.0.113.7", "::ffff:cb00:7107"),
        ("203.0.113.7", "[::ffff:203.0.113.7]:443"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002::9"),
        ("2001:db8:1:2::1", "[2001:db8:1:2::1]"),
        ("2001:db8:1:2::1", "[2001:db8:1:2::1]:52100"),
        ("fe80::1", "fe80::1%eth0"),
    ],
)
def test_however_an_address_is_written_it_is_of_the_same_network(one: str, other: str) -> None:
    assert network(one) == network(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.8"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("203.0.113.7", ""),
        ("unknown", "_hidden"),
    ],
)
def test_addresses_of_others_are_of_other_networks(one: str, other: str) -> None:
    assert network(one) != network(other)


@given(st.text(max_size=100))
def test_whatever_stands_in_an_addresss_place_is_some_network(said: str) -> None:
    assert isinstance(network(said), bytes)
    assert len(network(said)) <= 4 * 64


# --- Visitors --------------------------------------------------------------------------------------------------------


def test_a_visitor_is_another_one_by_day_by_brand_by_network_and_by_agent() -> None:
    ours = keyed(SALT, 1)
    numbers = {
        visitor(ours, b"203.0.113.7", b"Firefox"),
        visitor(keyed(OTHER_SALT, 1), b"203.0.113.7", b"Firefox"),
        visitor(keyed(SALT, 2), b"203.0.113.7", b"Firefox"),
        visitor(ours, b"203.0.113.8", b"Firefox"),
        visitor(ours, b"203.0.113.7", b"Safari"),
        visitor(ours, b"203.0.113.7F", b"irefox"),
    }

    assert len(numbers) == 6
    assert visitor(ours, b"203.0.113.7", b"Firefox") == visitor(keyed(SALT, 1), b"203.0.113.7", b"Firefox")


@given(st.binary(max_size=64), st.binary(max_size=200), st.integers(0, 2**63 - 1))
def test_a_visitors_number_has_63_bits_whatever_an_agent_says(network: bytes, agent: bytes, brand_id: int) -> None:
    assert 0 <= visitor(keyed(SALT, brand_id), network, agent) < 2**63


# --- Ids -------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1_700_000_000_000, 1_700_000_000_020), max_size=200))
def test_ids_only_grow_whatever_the_clock_does(moments: list[int]) -> None:
    ids = Ids(3, 5, 0)

    given_out = [ids.next(ms) for ms in moments]

    assert given_out == sorted(set(given_out))
    assert all(one >> 22 >= ms for one, ms in zip(given_out, moments, strict=True))
    assert {one >> 12 & 0x3FF for one in given_out} <= {3 << 6 | 5}


def test_more_than_4096_ids_of_one_millisecond_borrow_from_the_next() -> None:
    ids = Ids(0, 0, 0)

    given_out = [ids.next(1_700_000_000_000) for _ in range(10_000)]

    assert len(set(given_out)) == 10_000
    assert given_out == sorted(given_out)
    assert {one >> 22 for one in given_out} == {1_700_000_000_000 + number for number in range(3)}


@given(st.sets(st.tuples(st.integers(0, 15), st.integers(0, 63)), min_size=2, max_size=6), st.integers(0, 2**31))
def test_no_two_processes_of_no_two_machines_give_the_same_id(whose: set[tuple[int, int]], seed: int) -> None:
    draw = Random(seed)
    makers = [Ids(node, slot, 0) for node, slot in sorted(whose)]

    given_out = [maker.next(1_700_000_000_000 + draw.randrange(3)) for _ in range(50) for maker in makers]

    assert len(set(given_out)) == len(given_out)


def test_threads_share_ids_without_giving_one_twice() -> None:
    ids = Ids(0, 0, 0)
    given_out: list[list[int]] = [[] for _ in range(8)]

    def take(mine: list[int]) -> None:
        for _ in range(2_000):
            mine.append(ids.next(1_700_000_000_000))

    threads = [threading.Thread(target=take, args=(mine,)) for mine in given_out]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one for mine in given_out for one in mine}) == 16_000
    assert all(mine == sorted(mine) for mine in given_out)


def test_the_next_holder_of_a_number_begins_behind_the_last_one_although_the_clock_was_set_back() -> None:
    before = Ids(1, 2, 0)
    last = [before.next(1_700_000_000_000) for _ in range(5)][-1]

    after = Ids(1, 2, floor=last)

    assert after.next(1_600_000_000_000) > last
    assert after.next(1_800_000_000_000) >> 22 == 1_800_000_000_000
