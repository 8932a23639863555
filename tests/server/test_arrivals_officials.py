"""What officials and gates fetch from a server, and hand to it."""

import pytest

from dp3t import UnknownKeyError, VerificationError
from dp3t.arrivals import MARK_BYTES, MAX_MARKS, Envelope, WithdrawnReceipts
from dp3t_server import arrivals_marks, parcels
from key_server import DAY, NOW, InnerServer
from server_arrivals import (
    ARRIVALS_ON,
    BORDER,
    DA_NANG,
    HUE,
    LISTED,
    TODAY,
    TRUSTED,
    declared,
    hand_in,
    listed,
    open_desk,
    sealed_for,
    take_back,
    withdrawn,
)
from server_traces import rows
from travellers import NOON, Officer, receipt, text

SERVER_CONFIG = ARRIVALS_ON
MARKS = "/v1/arrivals/gate-marks"


def mark(number: int, expiry_day: int = TODAY + 2) -> bytes:
    """Return what looks like a mark to whoever lacks the gates' secret."""
    return expiry_day.to_bytes(2, "big") + number.to_bytes(MARK_BYTES - 2, "big")


async def marks_at(server: InnerServer) -> bytes:
    """Fetch the marks of all gates."""
    headers = {"Authorization": f"Bearer {server.data.token.read_text().strip()}"}
    async with server.session.get(server.url + MARKS, headers=headers) as response:
        assert response.status == 200
        return await response.read()


@pytest.mark.spec("ARRIVALS-SERVER-10", "SEALING-4", "SEALING-8")
async def test_each_recipient_gets_all_and_opens_its_own_part(server: InnerServer) -> None:
    await open_desk(server)
    for province in ("46", "48", "48"):
        await hand_in(server, sealed_for(province))
    opened = {"border": 0, "46": 0, "48": 0}
    for sealed in (await listed(server)).values():
        envelope = Envelope.decode(sealed)
        for name, key, role in (
            ("border", BORDER, "border"),
            ("46", HUE, "province"),
            ("48", DA_NANG, "province"),
        ):
            try:
                envelope.open(key, role=role)
            except VerificationError:
                continue
            opened[name] += 1
    assert opened == {"border": 3, "46": 1, "48": 2}


@pytest.mark.spec("ARRIVALS-SERVER-10")
async def test_pages_go_by_name_and_leave_nothing_out(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "PAGE", 3)
    await open_desk(server)
    some = [declared() for _ in range(7)]
    for each in some:
        await hand_in(server, each)
    assert list(await listed(server)) == sorted(each.name for each in some)
    for query in ("?after=x", f"?after={'0' * 63}", "?page=1"):
        status, answer = await server.ask("GET", LISTED + query)
        assert (status, answer["error"]["code"]) == (400, "malformed")


@pytest.mark.spec("ARRIVALS-SERVER-11", "ARRIVALS-SERVER-6")
async def test_what_officials_have_had_erased_can_still_be_corrected_and_withdrawn(
    server: InnerServer,
) -> None:
    keys = await open_desk(server)
    one, two, three = declared(), declared(), declared()
    shown = await hand_in(server, one)
    await hand_in(server, two)
    for each in (one, two):
        assert await server.ask("DELETE", f"{LISTED}/{each.name}") == (200, {"erased": 1})
        assert (await server.ask("DELETE", f"{LISTED}/{each.name}"))[0] == 404
    assert await listed(server) == {}
    assert await hand_in(server, one) == shown
    assert await listed(server) == {}
    await hand_in(server, three, one.withdrawal)
    assert await take_back(server, two.withdrawal)
    assert list(await listed(server)) == [three.name]
    gone = {each.envelope.declaration_id[:16] for each in (one, two)}
    assert (await withdrawn(server, keys)).expiry_days.keys() == gone


@pytest.mark.spec("ARRIVALS-SERVER-12", "GATE-9", "GATE-10")
async def test_the_list_of_withdrawn_receipts_is_signed_and_never_older_than_a_minute(
    server: InnerServer,
) -> None:
    path = "/v1/arrivals/withdrawn"
    assert (await server.ask("GET", path))[0] == 404
    keys = await open_desk(server)
    first = await server.get(path)
    await server.move_to(NOW + 59)
    assert await server.get(path) == first
    await server.move_to(NOW + 60)
    assert (await withdrawn(server, keys, now=server.clock.now())).issued == NOW + 60
    one = declared()
    await hand_in(server, one)
    before = await server.get(path)
    await take_back(server, one.withdrawal)
    assert one.envelope.declaration_id[:16] in await withdrawn(server, keys)
    assert before != await server.get(path)
    with pytest.raises(UnknownKeyError):
        WithdrawnReceipts.open(before, TRUSTED, now=NOW)


@pytest.mark.spec("ARRIVALS-SERVER-12", "SERVER-3")
async def test_who_has_the_list_is_told_so(server: InnerServer) -> None:
    await open_desk(server)
    for path in ("/v1/arrivals/withdrawn", "/v1/arrivals/keys"):
        async with server.session.get(server.url + path) as response:
            tag = response.headers["ETag"]
        headers = {"If-None-Match": tag}
        async with server.session.get(server.url + path, headers=headers) as response:
            assert (response.status, await response.read()) == (304, b"")


@pytest.mark.spec("ARRIVALS-SERVER-13", "ARRIVALS-SERVER-14")
async def test_marks_are_kept_once_and_handed_out_in_order(server: InnerServer) -> None:
    marks = [mark(n) for n in (5, 3, 9)]
    assert await server.ask("POST", MARKS, b"".join(marks)) == (200, {"marks": 3})
    assert await server.ask("POST", MARKS, marks[1] + marks[1] + mark(1)) == (200, {"marks": 4})
    assert await marks_at(server) == b"".join(sorted([*marks, mark(1)]))


@pytest.mark.spec("ARRIVALS-SERVER-14", "GATE-2")
async def test_of_marks_that_are_cut_or_too_long_lived_none_is_kept(server: InnerServer) -> None:
    for body, fault in (
        (b"", "malformed"),
        (mark(1) + mark(2)[:-1], "malformed"),
        (mark(1) + mark(2, TODAY + 28), "malformed"),
        (bytes(4_097 * MARK_BYTES), "too-large"),
    ):
        status, answer = await server.ask("POST", MARKS, body)
        assert answer["error"]["code"] == fault
        assert status == (413 if fault == "too-large" else 400)
    assert await rows(server, "gate_marks") == []
    assert await server.ask("POST", MARKS, mark(1, TODAY) + mark(2, TODAY + 27)) == (
        200,
        {"marks": 1},
    )
    assert await marks_at(server) == mark(2, TODAY + 27)


@pytest.mark.spec("ARRIVALS-SERVER-14", "GATE-12")
async def test_where_there_is_no_room_for_all_marks_none_is_kept(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_MARKS == 131_072
    monkeypatch.setattr(arrivals_marks, "MAX_MARKS", 2)
    assert (await server.ask("POST", MARKS, mark(1)))[0] == 200
    status, answer = await server.ask("POST", MARKS, mark(2) + mark(3))
    assert (status, answer["error"]["code"]) == (409, "refused")
    assert await marks_at(server) == mark(1)
    assert (await server.ask("POST", MARKS, mark(2)))[0] == 200


@pytest.mark.spec("ARRIVALS-SERVER-13", "GATE-5", "GATE-7")
async def test_two_gates_meet_over_the_server_and_one_sees_the_replay(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server passes on what it cannot open: no id of a receipt, no gate's name, no moment."""
    monkeypatch.setattr(server.clock, "_now", NOON)
    one, two = Officer("GATE-1"), Officer("GATE-2")
    assert one.verdict(text()) == "valid"
    await server.ask("POST", MARKS, b"".join(one.marks()))
    held = await marks_at(server)
    assert b"GATE" not in held
    assert two.hear([held]) == 0
    seen = two.admit(text())
    assert seen.checked.verdict == "used"
    assert [use.gate for use in seen.uses] == ["GATE-1"]
    assert len(held) == MARK_BYTES
    assert receipt().receipt_id not in held


@pytest.mark.spec("ARRIVALS-SERVER-13")
async def test_marks_that_have_expired_are_handed_out_no_more(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask("POST", MARKS, mark(1, TODAY + 1) + mark(2, TODAY + 2))
    monkeypatch.setattr(server.clock, "_now", (TODAY + 1) * DAY)
    assert await marks_at(server) == mark(2, TODAY + 2)
