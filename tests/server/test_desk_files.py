"""A facility's own page, without a browser: both languages, headers, and what a browser keeps."""

import json
import re

import pytest

import dp3t_server.web.desk_files
from dp3t_server.web.desk_files import desk_files, worker_script
from key_server import InnerServer
from page_scripts import SCRIPTS
from server_facilities import FACILITIES_ON

SERVER_CONFIG = FACILITIES_ON
ATTRIBUTE = re.compile(r'(?:href|src)="([^"#]+)"')


async def fetched(server: InnerServer, path: str) -> tuple[int, str, str]:
    async with server.session.get(server.url + path) as response:
        policy = response.headers.get("Content-Security-Policy", "")
        return response.status, policy, await response.text()


def kept(script: str) -> list[str]:
    """Return the paths that the program keeps."""
    found = re.search(r"^const FILES = (.*);$", script, re.MULTILINE)
    assert found
    return list(json.loads(found[1]))


@pytest.mark.spec("DESK-PAGE-1", "DESK-PAGE-9")
async def test_the_page_is_in_both_languages_and_all_it_loads_is_kept(server: InnerServer) -> None:
    _, _, script = await fetched(server, "/facilities/worker.js")
    for tag, title in (("vi", "Việc hôm nay"), ("en", "Today&#39;s checklist")):
        status, policy, page = await fetched(server, f"/facilities/{tag}/desk")
        assert (status, policy.startswith("default-src 'self'; ")) == (200, True)
        assert f"<h1>{title}</h1>" in page
        loaded = {each for each in ATTRIBUTE.findall(page) if "." in each.rpartition("/")[2]}
        assert loaded <= set(kept(script))
    for path in kept(script):
        assert (await fetched(server, path))[0] == 200, path


@pytest.mark.spec("DESK-PAGE-9")
def test_the_program_keeps_what_the_scripts_load_and_no_more() -> None:
    scripts = {name for name in desk_files() if name.endswith(".js")}
    assert {"desk.js", "outbox.js", "acts.js", "canonical.js"} <= scripts
    assert not scripts & {"facilities_map.js", "objections.js", "facility_object.js"}
    for name in scripts:
        text = (SCRIPTS / name).read_text("utf-8")
        assert set(re.findall(r'from "\./([a-z_]+\.js)"', text)) <= scripts


@pytest.mark.spec("DESK-PAGE-9")
def test_another_file_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(script: bytes) -> str:
        found = re.match(rb'const VERSION = "([0-9a-f]{16})";', script)
        assert found
        return found[1].decode()

    worker_script.cache_clear()
    before = version(worker_script(files="/operator/", pages="/facilities/"))
    read = dp3t_server.web.desk_files._read
    for changed in ("static/outbox.js", "templates/desk.html", "languages/vi.toml"):

        def altered(path: str, name: str = changed) -> bytes:
            return read(path) + b" " * (path == name)

        monkeypatch.setattr(dp3t_server.web.desk_files, "_read", altered)
        worker_script.cache_clear()
        assert version(worker_script(files="/operator/", pages="/facilities/")) != before, changed
    worker_script.cache_clear()
