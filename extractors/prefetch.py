"""Read ahead: the next page is fetched while this one lands, across the borders of batches.

One thread fetches; at most PAGES_AHEAD pages wait, so memory holds ten pages however long a
stream is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import Full, Queue
from threading import Event, Thread

from extractors.stream import Batch, Page

PAGES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class _End:
    """The source has come to its end, or to an error."""

    error: BaseException | None = None


_Item = Batch | Page | _End


@contextmanager
def prefetched(batches: Iterator[Batch]) -> Iterator[Iterator[Batch]]:
    """The same batches, read by a thread that ends with this context.

    A batch's pages are to be used up before the next batch is asked for. An error of the source
    is raised where its page or batch would have come. After an early end the thread may finish
    the request it is at; what that brings is dropped.
    """
    queue: Queue[_Item] = Queue(maxsize=PAGES_AHEAD)
    stopped = Event()
    Thread(target=_fetch, args=(batches, queue, stopped), name="prefetch", daemon=True).start()
    try:
        yield _regrouped(queue)
    finally:
        stopped.set()


def _fetch(batches: Iterator[Batch], queue: Queue[_Item], stopped: Event) -> None:
    error: BaseException | None = None
    try:
        for batch in batches:
            if not _put(queue, batch, stopped):
                return
            for page in batch.pages:
                if not _put(queue, page, stopped):
                    return
    except BaseException as raised:  # whatever it is belongs to the thread that lands
        error = raised
    _put(queue, _End(error), stopped)


def _put(queue: Queue[_Item], item: _Item, stopped: Event) -> bool:
    """Whether the item was handed over; False once nobody reads any more."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=0.2)
        except Full:
            continue
        return True
    return False


def _regrouped(queue: Queue[_Item]) -> Iterator[Batch]:
    """The queue's flat run of batches and pages as batches that hold their pages again."""
    item = queue.get()
    while isinstance(item, Batch):
        following: list[_Item] = []
        yield replace(item, pages=_pages(queue, following))
        if not following:
            raise RuntimeError("the next batch was asked for before this one's pages were used up")
        item = following[0]
    _raise(item)


def _pages(queue: Queue[_Item], following: list[_Item]) -> Iterator[Page]:
    """Pages up to the next batch, which is left in ``following``; an error is raised here."""
    while isinstance(item := queue.get(), Page):
        yield item
    _raise(item)
    following.append(item)


def _raise(item: _Item) -> None:
    if isinstance(item, _End) and item.error is not None:
        raise item.error
