"""The benchmark of distribution: it asks for what a phone asks for, and its page is not stale."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from batches import batch_of_keys
from benchmarks.distribution import __main__ as program
from benchmarks.distribution import document as documents
from benchmarks.distribution.exchange import (
    CHANGES,
    HOST,
    NEVER,
    answer_head,
    request_head,
    unchanged_head,
)
from benchmarks.distribution.figure import distribution_figure
from benchmarks.distribution.looks import a_day, dummy, tiles_of
from benchmarks.distribution.slots import DESIGNS, measure_slot
from benchmarks.sizes.patients import TODAY
from dp3t import Instant, Phone, day_of, random_from_os
from dp3t.client import Client
from dp3t.params import DAY_SECONDS, RELEASE_SLOT_SECONDS
from dp3t.publication import ANSWER_BYTES, KeyRecord
from file_server import Publisher, client_of, serving
from key_server import NOW, SLOT, InnerServer, in_process, lowcost_record, upload_of
from project import ROOT

Document = dict[str, Any]

PAGE = ROOT / "spec" / "decisions" / "distribution-at-scale.md"
FIRST = Instant(1_625_443_200)  # a midnight
LOOKS = DAY_SECONDS // RELEASE_SLOT_SECONDS


@pytest.fixture(scope="module")
def results() -> Document:
    return documents.document(documents.REPORTS_PER_DAY)


def test_the_tables_of_the_page_are_what_the_program_prints(results: Document) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in "\n".join(documents.markdown(results)).strip().split("\n\n"):
        assert table in page


def test_the_page_names_what_was_assumed(results: Document) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assumed = results["assumptions"]
    for number in ("handshake_down_bytes", "handshake_up_bytes", "nodes", "min_batch_keys"):
        assert f"{assumed[number]:,}" in page
    assert f"{results['unchanged_look_bytes'] / 1000:.1f} kB" in page
    assert f"{results['tiles']['requests'] / LOOKS:.1f} tiles" in page


def test_the_parts_of_a_phones_day_are_all_that_it_sends_and_gets(results: Document) -> None:
    for row in results["rows"]:
        phone = row["phone"]
        assert sum(phone["parts"].values()) == pytest.approx(
            phone["down_bytes"] + phone["up_bytes"]
        )
        assert min(phone["parts"].values()) >= 0
        for fleet in row["fleets"]:
            assert fleet["egress_bytes_per_day"] == fleet["phones"] * phone["down_bytes"]
            assert fleet["requests_per_second"] == pytest.approx(
                fleet["phones"] * (phone["requests"] - 0.2) / DAY_SECONDS
            )


def test_a_slot_holds_its_reports_and_at_least_256_keys(results: Document) -> None:
    for row in results["rows"]:
        slot = row["slot"]
        assert slot["reports"] == round(row["reports_per_day"] / LOOKS)
        assert slot["keys"] % slot["reports"] == 0
        assert slot["keys"] + slot["padding_keys"] >= 256
        assert (slot["padding_keys"] == 0) == (slot["keys"] >= 256)
        assert (slot["batch_bytes"] == slot["unpadded_bytes"]) == (slot["padding_keys"] == 0)


def test_the_length_of_a_batch_does_not_depend_on_whose_keys_it_holds() -> None:
    for choice in DESIGNS:
        assert measure_slot(choice, reports_per_day=60) == measure_slot(choice, reports_per_day=64)


async def publish(publisher: Publisher, release: int) -> None:
    record = KeyRecord((day_of(Instant(release)) - 2,), random_from_os(32))
    publisher.publish(batch_of_keys([record], design="lowcost", region="VN-HN", release=release))


async def look(client: Client, phone: Phone, now: int) -> None:
    phone.tick(Instant(now), rand=random_from_os)
    await client.update(phone, now=Instant(now))


async def test_a_phone_asks_for_what_the_benchmark_counts() -> None:
    """A day of looks, after a first one that caught up with three days."""
    releases = range(FIRST - 3 * DAY_SECONDS, FIRST + DAY_SECONDS, RELEASE_SLOT_SECONDS)
    phone = Phone.create("lowcost", now=Instant(releases[0]), rand=random_from_os)
    async with serving() as publisher:
        publisher.issued = Instant(releases[0])
        for release in releases[:-LOOKS]:
            await publish(publisher, release)
        async with client_of(publisher) as client:
            await look(client, phone, FIRST - 60)
            publisher.requests.clear()
            expected = Counter[str]()
            for release in releases[-LOOKS:]:
                await publish(publisher, release)
                await look(client, phone, release + 60)
                expected.update(tile.path for tile in tiles_of(publisher.log.edge.size))
        asked = Counter(path for path, _ in publisher.requests)
    counted = a_day(DESIGNS[0], batch_bytes=1000)
    expected += Counter({"/v1/index": LOOKS, f"/v1/days/{day_of(FIRST) - 2}": 1})
    expected.update(f"/v1/batches/lowcost-{release}" for release in releases[-LOOKS:])
    assert asked == expected
    kinds = Counter(path.split("/")[2] for path in asked.elements())
    kinds_counted = Counter(each.path.split("/")[2] for each in counted)
    assert f"/v1/days/{TODAY - 2}" in {each.path for each in counted}
    assert kinds_counted == Counter({kind: kinds[kind] for kind in kinds_counted})
    for path, length in (
        (each.path, each.body_bytes) for each in tiles_of(publisher.log.edge.size)
    ):
        assert len(publisher.log.files[path.removeprefix("/v1/log/")]) == length


def headers_of(head: bytes, host: str) -> dict[str, str]:
    """Return the names and values in the lines of a request to a host."""
    lines = head.decode().replace(HOST, host).rstrip().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


async def test_the_lines_of_a_request_are_the_clients() -> None:
    phone = Phone.create("lowcost", now=FIRST, rand=random_from_os)
    async with serving() as publisher:
        publisher.issued = FIRST
        async with client_of(publisher) as client:
            await look(client, phone, FIRST)
            await look(client, phone, FIRST + 60)
            later = Instant(FIRST + 60 * DAY_SECONDS)
            assert await client.send_dummies(phone, now=later, rand=random_from_os)
        host = publisher.url.removeprefix("http://").rstrip("/")
        asked = [headers for _, headers in publisher.requests[:3]]
        tag = asked[1]["If-None-Match"]
    one = dummy(DESIGNS[0])
    assert asked == [
        headers_of(request_head("/v1/index"), host),
        {**headers_of(request_head("/v1/index", tagged=True), host), "If-None-Match": tag},
        headers_of(request_head(one.path, upload_bytes=one.upload_bytes), host),
    ]
    assert len(tag) == 66


async def head_of(server: InnerServer, request: bytes) -> bytes:
    """Return the lines before an answer's body."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.replace(HOST.encode(), b"localhost"))
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head


def lengths(head: bytes) -> list[int]:
    return sorted(len(line) for line in head.split(b"\r\n"))


async def test_the_lines_before_an_answer_are_the_servers(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await server.upload(await server.code(), lowcost_record())
        await server.move_to(NOW + SLOT)
        (entry,) = (await server.index()).entries
        index = await server.get("/v1/index")
        name = f"/v1/batches/{entry.name}"
        assert lengths(await head_of(server, request_head(name))) == lengths(
            answer_head(entry.size_bytes, cache="public, max-age=1209600, immutable")
        )
        first = await head_of(server, request_head("/v1/index"))
        assert lengths(first) == lengths(answer_head(len(index), cache=CHANGES))
        tag = first.split(b"ETag: ")[1].split(b"\r\n")[0]
        known = request_head("/v1/index", tagged=True).replace(b'"' + b"0" * 64 + b'"', tag)
        assert lengths(await head_of(server, known)) == lengths(unchanged_head())
        body = upload_of(await server.code(), lowcost_record())
        given = await head_of(server, request_head("/v1/reports", upload_bytes=len(body)) + body)
        assert lengths(given) == lengths(answer_head(ANSWER_BYTES, cache=NEVER, upload=True))


def test_one_document_is_printed_and_one_figure_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = tmp_path / "figure.png"
    assert program.main(["--quick", "--json", "--figure", str(figure)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["rows"]) == 8
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_the_figure_has_a_line_for_each_design_and_ends_with_its_name(results: Document) -> None:
    (axes,) = distribution_figure(results).axes
    assert len(axes.lines) == len(DESIGNS) + 1  # and the one of what comes without keys
    named = " ".join(text.get_text() for text in axes.texts)
    assert all(name in named for name in documents.NAMES.values())
