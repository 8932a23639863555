"""What a page shows of one facility, with the signed acts by which it can check that."""

import base64
import json
from collections.abc import Mapping, Sequence

from dp3t import Instant
from dp3t.facilities import CALENDAR_DAYS, Board, TaskState, act_digest, row_of
from dp3t_server.facility_store import FacilityStore, StoredAct

_DAY_SECONDS = 86_400
_ALWAYS = ("enrolment", "rekey", "closure", "opening")
"""Of these a page needs all, however old: they say under which key and whether it is open."""


async def place_of(
    store: FacilityStore, board: Board, name: str, *, now: Instant
) -> dict[str, object]:
    """Return what there is to show of a facility [FACILITIES-SERVER-13].

    Args:
        store: of the acts.
        board: what they have come to.
        name: of the facility.
        now: the present.

    Raises:
        LookupError: no such facility.
    """
    board.enrolment(name, now)
    since = Instant(max(0, now - (CALENDAR_DAYS + 1) * _DAY_SECONDS))
    stored = await store.of_facility(name, since=since, always=_ALWAYS)
    words = await store.words(act_digest(each.signed) for each in stored)
    # From here on nothing is waited for, so that all that is said is of one moment.
    today, end = board.local_day(now), board.chain_end(name)
    acts = [each for each in stored if each.number < board.acts]
    if today is None:
        raise LookupError("the region has no settings yet")
    return {
        "facility": row_of(board, name, now).to_json(),
        "today": today,
        "now": now,
        "state": board.state(name, now).state,
        "days": [
            {"day": each.day, "state": each.state, "late": each.late, "missing": each.missing}
            for each in board.calendar(name, today, CALENDAR_DAYS, now)
        ],
        "chain": {"number": end.number, "previous": end.previous.hex()},
        "tasks": [_task(each, today=today) for each in board.tasks(name, now)],
        "acts": _acts(board, acts, words),
    }


def _task(found: TaskState, *, today: int) -> dict[str, object]:
    done_today = found.last_done == today
    last = -1 if found.last_done is None else found.last_done
    said = {"last_done_day": last, "due": found.due, "today": done_today}
    return {**found.task.to_json(), **said}


def _acts(
    board: Board, acts: Sequence[StoredAct], words: Mapping[bytes, bytes]
) -> list[dict[str, object]]:
    return [
        {
            "number": each.number,
            "received": each.received,
            "act": base64.b64encode(each.signed).decode(),
            "words": _said(words.get(digest)),
            "struck": board.is_struck(digest),
        }
        for each in acts
        for digest in (act_digest(each.signed),)
    ]


def _said(data: bytes | None) -> object:
    return None if data is None else json.loads(data)
