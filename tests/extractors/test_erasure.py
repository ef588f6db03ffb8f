"""What is personal of a record is erased, its history included, and its ids stay."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

import warehouse
from extractors.deletions import SMALLEST_LOSS
from extractors.erasure import erase_on_request, erased
from extractors.errors import ConfigError, SourceError
from extractors.exports import PERSON_FIELD
from extractors.identity import identity_keys
from extractors.registry import SOURCES
from extractors.stream import Connection, Fields, Page, Record, Stream
from tests.extractors.landings import (
    CANDIDATES,
    STAGES,
    broken,
    candidate,
    execute,
    fetch,
    keys,
    land,
    landing,
    new_connection,
    newest,
    rows,
    state,
)
from warehouse import hmac_key

pytestmark = pytest.mark.usefixtures("warehouse_url")

PERSONAL = {"first_name", "last_name", "email_addresses", "phone_numbers", "tags"}
OPPORTUNITIES = replace(SOURCES["lever"].stream("opportunities"), adapt=None)
GONE = replace(STAGES, deletes="candidates", fields=None, volatile=frozenset())
TOLD = replace(STAGES, erases="candidates", fields=None, volatile=frozenset())


def anonymous(number: int, minute: int = 9) -> Fields:
    """A candidate as Greenhouse shows it after it was made anonymous."""
    return candidate(
        number,
        minute=minute,
        first_name="Anonymized",
        last_name=str(number),
        email_addresses=[],
        phone_numbers=[],
    )


def all_rows(connection: Connection, stream: str = "candidates") -> str:
    """Everything that stands of a connection anywhere, as text."""
    tables = [f"raw_{connection.source}.{stream}", "vault.identity_keys", "landing.erasures",
              "landing.sync_state", "gate.quarantine"]  # fmt: skip
    return "\n".join(
        str(fetch(sql.SQL(f"select t::text from {table} t where connection = %s"), [name]))
        for table in tables
        for name in [connection.name]
    )


def hashes(connection: Connection) -> list[bytes]:
    found = fetch(
        sql.SQL("select payload_hash from raw_greenhouse.candidates where connection = %s"),
        [connection.name],
    )
    return [bytes(payload_hash) for (payload_hash,) in found]


def audit(connection: Connection) -> list[tuple[Any, ...]]:
    return fetch(
        sql.SQL(
            "select record_id, reason, requested_by, versions, erased_at is not null"
            " from landing.erasures where connection = %s order by erasure_id"
        ),
        [connection.name],
    )


def made_of(record: Fields, stream: Stream = CANDIDATES) -> set[str]:
    """The keys that the record's identity has."""
    assert stream.identity
    return {key for _, key in identity_keys(stream.identity(record), hmac_key())}


def kinds(connection: Connection, record_id: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for known, kind, key in keys(connection):
        if known == record_id:
            found.setdefault(kind, set()).add(key)
    return found


def test_an_anonymised_person_is_erased_with_the_whole_history() -> None:
    connection = new_connection()
    first = candidate(1, tags=["shy"])
    second = candidate(1, minute=5, last_name="山田")
    land(connection, [first, candidate(2)], run_id="one")
    land(connection, [second], run_id="two")
    known = hashes(connection)
    assert land(connection, [anonymous(1)], run_id="three") == 1

    listed = rows(connection)
    assert [record_id for record_id, _, _ in listed] == ["1", "2", "1", "1"]
    for record_id, payload, _ in listed:
        assert payload["id"] == int(record_id)
        assert bool(PERSONAL & payload.keys()) == (record_id == "2")
    assert len(set(hashes(connection)) & set(known)) == 1  # they could confirm a guess
    left = all_rows(connection)
    gone = (made_of(first) | made_of(second)) - made_of(candidate(2))
    assert not [key for key in gone if key in left]
    assert not {key for found in kinds(connection, "1").values() for key in found} & gone
    for value in ("taro1@example.com", "山田", "shy"):
        assert value not in left
    assert audit(connection) == [("1", "anonymised", "three", 2, True)]


def test_erasing_again_finds_nothing_to_erase() -> None:
    connection = new_connection()
    land(connection, [candidate(1)], run_id="one")
    land(connection, [anonymous(1)], run_id="two")
    once = (rows(connection), keys(connection), audit(connection))
    assert land(connection, [anonymous(1)], run_id="three") == 0
    assert land(connection, [anonymous(1, 10)], run_id="four") == 1
    assert (rows(connection)[:2], keys(connection), audit(connection)) == once


def test_records_without_the_fields_are_not_taken_for_anonymous() -> None:
    connection = new_connection()
    land(connection, [candidate(1)], run_id="one")
    bare = {name: value for name, value in candidate(1, minute=5).items() if name not in PERSONAL}
    land(connection, [bare], run_id="two")
    assert rows(connection)[0][1]["last_name"] == "髙橋"
    assert audit(connection) == []


def test_a_killed_landing_has_erased_nothing() -> None:
    connection = new_connection()
    land(connection, [candidate(1)], run_id="one")
    before = (rows(connection), keys(connection), state(connection))
    with pytest.raises(RuntimeError), landing(connection) as opened:
        opened.land(broken([anonymous(1)], RuntimeError()), {"until": "later"})
    assert (rows(connection), keys(connection), state(connection)) == before
    land(connection, [anonymous(1)], run_id="again")
    assert audit(connection) == [("1", "anonymised", "again", 1, True)]


def test_that_most_people_were_made_anonymous_at_once_is_not_believed() -> None:
    connection = new_connection()
    many = SMALLEST_LOSS + 1
    people: list[Record] = [candidate(number) for number in range(1, many + 1)]
    land(connection, people, run_id="one")
    hidden: list[Record] = [anonymous(number) for number in range(1, many + 1)]
    with pytest.raises(SourceError, match=r"21 of 21 records came without the person .* --full"):
        land(connection, hidden, run_id="two")
    assert audit(connection) == []
    with landing(connection, run_id="three", full=True) as opened:
        opened.land([Page(hidden)], {})
    assert len(audit(connection)) == many


def test_what_the_vendor_deleted_is_erased_and_may_come_back() -> None:
    connection = new_connection()
    land(connection, [candidate(1), candidate(2)], run_id="one")
    land(connection, [{"id": 1}], stream=GONE, run_id="two")
    assert [PERSONAL & payload.keys() != set() for _, payload, _ in rows(connection)] == [
        False, True, False,
    ]  # fmt: skip
    assert audit(connection) == [("1", "deleted", "two", 1, True)]
    assert land(connection, [candidate(1)], run_id="three") == 1
    assert newest(connection)["1"]["last_name"] == "髙橋"
    assert made_of(candidate(1)) <= {key for _, _, key in keys(connection)}


def test_what_a_webhook_tells_is_erased_before_the_list_shows_it() -> None:
    connection = new_connection()
    land(connection, [candidate(1)], run_id="one")
    land(connection, [{"id": 1}], stream=TOLD, run_id="two")
    assert not PERSONAL & rows(connection)[0][1].keys()
    assert audit(connection) == [("1", "anonymised", "two", 1, True)]
    with landing(connection, replace(TOLD, anonymised=lambda event: False)) as opened:
        opened.land([Page([{"id": 7}])], {})
    assert len(audit(connection)) == 1


def test_what_somebody_asked_to_erase_does_not_come_back() -> None:
    connection = new_connection()
    land(connection, [candidate(1), candidate(2)], run_id="one")
    assert erase_on_request(connection, CANDIDATES, ["1"], "suzuki") == 1
    assert land(connection, [candidate(1, minute=3), candidate(2)], run_id="two") == 1
    assert land(connection, [candidate(1, minute=3)], run_id="three") == 0
    assert not PERSONAL & newest(connection)["1"].keys()
    assert PERSONAL & newest(connection)["2"].keys()
    assert "taro1@example.com" not in all_rows(connection)
    assert erase_on_request(connection, CANDIDATES, ["1"], "suzuki") == 0
    assert audit(connection) == [("1", "requested", "suzuki", 1, True)]
    with pytest.raises(ConfigError, match="nothing personal is stored"):
        erase_on_request(connection, STAGES, ["1"], "suzuki")


def test_an_erased_record_stays_linked_with_those_of_its_person_alone() -> None:
    """Two records of one person share random numbers in the place of what they shared; a namesake
    shares nothing with them."""
    connection = new_connection()
    person: dict[str, Any] = {"email_addresses": [{"value": "hana@example.jp"}]}
    people: list[Record] = [
        candidate(1, **person),
        candidate(2, **person, phone_numbers=[{"value": "090-1234-5678"}]),
        candidate(3),
    ]
    land(connection, people, run_id="one")
    land(connection, [anonymous(1)], run_id="two")
    erased_one, living, namesake = (kinds(connection, number) for number in "123")
    assert erased_one.keys() == {"email", "name"}
    for kind, found in erased_one.items():
        assert len(found) == 1
        assert found < living[kind]
        assert not found & namesake[kind]
        assert all(key.startswith("~") for key in found)
    assert made_of(people[1]) <= set().union(*living.values())  # type: ignore[arg-type]

    land(connection, [anonymous(2)], run_id="three")
    both = kinds(connection, "2")
    assert both["email"] == erased_one["email"]
    assert both["name"] >= erased_one["name"]
    assert len(both["phone"]) == 1


def test_all_opportunities_of_an_anonymised_contact_are_erased() -> None:
    connection = new_connection("lever")

    def opportunity(name: str, contact: str, **fields: Any) -> Fields:
        person = {"name": "佐藤 花子", "emails": [f"{contact}@example.jp"], "phones": []}
        return {"id": name, "contact": contact, "updatedAt": 1_750_000_000_000} | person | fields

    everybody: list[Record] = [
        opportunity("a", "c1"), opportunity("b", "c1"), opportunity("c", "c2"),
    ]  # fmt: skip
    land(connection, everybody, stream=OPPORTUNITIES, run_id="one")
    told = opportunity("a", "c1", isAnonymized=True)
    land(connection, [told], stream=OPPORTUNITIES, run_id="two")
    gone = made_of(opportunity("a", "c1"), OPPORTUNITIES) - made_of(everybody[2], OPPORTUNITIES)  # type: ignore[arg-type]
    left = keys(connection)
    assert gone
    assert not gone & {key for _, _, key in left}
    assert {name for name, _, key in left if not key.startswith("~")} == {"c"}
    assert [name for name, *_ in audit(connection)] == ["a", "b"]


def test_the_loader_neither_reads_the_vault_nor_rewrites_what_was_erased() -> None:
    with warehouse.connect("relay_loader", autocommit=True) as session:
        for statement in (
            "select * from vault.identity_keys",
            "update landing.erasures set requested_by = 'nobody'",
            "delete from landing.erasures",
            "update raw_greenhouse.candidates set payload = '{}'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement.encode())


def test_the_quarantine_and_what_is_staged_hold_no_hash_of_what_was_erased() -> None:
    connection = new_connection()
    land(connection, [candidate(1)], run_id="one")
    [digest] = hashes(connection)
    execute(
        "create table if not exists staging.stg_greenhouse__people"
        " (connection text, record_id text, payload_hash bytea)"
    )
    for into, columns in (
        ("staging.stg_greenhouse__people (connection, record_id, payload_hash)", ""),
        ("gate.quarantine (connection, record_id, payload_hash, source, stream, seq, rule, reason,"
         " status, found_at, found_run_id)",
         ", 'greenhouse', 'candidates', seq, 'r', 'r', 'open', now(), 'r'"),
    ):  # fmt: skip
        execute(
            f"insert into {into} select connection, record_id, payload_hash{columns}"
            f" from raw_greenhouse.candidates where connection = '{connection.name}'"
        )
    land(connection, [anonymous(1)], run_id="two")
    for table in ("staging.stg_greenhouse__people", "gate.quarantine"):
        found = fetch(
            sql.SQL(f"select payload_hash from {table} where connection = %s"),
            [connection.name],
        )
        [held] = [bytes(payload_hash) for (payload_hash,) in found]
        assert held != digest
        assert held in hashes(connection)
    execute("drop table staging.stg_greenhouse__people")


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(stream, id=f"{source.name}.{stream.name}")
        for source in SOURCES.values()
        for stream in source.streams
        if stream.identity or stream.adapt
    ],
)
def test_every_stream_of_people_says_what_is_personal(stream: Stream) -> None:
    """What is left of any record identifies nobody."""
    bound = stream
    if stream.adapt and stream.identity is None:
        source = next(each for each in SOURCES.values() if stream in each.streams)
        bound = stream.bound(source.options_model.model_validate({"start_date": "2026-01-01"}))
    if bound.identity is None:
        return
    assert bound.erase
    text = "x@example.jp"
    answers = [
        {"type": "text", "text": text, "field": {"ref": ref}}
        for ref in ("name", "kana", "email", "phone", "birth_date", "wish")
    ]
    record: Fields = dict.fromkeys(bound.fields or (), text)
    listed = [{"value": text}]
    record |= {"email_addresses": listed, "phone_numbers": listed, "answers": answers}
    record |= {"emails": [text], "emailAddresses": listed, "phoneNumbers": listed}
    record |= {"primaryEmailAddress": {"value": text}, "primaryPhoneNumber": {"value": text}}
    record |= {"hidden": {"token": "t", "email": text}, "client": {"network_key": text}}
    seen = {**record, "phones": listed, "isAnonymized": 0, "anonymized": 0}
    seen |= {"email": text, "recipient": text, "mail": {"destination": [text]}}
    assert list(bound.identity({**seen, PERSON_FIELD: [("email", text)]}))
    stored = {name: value for name, value in record.items() if name in (bound.fields or ())}
    left = {PERSON_FIELD: [], "mail": {}, **erased(stored, bound)}  # not stored in any case
    assert list(bound.identity(left)) == []
