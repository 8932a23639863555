"""Every design from a phone through the server to another phone."""

import pytest

from dp3t import Instant, day_of, release_after
from dp3t.errors import LimitError
from dp3t.proximity import DESIGN_NAMES
from dp3t.proximity.designs import design_named
from dp3t.publication import UPLOAD_SIZES, Report, Upload
from dp3t_server.config import Config
from key_server import DAY, NOW, InnerServer
from phones import hear, new, report, say

MET = Instant(NOW - DAY)
every_design = pytest.mark.parametrize("name", DESIGN_NAMES)


def reported(name: str) -> tuple[Report, bytes]:
    """Return the report of somebody who reports a day after a meeting, and what they said there."""
    phone = new(name, now=MET)
    words = say(phone, MET)
    say(phone, NOW)
    return report(phone, NOW, since=day_of(MET)), words


async def accept(server: InnerServer, sent: Report) -> None:
    size = Config().upload_sizes[sent.design]
    body = Upload(await server.code(), sent).encode(to_bytes=size)
    assert await server.send(body) == "accepted"


@pytest.mark.spec("SERVER-8", "SERVER-21", "BATCH-9")
@every_design
async def test_what_a_phone_reports_is_published_as_other_phones_match_it(
    server: InnerServer, name: str
) -> None:
    """Two patients report; who met one of them finds that one, who met nobody finds nothing."""
    (one, words), (other, _) = reported(name), reported(name)
    near, far = new(name, now=MET), new(name, now=MET)
    hear(near, words, MET)
    await accept(server, one)
    await accept(server, other)
    await server.move_to(NOW + 2 * DAY)
    batches = [batch for batch in await server.batches() if batch.design == name]
    found = []
    for phone in (near, far):
        say(phone, release_after(Instant(NOW + 2 * DAY)))
        found.append([match for batch in batches for match in phone.ingest(batch)])
    assert [match.day for match in found[0]] == [day_of(MET)]
    assert found[1] == []


@pytest.mark.spec("SERVER-10", "REPORT-3")
@every_design
async def test_an_upload_of_another_length_than_its_designs_is_malformed(
    server: InnerServer, name: str
) -> None:
    """Invalid: well-formed, and in a length that another design uses, or none here."""
    sent, _ = reported(name)
    code, sizes = await server.code(), Config().upload_sizes
    for size in set(UPLOAD_SIZES[:3]) - {sizes[name]}:
        try:
            body = Upload(code, sent).encode(to_bytes=size)
        except LimitError:
            continue  # it does not even fit
        status, answer = await server.ask("POST", "/v1/reports", body)
        assert (status, answer["error"]["code"]) == (400, "malformed")
    await accept(server, sent)


def test_the_designs_that_a_server_runs_by_default_are_all() -> None:
    assert [design_named(name).name for name in Config().designs] == list(DESIGN_NAMES)
