"""Facilities for tests of the server: a district that is enrolled, and acts that are handed in."""

import base64
from dataclasses import replace
from typing import Any

from dp3t import Instant
from dp3t.facilities import LocalDay, Words
from dp3t_server.config import Config
from key_server import NOW, KeyServer
from server_symptoms import authority
from spec.vectors.builders.facility_record import AUTHORITY, CHECKLIST, REGION, SETTINGS, Record

ACTS = "/v1/facilities/acts"
OBJECTIONS = "/v1/facilities/objections"
FOR_AUTHORITY = "/v1/operator/facilities/acts"
SCHOOLS = ("hung-vuong", "le-loi", "tran-phu")
FACILITIES_ON = Config.model_validate(
    {
        "region": REGION,
        "facilities": True,
        "facility_authorities": [authority(AUTHORITY)],
        "facility_page_seconds": 3_600,  # tests make pages themselves
        "acts_per_minute": 0,
    }
)


def handed_in(signed: bytes, words: Words | None = None) -> dict[str, object]:
    """Return the body with which an act is handed in."""
    said = None if words is None else words.to_json()
    return {"act": base64.b64encode(signed).decode(), "words": said}


async def send(
    server: KeyServer, signed: bytes, words: Words | None = None, *, path: str = ACTS
) -> dict[str, Any]:
    """Hand an act in; return the answer."""
    status, answer = await server.ask("POST", path, handed_in(signed, words))
    assert status == 200, answer
    return answer


async def enrolled(server: KeyServer, *names: str, now: Instant = NOW) -> Record:
    """Settle the region, publish the checklist of schools and enrol some; return the record."""
    record, today = Record(), SETTINGS.day_of_place(now)
    checklist = replace(CHECKLIST, valid_from=LocalDay(today - 400))
    for signed in (
        record.settle(now),
        record.publish(now, checklist),
        *(record.enrol(name, now, first_day=today) for name in names),
    ):
        answer = await send(server, signed, path=FOR_AUTHORITY)
        assert answer["refusal"] is None, answer
    return record
