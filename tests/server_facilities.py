"""Facilities for tests of the server: a district that is enrolled, and acts that are handed in."""

import base64
import json
from dataclasses import replace
from typing import Any

from dp3t import Instant, day_of, random_from_os
from dp3t.facilities import (
    OBJECTIONS_SCOPE,
    Audit,
    LocalDay,
    Objection,
    Words,
    audit_record,
    objection_key,
)
from dp3t.publication import PendingToken
from dp3t.publication.transparency import SignedCheckpoint
from dp3t.publication.transparency import audit as audit_log
from dp3t_server.config import Config
from key_server import NOW, InnerServer, KeyServer
from server_symptoms import authority
from server_tokens import ask_for, finished, token_code, token_keys
from spec.vectors.builders.facility_record import (
    AUTHORITIES,
    AUTHORITY,
    CHECKLIST,
    REGION,
    SETTINGS,
    Record,
)

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


async def objection_of(
    server: KeyServer, *facilities: str, now: Instant = NOW, words: Words | None = None
) -> list[bytes]:
    """Return signed objections of one person against some facilities, for one token."""
    code = await token_code(server)
    one_time = objection_key(rand=random_from_os)
    key = (await token_keys(server, now=now, region=REGION)).key(OBJECTIONS_SCOPE, day_of(now))
    nonce = one_time.public().public
    pending = PendingToken.begin(key, rand=random_from_os, nonce=nonce)
    token = finished(pending, (await ask_for(server, code, [pending]))[0])
    said = b"" if words is None else words.commitment()
    return [
        Objection(
            region=REGION,
            made=now,
            facility=facility,
            day=SETTINGS.day_of_place(now),
            task="air",
            token=token,
            words=said,
        ).sign(one_time)
        for facility in facilities
    ]


async def audited(server: InnerServer) -> Audit:
    """Read the whole record and the whole log as an auditor does."""
    length = json.loads(await server.get("/v1/facilities/pages"))
    pages = [
        await server.get(f"/v1/facilities/pages/{number}") for number in range(length["pages"])
    ]
    async with server.parts.store.reading() as transaction:
        files, head = await transaction.log.files(), await transaction.log.head()
    assert head is not None
    checkpoint = SignedCheckpoint.parse(head.note).checkpoint
    return audit_record(
        pages,
        logged=audit_log(checkpoint, files.__getitem__),
        region=REGION,
        authorities=AUTHORITIES,
        servers=server.trusted(),
    )
