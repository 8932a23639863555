"""What the doctor finds of entry declarations."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doctor_visits import HEALTHY, only, visited
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory
from dp3t_server.visit import State
from key_server import DAY, NOW, SLOT, InnerServer, in_process
from server_arrivals import ARRIVALS_ON, declared, hand_in, open_desk

HEALTHY_DESK = HEALTHY.with_settings(
    declarations=True, arrivals_authorities=ARRIVALS_ON.arrivals_authorities
)


async def stopped(
    folder: Path,
    prepare: Callable[[InnerServer], Awaitable[object]],
    config: Config = HEALTHY_DESK,
) -> DataDirectory:
    """Return the files of a server that has published, after something was done with it."""
    async with in_process(folder, config=config) as server:
        await prepare(server)
        await server.move_to(NOW + SLOT)
    return DataDirectory(folder / "data")


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_where_no_document_is_installed_the_doctor_says_so(tmp_path: Path) -> None:
    async def nothing(_: InnerServer) -> None:
        return None

    found = await visited(await stopped(tmp_path, nothing))
    only(found, "arrivals", State.WARNING, "nobody can declare", "arrivals install")


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_a_term_that_ends_is_told_in_time_and_one_that_ended_is_a_problem(
    tmp_path: Path,
) -> None:
    data = await stopped(tmp_path, open_desk)
    ends = NOW + 89 * DAY
    for now, state in (
        (ends - 14 * DAY - 1, State.OK),
        (ends - 14 * DAY, State.WARNING),
        (ends, State.PROBLEM),
    ):
        (finding,) = (await visited(data, now=now))["arrivals"]
        assert finding.state is state, now
        assert state is State.OK or "2021-10-02" in finding.message


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_without_a_key_of_the_document_no_receipt_can_be_signed(tmp_path: Path) -> None:
    data = await stopped(tmp_path, open_desk)
    file = SecretsFile(data.secrets)
    kept = file.load()
    file.replace(replace(kept, receipts=()))
    found = await visited(data)
    only(found, "arrivals", State.PROBLEM, "no key of the document")


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_a_server_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    async def fill(server: InnerServer) -> None:
        await open_desk(server)
        await hand_in(server, declared())

    config = HEALTHY_DESK.with_settings(max_declarations=1)
    only(await visited(await stopped(tmp_path, fill, config)), "arrivals", State.WARNING, "1 entry")


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_a_document_of_an_authority_that_was_taken_out_is_a_problem(tmp_path: Path) -> None:
    data = await stopped(tmp_path, open_desk)
    other = HEALTHY_DESK.arrivals_authorities[0].model_copy(update={"public": "00" * 32})
    settings = HEALTHY_DESK.with_settings(arrivals_authorities=[other.model_dump()])
    data.settings.write_text(settings.model_dump_json(exclude_unset=True))
    (finding,) = (await visited(data))["arrivals"]
    assert finding.state is State.PROBLEM
    assert "untrusted" in finding.message


@pytest.mark.spec("ARRIVALS-SERVER-20")
async def test_where_no_authority_is_named_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    async def nothing(_: InnerServer) -> None:
        return None

    config = HEALTHY_DESK.with_settings(arrivals_authorities=())
    (finding,) = (await visited(await stopped(tmp_path, nothing, config)))["arrivals"]
    assert finding.state is State.OK
