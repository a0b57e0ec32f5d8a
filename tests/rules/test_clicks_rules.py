"""Which visits count, told by agents as they really present themselves."""

from __future__ import annotations

import pytest

from referral.clicks import robots
from referral.clicks.rules.people import device
from referral.clicks.rules.visits import Verdict, Way, around, is_ahead, judge, landing, number_of, read_path, via, way

ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "

PEOPLE = {
    "Chrome on Android": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
    "Safari on an iPhone": IPHONE + "Version/17.5 Mobile/15E148 Safari/604.1",
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Samsung Internet": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
    "UC Browser": "Mozilla/5.0 (Linux; U; Android 11; id-ID; CPH2269 Build/RP1A.200720.011) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.7.8.1325 Mobile Safari/537.36",
    "Xiaomi's browser": "Mozilla/5.0 (Linux; U; Android 13; pl-pl; 22101316G Build/TP1A.220624.014) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 "
    "XiaoMi/MiuiBrowser/14.12.0-gn",
    "Instagram on an iPhone": IPHONE + "Mobile/15E148 Instagram 338.0.7.20.103 (iPhone14,5; iOS 17_5_1; pl_PL; pl; "
    "scale=3.00; 1170x2532; 617283945)",
    "Instagram on Android": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Instagram 339.0.0.30.105 "
    "Android (34/14; 450dpi; 1080x2340; samsung; SM-A155F; a15; mt6789; id_ID; 619461501)",
    "Facebook on Android": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 "
    "[FB_IAB/FB4A;FBAV/470.0.0.48.109;]",
    "Facebook on an iPhone": IPHONE + "Mobile/21F90 [FBAN/FBIOS;FBAV/470.0.0.36.103;FBBV/617283945;FBDV/iPhone14,5;"
    "FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/pl_PL;FBOP/5;FBRV/0]",
    "Messenger": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 "
    "[FB_IAB/Orca-Android;FBAV/464.0.0.46.109;]",
    "LINE": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Line/14.9.2/IAB",
    "LINE on an iPhone": IPHONE + "Mobile/15E148 Safari Line/14.9.1",
    "WeChat": ANDROID + "Version/4.0 Chrome/122.0.6261.120 Mobile Safari/537.36 XWEB/1220053 MMWEBSDK/20240404 "
    "MMWEBID/1234 MicroMessenger/8.0.49.2600(0x28003133) WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64",
    "TikTok": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 trill_350303 JsSdk/1.0 NetType/4G "
    "Channel/googleplay AppName/trill app_version/35.3.3 ByteLocale/id-ID ByteFullLocale/id-ID Region/ID "
    "BytedanceWebview/d8a21c6",
    "TikTok on an iPhone": IPHONE + "Mobile/15E148 musical_ly_35.3.0 JsSdk/2.0 NetType/WIFI Channel/App Store "
    "ByteLocale/pl Region/PL isDarkMode/1 WKWebView/1 BytedanceWebview/d8a21c6",
    "Telegram": ANDROID + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Telegram-Android/10.14.5 "
    "(Samsung SM-A155F; Android 14; SDK 34; AVERAGE)",
    "the Google app": IPHONE + "GSA/323.0.647062479 Mobile/15E148 Safari/604.1",
    "a telephone named Cubot": "Mozilla/5.0 (Linux; Android 11; CUBOT P50) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
}

PREVIEWS = {
    "WhatsApp": "WhatsApp/2.23.20.0",
    "WhatsApp on Android": "WhatsApp/2.24.13.77 A",
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Apple's Messages": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
    "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Telegram": "TelegramBot (like TwitterBot)",
    "X": "Twitterbot/1.0",
    "LINE": "facebookexternalhit/1.1;line-poker/1.0",
    "Slack": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Discord": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedIn": "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Teams": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Pinterest": "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
}

ROBOTS = {
    "Google": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Bing": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl": "curl/8.5.0",
    "requests": "python-requests/2.32.3",
    "a browser without a screen": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/126.0.0.0 Safari/537.36",
    "a mail filter": "BarracudaCentral/1.0",
    "nobody": "",
    "blanks": "   ",
}


@pytest.mark.parametrize("who", PEOPLE)
def test_people_in_browsers_and_apps_count(who: str) -> None:
    agent = PEOPLE[who]

    assert not robots.is_crawler(agent)
    assert not robots.is_preview(agent)
    assert judged(agent=agent, headers={"Sec-Fetch-Dest": "document"}) == "counted"


@pytest.mark.parametrize("who", PREVIEWS)
def test_previews_are_robots_that_want_the_picture(who: str) -> None:
    agent = PREVIEWS[who]

    assert robots.is_preview(agent)
    assert robots.is_crawler(agent)


@pytest.mark.parametrize("who", ROBOTS)
def test_other_robots_want_no_preview(who: str) -> None:
    agent = ROBOTS[who]

    assert robots.is_crawler(agent)
    assert not robots.is_preview(agent)
    assert judged(agent=agent) == "bot"


def test_an_agent_of_a_megabyte_is_judged_by_its_beginning() -> None:
    endless = PEOPLE["Firefox"] + "x" * 1_000_000

    assert not robots.is_crawler(endless)
    assert robots.is_crawler("curl/8.5.0 " + "x" * 1_000_000)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prefetch;anonymous-client-ip"},
        {"Purpose": "prefetch"},
        {"Purpose": "preview"},
        {"X-Purpose": "Preview"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "empty"},
    ],
)
def test_what_nobody_opened_does_not_count(headers: dict[str, str]) -> None:
    assert judged(headers=headers) == "prefetch"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Dest": "document"}, {"Purpose": ""}, {"Sec-Fetch-Dest": ""}])
def test_a_browser_that_says_nothing_of_the_kind_counts(headers: dict[str, str]) -> None:
    assert judged(headers=headers) == "counted"


def test_asking_whether_a_link_is_there_never_counts() -> None:
    assert judged(method="HEAD") == judged(method="HEAD", own=True) == judged(method="HEAD", crawler=True) == "head"


def test_ones_own_link_does_not_count() -> None:
    assert judged(own=True) == "own"


def test_a_visit_by_the_brands_staff_does_not_count() -> None:
    assert judged(staff=True) == "staff"
    assert judged(own=True, staff=True) == "own"


def test_a_robot_is_a_robot_before_anything_but_a_question() -> None:
    assert judged(crawler=True, own=True, headers={"Sec-Purpose": "prefetch"}) == "bot"


def test_what_was_fetched_ahead_is_that_also_on_ones_own_link() -> None:
    assert judged(own=True, headers={"Sec-Purpose": "prefetch"}) == "prefetch"
    assert judged(staff=True, headers={"Sec-Fetch-Dest": "image"}) == "prefetch"


def test_the_first_header_that_says_anything_of_fetching_ahead_is_believed() -> None:
    assert is_ahead({"HTTP_SEC_PURPOSE": "PREFETCH"})
    assert not is_ahead({"HTTP_SEC_PURPOSE": "navigate", "HTTP_X_MOZ": "prefetch"})
    assert not is_ahead({})


# --- Which link, may it be followed, what do we answer ---------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/r/",
        "/r/A",
        "/r/K7M2Q9X",
        "/r/K7M2Q9XDD",
        "/r/K7M2Q9XU",
        "/r/K7M2Q9XD/",
        "/r//K7M2Q9XD",
        "/r/K7M2Q9X\0",
        "/r/K7M2Q9XD\0",
        "/r/ K7M2Q9XD",
        "/r/%4B7M2Q9XD",
        "/r/Ｋ７Ｍ２Ｑ９ＸＤ",
        "/r/\u212a7M2Q9XD",
        "/r/" + "K" * 4096,
        "/r/K7M2Q9XD." + "w" * 4096,
    ],
)
def test_what_is_not_written_as_a_code_is_none(path: str) -> None:
    assert read_path(path) is None


@pytest.mark.parametrize(
    "path", ["/r/k7m2q9xd", "/R/K7M2Q9XD", "/r/K7m2Q9xd.", "/r/K7M2Q9XD.WA", "/r/K7M2Q9XD.unknown"]
)
def test_a_code_is_the_same_in_any_case_and_with_any_ending(path: str) -> None:
    written = read_path(path)

    assert written is not None
    assert written.code == "K7M2Q9XD"
    assert written.upper_case == path.startswith("/R/")


def test_look_alikes_are_folded() -> None:
    written = read_path("/r/oOiIlL00")

    assert written is not None
    assert written.code == "00111100"
    assert number_of("00111100") == int("00111100", 36)


def test_what_was_scanned_is_told_from_what_was_tapped() -> None:
    upper, lower = read_path("/R/K7M2Q9XD"), read_path("/r/K7M2Q9XD")
    assert upper is not None
    assert lower is not None

    assert via(upper, "whatsapp") == via(lower, "qr") == via(lower, "poster") == "qr"
    assert via(lower, "whatsapp") == via(lower, "copy") == "tap"


@pytest.mark.parametrize(
    ("opens", "closes", "found"),
    [
        (None, None, Way.OPEN),
        (100, None, Way.OPEN),
        (101, None, Way.NOT_YET),
        (None, 101, Way.OPEN),
        (None, 100, Way.OVER),
        (200, 50, Way.OVER),
        (0, None, Way.OPEN),
        (None, 0, Way.OVER),
    ],
)
def test_a_link_may_be_followed_while_its_story_is_told(opens: int | None, closes: int | None, found: Way) -> None:
    assert way(opens, closes, 100) is found


@pytest.mark.parametrize(
    ("url", "utm", "led"),
    [
        ("https://shop.example", "", "https://shop.example?tular_click=C"),
        ("https://shop.example/", "a=1&b=2", "https://shop.example/?a=1&b=2&tular_click=C"),
        ("https://shop.example/?b=own", "a=1&b=2", "https://shop.example/?b=own&a=1&tular_click=C"),
        ("https://shop.example/?a#x", "a=1", "https://shop.example/?a&tular_click=C#x"),
        ("https://shop.example/?&&a=1", "&", "https://shop.example/?a=1&tular_click=C"),
        ("https://shop.example/?tular_click=OLD&a=1", "tular_click_not=1", None),
    ],
)
def test_what_a_landing_address_says_outweighs_the_template_and_the_click_is_ours(
    url: str, utm: str, led: str | None
) -> None:
    before, after = around(url, utm)

    assert before + "C" + after == landing(url, "C", utm)
    assert led is None or landing(url, "C", utm) == led
    assert "OLD" not in landing(url, "C", utm)


@pytest.mark.parametrize("who", PEOPLE)
def test_people_hold_something_in_their_hands_or_sit_before_it(who: str) -> None:
    assert device(PEOPLE[who]) == ("desktop" if who == "Firefox" else "phone")


def judged(
    *,
    method: str = "GET",
    agent: str = PEOPLE["Firefox"],
    headers: dict[str, str] | None = None,
    own: bool = False,
    staff: bool = False,
    crawler: bool | None = None,
) -> Verdict:
    """Judge a visit as the click path does, from a WSGI environment."""
    crawler = robots.is_crawler(agent) if crawler is None else crawler
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    return judge(method, environ, crawler, own, staff)
