"""Accepting and refusing reports, through HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from dp3t import Instant, UploadCode, day_of, random_from_os, release_after
from dp3t.publication import ANSWER_BYTES, UPLOAD_SIZES, KeyRecord, Upload
from dp3t.publication.report import REFUSALS
from dp3t_server.authorizations import Verdict
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.publisher import release_of
from dp3t_server.reports import Reports
from dp3t_server.store import Store
from dp3t_server.tables import codes, pending_keys
from key_server import (
    DAY,
    NOW,
    InnerServer,
    gaen_record,
    in_process,
    keys_of,
    lowcost_record,
    report_of,
    upload_of,
)

LONGEST = max(Config().upload_sizes.values())


@pytest.mark.spec("SERVER-8", "SERVER-11")
@pytest.mark.parametrize("make", [lowcost_record, gaen_record])
async def test_a_report_with_a_good_code_is_accepted_and_published(
    server: InnerServer, make: Callable[[], KeyRecord]
) -> None:
    record = make()
    assert await server.upload(await server.code(), record) == "accepted"
    assert await server.published() == []
    await server.move_to(release_after(NOW))
    assert await server.published() == [record]


@pytest.mark.spec("SERVER-8", "SERVER-9")
async def test_accepted_and_refused_answers_differ_in_nothing_but_their_text(
    server: InnerServer,
) -> None:
    good, spent = await server.codes(2)
    await server.upload(spent, lowcost_record())
    bodies = {
        "accepted": upload_of(good, lowcost_record()),
        "used": upload_of(spent, lowcost_record()),
        "unknown": upload_of(UploadCode.generate(rand=random_from_os), lowcost_record()),
        "refused": upload_of(await server.code(), lowcost_record(days_ago=40)),
    }
    shapes, texts = set(), set()
    for body in bodies.values():
        async with server.session.post(server.url + "/v1/reports", data=body) as response:
            answer = await response.read()
            headers = {name: len(value) for name, value in response.headers.items()}
            shapes.add((response.status, len(answer), tuple(headers.items())))
            texts.add(answer)
    assert len(texts) == 4
    ((status, length, _),) = shapes
    assert (status, length) == (200, ANSWER_BYTES)


@pytest.mark.spec("SERVER-10")
@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        (0, 400, "malformed"),
        (UPLOAD_SIZES[0] - 1, 400, "malformed"),
        (UPLOAD_SIZES[0], 400, "malformed"),
        (LONGEST - 1, 400, "malformed"),
        (LONGEST, 400, "malformed"),
        (LONGEST + 1, 413, "too-large"),
        (2**20, 413, "too-large"),
    ],
)
async def test_a_body_that_is_no_upload_is_refused_by_its_fault(
    server: InnerServer, length: int, status: int, code: str
) -> None:
    found, answer = await server.ask("POST", "/v1/reports", random_from_os(length))
    assert found == status
    assert answer["error"]["code"] == code


@pytest.mark.spec("SERVER-10")
async def test_a_large_body_of_unannounced_length_is_refused(server: InnerServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield bytes(LONGEST // 4)

    async with server.session.post(server.url + "/v1/reports", data=chunks()) as response:
        assert response.status == 413


async def test_a_code_nobody_issued_is_unknown(server: InnerServer) -> None:
    code = UploadCode.generate(rand=random_from_os)
    assert await server.upload(code, lowcost_record()) == "unknown-code"


@pytest.mark.spec("SERVER-12")
async def test_of_many_uploads_at_once_with_one_code_exactly_one_is_accepted(
    server: InnerServer,
) -> None:
    code = await server.code()
    records = [lowcost_record() for _ in range(12)]
    outcomes = await asyncio.gather(*(server.upload(code, record) for record in records))
    assert sorted(outcomes) == ["accepted"] + ["used-code"] * 11
    await server.move_to(release_after(NOW))
    assert await server.published() == [records[outcomes.index("accepted")]]


@pytest.mark.spec("SERVER-12")
async def test_a_code_works_once_even_where_two_processes_share_the_database(
    server: InnerServer,
) -> None:
    code = await server.code()
    others = [Database(server.where) for _ in range(3)]
    try:
        bodies = [upload_of(code, lowcost_record()) for _ in others]
        outcomes = await asyncio.gather(
            *(
                Reports(Store(other), Config(), secrets=server.parts.secrets).accept(
                    Upload.decode(body), body, now=NOW
                )
                for other, body in zip(others, bodies, strict=True)
            )
        )
    finally:
        for other in others:
            await other.close()
    assert sorted(str(outcome.refusal) for outcome in outcomes) == [
        "None",
        "used-code",
        "used-code",
    ]


@pytest.mark.spec("SERVER-13", "SERVER-15")
async def test_the_same_upload_again_is_accepted_and_published_once(server: InnerServer) -> None:
    body = upload_of(await server.code(), record := lowcost_record())
    assert await server.send(body) == "accepted"
    assert await server.send(body) == "accepted"
    await server.move_to(release_after(NOW))
    assert await server.send(body) == "accepted"
    await server.move_to(NOW + 4 * DAY)  # the code has expired; the answer may still be lost
    assert await server.send(body) == "accepted"
    assert await server.published() == [record]


@pytest.mark.spec("SERVER-13", "SERVER-12")
async def test_the_same_upload_many_times_at_once_is_accepted_each_time(
    server: InnerServer,
) -> None:
    body = upload_of(await server.code(), record := lowcost_record())
    assert set(await asyncio.gather(*(server.send(body) for _ in range(8)))) == {"accepted"}
    await server.move_to(release_after(NOW))
    assert await server.published() == [record]


@pytest.mark.spec("SERVER-12")
async def test_another_upload_with_a_spent_code_is_refused(server: InnerServer) -> None:
    code, record = await server.code(), lowcost_record()
    assert await server.upload(code, record) == "accepted"
    assert await server.upload(code, lowcost_record()) == "used-code"
    await server.move_to(release_after(NOW))
    assert await server.published() == [record]


@pytest.mark.spec("SERVER-19")
async def test_a_code_is_good_to_the_end_of_the_day_its_lifetime_ends_in(
    server: InnerServer,
) -> None:
    last, late = await server.codes(2)
    end = (day_of(NOW) + 2) * DAY
    await server.move_to(end - 1)
    assert await server.upload(last, lowcost_record()) == "accepted"
    await server.move_to(end)
    assert await server.upload(late, lowcost_record()) == "expired-code"


@pytest.mark.spec("SERVER-14")
@pytest.mark.parametrize(
    "record",
    [
        lowcost_record(days_ago=29),
        lowcost_record(days_ago=-1),
        gaen_record(days_ago=29),
        gaen_record(days_ago=-1),
        KeyRecord((1, 2), bytes(32)),
        KeyRecord((1,), bytes(33)),
        KeyRecord((18_000 * 144, 145, 1, 127), bytes(16)),
    ],
    ids=["old", "future", "old-gaen", "future-gaen", "attributes", "length", "period"],
)
async def test_keys_that_the_design_refuses_do_not_spend_the_code(
    server: InnerServer, record: KeyRecord
) -> None:
    code = await server.code()
    assert await server.upload(code, record) == "refused-keys"
    assert await server.upload(code, lowcost_record()) == "accepted"


@pytest.mark.spec("SERVER-27")
async def test_the_oldest_keys_a_design_takes_are_published(server: InnerServer) -> None:
    """Valid: a report may have waited; nothing is erased before it was published."""
    records = [lowcost_record(days_ago=28), gaen_record(days_ago=28)]
    for record in records:
        assert await server.upload(await server.code(), record) == "accepted"
    await server.move_to(release_after(NOW))
    assert keys_of(await server.published()) == keys_of(records)


@pytest.mark.spec("SERVER-15", "SERVER-27")
async def test_a_key_is_published_once_for_as_long_as_a_design_takes_it(
    server: InnerServer,
) -> None:
    """Its batch is long erased when it is reported again on the last day it may be."""
    record = lowcost_record(days_ago=0)
    assert await server.upload(await server.code(), record) == "accepted"
    last_day = (day_of(NOW) + 28) * DAY
    await server.move_to(last_day)
    assert await server.published() == []
    assert await server.upload(await server.code(), record) == "accepted"
    await server.move_to(last_day + DAY)
    assert await server.published() == []
    assert await server.upload(await server.code(), record) == "refused-keys"


@pytest.mark.spec("SERVER-14", "SERVER-11")
async def test_one_bad_key_among_good_ones_refuses_them_all(server: InnerServer) -> None:
    code = await server.code()
    assert await server.upload(code, gaen_record(), gaen_record(days_ago=30)) == "refused-keys"
    await server.move_to(release_after(NOW))
    assert await server.published() == []


@pytest.mark.spec("SERVER-14")
async def test_a_design_that_the_server_does_not_run_is_refused(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(designs=("gaen",))) as server:
        code = await server.code()
        assert await server.upload(code, lowcost_record()) == "refused-keys"
        assert await server.upload(code, gaen_record()) == "accepted"


@pytest.mark.spec("SERVER-15")
async def test_a_key_reported_twice_is_published_once_with_its_first_attributes(
    server: InnerServer,
) -> None:
    first, second, third = await server.codes(3)
    record = lowcost_record(days_ago=3)
    other = KeyRecord((record.attributes[0] + 1,), record.key)
    fresh = lowcost_record()
    assert await server.upload(first, record) == "accepted"
    assert await server.upload(second, other, fresh) == "accepted"
    await server.move_to(release_after(NOW))
    assert await server.upload(third, other) == "accepted"
    await server.move_to(NOW + DAY)
    assert keys_of(await server.published()) == keys_of([record, fresh])
    assert record in await server.published()


@pytest.mark.spec("SERVER-15")
async def test_a_key_twice_in_one_report_is_published_once(server: InnerServer) -> None:
    record = lowcost_record()
    other = KeyRecord((record.attributes[0] - 1,), record.key)
    assert await server.upload(await server.code(), record, other) == "accepted"
    await server.move_to(release_after(NOW))
    assert len(await server.published()) == 1


@pytest.mark.spec("SERVER-16")
@pytest.mark.parametrize(
    ("now", "releasable_from", "release"),
    [
        (0, 0, 7_200),
        (7_199, 0, 7_200),
        (7_200, 0, 14_400),
        (7_200, 14_400, 14_400),
        (7_200, 14_401, 21_600),
        (7_200, 21_600, 21_600),
        (7_201, 7_200, 14_400),
    ],
)
def test_a_release_is_the_first_after_now_and_not_before_the_embargo(
    now: int, releasable_from: int, release: int
) -> None:
    assert release_of(Instant(now), releasable_from=Instant(releasable_from)) == release


@pytest.mark.spec("SERVER-16")
async def test_a_key_still_in_use_waits_until_no_phone_broadcasts_it(server: InnerServer) -> None:
    today = gaen_record(days_ago=0)
    assert await server.upload(await server.code(), today, gaen_record()) == "accepted"
    midnight = (day_of(NOW) + 1) * DAY
    await server.move_to(midnight - 1)
    assert today not in await server.published()
    (batch,) = await server.move_to(midnight)
    assert (batch["release"], batch["keys"]) == (midnight, 1)
    assert today in await server.published()


@pytest.mark.spec("SERVER-11")
async def test_a_failure_at_any_statement_of_accepting_stores_neither_code_nor_keys(
    server: InnerServer,
) -> None:
    """Let the n-th statement fail, for each n, and the commit; then let it succeed."""
    code = await server.code()
    body = upload_of(code, *(lowcost_record() for _ in range(3)))
    engine = server.parts.store.database.engine.sync_engine
    left = 0

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError("injected")

    async def stored() -> tuple[int, int]:
        async with server.parts.store.database.reading() as connection:
            spent = codes.select().where(codes.c.used == 1)
            return (
                len((await connection.execute(spent)).all()),
                len((await connection.execute(pending_keys.select())).all()),
            )

    failures = 0
    while True:
        left = failures + 1
        event.listen(engine, "before_cursor_execute", fail)
        event.listen(engine, "commit", fail)
        status, _ = await server.ask("POST", "/v1/reports", body)
        event.remove(engine, "before_cursor_execute", fail)
        event.remove(engine, "commit", fail)
        if status == 200:
            break
        assert status == 503
        assert await stored() == (0, 0)
        failures += 1
    assert failures >= 10  # two BEGINs, two looks, spending, known keys three times, rows, commit
    assert await stored() == (1, 3)


@pytest.mark.spec("SERVER-10")
async def test_an_upload_of_the_length_of_another_design_is_malformed(server: InnerServer) -> None:
    longer = Upload(await server.code(), report_of(lowcost_record())).encode(to_bytes=LONGEST)
    status, answer = await server.ask("POST", "/v1/reports", longer)
    assert (status, answer["error"]["code"]) == (400, "malformed")


async def test_a_report_of_the_most_gaen_keys_fits(server: InnerServer) -> None:
    records = [gaen_record(days_ago=days) for days in range(15) for _ in range(6)]
    assert await server.upload(await server.code(), *records) == "accepted"
    await server.move_to(NOW + DAY)
    assert keys_of(await server.published()) == keys_of(records)


def test_the_servers_refusals_are_those_that_an_answer_can_name() -> None:
    assert {verdict.refusal for verdict in Verdict} == {None, *REFUSALS}
