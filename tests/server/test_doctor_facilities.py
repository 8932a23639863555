"""What the doctor finds of facilities."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from doctor_visits import HEALTHY, Found, only, visited
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory
from dp3t_server.tables import facility_acts
from dp3t_server.visit import Finding, State
from key_server import NOW, SLOT, InnerServer, in_process
from server_facilities import FACILITIES_ON, enrolled

AT = NOW + SLOT
HEALTHY_RECORD = HEALTHY.with_settings(
    region=FACILITIES_ON.region,
    facilities=True,
    facility_authorities=FACILITIES_ON.facility_authorities,
    facility_page_seconds=60,
)


async def nothing(_: InnerServer) -> None:
    return None


async def stopped(
    folder: Path,
    prepare: Callable[[InnerServer], Awaitable[object]] = nothing,
    config: Config = HEALTHY_RECORD,
) -> DataDirectory:
    """Return the files of a server that has published, after something was done with it."""
    async with in_process(folder, config=config) as server:
        await prepare(server)
        await server.move_to(AT)
    return DataDirectory(folder / "data")


async def with_act(folder: Path, *, received: int) -> DataDirectory:
    """Return the files of a server that was killed before an act came into a page."""
    data = await stopped(folder, enrolled)
    off = HEALTHY_RECORD.with_settings(facilities=False)
    async with (
        in_process(folder, config=off) as server,
        server.parts.store.writing() as transaction,
    ):
        row = {
            "number": await transaction.facilities.count(),
            "received": received,
            "digest": bytes(32),
            "kind": "answer",
            "facility": "",
            "signed": b"no matter",
        }
        await transaction.connection.execute(insert(facility_acts), row)
    data.settings.write_text(HEALTHY_RECORD.model_dump_json(exclude_unset=True))
    return data


def of(found: Found) -> Finding:
    (finding,) = found["facilities"]
    return finding


@pytest.mark.spec("FACILITIES-SERVER-22")
async def test_a_record_in_order_is_found_in_order(tmp_path: Path) -> None:
    data = await stopped(tmp_path, enrolled)
    assert of(await visited(data)).state is State.OK


@pytest.mark.spec("FACILITIES-SERVER-22")
async def test_an_act_that_waits_too_long_for_its_page_is_a_problem(tmp_path: Path) -> None:
    data = await with_act(tmp_path, received=AT)
    assert of(await visited(data, now=AT + 120)).state is State.OK
    only(await visited(data, now=AT + 121), "facilities", State.PROBLEM, "121 s", "page")


@pytest.mark.spec("FACILITIES-SERVER-22")
async def test_an_act_that_came_in_the_future_is_a_problem(tmp_path: Path) -> None:
    data = await with_act(tmp_path, received=AT + 61)
    assert of(await visited(data, now=AT + 1)).state is State.OK
    only(await visited(data, now=AT), "facilities", State.PROBLEM, "61 s in the future", "clock")


@pytest.mark.spec("FACILITIES-SERVER-22")
async def test_where_nobody_is_named_none_can_be_enrolled(tmp_path: Path) -> None:
    config = HEALTHY_RECORD.with_settings(facility_authorities=())
    found = await visited(await stopped(tmp_path, config=config))
    only(found, "facilities", State.WARNING, "facility_authorities")


@pytest.mark.spec("FACILITIES-SERVER-22")
@pytest.mark.parametrize("content", [None, b"\xff", b"[]", b'{"features": []}'])
async def test_boundaries_that_cannot_be_read_are_told(
    tmp_path: Path, content: bytes | None
) -> None:
    place = tmp_path / "outline.geojson"
    config = HEALTHY_RECORD.with_settings(facility_boundaries=str(place))
    data = await stopped(tmp_path, config=config)
    if content is not None:
        place.write_bytes(content)
    only(await visited(data), "facilities", State.WARNING, "outline.geojson")
    place.write_text('{"type": "FeatureCollection", "features": []}')
    assert of(await visited(data)).state is State.OK


@pytest.mark.spec("FACILITIES-SERVER-22")
async def test_where_facilities_are_off_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    config = HEALTHY_RECORD.with_settings(facilities=False, facility_authorities=())
    assert of(await visited(await stopped(tmp_path, config=config))).state is State.OK
