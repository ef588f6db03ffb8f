"""Reading ahead: same batches, same errors, bounded, and ended with its reader."""

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.prefetch import PAGES_AHEAD, prefetched
from extractors.stream import Batch, Page


def pages(sizes: list[int], fetched: list[int] | None = None) -> Iterator[Page]:
    for number, size in enumerate(sizes):
        if fetched is not None:
            fetched.append(number)
        yield Page([{"id": n} for n in range(size)])


def batches(shape: list[list[int]]) -> Iterator[Batch]:
    for number, sizes in enumerate(shape):
        yield Batch(str(number), pages(sizes), {"until": str(number)})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=4))
def test_batches_come_as_they_were(shape: list[list[int]]) -> None:
    with prefetched(batches(shape)) as read:
        found = [(batch.state, [len(page.records) for page in batch.pages]) for batch in read]
    assert found == [({"until": str(n)}, sizes) for n, sizes in enumerate(shape)]


def test_a_few_pages_are_ahead_and_no_more() -> None:
    fetched: list[int] = []

    def one() -> Iterator[Batch]:
        yield Batch("all", pages([1] * 50, fetched), {})

    with prefetched(one()) as read:
        for used, _ in enumerate(next(read).pages, start=1):
            time.sleep(0.001)
            assert len(fetched) <= used + PAGES_AHEAD + 1


def test_an_error_is_raised_where_its_page_would_have_come() -> None:
    def broken() -> Iterator[Batch]:
        def second() -> Iterator[Page]:
            yield Page([{"id": 1}])
            raise ValueError("cut")

        yield Batch("0", pages([1]), {})
        yield Batch("1", second(), {})

    with prefetched(broken()) as read:
        assert len(list(next(read).pages)) == 1
        after = next(read)
        seen: list[Page] = []
        with pytest.raises(ValueError, match="cut"):
            seen.extend(after.pages)
    assert seen == [Page([{"id": 1}])]


def test_the_thread_ends_with_its_reader() -> None:
    def endless() -> Iterator[Batch]:
        yield Batch("all", pages([1] * 1_000_000), {})

    with prefetched(endless()) as read:
        next(iter(next(read).pages))
    deadline = time.monotonic() + 5
    while any(thread.name == "prefetch" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the prefetch thread is still there"
        time.sleep(0.01)


def test_a_batch_that_was_not_used_up_is_a_mistake() -> None:
    with prefetched(batches([[1, 1], [1]])) as read:
        next(read)
        with pytest.raises(RuntimeError, match="before this one's pages were used up"):
            next(read)
