"""A warehouse in which nothing has landed yet builds, and stays the same when built again."""

from sandbox.ats import ATS
from sandbox.forms import FORMS
from sandbox.mail import PROVIDERS
from sandbox.world_hr_records import HR
from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Raw

MARTS = {path.stem for path in (FOLDER / "models" / "marts").rglob("*.sql")}
NEVER_EMPTY = {"dim_dates"}
SYSTEMS = {ats.source for ats in ATS.values()}
BUILT_SOURCES = (*SYSTEMS, *FORMS, *PROVIDERS, *HR)


def test_an_empty_warehouse_builds_twice(project: Project, raw: Raw) -> None:
    for _ in range(2):
        results = project.build()
        assert results.keys() >= MARTS
        counts = {mart: raw.rows(f"select count(*) from marts.{mart}")[0][0] for mart in MARTS}
        assert {mart for mart, count in counts.items() if count} == NEVER_EMPTY
    for entity in ("applications", "jobs"):
        _columns_are_alike(raw, f"^int_[a-z]+__{entity}_joined$")


def _columns_are_alike(raw: Raw, models: str) -> None:
    """``union all`` goes by position: two columns that changed places would go unnoticed."""
    found = raw.rows(
        "select table_name, string_agg(column_name || ' ' || data_type, ', '"
        " order by ordinal_position) from information_schema.columns"
        f" where table_schema = 'intermediate' and table_name ~ '{models}' group by table_name"
    )
    assert len(found) == len(SYSTEMS)
    assert len({columns for _, columns in found}) == 1, found


def test_a_company_without_data_has_the_default_contract(project: Project, raw: Raw) -> None:
    raw.company("aozora")
    project.transform()
    assert raw.rows(
        "select contract_id, threshold, slots_per_threshold, slot_valid_days, slot_used_by"
        " from marts.dim_contracts"
    ) == [("aozora:default", 10, 1, None, "introduced")]
    assert raw.rows("select company_id, programme_start_date from marts.dim_companies") == [
        ("aozora", None)
    ]
