"""spec/facilities/facilities-server.md: taking acts, pages in the log, what is shown."""

import pytest

from dp3t import Instant
from dp3t.facilities import FacilityMap
from key_server import NOW, InnerServer
from server_facilities import FACILITIES_ON, enrolled, send
from spec.vectors.builders.facility_record import REGION

SERVER_CONFIG = FACILITIES_ON


async def shown(server: InnerServer, now: Instant = NOW) -> dict[str, str]:
    data = await server.get("/v1/facilities/map")
    found = FacilityMap.open(data, trusted=server.trusted(), region=REGION, now=now)
    return {row.facility: row.state for row in found.rows}


@pytest.mark.spec("FACILITIES-SERVER-2", "FACILITIES-SERVER-3", "FACILITIES-SERVER-10")
async def test_a_day_attested_is_on_the_map(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi", "tran-phu")
    assert set((await shown(server)).values()) <= {"due", "overdue"}
    answer = await send(server, record.attest("le-loi", NOW))
    assert answer == {"number": 4, "received": NOW, "refusal": None}
    server.clock.move_to(Instant(NOW + 5))
    assert (await shown(server))["le-loi"] in {"safe", "overdue"}
