"""Several regions in one process: each a server of its own under its name."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import combinations
from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import (
    Instant,
    MalformedError,
    Phone,
    UnknownKeyError,
    UploadCode,
    random_from_os,
    release_after,
)
from dp3t.client import Client
from dp3t.publication import Batch
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory
from key_server import (
    NOW,
    KeyServer,
    OuterServer,
    in_its_own_process,
    lowcost_record,
    run_program,
)

pytestmark = sqlite_only

NEXT = release_after(NOW)
QUICK = "answer_milliseconds = 0\nreports_per_minute = 0\n"
SETTINGS = f"""
region = "VN"
designs = ["lowcost"]
{QUICK}
[[regions]]
region = "VN-48"

[[regions]]
region = "VN-SG"
retention_days = 7
"""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[OuterServer, dict[str, KeyServer]]]:
    """Run the program with three regions; yield it, and each region by its name."""
    (folder / "server.toml").write_text(SETTINGS)
    given = ("--config", str(folder / "server.toml"), "--simulated-clock", str(NOW))
    async with in_its_own_process(folder, *given) as server:
        regions: dict[str, KeyServer] = {"VN": server}
        for name in ("VN-48", "VN-SG"):
            data = DataDirectory(server.data.path / "regions" / name)
            regions[name] = KeyServer(url=f"{server.url}/{name}", session=server.session, data=data)
        yield server, regions


@pytest.mark.spec("SERVER-66", "SERVER-67")
async def test_a_key_is_in_its_region_and_no_other_whatever_regions_a_phone_follows(
    tmp_path: Path,
) -> None:
    """Also for two regions at once, where another server forgot to filter."""
    async with running(tmp_path) as (_, regions):
        records = {name: lowcost_record() for name in regions}
        for name, region in regions.items():
            assert await region.upload(await region.code(), records[name]) == "accepted"
        for region in regions.values():
            await region.move_to(NEXT)
        for name, region in regions.items():
            assert (await region.index()).region == name
        for two in combinations(regions, 2):
            found = [record for name in two for record in await regions[name].published()]
            assert found == [records[name] for name in two]


@pytest.mark.spec("SERVER-66")
async def test_regions_have_keys_tokens_codes_and_logs_of_their_own(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, regions):
        keys = {key.public for region in regions.values() for key in region.trusted()}
        logs = {(await region.index()).log_key for region in regions.values()}
        assert len(keys) == len(logs) == 3
        code = await regions["VN-48"].code()
        assert await regions["VN-SG"].upload(code, lowcost_record()) == "unknown-code"
        assert await regions["VN-48"].upload(code, lowcost_record()) == "accepted"
        token = server.data.token.read_text().strip()
        status, _ = await regions["VN-48"].ask(
            "POST", "/v1/operator/codes", {"count": 1}, token=token
        )
        assert status == 401


@pytest.mark.spec("SERVER-66", "INDEX-12")
async def test_a_batch_or_an_index_of_another_region_is_refused(tmp_path: Path) -> None:
    """Negative: the keys of one region vouch for nothing in another."""
    async with running(tmp_path) as (_, regions):
        region, other = regions["VN-48"], regions["VN-SG"]
        await region.upload(await region.code(), lowcost_record())
        await region.move_to(NEXT)
        data = await region.get(f"/v1/batches/lowcost-{NEXT}")
        Batch.open(data, trusted=region.trusted())
        with pytest.raises(UnknownKeyError):
            Batch.open(data, trusted=other.trusted())
        with pytest.raises(UnknownKeyError):
            await region.index(other.trusted())


@pytest.mark.spec("SERVER-67")
async def test_a_phone_follows_a_region_by_its_path(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, regions):
        region = regions["VN-48"]
        await region.upload(await region.code(), lowcost_record())
        await region.move_to(NEXT)
        now = Instant(NEXT + 60)
        phone = Phone.create("lowcost", now=now, rand=random_from_os)
        async with Client(f"{server.url}/VN-48", view=region.view()) as client:
            assert (await client.update(phone, now=now)).batches == 1
        assert set(phone.regions) == {"VN-48"}


@pytest.mark.spec("SERVER-67", "SERVER-5")
@pytest.mark.parametrize(
    "path", ["/VN-99/v1/index", "/VN-48", "/VN-48/", "/VN-48/VN-48/v1/index", "//VN-48/v1/index"]
)
async def test_what_no_region_has_is_not_found_in_the_one_shape(tmp_path: Path, path: str) -> None:
    async with running(tmp_path) as (server, _):
        status, answer = await server.ask("GET", path)
        assert (status, answer["error"]["code"]) == (404, "not-found")


@pytest.mark.spec("SERVER-67", "OPERATOR-PAGE-6")
async def test_the_pages_and_headers_of_a_region_are_like_the_first_ones(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, regions):
        region = regions["VN-48"]
        page = f"{region.url}/operator/"
        async with region.session.get(page, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"].startswith("/VN-48/operator/")
        async with region.session.get(page) as answer:
            shown = await answer.text()
            assert answer.headers["Server"] == "dp3t"
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "VN-48" in shown
        assert 'href="/VN-48/operator/style.css"' in shown
        assert '"/operator/' not in shown


@pytest.mark.spec("SERVER-66")
async def test_each_region_is_managed_by_its_own_folder(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, regions):
        assert set(server.ready["regions"]) == {"VN-48", "VN-SG"}  # type: ignore[call-overload]  # JSON
        folder = str(regions["VN-SG"].data.path)
        status, output, errors = await run_program("codes", "issue", "--data", folder, "--json")
        assert status == 0, errors
        (issued,) = json.loads(output)["codes"]
        assert await regions["VN-SG"].upload(
            UploadCode.parse(issued["code"]), lowcost_record()
        ) == ("accepted")
        before = {name: region.trusted() for name, region in regions.items()}
        assert await server.stop() == 0
    async with running(tmp_path) as (_, regions):
        assert {name: region.trusted() for name, region in regions.items()} == before


@pytest.mark.spec("SERVER-36", "SERVER-66")
@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ('[[regions]]\nregion = "VN"', "two have one name"),
        ('[[regions]]\nregion = "A"\n[[regions]]\nregion = "A"', "two have one name"),
        ("[[regions]]", "two have one name"),
        ('[[regions]]\nregion = "a"', "regions: region"),
        ('[[regions]]\nregion = "A"\nport = 1', "port is the process's"),
        ('[[regions]]\nregion = "A"\nregions = []', "regions is the process's"),
        ('[[regions]]\nregion = "A"\ncolour = 1', "colour"),
        ('[[regions]]\nregion = "A"\ndatabase = "postgresql://h/d"', "each names a database"),
        (
            'database = "postgresql://h/d"\n[[regions]]\nregion = "A"\n'
            'database = "postgresql://h/d"',
            "two have one database",
        ),
    ],
)
def test_regions_that_cannot_be_told_apart_are_refused(settings: str, fault: str) -> None:
    with pytest.raises(MalformedError, match=fault):
        Config.from_toml(settings)


def test_a_region_takes_what_it_leaves_out_from_the_first() -> None:
    first = Config.from_toml(SETTINGS)
    here, there = first.further_regions
    assert (here.region, here.retention_days, here.designs) == ("VN-48", 14, ("lowcost",))
    assert (there.region, there.retention_days, there.regions) == ("VN-SG", 7, ())
