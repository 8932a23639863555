"""The HTTP side of facilities: what is asked, and what of the answers is believed."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dp3t import Instant, TransportError
from dp3t.errors import MalformedError, VerificationError
from dp3t.facilities import Attestation, BoardRefusal, Enrolment, Objection, RecordPage, Words
from dp3t.facilities.answers import read_length, read_place, read_region, read_taken
from dp3t.facilities.authority_acts import Closure
from dp3t.facilities.refusal import RefusedError
from dp3t.facilities_client import FacilitiesClient
from dp3t_server.facility_pages import make_page
from key_server import NOW, InnerServer, in_process
from server_facilities import FACILITIES_ON, enrolled, objection_of, send
from spec.vectors.builders.facility_record import (
    AUTHORITIES,
    REGION,
    SERVERS,
    SETTINGS,
    Record,
    attestation,
    key_of,
)

WORDS = Words(bytes(16), "Hôm nay cả lớp rửa tay lúc 7 giờ.")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[InnerServer]:
    async with in_process(tmp_path, config=FACILITIES_ON) as found:
        yield found


async def lived(server: InnerServer) -> tuple[Record, bytes]:
    """Return the record after a day of two schools, and an objection against one."""
    record = await enrolled(server, "le-loi", "tran-phu")
    said = record.sign(
        "le-loi", Attestation, NOW, **attestation("le-loi", NOW, words=WORDS.commitment())
    )
    async with FacilitiesClient(server.url) as client:
        assert await client.send_act(said, WORDS) == await client.send_act(said, WORDS) == (4, NOW)
        (objected,) = await objection_of(server, "le-loi")
        assert await client.send_objection(objected) == (6, NOW)
    return record, objected


@pytest.mark.spec("FACILITIES-SERVER-3", "FACILITIES-SERVER-4", "FACILITIES-SERVER-13", "MAP-2")
async def test_what_a_server_shows_is_read_and_every_act_of_a_place_is_verified(
    server: InnerServer,
) -> None:
    async with FacilitiesClient(server.url) as client:
        before = await client.fetch_settings()
        assert (before.region, before.settings, before.today, before.acts) == (
            REGION,
            None,
            None,
            0,
        )
        _, objected = await lived(server)
        region = await client.fetch_settings()
        assert (region.settings, region.chain.number) == (SETTINGS, 4)
        place = await client.fetch_place("le-loi", authorities=AUTHORITIES)
        assert [type(each.content) for each in place.acts] == [Enrolment, Attestation, Objection]
        assert (place.acts[1].words, place.acts[2].signed) == (WORDS, objected)
        assert (place.public, place.chain.number) == (key_of("le-loi").public().public, 1)
        assert (place.row.state, place.today, len(place.days)) == ("contested", region.today, 42)
        assert (place.tasks[0].task.task, place.tasks[0].due) == ("air", True)
        shown = await client.fetch_map(trusted=server.trusted(), now=NOW)
        assert [row.state for row in shown.rows] == ["contested", "overdue"]
        with pytest.raises(VerificationError):
            await client.fetch_map(trusted=SERVERS, now=NOW)
        with pytest.raises(TransportError, match="404"):
            await client.fetch_place("nobody", authorities=AUTHORITIES)
        assert await make_page(server.parts, now=NOW)
        assert await client.fetch_length() == (1, 7)
        page = RecordPage.open(await client.fetch_page(0), trusted=server.trusted())
        assert len(page.acts) == 7


async def test_a_refusal_has_its_name_and_the_operators_token_opens_the_authoritys_route(
    server: InnerServer,
) -> None:
    record, _ = await lived(server)
    token = server.data.token.read_text().strip()
    closing = {"facility": "le-loi", "from_day": SETTINGS.day_of_place(NOW), "until_day": -1}
    closed = record.sign("authority", Closure, NOW, **closing, words=b"")
    async with FacilitiesClient(server.url) as client:
        with pytest.raises(TransportError, match="401"):
            await client.send_authority_act(closed, token="another")
        assert await client.send_authority_act(closed, token=token) == (7, NOW)
        with pytest.raises(RefusedError) as refused:
            await client.send_act(
                record.sign("tran-phu", Attestation, NOW, **attestation("x", NOW))
            )
        assert refused.value.refusal is BoardRefusal.UNKNOWN_FACILITY


async def answered(server: InnerServer, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await server.get(f"/v1/facilities/places/{name}"))
    return found


async def test_no_place_is_believed_whose_acts_are_another_or_do_not_verify(
    server: InnerServer,
) -> None:
    record, _ = await lived(server)
    await send(server, record.sign("tran-phu", Attestation, NOW, **attestation("tran-phu", NOW)))
    place, other = await answered(server, "le-loi"), await answered(server, "tran-phu")

    def reading(acts: list[Any], **changes: Any) -> None:
        data = json.dumps({**place, "acts": acts, **changes}).encode()
        read_place(data, "le-loi", authorities=AUTHORITIES)

    good = place["acts"]
    reading(good)
    with pytest.raises(VerificationError, match="another facility"):
        reading([*good, other["acts"][0]])
    with pytest.raises(VerificationError):
        reading([*good, other["acts"][1]])
    with pytest.raises(VerificationError, match="words"):
        reading([good[0], {**good[1], "words": Words(bytes(16), "other").to_json()}])
    with pytest.raises(VerificationError, match="before the facility"):
        reading(good[1:])
    forged = record.sign("tran-phu", Attestation, NOW, **attestation("le-loi", NOW))
    with pytest.raises(VerificationError, match="act 4 about le-loi"):
        reading([good[0], {**good[1], "act": b64encode(forged).decode(), "words": None}])
    altered = {**good[2], "act": good[2]["act"][:-8] + "AAAAAAA="}
    with pytest.raises((VerificationError, MalformedError)):
        reading([*good[:2], altered])
    for acts, changes in (
        ([], {}),
        ([{**good[0], "act": "?"}], {}),
        (good, {"facility": other["facility"]}),
        (good, {"days": [{"day": 1, "state": "fine", "late": False, "missing": False}]}),
        (good, {"tasks": [1]}),
        (good, {"today": 1.5}),
        (good, {"more": 1}),
    ):
        with pytest.raises(MalformedError):
            reading(acts, **changes)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"[" * 9_999, b'{"number": NaN}', b"\xff", b"{}"]
)
def test_other_bytes_are_no_answer(data: bytes) -> None:
    for read in (read_taken, read_length, read_region):
        with pytest.raises(MalformedError):
            read(data)
    with pytest.raises(MalformedError):
        read_taken(b'{"number": 1, "received": 1, "refusal": "because"}')
    assert read_taken(b'{"number": 1, "received": 2, "refusal": null}') == (1, Instant(2))
