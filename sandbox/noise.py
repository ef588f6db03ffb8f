"""Noise over a finished world: what people mistype, share, change and forward.

Off by default; the benchmark of identity resolution asks for it. A pure function of the world and a
seed: it rewrites records of ``world.db`` and leaves ``truth.db`` alone, because a mistyped address
makes nobody another person. A world with noise cannot be advanced: moving its clock would tell the
stories again as they were.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson

from sandbox import store
from sandbox.people import OTHER_FORM

Json = dict[str, Any]


@dataclass(frozen=True)
class Rates:
    """Shares of persons (households, shared_people), else of records."""

    households: float = 0.08  # of two people with one phone, two thirds of one family name
    shared_mail: float = 0.3  # of households: one e-mail too
    shared_people: float = 0.04  # of a company's people: somebody of the company before
    forwarded: float = 0.05  # of registrations with a token; half of them within the household
    form_email: float = 0.03
    form_phone: float = 0.02
    form_name: float = 0.02
    form_kana: float = 0.02
    form_birth_date: float = 0.02
    form_new_email: float = 0.04
    form_new_phone: float = 0.03
    form_married: float = 0.01
    ats_email: float = 0.01
    ats_phone: float = 0.01
    ats_name: float = 0.01
    ats_variant: float = 0.1
    moved: float = 0.05  # of candidates: a corrected e-mail, between two landings


@dataclass
class Noise:
    """What was done: how often, and which person of a later company is one of an earlier."""

    counts: Counter[str] = field(default_factory=Counter)
    same_as: dict[str, str] = field(default_factory=dict)


@dataclass
class _Company:
    candidates: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    responses: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    tokens: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def people(self) -> list[str]:
        return sorted(self.candidates)


def add(home: Path, seed: int, rates: Rates | None = None) -> Noise:
    """Make the world in `home` noisy."""
    rates = rates or Rates()
    noise = Noise()
    with closing(store.open_world(home)) as world, closing(store.open_truth(home)) as truth, world:
        earlier: _Company | None = None
        for (company_id,) in truth.execute("select company_id from company order by rowid"):
            company = _read(world, truth, company_id)
            rng = Random(f"{seed}:noise:{company_id}")
            if earlier:
                _share_people(rng, rates, earlier, company, noise)
            homes = _share_homes(rng, rates, company, noise)
            _forward(rng, rates, company, homes, noise)
            for candidate in _all(company.candidates):
                _ats(
                    Random(f"{seed}:noise:{company_id}:{candidate['id']}"), rates, candidate, noise
                )
            for response in _all(company.responses):
                own = Random(f"{seed}:noise:{response['response_id']}")
                _form(own, rates, response, company, noise)
            _write(world, company_id, company)
            earlier = company
    return noise


def move(home: Path, seed: int, rates: Rates | None = None) -> int:
    """Correct some candidates' e-mails, as seen by the next scan; returns how many."""
    rates = rates or Rates()
    moved = 0
    with closing(store.open_world(home)) as world, world:
        clock = store.clock(world).replace("Z", ".000Z")
        for account, number, body in world.execute(
            "select account, id, body from records where stream = 'candidates' order by 1, 2"
        ).fetchall():
            rng = Random(f"{seed}:moved:{account}:{number}")
            if rng.random() >= rates.moved:
                continue
            moved += 1
            record = orjson.loads(body) | {"updated_at": clock}
            record["email_addresses"] = [{"value": _new_email(rng), "type": "personal"}]
            world.execute(
                "update records set body = ?, updated_at = ?, sort_at = ?"
                " where account = ? and stream = 'candidates' and id = ?",
                (orjson.dumps(record), clock, clock, account, number),
            )
    return moved


def _read(world: sqlite3.Connection, truth: sqlite3.Connection, company_id: str) -> _Company:
    company = _Company()
    people = dict(
        truth.execute(
            "select candidate_id, person_id from candidate where company_id = ?", (company_id,)
        ).fetchall()
    )
    for record in _bodies(world, f"{company_id}_greenhouse", "candidates"):
        company.candidates[people[record["id"]]].append(record)
    registrants = dict(
        truth.execute(
            "select response_id, person_id from response where company_id = ?", (company_id,)
        ).fetchall()
    )
    for record in _bodies(world, f"{company_id}_typeform", "responses_completed"):
        company.responses[registrants[record["response_id"]]].append(record)
    for candidate_id, token in truth.execute(
        "select candidate_id, token from application_event join application using (application_id)"
        " where company_id = ? and token is not null and at <= ? order by token",
        (company_id, store.clock(world)),
    ):
        company.tokens[people[candidate_id]].append(token)
    return company


def _bodies(world: sqlite3.Connection, account: str, stream: str) -> Iterator[Json]:
    for (body,) in world.execute(
        "select body from records where account = ? and stream = ? order by id", (account, stream)
    ):
        yield orjson.loads(body)


def _write(world: sqlite3.Connection, company_id: str, company: _Company) -> None:
    world.executemany(
        "update records set body = ? where account = ? and stream = 'candidates' and id = ?",
        [
            (orjson.dumps(record), f"{company_id}_greenhouse", record["id"])
            for record in _all(company.candidates)
        ],
    )
    world.executemany(
        "update records set body = ? where account = ? and stream = 'responses_completed'"
        " and key = ?",
        [
            (orjson.dumps(record), f"{company_id}_typeform", record["response_id"])
            for record in _all(company.responses)
        ],
    )


def _all(records: dict[str, list[Json]]) -> list[Json]:
    return [record for owner in sorted(records) for record in records[owner]]


def _share_people(
    rng: Random, rates: Rates, earlier: _Company, company: _Company, noise: Noise
) -> None:
    """Some people of this company are people of the one before, with all that is theirs."""
    known = earlier.people()
    for person in company.people():
        if rng.random() >= rates.shared_people:
            continue
        other = known[int(rng.random() * len(known))]
        if other in noise.same_as.values():
            continue
        noise.same_as[person] = other
        noise.counts["shared_people"] += 1
        model = earlier.candidates[other][0]
        form = next(iter(earlier.responses.get(other, [])), None)
        for record in company.candidates[person]:
            for name in ("first_name", "last_name", "email_addresses", "phone_numbers"):
                record[name] = model[name]
        for record in company.responses.get(person, []):
            _set(record, "name", f"{model['last_name']} {model['first_name']}")
            _set(record, "email", model["email_addresses"][0]["value"])
            for ref in ("kana", "birth_date", "phone"):
                if form:
                    _set(record, ref, _answered(form, ref))


def _share_homes(rng: Random, rates: Rates, company: _Company, noise: Noise) -> dict[str, str]:
    """Pairs of people with one phone; who lives with whom."""
    people = [p for p in company.people() if p not in noise.same_as]
    rng.shuffle(people)
    homes: dict[str, str] = {}
    for first, second in zip(people[::2], people[1::2], strict=False):
        phones = [p["value"] for c in company.candidates[first] for p in c["phone_numbers"]]
        givens = {company.candidates[each][0]["first_name"] for each in (first, second)}
        if rng.random() >= rates.households or not phones or len(givens) < 2:
            continue
        homes |= {first: second, second: first}
        noise.counts["households"] += 1
        model = company.candidates[first][0]
        family = model["last_name"] if rng.random() < 2 / 3 else None
        mail = model["email_addresses"] if rng.random() < rates.shared_mail else None
        noise.counts["shared_mail"] += mail is not None
        for record in company.candidates[second]:
            record["phone_numbers"] = [{"value": phones[0], "type": "home"}]
            record["last_name"] = family or record["last_name"]
            record["email_addresses"] = mail or record["email_addresses"]
        own = company.candidates[second][0]
        for record in company.responses.get(second, []):
            _set(record, "phone", phones[0])
            _set(record, "name", f"{own['last_name']} {own['first_name']}")
            if mail:
                _set(record, "email", mail[0]["value"])
    return homes


def _forward(
    rng: Random, rates: Rates, company: _Company, homes: dict[str, str], noise: Noise
) -> None:
    """Forms that were opened by a link that somebody else had got."""
    senders = sorted(company.tokens)
    for person in sorted(company.responses):
        for record in company.responses[person]:
            chance = rates.forwarded * (5 if person in homes else 1)
            if not record["hidden"].get("token") or rng.random() >= chance:
                continue
            sender = homes.get(person, "") if rng.random() < 0.5 else ""
            sender = sender if sender in company.tokens else rng.choice(senders)
            if sender != person:
                record["hidden"]["token"] = rng.choice(company.tokens[sender])
                noise.counts["forwarded"] += 1


def _ats(rng: Random, rates: Rates, record: Json, noise: Noise) -> None:
    for listed, rate, change, name in (
        ("email_addresses", rates.ats_email, mistyped_email, "ats_email"),
        ("phone_numbers", rates.ats_phone, mistyped_phone, "ats_phone"),
    ):
        if record[listed] and rng.random() < rate:
            noise.counts[name] += 1
            first = record[listed][0]
            record[listed] = [first | {"value": change(rng, first["value"])}]
    if rng.random() < rates.ats_variant:
        family = "".join(OTHER_FORM.get(each, each) for each in record["last_name"])
        noise.counts["ats_variant"] += family != record["last_name"]
        record["last_name"] = family
    if rng.random() < rates.ats_name:
        noise.counts["ats_name"] += 1
        record["first_name"] = mistyped_name(rng, record["first_name"])


def _form(rng: Random, rates: Rates, record: Json, company: _Company, noise: Noise) -> None:
    families = company.people()

    def married(value: str) -> str:
        other = company.candidates[rng.choice(families)][0]["last_name"]
        return f"{other} {value.split()[-1][-2:]}"

    changes: tuple[tuple[str, float, str, Callable[[str], str]], ...] = (
        ("email", rates.form_email, "form_email", lambda v: mistyped_email(rng, v)),
        ("email", rates.form_new_email, "form_new_email", lambda _: _new_email(rng)),
        ("phone", rates.form_phone, "form_phone", lambda v: mistyped_phone(rng, v)),
        ("phone", rates.form_new_phone, "form_new_phone", lambda _: _new_phone(rng)),
        ("name", rates.form_name, "form_name", lambda v: mistyped_name(rng, v)),
        ("name", rates.form_married, "form_married", married),
        ("kana", rates.form_kana, "form_kana", lambda v: mistyped_name(rng, v)),
        ("birth_date", rates.form_birth_date, "form_birth_date", lambda v: _other_day(rng, v)),
    )
    for ref, rate, name, change in changes:
        if rng.random() < rate:
            noise.counts[name] += 1
            _answer(record, ref, change)


def _answer(record: Json, ref: str, change: Callable[[str], str]) -> None:
    for answer in record["answers"]:
        if answer["field"]["ref"] == ref:
            answer[answer["type"]] = change(answer[answer["type"]])


def _set(record: Json, ref: str, value: str) -> None:
    _answer(record, ref, lambda _: value)


def _answered(record: Json, ref: str) -> str:
    return next(
        str(answer[answer["type"]]) for answer in record["answers"] if answer["field"]["ref"] == ref
    )


def mistyped_email(rng: Random, value: str) -> str:
    """One error: in the domain, or a letter of the local part swapped, lost, doubled or wrong."""
    local, _, domain = value.strip().rpartition("@")
    if not local or rng.random() < 0.25:
        name, dot, rest = domain.partition(".")
        return f"{local}@{_swapped(rng, name)}{dot}{rest}"
    at = int(rng.random() * len(local))
    kind = rng.random()
    if kind < 0.4:
        local = _swapped(rng, local)
    elif kind < 0.6:
        local = local[:at] + local[at + 1 :] or local
    elif kind < 0.8:
        local = local[:at] + local[at] + local[at:]
    else:
        local = local[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + local[at + 1 :]
    return f"{local}@{domain}"


def mistyped_phone(rng: Random, value: str) -> str:
    """Two neighbouring digits swapped, or one of the last eight wrong."""
    places = [n for n, character in enumerate(value) if character.isdigit()][-8:]
    at = int(rng.random() * (len(places) - 1))
    text = list(value)
    if rng.random() < 0.5 and text[places[at]] != text[places[at + 1]]:
        text[places[at]], text[places[at + 1]] = text[places[at + 1]], text[places[at]]
    else:
        text[places[at]] = str((int(text[places[at]]) + 1 + int(rng.random() * 9)) % 10)
    return "".join(text)


def mistyped_name(rng: Random, value: str) -> str:
    """The last character of the given name comes out as another that is read alike."""
    text = value.rstrip()
    other = {"郎": "朗", "朗": "郎", "子": "児", "美": "実", "実": "美", "介": "助", "也": "哉"}
    wrong = other.get(text[-1]) or rng.choice("樹司志穂香アイウ")
    return text[:-1] + wrong


def _swapped(rng: Random, text: str) -> str:
    pairs = [n for n in range(len(text) - 1) if text[n] != text[n + 1]]
    if not pairs:
        return f"{text}x"
    at = pairs[int(rng.random() * len(pairs))]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _new_email(rng: Random) -> str:
    return f"{rng.getrandbits(48):012x}@example.jp"


def _new_phone(rng: Random) -> str:
    return f"0601{rng.getrandbits(40) % 10_000_000:07d}"


def _other_day(rng: Random, value: str) -> str:
    day = date.fromisoformat(value)
    if rng.random() < 0.5:
        return (day + timedelta(days=1 + int(rng.random() * 9))).isoformat()
    return day.replace(
        year=day.year + rng.choice((-10, -1, 1, 10)), day=min(day.day, 28)
    ).isoformat()
