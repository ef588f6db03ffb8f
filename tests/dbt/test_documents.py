"""What is written about the marts is what they are."""

import re
import runpy

from tests.dbt.project import FOLDER

ROOT = FOLDER.parent


def test_the_data_dictionary_is_that_of_the_marts() -> None:
    dictionary = runpy.run_path(str(ROOT / "docs" / "build_dictionary.py"))["dictionary"]()
    written = (ROOT / "docs" / "data-dictionary.md").read_text()
    assert written == dictionary, "run: python docs/build_dictionary.py"


def test_every_mart_is_described() -> None:
    folder = FOLDER / "models" / "marts"
    text = "\n".join(path.read_text() for path in folder.rglob("_*__models.yml"))
    marts = {path.stem for path in folder.rglob("*.sql")}
    assert set(re.findall(r"^  - name: (\w+)$", text, re.MULTILINE)) == marts


def test_every_singular_test_says_what_a_row_means() -> None:
    for path in (FOLDER / "tests").rglob("assert_*.sql"):
        head = path.read_text().partition("-#}")[0]
        assert "Detects" in head, path
        assert "returned row" in head, path
