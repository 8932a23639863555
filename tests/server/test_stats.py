"""Statistics: right, of days that are over, and so that no small number can be computed."""

import json
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from dp3t import (
    Day,
    UploadCode,
    day_of,
    day_start,
    random_from_os,
    release_after,
    to_datetime,
)
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.counters import Counted, Counters
from dp3t_server.database import Database
from dp3t_server.stats import SMALLEST, Statistics, shown
from dp3t_server.tables import counters
from key_server import DAY, NOW, InnerServer, in_process, lowcost_record, run_program

TODAY = day_of(NOW)
NAMES = ("uploads_accepted", "codes_issued", "keys_published")


def of_uploads(*counts: int) -> Statistics:
    """Return what is shown of the uploads of some days."""
    given = {(Day(day), Counted.UPLOADS_ACCEPTED): count for day, count in enumerate(counts)}
    return shown(given, first=Day(0), today=Day(len(counts)))


@pytest.mark.spec("OPERATING-13")
def test_small_numbers_are_not_shown_and_zero_is_one_of_them() -> None:
    found = of_uploads(0, 1, 9, 10, 11, 250)
    assert [row["uploads_accepted"] for row in found.days] == ["<10"] * 3 + [10, 11, 250]
    assert found.totals["uploads_accepted"] == {"at_least": 271, "at_most": 298}


@pytest.mark.spec("OPERATING-13")
@pytest.mark.parametrize("visible", [(), (101,), (10, 47, 3000)])
@pytest.mark.parametrize("hidden", [1, 2])
def test_whatever_the_hidden_numbers_are_the_same_is_shown(
    visible: tuple[int, ...], hidden: int
) -> None:
    """So nothing that is shown, totals included, tells one from another."""
    every = [of_uploads(*visible, *small) for small in product(range(SMALLEST), repeat=hidden)]
    assert all(found == every[0] for found in every)
    total = every[0].totals["uploads_accepted"]
    assert total["at_least"] <= sum(visible) <= total["at_most"]


async def stats_of(server: InnerServer) -> dict[str, dict[str, object]]:
    """Ask for the statistics; return them by date."""
    status, answer = await server.ask("GET", "/v1/operator/stats")
    assert status == 200
    assert set(answer) == {"days", "totals"}
    assert set(answer["totals"]) == set(NAMES)
    return {row.pop("day"): row for row in answer["days"]}


def date(day: int) -> str:
    return to_datetime(day_start(Day(day))).date().isoformat()


@pytest.mark.spec("OPERATING-14")
async def test_a_day_is_shown_with_what_was_done_on_it_once_it_is_over(
    server: InnerServer,
) -> None:
    codes = await server.codes(13)
    for code in codes[:11]:
        assert await server.upload(code, lowcost_record(), lowcost_record()) == "accepted"
    assert await server.upload(codes[0], lowcost_record()) == "used-code"
    found = await stats_of(server)
    assert list(found) == [date(TODAY - days) for days in range(28, 0, -1)]
    assert all(row == dict.fromkeys(NAMES, "<10") for row in found.values())
    await server.move_to((TODAY + 1) * DAY)
    found = await stats_of(server)
    assert found[date(TODAY)] == dict(zip(NAMES, (11, 13, 22), strict=True))
    assert date(TODAY + 1) not in found
    await server.move_to((TODAY + 28) * DAY)
    assert found[date(TODAY)] == (await stats_of(server))[date(TODAY)]
    await server.move_to((TODAY + 29) * DAY)
    assert date(TODAY) not in await stats_of(server)


@pytest.mark.spec("OPERATING-14")
async def test_keys_of_a_release_at_midnight_count_on_the_day_that_begins(
    server: InnerServer,
) -> None:
    midnight = (TODAY + 1) * DAY
    await server.move_to(midnight - 1)
    records = [lowcost_record() for _ in range(12)]
    assert await server.upload(await server.code(), *records) == "accepted"
    await server.move_to(midnight + DAY)
    found = await stats_of(server)
    assert found[date(TODAY)]["keys_published"] == "<10"
    assert found[date(TODAY + 1)]["keys_published"] == 12


@pytest.mark.spec("OPERATING-15")
async def test_nothing_but_three_sums_a_day_is_stored_and_not_for_ever(server: InnerServer) -> None:
    async def stored() -> list[tuple[int, str, int]]:
        async with server.parts.store.database.reading() as connection:
            rows = (await connection.execute(select(counters))).all()
        assert all(0 <= row.part < 16 for row in rows)
        sums = dict[tuple[int, str], int]()
        for row in rows:
            sums[row.day, row.name] = sums.get((row.day, row.name), 0) + row.number
        return sorted((*of, count) for of, count in sums.items())

    codes = await server.codes(40)
    for code in codes[:30]:
        await server.upload(code, lowcost_record())
    done = [(TODAY, "codes_issued", 40), (TODAY, "uploads_accepted", 30)]
    assert await stored() == done
    await server.move_to(release_after(NOW))
    assert await stored() == [done[0], (TODAY, "keys_published", 30), done[1]]
    await server.move_to((TODAY + 29) * DAY)
    assert await stored() == []


@pytest.mark.spec("OPERATING-16")
async def test_what_is_not_accepted_is_not_counted(server: InnerServer) -> None:
    code = await server.code()
    old = lowcost_record(days_ago=40)
    unknown = UploadCode.generate(rand=random_from_os)
    assert await server.upload(code, old) == "refused-keys"
    assert await server.upload(unknown, lowcost_record()) == "unknown-code"
    record = lowcost_record()
    assert [await server.upload(code, record) for _ in range(3)] == ["accepted"] * 3
    async with server.parts.store.reading() as transaction:
        counts = await transaction.counters.between(TODAY, Day(TODAY + 1))
    assert counts[TODAY, Counted.UPLOADS_ACCEPTED] == 1
    assert counts[TODAY, Counted.CODES_ISSUED] == 1


@pytest.mark.spec("OPERATING-14")
async def test_statistics_are_for_the_operator(server: InnerServer) -> None:
    status, _ = await server.ask("GET", "/v1/operator/stats", token="")
    assert status == 401


async def test_the_terminal_shows_the_same_as_the_route(tmp_path: Path) -> None:
    """The command lives by the system's clock, thirty days and more after what was counted."""
    async with in_process(tmp_path, clock=SimulatedClock(NOW)):
        pass
    data = ("--data", str(tmp_path / "data"))
    status, output, errors = await run_program("stats", "--json", *data)
    found = json.loads(output)
    assert (status, errors, len(found["days"])) == (0, "", 2 * Config().retention_days)
    assert found["totals"]["keys_published"] == {"at_least": 0, "at_most": 28 * 9}
    status, output, _ = await run_program("stats", *data)
    assert (status, output.count("<10")) == (0, 28 * 3)
    assert "0 - 252" in output


async def test_two_processes_count_on_one_counter(server: InnerServer) -> None:
    other = Database(server.where)
    try:
        for database in (server.parts.store.database, other) * 20:
            async with database.writing() as connection:
                await Counters(connection).add(Counted.CODES_ISSUED, 2, day=TODAY)
    finally:
        await other.close()
    async with server.parts.store.reading() as transaction:
        counts = await transaction.counters.between(TODAY, Day(TODAY + 1))
    assert counts[TODAY, Counted.CODES_ISSUED] == 80
