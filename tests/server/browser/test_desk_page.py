"""A facility's own page in Chromium: a day attested, without a network too; keys; corrections."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import opened_window
from dp3t import Instant
from dp3t.facilities import act_digest, read_act
from dp3t.publication import SigningKey
from expectations import expected
from facility_desks import attest, desk_of, district, facility_key, kept_by_worker, set_up
from key_server import NOW, InnerServer
from server_facilities import send
from spec.vectors.builders.facility_record import Record, key_of

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")
MARKED = """() => [...document.querySelectorAll("[aria-invalid]")].map((each) => each.id)"""
TWO_SECONDS = 2_000
SPOIL = """async () => {
  const cache = await caches.open((await caches.keys())[0]);
  await cache.put("/operator/facility_states.js", new Response("throw 1"));
}"""
"""Puts something else into the place of a file that the public pages load too."""
KEPT_BY_WORKER = """async () => {
  const [name] = await caches.keys();
  return (await (await caches.open(name)).keys()).map(({ url }) => url);
}"""
KEPT_OF_KEYS = """() => new Promise((resolve) => {
  const asked = indexedDB.open("dp3t-desk");
  asked.onsuccess = () => {
    const found = asked.result.transaction("kept").objectStore("kept").get("key");
    found.onsuccess = async () => {
      const { key } = found.result.signer;
      const read = await crypto.subtle.exportKey("pkcs8", key).then(() => "read", () => "refused");
      resolve([key.extractable, read, Object.keys(found.result).sort().join()]);
    };
  };
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def schools(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[InnerServer, Record]]:
    """One server for all tests; each has a school of its own."""
    names = ("le-loi", "tran-phu", "hung-vuong", "quang-trung", "nguyen-hue", "an-cuu")
    async with district(tmp_path_factory.mktemp("schools"), *names) as running:
        yield running


async def acts_of(server: InnerServer, name: str) -> list[tuple[dict[str, Any], Any]]:
    """Return the attestations that the server shows of a facility, as shown and read."""
    _, place = await server.ask("GET", f"/v1/facilities/places/{name}")
    shown = [(each, base64.b64decode(each["act"])) for each in place["acts"]]
    return [(each, read_act(signed)[0]) for each, signed in shown if b'"attestation"' in signed]


@pytest.mark.spec("DESK-PAGE-3", "DESK-PAGE-4", "DESK-PAGE-6", "FACILITIES-SERVER-11")
async def test_a_day_is_attested_and_an_open_map_changes_within_two_seconds(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with opened_window(chromium, server) as map_window, desk_of(chromium, server) as desk:
        watching = map_window.page
        await watching.clock.set_fixed_time(NOW)
        await watching.goto(f"{server.url}/facilities/en/places/le-loi")
        await expected(watching, "#state-word").to_have_text("Overdue")
        await expected(watching, "#live").to_have_text("Live")
        page = await set_up(desk, tmp_path, "le-loi")
        assert await page.evaluate(KEPT_OF_KEYS) == [False, "refused", "facility,signer"]
        await page.click("#all-done")
        await expected(page, "#progress").to_have_text("Done: 2 of 2")
        await page.fill("#note", "  Vòi nước\nđã sửa ")
        await page.set_input_files("#photos", facility_key(tmp_path, "a-picture"))
        await expected(page, "#photo-list li").to_have_count(1)
        await page.click("#attest")
        assert await acts_of(server, "le-loi") == []
        await page.click("#sign")
        await expected(watching, "#state-word").to_have_text("Safe", timeout=TWO_SECONDS)
        await expected(page, "#attested-title").to_contain_text("Attested")
        assert not await desk.overflows()
    [(shown, act)] = await acts_of(server, "le-loi")
    assert [(each.task, each.role, each.at) for each in act.done] == [
        ("air", "nurse", NOW),
        ("hands", "nurse", NOW),
    ]
    assert shown["words"]["text"] == "Vòi nước đã sửa"
    assert (len(act.photos), act.corrects, act.presence) == (1, b"", b"")


@pytest.mark.spec("DESK-PAGE-7", "DESK-PAGE-8", "DESK-PAGE-9", "DESK-PAGE-11")
async def test_what_is_signed_without_a_network_is_sent_when_there_is_one(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with desk_of(chromium, server) as desk:
        page = await set_up(desk, tmp_path, "tran-phu", tag="vi")
        await kept_by_worker(page)
        await page.context.set_offline(True)
        await page.click(".tap >> nth=0")
        await page.reload()
        await expected(page, ".tap >> nth=0").to_have_attribute("aria-pressed", "true")
        await attest(page)
        await expected(page, "#outbox-title").to_have_text("Đang chờ gửi: 1")
        await page.goto(f"{server.url}/facilities/en/desk")
        await expected(page, "#outbox-title").to_have_text("Waiting to be sent: 1")
        await page.click("#correct")
        await page.click(".not >> nth=1")
        await page.click("#attest")
        await expected(page, "#confirm-absent li").to_have_text("Not done: task hands")
        await page.click("#sign")
        await expected(page, "#outbox-title").to_have_text("Waiting to be sent: 2")
        assert await acts_of(server, "tran-phu") == []
        await page.context.set_offline(False)
        await expected(page, "#said").to_have_text("Sent, and in the record: 2")
        await expected(page, "#outbox").to_be_hidden()
        kept = await page.evaluate(KEPT_BY_WORKER)
        await page.evaluate(SPOIL)
        await page.goto(f"{server.url}/facilities/en/places/tran-phu")
        await expected(page, "#state-word").to_have_text("Unsafe")
        assert not [each for each in kept if "/v1/" in each or "/places/" in each]
    (_, first), (_, second) = await acts_of(server, "tran-phu")
    assert first.corrects == b""
    assert second.corrects == second.head.previous
    assert (second.head.number, second.absent) == (1, ("hands",))


@pytest.mark.spec("DESK-PAGE-8", "DESK-PAGE-10")
async def test_a_device_that_was_too_late_says_so_and_signs_again(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, record = schools
    async with desk_of(chromium, server) as desk:
        page = await set_up(desk, tmp_path, "hung-vuong")
        await page.wait_for_load_state("networkidle")  # or it sees what the other device does
        other = record.attest("hung-vuong", NOW, done=("air",))
        assert (await send(server, other))["refusal"] is None
        await attest(page)
        await expected(page, "#refusal").to_contain_text("Another device has signed")
        await expected(page, "#send").to_be_hidden()
        await page.click("#move")
        await expected(page, "#said").to_have_text("Sent, and in the record: 1")
        _, (_, second) = await acts_of(server, "hung-vuong")
        assert second.corrects == act_digest(other)
        await kept_by_worker(page)
        await page.context.set_offline(True)
        twin = await page.context.new_page()
        await twin.clock.set_fixed_time(NOW)
        await twin.goto(f"{server.url}/facilities/en/desk")
        await expected(twin, "#correct").to_be_visible()
        for each in (page, twin):
            await each.click("#correct")
            await each.click("#closed")
            await each.click("#attest")
            await each.click("#sign")
        await expected(twin, "#outbox-title").to_have_text("Waiting to be sent: 2")
        await page.context.set_offline(False)
        await expected(page, "#outbox").to_be_hidden()
    numbers = [act.head.number for _, act in await acts_of(server, "hung-vuong")]
    assert numbers == [0, 1, 2, 3]


@pytest.mark.spec("DESK-PAGE-7", "DESK-PAGE-8")
async def test_what_the_server_is_too_busy_for_waits_and_is_sent_by_the_button(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with desk_of(chromium, server) as desk:
        page = await set_up(desk, tmp_path, "nguyen-hue")
        await page.route("**/v1/facilities/acts", lambda route: route.fulfill(status=503))
        await attest(page)
        await expected(page, "#outbox-title").to_have_text("Waiting to be sent: 1")
        await expected(page, "#failed").to_contain_text("does not take it now")
        await page.unroute("**/v1/facilities/acts")
        assert await acts_of(server, "nguyen-hue") == []
        await page.click("#send")
        await expected(page, "#said").to_have_text("Sent, and in the record: 1")
        await expected(page, "#failed").to_be_hidden()
        desk.forget("status of 503")


@pytest.mark.spec("DESK-PAGE-7", "DESK-PAGE-8")
async def test_what_is_refused_is_named_not_sent_again_and_thrown_away_by_the_person(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    """The clock of the device is an hour ahead."""
    server, _ = schools
    sent: list[str] = []
    async with desk_of(chromium, server, now=Instant(NOW + 3_600)) as desk:
        page = await set_up(desk, tmp_path, "an-cuu")
        page.on("request", lambda request: sent.append(request.method))
        page.on("dialog", lambda dialog: dialog.accept())
        await attest(page)
        await expected(page, "#refusal").to_contain_text("clock of this device is ahead")
        assert sent.count("POST") == 1
        await page.reload()
        await expected(page, "#refusal").to_contain_text("clock of this device is ahead")
        await page.wait_for_load_state("networkidle")
        assert sent.count("POST") == 1
        await expected(page, "#move").to_be_hidden()
        await page.clock.set_fixed_time(NOW)
        await page.click("#throw-away")
        await expected(page, "#outbox").to_be_hidden()
        await attest(page)
        await expected(page, "#said").to_have_text("Sent, and in the record: 1")
    [(_, act)] = await acts_of(server, "an-cuu")
    assert act.head.number == 0


@pytest.mark.spec("DESK-PAGE-2", "DESK-PAGE-4", "DESK-PAGE-5")
async def test_a_key_is_replaced_by_one_that_only_this_browser_and_its_file_have(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with desk_of(chromium, server) as desk:
        page = desk.page
        await page.goto(f"{server.url}/facilities/en/desk")
        await page.click("#begin")
        await expected(page, "#key-file-error").to_contain_text("This is no key")
        assert await page.evaluate(MARKED) == ["key-file"]
        await page.set_input_files("#key-file", facility_key(tmp_path, "quang-trung", key_of("x")))
        await page.fill("#facility", "quang-trung")
        await page.click("#begin")
        await expected(page, "#facility-error").to_contain_text("another key")
        page = await set_up(desk, tmp_path, "quang-trung")
        await page.click("#draw")
        async with page.expect_download() as download:
            await page.click("#save-key")
        saved = json.loads(Path(await (await download.value).path()).read_text("utf-8"))
        await page.click("#rekey")
        await expected(page, "#is-saved-error").to_contain_text("Save the file first")
        await page.check("#is-saved")
        await page.click("#rekey")
        new = SigningKey(
            seed=bytes.fromhex(saved["seed"]),
            valid_from=Instant(saved["valid_from"]),
            valid_until=Instant(saved["valid_until"]),
        )
        await expected(page, "#key-public").to_have_text(new.public().public.hex())
        await attest(page)
        await expected(page, "#attested-what").to_contain_text("Received")
        assert saved["facility"] == "quang-trung"
        page.on("dialog", lambda dialog: dialog.accept())
        await page.click("#forget")
        await expected(page, "#setup").to_be_visible()
        await page.click("summary")
        await page.fill("#key-text", json.dumps(saved))
        await page.fill("#facility", "")
        await page.click("#begin")
        await expected(page, "#attested").to_be_visible()
