"""The pages of declarations, without a browser: headers, markup, what is drawn, where they are."""

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from dp3t.arrivals import form_document
from key_server import InnerServer, in_process
from operator_pages import LANGUAGES, Reader, signed_in
from server_arrivals import ARRIVALS_ON
from server_symptoms import SYMPTOMS_ON

SERVER_CONFIG = ARRIVALS_ON
FORM: dict[str, Any] = json.loads(form_document())
OFFICIALS = ("gate", "declarations", "help")


async def get(server: InnerServer, path: str, **headers: str) -> tuple[int, Any, str]:
    async with server.session.get(
        server.url + path, headers=headers, allow_redirects=False
    ) as response:
        return response.status, response.headers, await response.text()


@pytest.mark.spec("ARRIVALS-PAGE-2")
async def test_every_answer_has_every_header(server: InnerServer) -> None:
    _, those, _ = await get(server, "/operator/en/")
    names = (
        "Content-Security-Policy",
        "Cache-Control",
        "Referrer-Policy",
        "X-Content-Type-Options",
    )
    wanted = {name: those[name] for name in (*names, "Cross-Origin-Opener-Policy")}
    for path in ("", "/", "/vi/", "/xx/", "/nothing", "/form.json", "/qr"):
        _, headers, _ = await get(server, f"/arrivals{path}")
        assert {name: headers.get(name) for name in wanted} == wanted, path


@pytest.mark.spec("ARRIVALS-PAGE-1", "ARRIVALS-PAGE-12")
@pytest.mark.parametrize("tag", LANGUAGES)
async def test_the_form_asks_in_its_order_and_names_who_reads(
    server: InnerServer, tag: str
) -> None:
    status, _, text = await get(server, f"/arrivals/{tag}/")
    page = Reader(text)
    assert (status, page.faults) == (200, [])
    asked = [each["data-field"] for _, each in page.tags if "data-field" in each]
    assert asked == [
        name
        for section in FORM["sections"]
        for field in section["fields"]
        for name in (field["name"], *(each["name"] for each in field.get("fields", ())))
    ]
    readers = re.findall(r'<span class="readers">[^<]*</span>', text)
    assert len(readers) == len(asked)
    border = FORM["roles"]["border"][tag]
    assert all(border in each for each in readers)
    assert all(script["src"].startswith("/operator/") for script in page.all("script")[:1])
    ids = [each["id"] for _, each in page.tags if "id" in each]
    assert len(set(ids)) == len(ids)
    labelled = {label["for"] for label in page.all("label")}
    assert {each["id"] for each in page.all("input", "select")} == labelled
    for _, each in page.tags:
        assert set(each.get("aria-describedby", "").split()) <= set(ids)


@pytest.mark.spec("ARRIVALS-PAGE-8", "ARRIVALS-PAGE-12")
async def test_officials_pages_are_sound_and_say_what_they_need(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=SYMPTOMS_ON) as server:
        for tag, name in product(LANGUAGES, OFFICIALS):
            answer = await (await signed_in(server, tag)).get(name)
            page = Reader(answer.text)
            assert (answer.status, page.faults) == (200, []), name
            assert "JavaScript" in answer.text.partition("<noscript>")[2]
            labelled = {label["for"] for label in page.all("label")}
            shown = page.all("input", "select", "textarea")
            fields = {each["id"] for each in shown if each.get("type") != "hidden"}
            assert fields == labelled, name
            linked = {link["href"] for link in page.all("a")}
            assert {f"/operator/{tag}/{each}" for each in OFFICIALS} <= linked


async def test_officials_pages_have_a_name_that_fits_what_they_are_for(
    server: InnerServer, tmp_path: Path
) -> None:
    _, _, text = await get(server, "/operator/en/")
    assert "<title>Sign in · Codes and declarations</title>" in text
    assert "check receipts at a gate" in text
    gate = await (await signed_in(server)).get("gate")
    assert "Report codes" not in gate.text
    async with in_process(tmp_path / "codes") as other:
        _, _, text = await get(other, "/operator/vi/")
    assert "<title>Đăng nhập · Mã báo cáo</title>" in text
    assert "cơ sở xét nghiệm" in text


@pytest.mark.spec("ARRIVALS-PAGE-9")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://elsewhere.example/",
        "DP3T-ENTRY:1:" + "A" * 206,
        "DP3T-ENTRY:1:" + "A" * 208,
        "DP3T-ENTRY:1:" + "a" * 207,
        "DP3T-ENTRY:2:" + "A" * 207,
        "DP3T-ENTRY:1:" + "A" * 206 + "1",
        "DP3T-ENTRY:1:" + "A" * 207 + "\n",
    ],
)
async def test_what_is_no_receipt_is_not_drawn(server: InnerServer, text: str) -> None:
    async with server.session.post(f"{server.url}/arrivals/qr", data=text.encode()) as response:
        assert response.status == 400
        assert "svg" not in response.headers["Content-Type"]


async def test_a_script_that_there_is_not_is_not_found(server: InnerServer) -> None:
    assert (await get(server, "/operator/nothing.js"))[0] == 404
    status, headers, text = await get(server, "/operator/hpke.js")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert "export async function seal" in text


async def test_the_browsers_language_decides(server: InnerServer) -> None:
    status, headers, _ = await get(server, "/arrivals", **{"Accept-Language": "en"})
    assert (status, headers["Location"], headers["Vary"]) == (
        303,
        "/arrivals/en/",
        "Accept-Language",
    )


async def test_where_no_declarations_are_taken_there_are_no_pages_of_them(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        assert (await get(server, "/arrivals/vi/"))[0] == 404
        person = await signed_in(server)
        for name in OFFICIALS:
            assert (await person.get(name)).status == 404
            assert f"/operator/en/{name}" not in (await person.get("issue")).text
