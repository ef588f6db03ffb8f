"""What opened a form, as classes: all that is kept of a browser's own words and of its network.

The patterns name what mail gateways, link previews and programs call themselves; a scanner that
poses as a browser is found by what it does, in the models (int_form_sessions).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

NETWORK_HEX_DIGITS = 32

_LIBRARY = re.compile(
    r"\b(curl|wget|python|aiohttp|httpx?|urllib|okhttp|java|go-http-client|libwww|axios|node"
    r"|ruby|php|guzzle|apache-httpclient|headlesschrome|phantomjs|puppeteer|playwright)[-/ ]",
    re.IGNORECASE,
)
_SCANNER = re.compile(
    r"proofpoint|barracuda|mimecast|safelinks|urldefense|trend ?micro|symantec|fireeye|trellix"
    r"|forcepoint|cisco|sophos|zscaler|fortinet|microsoft office|ms-office|googleimageproxy"
    r"|bot\b|crawler|spider|scanner|preview|prefetch|slackbot|facebookexternalhit|whatsapp",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|android(?!.*mobile)", re.IGNORECASE)
_MOBILE = re.compile(r"mobile|iphone|ipod|android", re.IGNORECASE)
_DESKTOP = re.compile(r"windows nt|macintosh|x11|cros|linux", re.IGNORECASE)
_BROWSER = re.compile(r"^mozilla/\d|^opera/", re.IGNORECASE)


def device(user_agent: str, platform: str) -> str:
    """mobile, tablet, desktop or unknown; `platform`, the form's own guess, decides the rest."""
    for name, pattern in (("tablet", _TABLET), ("mobile", _MOBILE), ("desktop", _DESKTOP)):
        if pattern.search(user_agent):
            return name
    return platform if platform in ("mobile", "tablet") else "unknown"


def agent_class(user_agent: str) -> str:
    """human, scanner, library or unknown, from what the agent calls itself."""
    if _SCANNER.search(user_agent):
        return "scanner"
    if _LIBRARY.search(user_agent):
        return "library"
    return "human" if _BROWSER.search(user_agent) else "unknown"


def client(metadata: Mapping[str, object], key: bytes) -> dict[str, str]:
    """The classes of a form's metadata, and the network under a keyed HMAC if there is one."""
    user_agent = _text(metadata.get("user_agent"))
    classes = {
        "device": device(user_agent, _text(metadata.get("platform"))),
        "agent_class": agent_class(user_agent),
    }
    if network := _text(metadata.get("network_id")):
        digest = hmac.digest(key, f"network:{network}".encode(), "sha256")
        classes["network_key"] = digest.hex()[:NETWORK_HEX_DIGITS]
    return classes


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
