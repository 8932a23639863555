"""The doctor's look at facilities: who may enrol them, the record's pages and times, the map."""

import json
from collections.abc import Iterator
from pathlib import Path

from dp3t import Dp3tError, Instant
from dp3t_server.config import Config
from dp3t_server.store import Transaction
from dp3t_server.visit import Finding, Visit, problem, warning

_PATIENCE_SECONDS = 60
"""How long after its time a page can be under way before it counts as late."""

_TOLERATED_SECONDS = 60


async def look_at_facilities(visit: Visit) -> list[Finding]:
    """Look at authorities, boundaries, pages and times, where the record is kept.

    Settings that cannot be read are for another check to say.

    Raises:
        OSError: the database is not there.
        SQLAlchemyError: it cannot be read.
    """
    try:
        config = visit.settings()
    except (Dp3tError, OSError):
        return []
    if not config.facilities:
        return []
    async with visit.reading() as connection:
        transaction = Transaction(connection, writes=False)
        waiting = await transaction.facilities.first_unpaged()
        received = await transaction.facilities.last_received()
        is_published = await transaction.index.issued() is not None
    return [
        *_of_authorities(config),
        *_of_boundaries(config),
        *_of_pages(waiting if is_published else None, config, now=visit.now),
        *_of_times(received, now=visit.now),
    ]


def _of_authorities(config: Config) -> Iterator[Finding]:
    if not config.facility_authorities:
        yield warning(
            "facilities are on and facility_authorities names nobody, so none can be enrolled",
            "đã bật facilities nhưng facility_authorities chưa có cơ quan nào nên không thể "
            "ghi danh cơ sở",
        )


def _of_boundaries(config: Config) -> Iterator[Finding]:
    path = config.facility_boundaries
    if not path:
        return
    try:
        said = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or "type" not in said:
        yield warning(
            f"facility_boundaries: {path} cannot be read as GeoJSON, so the map shows no outlines",
            f"facility_boundaries: không đọc được {path} như GeoJSON nên bản đồ thiếu ranh giới",
        )


def _of_pages(waiting: Instant | None, config: Config, *, now: Instant) -> Iterator[Finding]:
    """Look at how long the first act waits that no page holds [FACILITIES-SERVER-22]."""
    if waiting is None:
        return
    seconds = now - waiting
    if seconds > config.facility_page_seconds + _PATIENCE_SECONDS:
        yield problem(
            f"an act of a facility waits {seconds} s for its page in the log; is the server "
            "running? read its log",
            f"một mục trong bản ghi cơ sở đã chờ {seconds} giây mà chưa vào nhật ký minh bạch; "
            "máy chủ có đang chạy không? hãy xem nhật ký",
        )


def _of_times(received: Instant | None, *, now: Instant) -> Iterator[Finding]:
    """Look for an act that came at a moment that is still to come; times never go back."""
    if received is not None and received > now + _TOLERATED_SECONDS:
        seconds = received - now
        yield problem(
            f"the last act of a facility was received {seconds} s in the future; set the clock: "
            "until then all acts count as of that moment",
            f"mục mới nhất trong bản ghi cơ sở có thời điểm nhận muộn hơn hiện tại {seconds} giây; "
            "hãy chỉnh đồng hồ: cho đến lúc đó mọi mục mới đều mang thời điểm ấy",
        )
