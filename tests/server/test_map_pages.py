"""The pages of facilities without a browser: headers, markup, and where they are not."""

import json
import re
from itertools import chain, product
from pathlib import Path

import pytest

from key_server import InnerServer, in_process
from operator_pages import LANGUAGES, Reader
from server_facilities import FACILITIES_ON
from spec.vectors.builders.facility_record import REGION

SERVER_CONFIG = FACILITIES_ON
PAGES = ("", "places/le-loi")


@pytest.mark.spec("MAP-PAGE-22")
async def test_every_answer_has_every_header(server: InnerServer) -> None:
    async with server.session.get(f"{server.url}/operator/en/") as response:
        names = (
            "Content-Security-Policy",
            "Cache-Control",
            "Referrer-Policy",
            "X-Content-Type-Options",
            "Cross-Origin-Opener-Policy",
        )
        wanted = {name: response.headers[name] for name in names}
    for path in ("", "/", "/vi/", "/en/places/le-loi", "/xx/", "/nothing"):
        async with server.session.get(
            f"{server.url}/facilities{path}", allow_redirects=False
        ) as response:
            headers = response.headers
        assert {name: headers.get(name) for name in wanted} == wanted, path


@pytest.mark.spec("MAP-PAGE-22", "MAP-PAGE-24")
async def test_the_pages_are_sound_and_load_only_what_the_server_has(server: InnerServer) -> None:
    for tag, path in product(LANGUAGES, PAGES):
        text = (await server.get(f"/facilities/{tag}/{path}")).decode()
        page = Reader(text)
        assert page.faults == []
        given = json.loads(re.findall(r'id="given">(.*?)</script>', text)[0])
        assert (given["region"], given["language"], given["boundaries"]) == (REGION, tag, False)
        assert given["signers"] == [key.public.hex() for key in server.trusted()]
        assert {"school", "nurse"} <= {*given["kinds"], *given["roles"]}
        ids = [each["id"] for _, each in page.tags if "id" in each]
        assert len(set(ids)) == len(ids)
        fields = {each["id"] for each in page.all("input", "select", "textarea")}
        assert fields == {label["for"] for label in page.all("label")}
        for name in ("aria-labelledby", "aria-describedby"):
            named = (each[name].split() for _, each in page.tags if name in each)
            assert set(chain.from_iterable(named)) <= set(ids)
        loaded = [each["href"] for each in page.all("link")]
        loaded += [each["src"] for each in page.all("script") if "src" in each]
        for place in loaded:
            assert place.startswith("/operator/")
            await server.get(place)


async def test_the_browsers_language_decides(server: InnerServer) -> None:
    async with server.session.get(
        f"{server.url}/facilities", headers={"Accept-Language": "en"}, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["Location"]) == (303, "/facilities/en/")
        assert response.headers["Vary"] == "Accept-Language"


async def test_where_no_record_is_kept_there_are_no_pages_of_it(tmp_path: Path) -> None:
    async with (
        in_process(tmp_path) as server,
        server.session.get(f"{server.url}/facilities/vi/") as response,
    ):
        assert response.status == 404
