"""Readiness and metrics: what monitoring needs, and nothing that tells on a patient."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from authorizations import AUTHORITY, config, statement_of
from dp3t import Instant, UploadCode, day_of, random_from_os, release_after
from dp3t.proximity import DISCLOSURE_BYTES
from dp3t.publication import Commitment
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.metrics import _BUCKETS
from dp3t_server.publisher import latest_release
from key_server import DAY, NOW, SLOT, InnerServer, in_process, lowcost_record, upload_of

CHAPTER = Path(__file__).parents[2] / "spec" / "publication" / "operating.md"
Samples = dict[tuple[str, str, str], float]


async def scrape(server: InnerServer) -> Samples:
    """Return every sample by its name, route and status (or bucket)."""
    token = server.data.token.read_text().strip()
    async with server.session.get(
        server.url + "/metrics", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        assert response.headers["Cache-Control"] == "no-store"
        shown = await response.text()
    found = Samples()
    for family in text_string_to_metric_families(shown):
        for name, labels, value, *_ in family.samples:
            detail = labels.get("status") or labels.get("le") or ""
            found[name, labels.get("route", ""), detail] = value
    return found


def gauge(found: Samples, name: str) -> float:
    return found[f"dp3t_{name}", "", ""]


async def test_the_metrics_are_those_of_the_specification(server: InnerServer) -> None:
    await server.get("/v1/index")
    written = set(re.findall(r"^\| `(dp3t_\w+)", CHAPTER.read_text(encoding="utf-8"), re.MULTILINE))
    found = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _, _ in await scrape(server)}
    assert found == written


async def test_requests_are_counted_by_route_and_status_and_measured(server: InnerServer) -> None:
    for _ in range(3):
        await server.get("/v1/index")
    for path in ("/v1/batches/lowcost-7200", "/v1/batches/lowcost-0", "/nowhere", "/else/where"):
        assert (await server.ask("GET", path))[0] == 404
    found = await scrape(server)
    assert found["dp3t_requests_total", "/v1/index", "200"] == 3
    assert found["dp3t_requests_total", "/v1/batches/{name}", "404"] == 2
    assert found["dp3t_requests_total", "other", "404"] == 2
    assert found["dp3t_request_seconds_count", "/v1/index", ""] == 3
    buckets = [v for (n, r, _), v in found.items() if n.endswith("_bucket") and r == "/v1/index"]
    assert len(buckets) == len(_BUCKETS) + 1
    assert (sorted(buckets), buckets[-1]) == (buckets, 3)


async def test_the_forward_progress_of_publication_shows(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    async with in_process(tmp_path, clock=clock) as server:
        found = await scrape(server)
        assert gauge(found, "publication_age_seconds") == NOW - latest_release(NOW)
        assert gauge(found, "publication_slots_behind") == 0
        assert gauge(found, "database_up") == 1
        (key,) = server.trusted()
        assert gauge(found, "signing_key_seconds_left") == key.valid_until - NOW
        clock.move_to(Instant(NOW + 3 * SLOT))
        found = await scrape(server)
        assert gauge(found, "publication_slots_behind") == 3
        assert gauge(found, "publication_age_seconds") == NOW - latest_release(NOW) + 3 * SLOT
        assert (await server.ask("POST", "/v1/operator/publish"))[0] == 200
        assert gauge(await scrape(server), "publication_slots_behind") == 0


@pytest.mark.spec("OPERATING-19", "OPERATING-17")
async def test_a_database_that_is_down_shows_and_is_not_ready(server: InnerServer) -> None:
    async with server.parts.store.database.writing() as connection:
        await connection.execute(text("DROP TABLE current_index"))
    assert gauge(await scrape(server), "database_up") == 0
    status, answer = await server.ask("GET", "/v1/ready", token="")
    assert (status, answer["error"]["code"]) == (503, "unavailable")


@pytest.mark.spec("OPERATING-18")
async def test_metrics_are_for_the_operator(server: InnerServer) -> None:
    for token in ("", "wrong"):
        status, answer = await server.ask("GET", "/metrics", token=token)
        assert (status, answer["error"]["code"]) == (401, "unauthorized")


@pytest.mark.spec("OPERATING-17")
async def test_a_server_that_works_and_has_published_is_ready(server: InnerServer) -> None:
    assert await server.ask("GET", "/v1/ready", token="") == (200, {"ready": True})
    async with server.parts.store.database.writing() as connection:
        await connection.execute(text("DELETE FROM current_index"))
    assert (await server.ask("GET", "/v1/ready"))[0] == 503
    server.data.secrets.unlink()
    assert (await server.ask("GET", "/v1/ready"))[0] == 503


def without_reads(found: Samples) -> Samples:
    """Return what an upload or the operator could have changed, durations in time aside."""
    return {of: value for of, value in found.items() if not of[0].endswith("_sum")}


@pytest.mark.spec("OPERATING-20")
async def test_no_metric_tells_an_accepted_upload_from_a_dummy(tmp_path: Path) -> None:
    """Two servers, one with four reports, the other with four dummies, show the same."""
    seen = []
    for folder, real in (("one", True), ("other", False)):
        paced = Config(answer_milliseconds=200)
        async with in_process(tmp_path / folder, config=paced) as server:
            codes = await server.codes(4)
            for known in codes:
                code = known if real else UploadCode.generate(rand=random_from_os)
                outcome = await server.upload(code, lowcost_record())
                assert outcome == ("accepted" if real else "unknown-code")
            found = without_reads(await scrape(server))
            assert found["dp3t_requests_total", "/v1/reports", "200"] == 4
            assert found["dp3t_request_seconds_count", "/v1/reports", ""] == 4
            seen.append({k: v for k, v in found.items() if k[0] != "dp3t_signing_key_seconds_left"})
    assert seen[0] == seen[1]


@pytest.mark.spec("OPERATING-20")
async def test_durations_of_uploads_are_not_measured_where_they_would_tell(
    server: InnerServer,
) -> None:
    """This server answers when it is ready."""
    await server.upload(await server.code(), lowcost_record())
    found = await scrape(server)
    assert found["dp3t_requests_total", "/v1/reports", "200"] == 1
    assert not [of for of in found if of[0].startswith("dp3t_request_seconds") and "rep" in of[1]]


@pytest.mark.spec("OPERATING-20")
async def test_no_metric_changes_with_what_the_operator_and_the_officials_do(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=config()) as server:
        before = await scrape(server)
        for inactive in (False, True):
            form = {"count": 2, "inactive": inactive}
            _, issued = await server.ask("POST", "/v1/operator/codes", form)
        code = issued["codes"][0]["code"]
        commitment = Commitment(design="gaen", first_day=day_of(NOW), hashes=(bytes(32),))
        statement = statement_of(commitment, since=day_of(NOW)).sign(AUTHORITY)
        quiet: list[tuple[str, str, object]] = [
            ("POST", "activations", {"code": code, "first_day": "2021-07-01"}),
            ("POST", "revocations", {"code": code}),
            ("POST", "revocations", {"code": "no code"}),
            ("POST", "statements", {"statement": statement.hex()}),
            ("GET", "disclosures", None),
            ("GET", "stats", None),
        ]
        for method, route, sent in quiet:
            status, _ = await server.ask(method, f"/v1/operator/{route}", sent)
            assert status in (200, 400)
        assert (await server.ask("POST", "/v1/disclosures", bytes(DISCLOSURE_BYTES)))[0] == 200
        assert await scrape(server) == before
        await server.ask("GET", "/v1/operator/stats", token="wrong")
        found = await scrape(server)
        assert found["dp3t_requests_total", "/v1/operator/stats", "401"] == 1


@pytest.mark.spec("OPERATING-20")
async def test_a_publication_shows_its_time_and_not_its_keys(tmp_path: Path) -> None:
    seen = []
    for keys in (1, 5):
        async with in_process(tmp_path / str(keys)) as server:
            body = upload_of(await server.code(), *(lowcost_record() for _ in range(keys)))
            assert await server.send(body) == "accepted"
            await server.move_to(release_after(NOW) + DAY)
            found = without_reads(await scrape(server))
            seen.append({k: v for k, v in found.items() if k[0] != "dp3t_signing_key_seconds_left"})
    assert seen[0] == seen[1]
