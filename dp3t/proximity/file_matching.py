"""Matching files of published keys with what a phone heard, in one thread or in several."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, groupby
from typing import NamedTuple

from dp3t.errors import MalformedError
from dp3t.params import Parameters
from dp3t.proximity.interface import Design, Match
from dp3t.proximity.kernels.engine import candidates, worthwhile
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.key_files import BatchFile, KeyFile, described, ordered_files
from dp3t.proximity.observations import ObservationStore
from dp3t.proximity.revisions import settled
from dp3t.publication.records import KeyTable

Found = list[Match] | MalformedError
"""The matches of a part; or the fault, if none of its keys is valid."""


class _Part(NamedTuple):
    """Keys that are matched at once.

    Attributes:
        list_number: of the list they are a part of, all files counted.
        keys: how many.
        match: returns what they hold.
    """

    list_number: int
    keys: int
    match: Callable[[], Found]


class _Done(NamedTuple):
    part: _Part
    found: Found


def match_key_files(
    observations: ObservationStore,
    files: Iterable[KeyFile],
    design: Design,
    *,
    parameters: Parameters,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Match]:
    """Yield the matches of files of published keys, each sighting once [EXPORT-37].

    They come after the last file, in the order of `ordered_files` and of the keys in a file,
    whatever the number of threads. Where keys contradict one another, `revisions.settled` decides.

    Args:
        observations: what the phone heard; nobody changes it meanwhile.
        files: all of one design, each as `open_key_file` returns it.
        design: theirs.
        parameters: the region's.
        threads: how many tables are matched at the same time, at least 1. Kernels let other threads
            run; the portable path gains nothing.
        progress: is called, in the caller's thread, with how many keys have been looked at since
            the last call, at most 65,536.

    Raises:
        MalformedError: the files do not belong together or are of another design, or a list of keys
            has none that is valid.
        VerificationError: a file has changed since it was opened.
        ValueError: no thread.
    """
    if threads < 1:
        raise ValueError("matching takes at least one thread")
    ordered = ordered_files(files)
    for file in ordered:
        if file.design != design.name:
            raise MalformedError(f"{described(file)} is not of the design {design.name}")
    _load(observations, design, keys=max(map(len, ordered), default=0))
    parts = _parts(observations, ordered, design, parameters)
    done = _told(_in_order(parts, threads=threads), progress)
    lists = groupby(done, key=lambda each: each.part.list_number)
    return settled((_of_list(each) for _, each in lists), design=design)


def _load(observations: ObservationStore, design: Design, *, keys: int) -> None:
    """Make what all threads share before there are several: the kernel and its index."""
    observations.heard_none_of(())
    if worthwhile(design.name, keys=keys):
        list(candidates(design.name, (), observations))


def _parts(
    observations: ObservationStore,
    files: Iterable[KeyFile],
    design: Design,
    parameters: Parameters,
) -> Iterator[_Part]:
    numbers = count()
    for file in files:
        lists = file.lists()
        for number, tables in zip(numbers, lists, strict=False):
            for table in tables:
                match = _of_table(observations, table, file, design, parameters)
                yield _Part(number, len(table), match)
        if not lists and isinstance(file, BatchFile):
            match = _of_filter(observations, file, design, parameters)
            yield _Part(next(numbers), 0, match)


def _of_table(
    observations: ObservationStore,
    table: KeyTable,
    file: KeyFile,
    design: Design,
    parameters: Parameters,
) -> Callable[[], Found]:
    def match() -> Found:
        try:
            return list(
                match_table(
                    observations, table, design, release=file.release, parameters=parameters
                )
            )
        except MalformedError as fault:
            return fault

    return match


def _of_filter(
    observations: ObservationStore, file: BatchFile, design: Design, parameters: Parameters
) -> Callable[[], Found]:
    def match() -> Found:
        return list(design.match(observations, file.batch.whole(), parameters=parameters))

    return match


def _in_order(parts: Iterator[_Part], *, threads: int) -> Iterator[_Done]:
    """Yield what parts hold in their order; no more of them wait than there are threads."""
    if threads == 1:
        yield from (_Done(part, part.match()) for part in parts)
        return
    running: deque[tuple[_Part, Future[Found]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for part in parts:
                running.append((part, pool.submit(part.match)))
                if len(running) > threads:
                    first, future = running.popleft()
                    yield _Done(first, future.result())
            for first, future in running:
                yield _Done(first, future.result())
        finally:
            for _, future in running:
                future.cancel()


def _told(done: Iterable[_Done], progress: Callable[[int], None] | None) -> Iterator[_Done]:
    for each in done:
        if progress is not None and each.part.keys:
            progress(each.part.keys)
        yield each


def _of_list(done: Iterable[_Done]) -> Iterator[Match]:
    """Yield the matches of one list; refuse it if no key in it is valid."""
    fault, valid = None, False
    for _, found in done:
        if isinstance(found, MalformedError):
            fault = found
        else:
            valid = True
            yield from found
    if fault is not None and not valid:
        raise fault
