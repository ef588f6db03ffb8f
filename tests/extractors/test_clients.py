"""Classes of what opens a form, and that nothing else of its metadata is kept."""

import pytest

from extractors.clients import agent_class, client, device
from extractors.typeform import SOURCE, TypeformOptions

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/125.0 Mobile Safari"
PAD = "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/125.0 Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0"


@pytest.mark.parametrize(
    ("user_agent", "platform", "expected"),
    [
        (IPHONE, "mobile", "mobile"),
        (PIXEL, "mobile", "mobile"),
        (PAD, "mobile", "tablet"),
        (IPAD, "other", "tablet"),
        (WINDOWS, "other", "desktop"),
        ("", "mobile", "mobile"),
        ("", "other", "unknown"),
        ("curl/8.5", "", "unknown"),
    ],
)
def test_the_device_is_what_the_agent_says_or_the_form(
    user_agent: str, platform: str, expected: str
) -> None:
    assert device(user_agent, platform) == expected


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (IPHONE, "human"),
        (WINDOWS, "human"),
        (f"{IPHONE} Line/14.5.0", "human"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "scanner"),
        ("Mozilla/5.0 (Windows NT 10.0; Microsoft Outlook 16.0; Microsoft Office)", "scanner"),
        ("Slackbot-LinkExpanding 1.0", "scanner"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0", "library"),
        ("python-requests/2.32.3", "library"),
        ("Java/17.0.2", "library"),
        ("Apache-HttpClient/4.5.14 (Java/17)", "library"),
        ("", "unknown"),
        ("something else", "unknown"),
    ],
)
def test_the_class_is_what_the_agent_calls_itself(user_agent: str, expected: str) -> None:
    assert agent_class(user_agent) == expected


def test_a_network_is_kept_under_the_key_only() -> None:
    metadata = {
        "user_agent": WINDOWS,
        "platform": "other",
        "network_id": "n1",
        "referer": "https://r",
    }
    kept = client(metadata, b"key")
    assert kept.keys() == {"device", "agent_class", "network_key"}
    assert "n1" not in kept.values()
    assert kept == client(metadata, b"key") != client(metadata, b"another")
    assert client({**metadata, "network_id": "n2"}, b"key") != kept
    assert "network_key" not in client({"user_agent": WINDOWS}, b"key")


def test_a_response_keeps_its_classes_and_keys_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_HMAC_KEY", "key")
    options = TypeformOptions.model_validate({"start_date": "2026-01-01"})
    stream = SOURCE.stream("responses_started").bound(options)
    assert stream.prepare
    assert stream.identity
    response = {"response_id": "r", "metadata": {"user_agent": IPHONE, "network_id": "n1"}}
    prepared = stream.prepare(response)
    assert prepared["client"]["device"] == "mobile"
    assert list(stream.identity(prepared)) == [("network", prepared["client"]["network_key"])]
    without = stream.prepare({"response_id": "r"})
    assert without == {"response_id": "r"}
    assert list(stream.identity(without)) == []
