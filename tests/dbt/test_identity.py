"""Who is one person: rules, the review queue with its scores, what humans decide, and groups."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from extractors.identity import halves
from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Company, Raw

pytestmark = pytest.mark.long

REJECTED = "2025-06-01T00:00:00Z"
AS_OF = "2025-09-15T00:00:00Z"
IDENTITY = ["run", "--select", "int_identity_decisions+"]
WEIGHTS: dict[str, dict[str, tuple[float, float]]] = yaml.safe_load(
    (FOLDER / "dbt_project.yml").read_text()
)["vars"]["identity_weights"]
PRIOR: float = yaml.safe_load((FOLDER / "dbt_project.yml").read_text())["vars"]["identity_prior"]


def keys(**values: str) -> dict[str, str]:
    """The identity keys of values, in the clear."""
    found = {kind: value for kind, value in values.items() if value}
    return found | {
        half: text for kind, value in found.items() for half, text in halves(kind, value)
    }


def _candidate(company: Company, number: int, token: str | None = None, **values: str) -> None:
    company.candidate(number, **keys(**values))
    company.rejected(number, number, REJECTED)
    if token:
        company.mail(number, number, token, REJECTED)


def _form(
    company: Company, response: str, day: int, token: str | None = None, /, **values: str
) -> None:
    at = f"2025-06-{day:02}T00:00:00Z"
    found: dict[str, Any] = keys(**values)
    company.response(response, landed=at, submitted=at, token=token, **found)


HOME = {"email": "home@x.jp", "phone": "+819011112222"}


@pytest.fixture(scope="module")
def aozora(raw: Raw, project: Project) -> Company:
    """A couple with one phone and one e-mail; a mistyped address; a corrected one; namesakes."""
    company = raw.company("aozora")
    company.reference()
    raw.company("hinata").reference()
    _candidate(company, 1, "t1", **HOME, name="佐藤太郎")
    _candidate(company, 2, "t2", **HOME, name="佐藤花子")
    _form(
        company,
        "own",
        10,
        "t2",
        **HOME,
        name="佐藤花子",
        kana="サトウハナコ",
        birth_date="1990-01-01",
    )
    _form(company, "forwarded", 11, "t1", **HOME, name="佐藤花子", birth_date="1990-01-01")
    _candidate(company, 3, email="ichiro.suzuki9@x.jp", name="鈴木一郎")
    _form(
        company, "typo", 12, email="ichiro.suzuki9@y.jp", name="鈴木一郎", birth_date="1980-01-01"
    )
    _candidate(company, 4, email="old@x.jp", name="高橋次郎")
    _form(company, "early", 13, email="old@x.jp", name="高橋次郎")
    company.candidate(4, **keys(email="new@x.jp", name="高橋次郎"))
    _candidate(company, 5, email="five@x.jp", name="田中実")
    _form(company, "dated", 14, email="five@x.jp", name="田中実", birth_date="1970-01-01")
    _form(company, "redated", 15, email="five@x.jp", name="田中実", birth_date="2000-01-01")
    _candidate(Company(raw, "hinata"), 1, email="old@x.jp", name="高橋次郎")
    raw.connection.execute("update landing.companies set group_id = 'g'")
    _namesakes(raw.company("kaede"))
    _random_people(raw.company("minato"))
    raw.check(AS_OF)
    project.transform()
    return company


def _namesakes(company: Company) -> None:
    """Forms that agree with their token by the name alone; who has it besides."""
    company.reference()
    own = {"email": "own@x.jp", "phone": "+819033330001", "name": "伊藤健"}
    other = {"email": "other@x.jp", "phone": "+819033330002", "name": "伊藤健"}
    _candidate(company, 1, "k1", **own)
    _candidate(company, 2, "k2", **other)
    _form(company, "forwarded", 10, "k1", **other | {"email": "ohter@x.jp"})
    first = {"email": "same@x.jp", "phone": "+819033330003", "name": "渡辺恵"}
    _candidate(company, 3, "k3", **first)
    _candidate(company, 4, "k4", **first | {"phone": "+819033330004"})
    _form(company, "again", 11, "k3", email="new@x.jp", phone="+819033330004", name="渡辺恵")
    _candidate(company, 5, "k5", email="five@x.jp", phone="+819033330005", name="山本歩")
    _form(company, "moved", 12, "k5", email="six@x.jp", phone="+819033330006", name="山本歩")


def _people(raw: Raw, company: str = "aozora") -> dict[str, str]:
    return {
        record.rpartition(":")[2]: person.rpartition(":")[2]
        for record, person in raw.rows(
            "select node_key, person_id from intermediate.int_persons_resolved"
            f" where company_id = '{company}'"
        )
    }


def _reviews(raw: Raw) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (left.rpartition(":")[2], right.rpartition(":")[2]): tuple(rest)
        for left, right, *rest in raw.rows(
            "select left_record_id, right_record_id, reason, state from marts.fct_identity_reviews"
            " where company_id = 'aozora'"
        )
    }


def _decide(raw: Raw, name: str, left: str, right: str, verdict: str) -> None:
    raw.connection.execute(
        "insert into seeds.identity_decisions values (%s, 'aozora', %s, %s, %s, 's1', %s, null)",
        [name, left, right, verdict, "2025-09-01"],
    )


def _c(number: int) -> str:
    return f"c:aozora_greenhouse:{number}"


def _r(name: str) -> str:
    return f"r:aozora_typeform:{name}"


@pytest.mark.usefixtures("aozora")
def test_a_link_forwarded_to_a_namesake_joins_whose_contact_it_came_with(raw: Raw) -> None:
    people = _people(raw, "kaede")
    assert people["forwarded"] == people["2"] != people["1"]
    assert people["again"] == people["3"] == people["4"]
    assert people["moved"] == people["5"]
    matched = dict(
        raw.rows(
            "select split_part(registration_id, ':', 2), match_method"
            " from intermediate.int_registrations_matched where company_id = 'kaede'"
        )
    )
    assert matched == {"forwarded": "phone", "again": "token", "moved": "token"}


def test_what_the_rules_join_and_keep_apart(aozora: Company, raw: Raw) -> None:
    people = _people(raw)
    assert people["own"] == people["forwarded"] == people["2"] == "2"
    assert people["1"] == "1"
    assert people["typo"] == "typo"
    assert people["early"] == "4", "the address that linked them was corrected since"
    assert (people["dated"], people["redated"]) == ("5", "redated")
    assert raw.rows(
        "select registration_id, match_method, tier from intermediate.int_registrations_matched"
        " where company_id = 'aozora' and match_status = 'matched' order by registration_id"
    ) == [
        ("aozora_typeform:dated", "email", 2),
        ("aozora_typeform:early", "email", 2),
        ("aozora_typeform:forwarded", "email", 2),
        ("aozora_typeform:own", "token", 1),
    ]


def test_the_queue_says_why(aozora: Company, raw: Raw) -> None:
    found = _reviews(raw)
    assert found["3", "typo"] == ("weak_evidence", "open")
    assert ("birth_date_contradiction", "open") in found.values()
    couple = {found[pair] for pair in found if "1" in pair}
    assert couple == {("name_contradiction", "open")}


def test_a_group_shares_its_people(aozora: Company, raw: Raw) -> None:
    assert raw.rows(
        "select company_id, person_id, group_person_id from intermediate.int_persons_resolved"
        " where candidate_id in ('aozora_greenhouse:4', 'hinata_greenhouse:1') order by 1"
    ) == [
        ("aozora", "aozora_greenhouse:4", "aozora_greenhouse:4"),
        ("hinata", "hinata_greenhouse:1", "aozora_greenhouse:4"),
    ]
    assert raw.rows(
        "select distinct group_person_id from marts.fct_applications"
        " where application_id = 'hinata_greenhouse:1'"
    ) == [("aozora_greenhouse:4",)]


@pytest.fixture
def decided(aozora: Company, raw: Raw, project: Project) -> Iterator[None]:
    """Humans joined a mistyped address and parted what the rules had joined."""
    _decide(raw, "d1", _r("typo"), _c(3), "same")
    _decide(raw, "d2", _c(5), _r("dated"), "not_same")
    project.run(*IDENTITY)
    yield
    raw.connection.execute("truncate seeds.identity_decisions")
    project.run(*IDENTITY)


def test_humans_outrank_the_rules_and_can_be_undone(
    aozora: Company, raw: Raw, project: Project, request: pytest.FixtureRequest
) -> None:
    before, queue = _people(raw), _reviews(raw)
    request.getfixturevalue("decided")
    people, reviews = _people(raw), _reviews(raw)
    assert people["typo"] == "3"
    assert people["dated"] == "dated"
    assert reviews["3", "typo"] == ("weak_evidence", "same")
    assert reviews["5", "dated"][1] == "not_same"
    assert raw.rows(
        "select match_method, tier from intermediate.int_registrations_matched"
        " where registration_id = 'aozora_typeform:typo'"
    ) == [("human", 0)]
    project.run("test", "--select", "path:tests/identity")

    raw.connection.execute("truncate seeds.identity_decisions")
    project.run(*IDENTITY)
    assert (_people(raw), _reviews(raw)) == (before, queue)
    history = raw.rows(
        "select split_part(record_id, ':', 3), change_number,"
        " split_part(previous_person_id, ':', 2), split_part(person_id, ':', 2)"
        " from marts.fct_person_memberships where change_number > 1 order by 1, 2"
    )
    assert history == [
        ("dated", 2, "5", "dated"),
        ("dated", 3, "dated", "5"),
        ("redated", 2, "redated", "5"),
        ("redated", 3, "5", "redated"),
        ("typo", 2, "typo", "3"),
        ("typo", 3, "3", "typo"),
    ]
    project.run("run", "--full-refresh", "--select", "fct_person_memberships")
    assert len(raw.rows("select from marts.fct_person_memberships where change_number > 1")) == 6


def _random_people(company: Company) -> None:
    """Records whose values come from small pools, so that all levels of agreement occur."""
    company.reference()
    rng = Random(1)
    locals_ = ("taro.yamada", "taro.suzuki", "hanako.yamada", "jiro")
    for number in range(1, 41):
        values = {
            "email": f"{rng.choice(locals_)}@{rng.choice(('x.jp', 'y.jp', 'z.jp'))}",
            "phone": f"+8190{rng.choice(('1111', '2222'))}{rng.choice(('33333', '44444'))}",
            "name": rng.choice(("佐藤太郎", "佐藤花子", "鈴木太郎", "高橋実", "田中一")),
        }
        given = {kind: value if rng.random() < 0.8 else "" for kind, value in values.items()}
        if number <= 20:
            _candidate(company, number, f"t{number}", **given)
            continue
        given["kana"] = rng.choice(("サトウタロウ", "スズキ", ""))
        given["birth_date"] = rng.choice(("1990-01-01", "1991-01-01", ""))
        token = f"t{rng.randint(1, 20)}" if rng.random() < 0.7 else None
        _form(company, f"r{number}", 10, token, **given)


LEVELS = {
    "email": {
        "null": "email_l is null or email_r is null",
        "equal": "email_l = email_r",
        "close": "email_head_l = email_head_r and email_tail_l = email_tail_r",
        "near": "email_head_l = email_head_r or email_tail_l = email_tail_r",
        "different": "ELSE",
    },
    "phone": {
        "null": "phone_l is null or phone_r is null",
        "equal": "phone_l = phone_r",
        "near": "phone_head_l = phone_head_r or phone_tail_l = phone_tail_r",
        "different": "ELSE",
    },
    "name": {
        "null": "(name_l is null or name_r is null) and (kana_l is null or kana_r is null)",
        "equal": "name_l = name_r",
        "reading": "kana_l = kana_r",
        "near": "name_head_l = name_head_r or name_tail_l = name_tail_r",
        "different": "ELSE",
    },
    "birth_date": {
        "null": "birth_date_l is null or birth_date_r is null",
        "equal": "birth_date_l = birth_date_r",
        "different": "ELSE",
    },
    "token": {
        "null": "token_l is null or token_r is null or token_l <> token_r",
        "equal": "token_l = token_r",
        "never": "ELSE",
    },
}


def _splink(raw: Raw) -> dict[tuple[str, str], tuple[float, float]]:
    """splink's weight and probability of every two records, from the same keys and m and u."""
    import duckdb
    import pandas as pd
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_level_library as levels
    from splink import comparison_library as comparisons

    def comparison(name: str, conditions: dict[str, str]) -> comparisons.CustomComparison:
        made: list[Any] = []
        for level, condition in conditions.items():
            if level == "null":
                made.append(levels.CustomLevel(condition).configure(is_null_level=True))
                continue
            m, u = WEIGHTS[name].get(level, (0.1, 0.99995))
            own = levels.ElseLevel() if condition == "ELSE" else levels.CustomLevel(condition)
            made.append(own.configure(m_probability=m, u_probability=u))
        return comparisons.CustomComparison(output_column_name=name, comparison_levels=made)

    rows = raw.rows(
        "select node_key, kind, key_value from intermediate.int_identities_keyed"
        " where company_id = 'minato'"
    )
    tokens = raw.rows(
        "select 'r:' || registration_id, 'token', candidate_id"
        " from intermediate.int_registrations_tokened where company_id = 'minato'"
        " union select 'c:' || candidate_id, 'token', candidate_id"
        " from intermediate.int_registrations_tokened where company_id = 'minato'"
    )
    long = pd.DataFrame([*rows, *tokens], columns=["record_id", "kind", "key"])
    frame = long.pivot_table(index="record_id", columns="kind", values="key", aggfunc="first")
    records: Any = (
        frame.astype(object).where(frame.notna(), None).reset_index().assign(company="minato")
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        probability_two_random_records_match=PRIOR,
        comparisons=[comparison(name, conditions) for name, conditions in LEVELS.items()],
        blocking_rules_to_generate_predictions=[block_on("company")],
    )
    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    linker: Any = Linker(
        records, settings, DuckDBAPI(connection=connection), set_up_basic_logging=False
    )
    found = linker.inference.predict().as_pandas_dataframe()
    return {
        (row.record_id_l, row.record_id_r): (row.match_weight, row.match_probability)
        for row in found.itertuples()
    }


def test_the_scores_are_splinks(aozora: Company, raw: Raw) -> None:
    expected = _splink(raw)
    scores = raw.rows(
        "select left_node_key, right_node_key, match_weight, email_level, phone_level, name_level,"
        " birth_date_level, token_level from intermediate.int_identity_scores"
        " where company_id = 'minato'"
    )
    assert len(scores) > 100
    for left, right, weight, *_ in scores:
        assert weight == pytest.approx(expected[left, right][0], rel=1e-9, abs=1e-9)
    for place, name in enumerate(WEIGHTS, start=3):
        assert {row[place] for row in scores} >= {*WEIGHTS[name], None}, name
    reviews = raw.rows(
        "select left_record_id, right_record_id, probability from marts.fct_identity_reviews"
        " where company_id = 'minato'"
    )
    assert reviews
    for left, right, probability in reviews:
        assert probability == pytest.approx(expected[left, right][1], rel=1e-9)
