"""Canonical forms of personal values, and their keyed hashes: what people are matched by.

A canonical form is never stored and never shown; only its HMAC is. Forms are made for equality
of the same person's values as ATS, form and mail client write them, so they fold more than a
display would: a name key is only ever used together with an e-mail or phone key. Halves of a form
have keys too: a single typing error leaves one half as it was, so the two records can at least be
shown to a human. Halves link nobody.
Behind the rules: docs/decisions/persons.md and the libraries' own behaviour on Japanese input,
tried in tests/extractors/test_identity.py.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

import jaconv

KEY_HEX_DIGITS = 32

# The first of each group stands for all. Variants that Unicode normalisation leaves apart.
# 斎 and 斉 are two groups: they are two families' names.
_VARIANTS = (
    "高髙 崎﨑碕埼嵜 浜濵濱 辺邉邊 斎齋 斉齊 吉𠮷 徳德 広廣 沢澤 島嶋嶌 国國 桜櫻 真眞 恵惠 竜龍"
    " 滝瀧 桧檜 条條 鉄鐵鐡 豊豐 円圓 寿壽 栄榮 弥彌 与與 礼禮 静靜 曽曾 万萬 実實 蔵藏 岳嶽 桑桒"
    " 渕淵 舘館 冨富 薮藪 亀龜 関關 会會 学學 県縣 黒黑 郎郞 緑綠 巌巖 瑶瑤 穂穗 凜凛 遥遙 尭堯"
)
_FOLD = {ord(variant): group[0] for group in _VARIANTS.split() for variant in group[1:]}
_STANDALONE_MARKS = {0x309B: 0x3099, 0x309C: 0x309A}  # ゛゜ as typed after a kana
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣ー〜~"), "-")
_KANA_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−-"), "ー")
_QUOTES = "\"'“”‘’「」<>"
_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*")
_PLAIN_DOMAIN = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,6}")
_LOOSE_LOCAL = re.compile(r"[^\s@\"<>()\[\],;:\\]+")
_LOOSE_DOMAINS = frozenset(
    (
        *("docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp"),
        *("vodafone.ne.jp", "disney.ne.jp", "willcom.com", "wcm.ne.jp", "pdx.ne.jp"),
        *("ymobile.ne.jp", *(f"jp-{letter}.ne.jp" for letter in "cdhknqrst")),
    )
)
_GMAIL = {"gmail.com", "googlemail.com"}
_EXTENSION = re.compile(r"(内線|ext\.?|x|#).*$", re.IGNORECASE)
_PLAIN_MOBILE = re.compile(r"0[789]0[1-9]\d{7}")


def canonical_email(value: str) -> str | None:
    """The address in lower case, without +tag (and Gmail's dots); None if it is no address.

    Accepts what carriers once handed out against the RFC (`a..b@docomo.ne.jp`,
    `.ab@ezweb.ne.jp`), bare or quoted; otherwise email-validator decides. Full-width letters become
    ASCII, and so does a domain in other letters.
    """
    text = _clean(value).strip().strip(_QUOTES).lower()
    local, at, domain = text.rpartition("@")
    local = local.strip().strip(_QUOTES)
    domain = domain.strip().rstrip(".")
    if not at:
        return None
    plain = _PLAIN_LOCAL.fullmatch(local) and _PLAIN_DOMAIN.fullmatch(domain) and len(text) < 64
    if not plain and not (domain in _LOOSE_DOMAINS and _LOOSE_LOCAL.fullmatch(local)):
        domain = _valid_domain(local, domain)
        if not domain:
            return None
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if local else None


def _valid_domain(local: str, domain: str) -> str:
    """The domain in ASCII when email-validator takes the address, else ''."""
    from email_validator import EmailNotValidError, validate_email  # slow to load, seldom needed

    try:
        found = validate_email(
            f"{local}@{domain}", check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError:
        return ""
    return str(found.ascii_domain).lower() if "." in domain else ""


def canonical_phone(value: str) -> str | None:
    """E.164 of a number that can belong to a person, read as Japanese without a country code.

    None for anything else: toll-free, pager and premium numbers, and text that is no number.
    """
    text = _EXTENSION.sub("", _clean(value)).translate(_DASHES)
    digits = re.sub(r"[\s()./-]", "", text)
    if _PLAIN_MOBILE.fullmatch(digits):  # what phonenumbers says of these, 20 times faster
        return f"+81{digits[1:]}"
    import phonenumbers  # slow to load, and most numbers need it not

    try:
        number = phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException:
        return None
    kinds = phonenumbers.PhoneNumberType
    personal = {
        kinds.MOBILE,
        kinds.FIXED_LINE,
        kinds.FIXED_LINE_OR_MOBILE,
        kinds.VOIP,
        kinds.PERSONAL_NUMBER,
    }
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in personal:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def name_key(value: str) -> str | None:
    """A full name (family name first) without spaces, variant kanji folded, Latin in lower case."""
    return _letters(value).translate(_FOLD) or None


def kana_key(value: str) -> str | None:
    """The reading of a name in full-width katakana without spaces."""
    return str(jaconv.hira2kata(_letters(value).translate(_KANA_DASHES))) or None


def canonical_birth_date(value: str) -> str | None:
    """ISO date from `2000-01-31`, `2000/1/31`, `2000.1.31`, `2000年1月31日` or `20000131`."""
    text = _clean(value).strip()
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.match(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T.*)?$", text
    )
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None


def canonical_network(value: str) -> str | None:
    """The network that a form was opened from, as its source names it; it identifies nobody."""
    return value.strip() or None


CANONICAL = {
    "email": canonical_email,
    "phone": canonical_phone,
    "name": name_key,
    "kana": kana_key,
    "birth_date": canonical_birth_date,
    "network": canonical_network,
}

# How many characters of a form are its head and its tail. An e-mail's are those of its local part,
# a name's the usual length of a family and of a given name.
HALVES = {"email": 5, "phone": 5, "name": 2}


def halves(kind: str, form: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of the head and the tail of a canonical form; nothing for other kinds."""
    if kind not in HALVES:
        return
    length = HALVES[kind]
    text = form.partition("@")[0] if kind == "email" else form
    yield f"{kind}_head", text[:-length] if kind == "phone" else text[:length]
    yield f"{kind}_tail", text[-length:]


def canonical(values: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The values as their keys are made of them; one that is none of its kind stays as it is."""
    for kind, value in values:
        yield kind, CANONICAL[kind](value) or value


def identity_keys(values: Iterable[tuple[str, str]], key: bytes) -> set[tuple[str, str]]:
    """(kind, key) of every value that has a canonical form, and of its halves.

    `key` is the HMAC key.
    """
    digest = partial(hmac.digest, key, digest="sha256")
    return {
        (each, digest(text.encode()).hex()[:KEY_HEX_DIGITS])
        for kind, value in values
        if value and (form := CANONICAL[kind](value))
        for each, text in ((kind, form), *halves(kind, form))
    }


def _clean(value: str) -> str:
    """NFKC without what cannot be seen: zero-width characters and variation selectors."""
    text = unicodedata.normalize("NFKC", value.translate(_STANDALONE_MARKS))
    if text.isascii():
        return text
    return "".join(
        char
        for char in text
        if unicodedata.category(char) != "Cf"
        and not 0xFE00 <= ord(char) <= 0xFE0F
        and not 0xE0100 <= ord(char) <= 0xE01EF
    )


def _letters(value: str) -> str:
    """Without spaces and middle dots, in lower case; what now stands together is composed."""
    bare = re.sub(r"[\s・]", "", _clean(value))
    return unicodedata.normalize("NFKC", bare.casefold())
