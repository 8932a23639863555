"""Where everybody stood, as cameras saw it."""

import json
import math
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dp3t.errors import MalformedError

_NO_PLACES = (
    *(ValueError, TypeError, AttributeError, LookupError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),  # the last where it is encrypted
)
_MAX_MEMBER_BYTES = 2**29
_HOURS_AHEAD = range(-12, 15)
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The places of people in the frames of a film.

    Attributes:
        frames_us: Unix microseconds of each frame, ascending.
        places: for each phone and frame x and y in metres, or None where the person is not seen.
    """

    frames_us: Sequence[int]
    places: Mapping[int, Sequence[tuple[float, float] | None]]

    def distance_m(self, one: int, other: int, at_us: int) -> float | None:
        """Return how far two people stood apart in the nearest frame, None where one is unseen."""
        if one not in self.places or other not in self.places:
            return None
        frame = self._nearest(at_us)
        here, there = self.places[one][frame], self.places[other][frame]
        return None if here is None or there is None else math.dist(here, there)

    def _nearest(self, at_us: int) -> int:
        after = bisect_left(self.frames_us, at_us)
        around = range(max(0, after - 1), min(after + 1, len(self.frames_us)))
        return min(around, key=lambda frame: abs(self.frames_us[frame] - at_us))


def read_camera(path: Path, moments_us: Iterable[int]) -> Camera:
    """Return what an archive of places holds.

    Args:
        path: a zip file with one JSON object of lists: `datetime` in local time, and the places of
            each phone; what has no number is passed over.
        moments_us: times known to lie in the film. Its clock is taken to be ahead of UTC by the
            whole hours under which most of them do.

    Raises:
        MalformedError: it holds no such object.
    """
    try:
        content = _content(path)
        frames_us = [_unix_us(text) for text in content.pop("datetime")]
        places = {
            int(phone): [_place(at) for at in found]
            for phone, found in content.items()
            if phone.isdecimal()
        }
    except _NO_PLACES as error:
        raise MalformedError(f"{path}: not an archive of places ({error})") from None
    if not frames_us or frames_us != sorted(frames_us):
        raise MalformedError(f"{path}: the frames have no times that ascend")
    if any(len(found) != len(frames_us) for found in places.values()):
        raise MalformedError(f"{path}: a person has not a place for each frame")
    ahead_us = _ahead_us(frames_us, list(moments_us))
    return Camera(frames_us=[at - ahead_us for at in frames_us], places=places)


def _content(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename
            if not name.endswith(".json") or name.startswith("__MACOSX"):
                continue
            if member.file_size > _MAX_MEMBER_BYTES:
                raise MalformedError(f"{path}: {name} has more than {_MAX_MEMBER_BYTES} bytes")
            content = json.loads(archive.read(member))
            if isinstance(content, dict) and "datetime" in content:
                return content
    raise MalformedError(f"{path}: no member holds the field datetime")


def _unix_us(local: str) -> int:
    moment = datetime.fromisoformat(local).replace(tzinfo=UTC)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def _place(found: Sequence[float] | None) -> tuple[float, float] | None:
    if found is None:
        return None
    place = float(found[0]), float(found[1])
    return place if all(map(math.isfinite, place)) else None


def _ahead_us(frames_us: Sequence[int], moments_us: Sequence[int]) -> int:
    first, last = frames_us[0], frames_us[-1]
    found = {
        hours: sum(first <= at + hours * _HOUR_US <= last for at in moments_us)
        for hours in _HOURS_AHEAD
    }
    return _HOUR_US * max(found, key=lambda hours: (found[hours], -abs(hours)))
