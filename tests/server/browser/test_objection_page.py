"""Objecting in Chromium, answering, deciding: from a slip of paper to the open map."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from expectations import expected
from facility_desks import PHONE, desk_of, district, facility_key, set_up
from key_server import NOW, InnerServer
from operator_pages import signed_in
from server_facilities import send
from server_tokens import token_code
from spec.vectors.builders.facility_record import AUTHORITY, Record

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
TWO_SECONDS = 2_000
KEPT = """() => new Promise((resolve) => {
  const asked = indexedDB.open("dp3t-objecting");
  asked.onsuccess = () => {
    const found = asked.result.transaction("tokens").objectStore("tokens").getAll();
    found.onsuccess = () => resolve(found.result.map((each) => [
      each.day, each.signer.key.extractable, Boolean(each.token), each.used ?? [],
    ]));
  };
})"""
EVERYTHING_KEPT = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  const plain = (_, each) => each instanceof Uint8Array ? [...each].map((byte) =>
    byte.toString(16).padStart(2, "0")).join("") : each;
  for (const { name } of await indexedDB.databases()) {
    await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => {
        const stores = [...asked.result.objectStoreNames];
        let left = stores.length;
        if (!left) resolve();
        for (const store of stores) {
          const all = asked.result.transaction(store).objectStore(store).getAll();
          all.onsuccess = () => {
            found.push(JSON.stringify(all.result, plain));
            if (!--left) resolve();
          };
        }
      };
    });
  }
  return found.join();
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def schools(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[InnerServer, Record]]:
    """One server for all tests, with schools that have attested today."""
    names = ("le-loi", "tran-phu", "hung-vuong")
    async with district(tmp_path_factory.mktemp("schools"), *names) as (server, record):
        for name in names:
            assert (await send(server, record.attest(name, NOW)))["refusal"] is None
        yield server, record


async def open_form(window: Window, name: str, *, tag: str = "en") -> "Page":
    page = window.page
    await page.goto(f"{window.server.url}/facilities/{tag}/places/{name}")
    await page.click("#object summary")
    await expected(page, "#objecting").to_be_visible()
    return page


async def get_tokens(page: "Page", server: InnerServer) -> str:
    code = await token_code(server)
    await page.fill("#token-code", code.display())
    await page.click("#get-tokens")
    await expected(page, "#object-said").to_contain_text("The tokens are here")
    return code.digits()


@pytest.mark.spec(
    "OBJECTION-PAGE-1",
    "OBJECTION-PAGE-2",
    "OBJECTION-PAGE-4",
    "OBJECTION-PAGE-5",
    "OBJECTION-PAGE-7",
    "OBJECTION-PAGE-8",
    "DESK-PAGE-12",
)
async def test_somebody_objects_the_facility_answers_and_the_authority_decides(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with (
        desk_of(chromium, server) as watching,
        desk_of(chromium, server) as citizen,
        desk_of(chromium, server) as desk,
        desk_of(chromium, server) as official,
    ):
        await watching.page.goto(f"{server.url}/facilities/en/places/le-loi")
        state = expected(watching.page, "#state-word")
        await state.to_have_text("Safe")
        await expected(watching.page, "#live").to_have_text("Live")
        page = await open_form(citizen, "le-loi")
        for said in ("Nobody learns who objects", "sees the address", "come from one person"):
            await expected(page, "#object").to_contain_text(said)
        digits = await get_tokens(page, server)
        kept = await page.evaluate(KEPT)
        assert [each[1:] for each in kept] == [[False, True, []]] * 7
        assert digits not in await page.evaluate(EVERYTHING_KEPT)
        await page.select_option("#object-task", "air")
        await page.fill("#object-words", "Phòng học đóng kín <b>cả ngày</b>")
        await page.click("#object-send")
        await expected(page, "#object-said").to_contain_text("in the record")
        await state.to_have_text("Contested", timeout=TWO_SECONDS)
        assert [each[0] for each in await page.evaluate(KEPT)] == [each[0] for each in kept[1:]]
        own = await set_up(desk, tmp_path, "le-loi")
        await expected(own, "#objections .words").to_have_text("Phòng học đóng kín <b>cả ngày</b>")
        await own.click("#objections form button")
        await expected(own, "#answer-0-error").to_contain_text("write an answer")
        await own.fill("#answer-0", "Cửa sổ đã mở lúc 8 giờ.")
        await own.click("#objections form button")
        await expected(own, ".followed .words").to_have_text("Cửa sổ đã mở lúc 8 giờ.")
        await watching.page.reload()  # an answer changes no row of the map, so no event tells it
        await expected(watching.page, ".followed .words").to_have_text("Cửa sổ đã mở lúc 8 giờ.")
        await expected(watching.page, "#live").to_have_text("Live")
        await official.sign_in("en")
        await decide(official, tmp_path, "upheld")
        await state.to_have_text("Unsafe", timeout=TWO_SECONDS)
        await decide(official, tmp_path, "settled")
        await state.to_have_text("Safe", timeout=TWO_SECONDS)
        await expected(official.page, "#undecided").to_have_text("There is nothing to decide.")
        stored = await official.page.evaluate(EVERYTHING_KEPT)
        assert AUTHORITY.seed.hex() not in stored


async def decide(official: Window, folder: Path, verdict: str) -> None:
    page = official.page
    await official.go("en/objections")
    await expected(page, "#undecided").to_contain_text("To be decided or settled: 1")
    await page.click(".objection > form button")
    await expected(page, "#key-error").to_contain_text("Choose the key file")
    await page.set_input_files("#key", facility_key(folder, "le-loi"))
    await page.click(".objection > form button")
    await expected(page, "#key-error").to_contain_text("none of the authority's")
    await page.set_input_files("#key", facility_key(folder, "authority", AUTHORITY))
    await page.select_option(".objection select", verdict)
    await page.fill(".objection textarea", "đã đến kiểm tra")
    await page.click(".objection > form button")
    await expected(page, "#said").to_have_text("It is in the record.")


@pytest.mark.spec("OBJECTION-PAGE-6")
async def test_a_token_is_used_for_another_place_only_by_who_agrees_that_it_shows(
    chromium: "Browser", schools: tuple[InnerServer, Record], tmp_path: Path
) -> None:
    server, _ = schools
    async with desk_of(chromium, server) as citizen, desk_of(chromium, server) as official:
        page = await open_form(citizen, "tran-phu")
        await page.fill("#token-code", "1234")
        await page.click("#get-tokens")
        await expected(page, "#token-code-error").to_contain_text("not the 22 digits")
        await page.fill("#token-code", "0123456789012345678968")
        await page.click("#get-tokens")
        await expected(page, "#object-failed").to_contain_text("does not know this code")
        await get_tokens(page, server)
        await page.click("#object-send")
        await expected(page, "#object-words-error").to_contain_text("Please write")
        await page.fill("#object-words", "Bà Hoa nấu ăn không đeo găng")
        await page.check("#object-another")
        await page.click("#object-send")
        await expected(page, "#object-said").to_contain_text("in the record")
        await expected(page, "#object-done").to_be_visible()
        page = await open_form(citizen, "hung-vuong")
        await expected(page, "#object-linked").to_be_visible()
        await page.select_option("#object-task", "hands")
        await page.click("#object-send")
        await expected(page, "#object-agree-error").to_contain_text("agree")
        await page.check("#object-agree")
        await page.click("#object-send")
        await expected(page, "#object-said").to_contain_text("in the record")
        assert await page.evaluate(KEPT) != []
        await official.sign_in("vi")
        await official.go("vi/objections")
        page = official.page
        await page.set_input_files("#key", facility_key(tmp_path, "authority", AUTHORITY))
        mine = "#places > section:has-text('tran-phu')"
        await page.click(f"{mine} summary")
        await page.fill(f"{mine} details input", "nêu tên một người")
        await page.click(f"{mine} details button")
        await expected(page, "#said").to_have_text("Đã vào bản ghi.")
        await expected(page, f"{mine} .without").to_contain_text("đã cho xóa")
    [shown] = await struck_of(server, "tran-phu")
    assert shown["words"] is None


async def struck_of(server: InnerServer, name: str) -> list[dict[str, Any]]:
    _, place = await server.ask("GET", f"/v1/facilities/places/{name}")
    return [each for each in place["acts"] if each["struck"]]


@pytest.mark.spec("OBJECTION-PAGE-3")
async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_bytes(
    chromium: "Browser", schools: tuple[InnerServer, Record]
) -> None:
    server, _ = schools
    bodies: list[bytes] = []
    async with desk_of(chromium, server) as citizen:
        page = await open_form(citizen, "hung-vuong")

        async def lose(route: Any) -> None:
            bodies.append(route.request.post_data_buffer)
            response = await route.fetch()
            if len(bodies) == 1:
                await route.abort()
            else:
                await route.fulfill(response=response)

        await page.route("**/v1/tokens", lose)
        code = await token_code(server)
        for said in ("#object-failed", "#object-said"):
            await page.fill("#token-code", code.display())
            await page.click("#get-tokens")
            await expected(page, said).to_be_focused()
        assert bodies[0] == bodies[1]
        assert [each[2] for each in await page.evaluate(KEPT)] == [True] * 7
        citizen.forget("ERR_FAILED")


@pytest.mark.spec("OBJECTION-PAGE-7", "OBJECTION-PAGE-8", "FACILITIES-SERVER-6")
async def test_only_who_is_signed_in_and_shows_the_token_of_a_form_reaches_the_routes(
    schools: tuple[InnerServer, Record],
) -> None:
    server, record = schools
    person = await signed_in(server)
    body = json.dumps({"act": "e30=", "words": None}).encode()
    assert (await person.ask("POST", "data/facility-acts", body)).status == 403
    headers = {"X-Form-Token": await person.form_token()}
    assert (await person.ask("POST", "data/facility-acts", body, **headers)).status == 400
    person.cookie = ""
    assert (await person.ask("GET", "data/objections")).status == 401
    assert (await person.ask("POST", "data/facility-acts", body, **headers)).status == 401
    assert record.ends["authority"].number > 0


async def test_nothing_has_to_be_scrolled_sideways_on_a_phone(
    chromium: "Browser", schools: tuple[InnerServer, Record]
) -> None:
    server, _ = schools
    async with opened_window(chromium, server) as window:
        await window.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict will do
        for tag in ("vi", "en"):
            await open_form(window, "le-loi", tag=tag)
            assert not await window.overflows()
            ratio, text = await window.least_contrast()
            assert ratio >= 4.5, text
