"""The diary in a file, and its key in another that only its owner can read [SYMPTOM-DIARY-8]."""

from collections.abc import Callable
from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.codec import from_hex
from dp3t.errors import PolicyError
from dp3t.primitives import random_from_os
from dp3t.symptoms.diary import DIARY_KEY_BYTES, MAX_DIARY_BYTES, Diary
from dp3t.timeline import Day

_FIRST_DAY = Day(0)
_KEY_FILE_BYTES = 2 * DIARY_KEY_BYTES + 2  # hexadecimal, and how a line may end


def read_diary(path: Path, key_path: Path, *, today: Day) -> Diary:
    """Return the diary, and erase from the file what is too old.

    Raises:
        PolicyError: others can read the key.
        MalformedError: no key, or no diary.
        VerificationError: the wrong key, or altered bytes.
    """
    return change_diary(path, key_path, lambda diary: diary, today=today)


def change_diary(
    path: Path,
    key_path: Path,
    change: Callable[[Diary], Diary],
    *,
    today: Day,
    begin: bool = False,
) -> Diary:
    """Replace the diary by what a change makes of it; it is there whole or as it was.

    Args:
        path: of the diary.
        key_path: of its key.
        change: what to do.
        today: the present day of the family's calendar.
        begin: whether diary and key are made where there is none.

    Raises:
        PolicyError: others can read the key, or there is a diary without a key.
        MalformedError: no key, or no diary.
        VerificationError: the wrong key, or altered bytes.
    """
    with alone(path):
        new = begin and not path.exists()
        key = _key(key_path, draw=new)
        before = Diary() if new else _opened(path, key)
        after = change(before.kept(today))
        if new or after != before:
            data = after.save(key=key, today=today, rand=random_from_os)
            write_whole(path, data, mode=0o600, force=True)
        return after


def _opened(path: Path, key: bytes) -> Diary:
    with path.open("rb") as file:
        data = file.read(MAX_DIARY_BYTES + 1)
    with naming(path):
        return Diary.load(data, key=key, today=_FIRST_DAY)


def _key(path: Path, *, draw: bool) -> bytes:
    if draw and not path.exists():
        key = random_from_os(DIARY_KEY_BYTES)
        write_whole(path, f"{key.hex()}\n".encode(), mode=0o600, force=False)
        return key
    if not path.exists():
        raise PolicyError(f"{path} is missing: without its key a diary cannot be read")
    data = read_private(path, _KEY_FILE_BYTES)
    with naming(path):
        line = data.decode("ascii", errors="replace").rstrip("\r\n")
        return from_hex(line, length=DIARY_KEY_BYTES, what="the diary's key")
