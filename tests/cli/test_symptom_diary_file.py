"""The diary's file at the terminal: there whole or as it was, and changed by one at a time."""

import os
from pathlib import Path
from threading import Barrier, Thread

import pytest

from diaries import CHILD, FEVERISH, GRANDMOTHER, TODAY
from dp3t.cli.symptoms.diary_file import change_diary, read_diary
from dp3t.symptoms.diary import Diary
from dp3t.timeline import Day


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    found = (tmp_path / "diary", tmp_path / "key")
    change_diary(*found, lambda diary: diary.with_member(CHILD), today=TODAY, begin=True)
    return found


@pytest.mark.spec("SYMPTOM-DIARY-8")
def test_a_write_that_fails_leaves_the_diary_as_it_was(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, there = files[0].read_bytes(), sorted(files[0].parent.iterdir())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            change_diary(*files, lambda diary: diary.with_member(GRANDMOTHER), today=TODAY)
    assert files[0].read_bytes() == before
    assert sorted(files[0].parent.iterdir()) == there
    assert read_diary(*files, today=TODAY).members == (CHILD,)


@pytest.mark.spec("SYMPTOM-DIARY-8")
def test_a_change_that_is_refused_writes_nothing(files: tuple[Path, Path]) -> None:
    before = files[0].read_bytes()

    def refused(diary: Diary) -> Diary:
        return diary.without_member(9)

    with pytest.raises(Exception, match="no such member"):
        change_diary(*files, refused, today=TODAY)
    assert files[0].read_bytes() == before


@pytest.mark.spec("SYMPTOM-DIARY-8")
def test_notes_at_the_same_time_are_all_kept(files: tuple[Path, Path]) -> None:
    together = Barrier(4)

    def noting(ago: int) -> None:
        together.wait()
        day = Day(TODAY - ago)
        change_diary(*files, lambda diary: diary.noted(2, day, FEVERISH, today=TODAY), today=TODAY)

    threads = [Thread(target=noting, args=(ago,)) for ago in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_diary(*files, today=TODAY).days_of(2)) == 4
