"""What counts as equal, as explained and as neither."""

import pytest

from peers.compare import Read, judge, patience, records, refusal


@pytest.mark.parametrize(
    ("got", "error", "difference"),
    [
        ("abc", None, None),
        ("cabba", None, None),
        ("ab", None, "1 missing"),
        ("abcde", None, "2 not due"),
        ("bcd", None, "1 missing, 1 not due"),
        ("abc", "HTTPError: 500\nmore", "failed: HTTPError: 500"),
        ("", "", "3 missing, failed: without a word"),
    ],
)
def test_records_differ_by_what_is_missing_and_what_is_too_much(
    got: str, error: str | None, difference: str | None
) -> None:
    assert records(set("abc"), Read(list(got), error)) == difference


def test_a_refused_list_must_be_told_of() -> None:
    assert refusal(Read([], "403 Forbidden")) is None
    assert refusal(Read([])) == "told of no failure, 0 records"
    assert refusal(Read(["a", "a"])) == "told of no failure, 1 records"


def test_who_waits_less_than_told_is_impatient() -> None:
    assert patience(Read(["a"], waited=120), 120) is None
    assert patience(Read(["a"], waited=1.2), 120) == "waited 1 s when told 120 s"


def test_a_difference_needs_a_reason_and_a_reason_a_difference() -> None:
    assert judge(None, None).is_fine
    assert judge("1 missing", "it hides 403").is_fine
    assert not judge("1 missing", None).is_fine
    gone = judge(None, "it hides 403")
    assert not gone.is_fine
    assert "it hides 403" in gone.text
