"""Invented people: names with kana, addresses and phones that no two of them share.

Names come from Faker's ja_JP tables, plus families whose kanji have variants. `FOLD` and the
carrier domains follow how Japanese names and addresses are really typed; every typed form here
stands for the same person as the plain form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from math import gcd
from random import Random

import jaconv

# Characters that one person writes either way. 斉 is left out: 斉藤 and 斎藤 are two families.
VARIANTS = ("髙高", "﨑崎", "濵濱浜", "邉邊辺", "齋斎", "𠮷吉", "德徳", "廣広", "澤沢", "嶋島")
FOLD = {
    ord(variant): group[-1]
    for group in (*VARIANTS, "碕埼崎", "齊斉斎", "嶌島")
    for variant in group[:-1]
}
OTHER_FORM = {group[i]: group[i - 1] for group in VARIANTS for i in range(len(group))}

VARIANT_FAMILIES = (
    ("髙橋", "タカハシ", "takahashi"),
    ("山﨑", "ヤマザキ", "yamazaki"),
    ("濵田", "ハマダ", "hamada"),
    ("渡邉", "ワタナベ", "watanabe"),
    ("渡邊", "ワタナベ", "watanabe"),
    ("齋藤", "サイトウ", "saito"),
    ("𠮷田", "ヨシダ", "yoshida"),
    ("德永", "トクナガ", "tokunaga"),
    ("廣瀬", "ヒロセ", "hirose"),
    ("澤田", "サワダ", "sawada"),
    ("嶋田", "シマダ", "shimada"),
)
VARIANT_WEIGHT = 40_000.0
DOMAINS = (
    ("gmail.com", 45),
    ("yahoo.co.jp", 12),
    ("icloud.com", 12),
    ("docomo.ne.jp", 8),
    ("outlook.jp", 6),
    ("softbank.ne.jp", 5),
    ("ezweb.ne.jp", 4),
    ("au.com", 3),
    ("i.softbank.jp", 3),
    ("hotmail.co.jp", 2),
)
LOOSE_DOMAINS = ("docomo.ne.jp", "ezweb.ne.jp")  # once issued a..b@ and ab.@

MOBILES = 270_000_000  # 070, 080 and 090 with eight digits that do not begin with 0
MOBILE_STEP = 166_863_677
LANDLINES = 40_000_000  # 03-3 to 03-6
LANDLINE_STEP = 24_721_361
OFFSET = 7_340_231  # so that the first person's numbers are not all zeros
YOUNGEST, OLDEST = date(2005, 3, 31), date(1964, 4, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """One human. `other_email` and `other_phone` are theirs too, and the ATS knows neither."""

    person_id: str
    family: str
    given: str
    kana: str  # family and given, separated by one space
    email: str
    other_email: str
    phone: str  # national form, digits only
    other_phone: str
    born: str

    @property
    def name_key(self) -> str:
        """What two spellings of the same name have in common."""
        return (self.family + self.given).translate(FOLD)


@dataclass(frozen=True)
class NameTable:
    families: Sequence[tuple[str, str, str]]
    family_weights: Sequence[float]
    givens: Sequence[tuple[str, str, str]]


@cache
def names() -> NameTable:
    """(kanji, kana, roman) of families with cumulative frequencies, and of given names."""
    from faker.providers.person.ja_JP import Provider

    weighted = list(Provider.last_name_pairs.items())
    weighted += [(family, VARIANT_WEIGHT) for family in VARIANT_FAMILIES]
    givens = (*Provider.first_name_female_pairs, *Provider.first_name_male_pairs)
    return NameTable(
        [(kanji, kana, roman.lower()) for (kanji, kana, roman), _ in weighted],
        list(accumulate(weight for _, weight in weighted)),
        [(kanji, kana, roman.lower()) for kanji, kana, roman in givens],
    )


class Population:
    """Makes people by number; addresses are unique because the numbers in them are."""

    def __init__(self, capacity: int) -> None:
        """`capacity`: numbers run below it. Raises ValueError when the phones would run out."""
        if 2 * capacity > MOBILES:
            raise ValueError(
                f"{capacity} people asked for, phone numbers suffice for {MOBILES // 2}"
            )
        self.capacity = capacity
        self._modulus = 10 ** len(str(2 * capacity))
        self._step = self._modulus * 618 // 1000 // 10 * 10 + 7
        if gcd(self._step, self._modulus) != 1 or gcd(MOBILE_STEP, MOBILES) != 1:
            raise ValueError("the number steps must be coprime to their moduli")
        table = names()
        self._families, self._weights = table.families, table.family_weights
        self._givens = table.givens
        self._domains = [domain for domain, _ in DOMAINS]
        self._domain_weights = list(accumulate(weight for _, weight in DOMAINS))
        self._span = (YOUNGEST - OLDEST).days

    def person(self, rng: Random, person_id: str, number: int) -> Person:
        family, family_kana, family_roman = rng.choices(self._families, cum_weights=self._weights)[
            0
        ]
        given, given_kana, given_roman = self._givens[int(rng.random() * len(self._givens))]
        roman = (given_roman, family_roman)
        return Person(
            person_id,
            family,
            given,
            f"{family_kana} {given_kana}",
            self._email(rng, roman, 2 * number),
            self._email(rng, roman, 2 * number + 1),
            _phone(2 * number, landline=rng.random() < 0.03),
            _phone(2 * number + 1, landline=False),
            (OLDEST + timedelta(days=int(rng.random() * self._span))).isoformat(),
        )

    def stranger(self, rng: Random, person_id: str, number: int, other: Person) -> Person:
        """A person who shares no name with `other`."""
        while (person := self.person(rng, person_id, number)).name_key == other.name_key:
            pass
        return person

    def _email(self, rng: Random, roman: tuple[str, str], index: int) -> str:
        domain = rng.choices(self._domains, cum_weights=self._domain_weights)[0]
        number = (index * self._step + OFFSET) % self._modulus
        given, family = roman
        kind = rng.random()
        if domain in LOOSE_DOMAINS and kind < 0.3:
            dotted = f"{given}..{family}{number}"
            return f"{dotted}@{domain}" if kind < 0.15 else f"{given}{number}.@{domain}"
        if kind < 0.4:
            return f"{given}.{family}{number}@{domain}"
        if kind < 0.7:
            return f"{family}_{given}{number}@{domain}"
        return f"{given[0]}{family}{number}@{domain}"


def _phone(index: int, *, landline: bool) -> str:
    if landline and index < LANDLINES:
        return f"03{30_000_000 + (index * LANDLINE_STEP + OFFSET) % LANDLINES:08d}"
    spread = (index * MOBILE_STEP + OFFSET) % MOBILES
    prefix, rest = divmod(spread, MOBILES // 3)
    return f"0{7 + prefix}0{10_000_000 + rest:08d}"


def grouped(phone: str, hyphen: str = "-") -> str:
    """A national number in its usual groups."""
    head = 2 if phone.startswith("03") else 3
    return hyphen.join((phone[:head], phone[head:-4], phone[-4:]))


def ats_phone(rng: Random, phone: str) -> str:
    """How a recruiter or a job board writes a phone number."""
    kind = rng.random()
    if kind < 0.6:
        return grouped(phone)
    if kind < 0.9:
        return phone
    return f"+81 {grouped(phone)[1:]}"


def ats_email(rng: Random, email: str) -> str:
    """How the ATS shows an e-mail address: as given, now and then with a capital."""
    return email if rng.random() < 0.95 else email[0].upper() + email[1:]


def typed_name(rng: Random, person: Person) -> str:
    """Family and given name as typed into one field, perhaps with variant kanji."""
    family = person.family
    if rng.random() < 0.4:
        family = "".join(OTHER_FORM.get(character, character) for character in family)
    space = ("　", " ", "", "  ")[int(rng.random() ** 2 * 4)]
    padding = " " if rng.random() < 0.05 else ""
    return f"{padding}{family}{space}{person.given}{padding}"


def typed_kana(rng: Random, person: Person) -> str:
    """Kana as typed: full-width, half-width, hiragana, with or without a space."""
    kind = rng.random()
    if kind < 0.6:
        return person.kana
    if kind < 0.8:
        return str(jaconv.z2h(person.kana))
    if kind < 0.9:
        return person.kana.replace(" ", "　")
    return person.kana.replace(" ", "")


def typed_email(rng: Random, email: str) -> str:
    """An address as typed: capitals, full-width letters, quotes, a Gmail tag, stray spaces."""
    local, _, domain = email.partition("@")
    kind = rng.random()
    if ".." in local or local.endswith("."):
        return f'"{local}"@{domain}' if kind < 0.5 else email
    if kind < 0.08:
        return email.upper()
    if kind < 0.14:
        return str(jaconv.h2z(email, ascii=True, digit=True))
    if kind < 0.18:
        return f" {email} "
    plain = local.replace(".", "")
    if domain == "gmail.com" and kind < 0.26:
        return f"{plain}+career@{domain}"
    if domain == "gmail.com" and kind < 0.32:
        return f"{plain[:2]}.{plain[2:]}@{domain}"
    return email


def typed_phone(rng: Random, phone: str) -> str:
    """A phone number as typed: groups, +81, full-width digits, every hyphen there is."""
    kind = int(rng.random() * 12)
    if kind == 0:
        return f"+81 {grouped(phone)[1:]}"
    if kind == 1:
        return f"+81-{grouped(phone)}"
    if kind == 2:
        return str(jaconv.h2z(grouped(phone, "\u2212"), ascii=False, digit=True))
    if kind == 3:
        return grouped(phone, "\u2010")
    if kind == 4:
        return grouped(phone, "ー")
    if kind == 5:
        return grouped(phone, " ")
    if kind == 6 and not phone.startswith("03"):
        return grouped(phone)[1:]
    return grouped(phone) if kind < 9 else phone
