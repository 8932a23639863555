"""Hybrid windows that run over midnight, in every form of authorisation."""

from pathlib import Path
from random import Random

import pytest

from authorizations import active, config, send, state, statement_of
from dp3t import Day, Instant, Parameters, Phone, UploadCode, day_of
from dp3t.params import DAY_SECONDS
from key_server import NOW, InnerServer, in_process

WINDOW_MINUTES = 420
PARAMETERS = Parameters(window_minutes=WINDOW_MINUTES)
RAND = Random(420).randbytes


def phone() -> Phone:
    """Return a phone that has lived for some days and is awake four times a day."""
    born = NOW - 8 * DAY_SECONDS
    made = Phone.create("hybrid", now=Instant(born), rand=RAND, parameters=PARAMETERS)
    for moment in range(born, NOW + 1, DAY_SECONDS // 4):
        made.tick(Instant(moment), rand=RAND)
    return made


async def send_report(server: InnerServer, patient: Phone, code: UploadCode | None) -> str:
    assert patient.pending is not None
    authorization = code or patient.openings
    assert authorization is not None
    return await send(server, authorization, patient.pending)


@pytest.mark.spec("AUTHORIZATION-9", "COMMITMENT-7", "COMMITMENT-11")
@pytest.mark.parametrize("back", range(4))
async def test_a_report_since_the_first_day_is_accepted(tmp_path: Path, back: int) -> None:
    """Valid: the window that began on the day before is of the day on which it ends."""
    since = Day(day_of(NOW) - back)
    async with in_process(tmp_path, config=config(window_minutes=WINDOW_MINUTES)) as server:
        for code in (await server.code(), await active(server, since)):
            patient = phone()
            patient.report(since=since, now=NOW, rand=RAND)
            assert await send_report(server, patient, code) == "accepted"
        patient = phone()
        commitment = patient.commit(now=NOW, rand=RAND)
        assert await state(server, statement_of(commitment, since=since)) == "ok"
        patient.report_committed(since=since, now=NOW, rand=RAND)
        assert await send_report(server, patient, None) == "accepted"
