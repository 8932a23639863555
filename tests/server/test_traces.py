"""Traces of the authority at the server: checked, taken as a whole, and never one for another."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from databases import sqlite_only
from dp3t import Day, Instant, day_of, release_after
from dp3t.presence import TRACE_BYTES, Trace
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.primitives import hmac_sha256
from dp3t_server import pairings, parts, trace_store
from dp3t_server import traces as module
from dp3t_server.config import Config
from dp3t_server.sunset import end_service
from dp3t_server.trace_content import trace_file
from key_server import DAY, NOW, SLOT, InnerServer, in_process
from server_traces import (
    PRESENCE_ON,
    TRACES,
    hand_in,
    listed,
    published_traces,
    rows,
    traces,
)

SERVER_CONFIG = PRESENCE_ON
NEXT = release_after(NOW)
LATER = Instant(NEXT + SLOT)
NOT_IN_G1 = bytes.fromhex("04" + 47 * "00")
"""x = 4 lies on the curve and its point is none of the subgroup."""


async def refused(server: InnerServer, body: object) -> tuple[int, str, str]:
    """Hand something in that is refused; return status, code and message."""
    status, answer = await server.ask("POST", TRACES, body)
    assert status >= 400, answer
    return status, answer["error"]["code"], answer["error"]["message"]


@pytest.mark.spec("TRACE-SERVER-12", "TRACE-SERVER-15")
async def test_traces_are_published_at_the_release_that_the_answer_names(
    server: InnerServer,
) -> None:
    some = traces(3)
    assert await hand_in(server, *some) == NEXT
    assert await published_traces(server) == {}
    await server.move_to(NEXT)
    assert await published_traces(server) == {NEXT: tuple(some)}
    assert await rows(server, "pending_traces") == []


@pytest.mark.spec("TRACE-SERVER-12")
async def test_as_many_as_a_venue_has_hours_fit_into_a_request_and_no_more(
    server: InnerServer,
) -> None:
    some = traces(module.MAX_TRACES_AT_ONCE + 1)
    status, code, _ = await refused(server, listed(*some))
    assert (status, code) == (400, "malformed")
    assert await hand_in(server, *some[:-1]) == NEXT
    assert len(await rows(server, "pending_traces")) == module.MAX_TRACES_AT_ONCE


@pytest.mark.spec("TRACE-SERVER-13", "TRACE-3", "TRACE-2")
@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"key": bytes(48)}, "trace 1: "),
        ({"key": b"\xff" * 48}, "trace 1: "),
        ({"key": NOT_IN_G1}, "trace 1: "),
        ({"day": Day(49_710)}, "to come"),
        ({"day": Day(day_of(NOW) + 1)}, "trace 1 is of a day that is to come"),
        ({"day": Day(day_of(NOW) - 11)}, "trace 1 is of a day that no phone remembers"),
        ({"day": Day(0)}, "no phone"),
    ],
)
async def test_a_trace_that_cannot_be_true_is_refused_by_name_and_the_others_with_it(
    server: InnerServer, fault: dict[str, Any], word: str
) -> None:
    """Negative: all or nothing."""
    one, other, third = traces(3)
    status, code, message = await refused(server, listed(one, replace(other, **fault), third))
    expected = (400, "malformed") if "key" in fault else (409, "refused")
    assert (status, code) == expected
    assert word in message
    assert await rows(server, "pending_traces") == []
    assert await hand_in(server, one, other, third) == NEXT


@pytest.mark.spec("TRACE-SERVER-13")
@pytest.mark.parametrize("days_ago", [0, 1, 10])
async def test_a_trace_of_the_days_that_phones_remember_is_taken(
    server: InnerServer, days_ago: int
) -> None:
    await hand_in(server, *traces(1, days_ago=days_ago))


def test_phones_remember_as_long_as_traces_are_taken_and_remembered() -> None:
    assert trace_store.MEMORY_DAYS == VISIT_RETENTION_DAYS


@pytest.mark.spec("TRACE-SERVER-13", "SERVER-31")
async def test_a_list_that_is_not_canonical_is_malformed(server: InnerServer) -> None:
    one, other = traces(2)
    encoded = one.encode().hex()
    bodies: list[object] = [
        listed(other, one),
        listed(one, one),
        listed(one, replace(one, day=Day(one.day - 1))),
        {"traces": []},
        {"traces": [encoded.upper()]},
        {"traces": [encoded[:-2]]},
        {"traces": [encoded + "00"]},
        {"traces": encoded},
        {"traces": [one.encode().hex()], "venue": "market"},
        {},
        [],
    ]
    for body in bodies:
        status, code, message = await refused(server, body)
        assert (status, code) == (400, "malformed"), body
        assert encoded[:32] not in message
    status, code, _ = await refused(server, b" " * (2**18 + 1))
    assert (status, code) == (413, "too-large")
    assert await rows(server, "pending_traces") == []


@pytest.mark.spec("TRACE-SERVER-14", "TRACE-SERVER-12")
async def test_the_same_traces_again_change_nothing_before_and_after_publication(
    server: InnerServer,
) -> None:
    some = traces(4)
    for batch in (some, some, some[1:3]):
        assert await hand_in(server, *batch) == NEXT
    await server.move_to(NEXT)
    assert await hand_in(server, *some) == NEXT
    more = sorted([*some, *traces(1)])
    assert await hand_in(server, *more) == LATER
    await server.move_to(LATER + SLOT)
    (new,) = set(more) - set(some)
    assert await published_traces(server) == {NEXT: tuple(some), LATER: (new,)}


@pytest.mark.spec("TRACE-SERVER-14")
@pytest.mark.parametrize("part", ["nonce", "sealed", "day", "key"])
async def test_another_trace_of_an_identity_that_waits_is_refused_by_name(
    server: InnerServer, part: str
) -> None:
    """Negative: no message, day or key takes the place of another, and none comes beside it."""
    one, fresh = sorted(traces(2))
    changed: dict[str, Any] = {
        "nonce": bytes(24),
        "sealed": bytes(368),
        "day": Day(one.day - 1),
        "key": fresh.key,
    }
    other = replace(one, **{part: changed[part]})
    await hand_in(server, one)
    status, code, message = await refused(server, listed(other, fresh))
    assert (status, code) == (409, "refused")
    assert "waits already" in message
    await server.move_to(NEXT + DAY)
    assert await published_traces(server) == {NEXT: (one,)}


@pytest.mark.spec("TRACE-SERVER-14")
async def test_a_second_message_for_an_hour_that_is_out_comes_in_a_later_batch(
    server: InnerServer,
) -> None:
    """Valid: a second gathering in one hour; repeats of either change nothing."""
    one, other = sorted(traces(2))
    second = replace(one, sealed=bytes(368), nonce=bytes(24))
    await hand_in(server, one)
    await server.move_to(NEXT)
    assert await hand_in(server, second, other) == LATER
    assert await hand_in(server, one) == NEXT
    await server.move_to(LATER)
    assert await hand_in(server, one) == NEXT
    assert await hand_in(server, second) == LATER
    await server.move_to(LATER + SLOT)
    assert await published_traces(server) == {NEXT: (one,), LATER: (second, other)}


@pytest.mark.spec("TRACE-SERVER-14", "TRACE-SERVER-18")
async def test_who_hands_in_a_made_up_trace_publishes_it_no_second_time(tmp_path: Path) -> None:
    """Negative: padding is remembered as what was approved is."""
    config = Config(presence=True, min_batch_keys=1)
    async with in_process(tmp_path, config=config) as server:
        await server.move_to(NEXT)
        made_up, *_ = (await published_traces(server))[NEXT]
        assert await hand_in(server, made_up) == NEXT
        await server.move_to(LATER)
        assert made_up not in (await published_traces(server))[LATER]


@pytest.mark.spec("TRACE-SERVER-14")
async def test_of_two_that_come_at_once_for_one_identity_one_is_taken(
    tmp_path: Path, database: str
) -> None:
    config = Config(presence=True, database=database)
    async with in_process(tmp_path, config=config) as server:
        (one,) = traces(1)
        others = [replace(one, nonce=bytes([number] * 24)) for number in range(6)]
        answers = await asyncio.gather(
            *(server.ask("POST", TRACES, listed(other)) for other in others)
        )
        statuses = [status for status, _ in answers]
        assert sorted(statuses) == [200, *[409] * 5]
        await server.move_to(NEXT)
        assert await published_traces(server) == {NEXT: (others[statuses.index(200)],)}


@pytest.mark.spec("TRACE-SERVER-18")
async def test_a_trace_is_remembered_by_a_digest_until_its_day_is_refused(
    server: InnerServer,
) -> None:
    """Negative: neither identity, key, day nor message is kept of a published one."""
    today = traces(1, days_ago=0)[0]
    await hand_in(server, today)
    await server.move_to(NEXT)
    key = server.parts.secrets.load().digest_key
    assert await rows(server, "published_traces") == [
        (hmac_sha256(key, b"dp3t trace 1" + today.encode()), NEXT)
    ]
    last = (day_of(NOW) + 11) * DAY - SLOT
    await server.move_to(last)
    assert await hand_in(server, today) == NEXT
    await server.move_to(last + SLOT)
    assert await rows(server, "published_traces") == []
    assert "no phone remembers" in (await refused(server, listed(today)))[2]


@pytest.mark.spec("TRACE-SERVER-19")
async def test_more_than_can_wait_are_refused_as_a_whole(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_store, "MAX_WAITING", 4)
    some = traces(5)
    await hand_in(server, *some[:3])
    status, code, _ = await refused(server, listed(*some))
    assert (status, code) == (409, "refused")
    assert len(await rows(server, "pending_traces")) == 3
    await hand_in(server, *some[:4])
    await server.move_to(NEXT)
    assert await hand_in(server, *some) == LATER


@pytest.mark.spec("TRACE-SERVER-15", "SERVER-56")
async def test_what_comes_while_a_slot_is_built_waits_for_the_next(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says so: what waits for a slot stands still from its beginning."""
    first, late = traces(1), traces(1)
    await hand_in(server, *first)
    came = list[int]()

    def slowly(*args: Any, **options: Any) -> object:
        future = asyncio.run_coroutine_threadsafe(hand_in(server, *late), loop)
        came.append(future.result(30))
        return trace_file(*args, **options)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr("dp3t_server.trace_content.trace_file", slowly)
    await server.parts.publisher.publish(NEXT)
    assert came == [LATER]
    assert await published_traces(server) == {NEXT: tuple(first)}
    await server.move_to(LATER)
    assert (await published_traces(server))[LATER] == tuple(late)


@pytest.mark.spec("TRACE-SERVER-20")
async def test_where_the_service_has_ended_no_trace_is_taken_and_those_that_wait_come_out(
    server: InnerServer,
) -> None:
    some = traces(2)
    await hand_in(server, *some)
    await end_service(server.parts, at_once=False, now=NOW)
    status, code, message = await refused(server, listed(*traces(1)))
    assert (status, code) == (409, "refused")
    assert "has ended" in message
    await server.move_to(NEXT)
    assert await published_traces(server) == {NEXT: tuple(some)}
    await end_service(server.parts, at_once=True, now=NEXT)
    for table in ("pending_traces", "published_traces", "batches"):
        assert await rows(server, table) == []


@pytest.mark.spec("TRACE-SERVER-20")
async def test_ending_at_once_erases_what_waits(server: InnerServer) -> None:
    await hand_in(server, *traces(2))
    await end_service(server.parts, at_once=True, now=NOW)
    await server.move_to(NEXT)
    assert await rows(server, "pending_traces") == []
    assert await published_traces(server) == {}


@pytest.mark.spec("SERVER-29")
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_the_token_no_trace_is_taken(server: InnerServer, token: str) -> None:
    status, answer = await server.ask("POST", TRACES, listed(*traces(1)), token=token)
    assert (status, answer["error"]["code"]) == (401, "unauthorized")
    assert await rows(server, "pending_traces") == []


@pytest.mark.spec("SERVER-20", "SERVER-52")
@sqlite_only
async def test_no_log_has_a_trace_and_the_files_show_the_batch_alone(
    server: InnerServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (one,) = traces(1)
    capfd.readouterr()
    caplog.clear()
    await hand_in(server, one)
    await refused(server, listed(replace(one, nonce=bytes(24))))
    await server.move_to(NEXT)
    shown = capfd.readouterr()
    said = shown.out + shown.err + "".join(str(vars(each)) for each in caplog.records)
    for hidden in (one.identity, one.key, one.sealed):
        assert hidden.hex() not in said
        files = b"".join(path.read_bytes() for path in server.data.path.glob("server.sqlite3*"))
        assert files.count(hidden) == 1  # in the batch


@pytest.mark.spec("TRACE-SERVER-21")
async def test_a_server_starts_with_presence_only_where_its_library_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: nor one on whose database traces wait; in one line, before it listens."""
    async with in_process(tmp_path, config=PRESENCE_ON) as server:
        await hand_in(server, *traces(1))
        publisher = server.parts.publisher
        monkeypatch.setattr(pairings, "find_spec", lambda _: None)
        for config in (PRESENCE_ON, Config()):
            settings = config.with_settings(database=server.parts.config.database)
            with pytest.raises(Exception, match=r"pairing library: pip install 'dp3t\[presence\]'"):
                async with parts.opened(settings, server.data, now=NOW):
                    pass
        await publisher.publish(NEXT)
        settings = Config(database=server.parts.config.database)
        async with parts.opened(settings, server.data, now=NOW):
            pass


def test_a_trace_has_the_length_that_the_table_of_waiting_ones_holds() -> None:
    (one,) = traces(1)
    assert Trace.decode(one.encode()) == one
    assert len(one.encode()) == TRACE_BYTES
