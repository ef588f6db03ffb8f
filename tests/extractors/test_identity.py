"""Canonical forms against the ways in which people and systems write the same value."""

import unicodedata

import phonenumbers
import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from extractors.identity import (
    canonical_birth_date,
    canonical_email,
    canonical_phone,
    identity_keys,
    kana_key,
    name_key,
)

KEY = b"a key"

EMAILS = (
    ("Taro.Yamada+job@Gmail.com", "taroyamada@gmail.com"),
    ("taroyamada@googlemail.com", "taroyamada@gmail.com"),
    ("Taro.Yamada@Example.CO.JP", "taro.yamada@example.co.jp"),
    ("taro+relay@example.com", "taro@example.com"),
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "taro@example.com"),
    ("  taro@example.com\u3000", "taro@example.com"),
    ("<taro@example.com>", "taro@example.com"),
    ("taro\u200b@example.com", "taro@example.com"),
    ('"taro..x."@docomo.ne.jp', "taro..x.@docomo.ne.jp"),
    ("taro..x.@docomo.ne.jp", "taro..x.@docomo.ne.jp"),
    (".taro@ezweb.ne.jp", ".taro@ezweb.ne.jp"),
    ("taro@日本語.example.jp", "taro@xn--wgv71a119e.example.jp"),
    ("taro@xn--wgv71a119e.example.jp", "taro@xn--wgv71a119e.example.jp"),
    ("a..b@example.com", None),
    ("taro@-example.com", None),
    ("taro@example", None),
    ("taro at example.com", None),
    ("ta ro@example.com", None),
    ("@example.com", None),
    ("", None),
)

PHONES = (
    ("090-1234-5678", "+819012345678"),
    ("09012345678", "+819012345678"),
    ("０９０−１２３４−５６７８", "+819012345678"),
    ("090ー1234ー5678", "+819012345678"),
    ("090–1234‐5678", "+819012345678"),
    ("+81 90-1234-5678", "+819012345678"),
    ("+81-090-1234-5678", "+819012345678"),
    ("81 90-1234-5678", "+819012345678"),
    ("90-1234-5678", "+819012345678"),
    ("060-1234-5678", "+816012345678"),
    ("03(1234)5678", "+81312345678"),
    ("03-1234-5678 内線12", "+81312345678"),
    ("050-1234-5678", "+815012345678"),
    ("+1 212-736-5000", "+12127365000"),
    ("0120-123-456", None),
    ("020-1234-5678", None),
    ("090-1234-567", None),
    ("なし", None),
    ("", None),
)

NAMES = (
    ("髙橋　太郎", "高橋太郎"),
    ("山﨑 花子", "山崎花子"),
    ("渡邉 一", "渡辺一"),
    ("渡邊 一", "渡辺一"),
    ("齋藤 陽菜", "斎藤陽菜"),
    ("齊藤 陽菜", "斉藤陽菜"),
    ("濵田 德", "浜田徳"),
    ("𠮷野 廣", "吉野広"),
    ("嶋澤 蓮", "島沢蓮"),
    ("祐\ufe00介", "祐介"),
    ("ジョン・スミス", "ジョン スミス"),
    ("John  SMITH", "johnsmith"),
    ("ｼﾞｮﾝ", "ジョン"),
)

KANA = (
    ("ﾊﾞﾝﾄﾞｳ ﾀﾛｳ", "バンドウタロウ"),
    ("ばんどう　たろう", "バンドウ タロウ"),
    ("か゛", "ガ"),
    ("おおの−", "オオノー"),
)


@pytest.mark.parametrize(("written", "canonical"), EMAILS)
def test_email(written: str, canonical: str | None) -> None:
    assert canonical_email(written) == canonical


@pytest.mark.parametrize(("written", "canonical"), PHONES)
def test_phone(written: str, canonical: str | None) -> None:
    assert canonical_phone(written) == canonical


@pytest.mark.parametrize(("one", "other"), NAMES)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) is not None


@pytest.mark.parametrize(("one", "other"), KANA)
def test_readings_that_are_the_same(one: str, other: str) -> None:
    assert kana_key(one) == kana_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("山田太郎", "山田次郎"), ("佐藤", "加藤"), ("オノ", "オオノ"), ("斎藤", "斉藤")],
)
def test_names_that_are_not(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("written", ["2000-01-31", "2000/1/31", "２０００年１月３１日", "20000131"])
def test_birth_date(written: str) -> None:
    assert canonical_birth_date(written) == "2000-01-31"


@pytest.mark.parametrize("written", ["2000-02-30", "31/01/2000", "", "2000"])
def test_no_birth_date(written: str) -> None:
    assert canonical_birth_date(written) is None


@given(st.from_regex(r"0[789]0[1-9][0-9]{7}", fullmatch=True))
def test_the_short_way_for_mobiles_says_what_phonenumbers_says(digits: str) -> None:
    number = phonenumbers.parse(digits, "JP")
    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert canonical_phone(digits) == wanted


@given(
    st.from_regex(r"[a-z0-9_+-]{1,9}(\.[a-z0-9_+-]{1,9}){0,2}", fullmatch=True),
    st.from_regex(r"([a-z0-9]{1,9}(-[a-z0-9]{1,9})?\.){1,3}[a-z]{2,6}", fullmatch=True),
)
def test_the_short_way_for_addresses_says_what_email_validator_says(
    local: str, domain: str
) -> None:
    found = validate_email(
        f"{local}@{domain}", check_deliverability=False, globally_deliverable=False
    )
    assert found.normalized == f"{local}@{domain}"
    assert canonical_email(f"{local}@{domain}") is not None


TYPOS = (
    ("email", "taro.yamada7213@example.com", "taro.yamada7213@exmaple.com"),
    ("email", "taro.yamada7213@example.com", "taro.yamada7231@example.com"),
    ("email", "taro.yamada7213@example.com", "tar.yamada7213@example.com"),
    ("phone", "090-1234-5678", "080-1234-5678"),
    ("phone", "090-1234-5678", "090-1234-5687"),
    ("name", "佐藤太郎", "佐藤太朗"),
    ("name", "佐藤花子", "鈴木花子"),
)


@pytest.mark.parametrize(("kind", "right", "wrong"), TYPOS)
def test_a_single_error_leaves_a_half(kind: str, right: str, wrong: str) -> None:
    common = identity_keys([(kind, right)], KEY) & identity_keys([(kind, wrong)], KEY)
    assert common
    assert {found for found, _ in common} <= {f"{kind}_head", f"{kind}_tail"}


@given(st.text())
def test_forms_are_stable_under_themselves_and_unicode_forms(text: str) -> None:
    """Whatever comes, the form of a form is that form, and composition does not matter."""
    for form in (canonical_email, canonical_phone, name_key, kana_key, canonical_birth_date):
        canonical = form(text)
        assert canonical is None or form(canonical) == canonical
        assert form(unicodedata.normalize("NFD", text)) == form(unicodedata.normalize("NFC", text))


def test_keys_are_keyed_and_say_nothing() -> None:
    values = [("email", "TARO@example.com"), ("name", "髙橋太郎"), ("phone", "なし"), ("kana", "")]
    keys = identity_keys(values, KEY)
    assert {kind for kind, _ in keys if "_" not in kind} == {"email", "name"}
    assert all(len(key) == 32 and int(key, 16) >= 0 for _, key in keys)
    assert keys == identity_keys([("name", "高橋 太郎"), ("email", "taro@example.com")], KEY)
    assert keys.isdisjoint(identity_keys(values, b"another key"))
