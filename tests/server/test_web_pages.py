"""What every page has: headers, sound markup, both languages, and nothing that runs."""

import re
import string
import tomllib
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy.exc import OperationalError

import dp3t_server.web.state
from dp3t import Instant, UploadCode
from dp3t_server import health
from dp3t_server.config import Config
from dp3t_server.faults import Fault
from dp3t_server.store import Store
from dp3t_server.web.language import TAGS, language, wanted
from dp3t_server.web.moments import in_words
from key_server import NOW, InnerServer, in_process
from operator_pages import LANGUAGES, SIGNED_IN_PAGES, Answer, Person, Reader, signed_in

WEB = Path(dp3t_server.web.__file__).parent
TEMPLATES = {path.name: path.read_text("utf-8") for path in (WEB / "templates").iterdir()}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "dp3t",
}
STATUSES = ("ok", "behind", "log-kept", "keys-ending", "ended")


async def every_answer(server: InnerServer, tag: str) -> dict[str, Answer]:
    """Return one answer of each kind."""
    person, stranger = await signed_in(server, tag), Person(server, language=tag)
    answers = {page: await person.get(page) for page in SIGNED_IN_PAGES}
    answers |= {
        "door": await stranger.get(),
        "shut": await stranger.get("issue"),
        "wrong token": await stranger.post("sign-in", token="x"),
        "no such page": await person.get("nothing"),
        "no such method": await person.get("sign-in"),
        "no such place": await person.ask("GET", "nothing/at/all"),
        "foreign": await person.post("issue", {"Sec-Fetch-Site": "cross-site"}),
        "bad number": await person.post("issue", count="x", kind="x"),
        "issued": await person.post("issue", count="2", kind="activated"),
        "bad code": await person.post("activate", code="<b>", first_day='"><i>'),
        "bad revocation": await person.post("revoke", code="1"),
        "revoked": await person.post("revoke", code="00000000000000000097"[:20] + "98"),
        "after": await person.get("revoke"),
        "no form": await person.ask("POST", f"{tag}/issue", b"{}"),
        "index": await person.ask("GET", ""),
        "style": await person.ask("GET", "style.css"),
        "icon": await person.ask("GET", "icon.svg"),
        "out": await person.post("sign-out"),
    }
    return answers


@pytest.mark.spec("OPERATOR-PAGE-6")
async def test_every_answer_has_every_header(server: InnerServer) -> None:
    for name, answer in (await every_answer(server, "vi")).items():
        found = {header: answer.headers.get(header) for header in HEADERS}
        assert found == HEADERS, name
    async with server.session.get(server.url + "/operator", allow_redirects=False) as bare:
        assert (bare.status, bare.headers["Location"]) == (303, "/operator/vi/")
        assert {header: bare.headers.get(header) for header in HEADERS} == HEADERS
    async with server.session.get(server.url + "/v1/health") as other:
        assert "Content-Security-Policy" not in other.headers


@pytest.mark.spec("OPERATOR-PAGE-7", "OPERATOR-PAGE-13")
@pytest.mark.parametrize("tag", LANGUAGES)
async def test_every_page_is_sound_labelled_and_runs_nothing(server: InnerServer, tag: str) -> None:
    for name, answer in (await every_answer(server, tag)).items():
        if answer.status == 303 or name in ("style", "icon"):
            continue
        page = Reader(answer.text)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8", name
        assert answer.text.startswith("<!DOCTYPE html>"), name
        assert page.faults == [], name
        assert page.all("html") == [{"lang": tag}] or name == "no such place"
        assert not page.all("script", "style", "iframe", "object"), name
        attributes = [each for _, each in page.tags]
        assert not any(
            key == "style" or key.startswith("on") for each in attributes for key in each
        )
        ids = [each["id"] for each in attributes if "id" in each]
        assert len(set(ids)) == len(ids), name
        labelled = {label["for"] for label in page.all("label")}
        fields = [each for each in page.all("input") if each.get("type") != "hidden"]
        assert {each["id"] for each in fields} == labelled, name
        for each in attributes:
            assert set(each.get("aria-describedby", "").split()) <= set(ids), name
        headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert headings[0] == 1, name
        assert 1 not in headings[1:], name
        for link in (*page.all("a"), *page.all("link"), *page.all("img"), *page.all("form")):
            address = link.get("href") or link.get("src") or link["action"]
            assert address.startswith(("/operator/", "#")), name


@pytest.mark.spec("OPERATOR-PAGE-7")
@pytest.mark.parametrize(
    ("page", "status", "text"),
    [
        ("vi/nothing", 404, "Không có trang này."),
        ("en/nothing", 404, "There is no such page."),
        ("en/sign-in", 405, "cannot be opened in that way"),
        ("xx/", 404, "Không có trang này."),
    ],
)
async def test_a_fault_is_a_page_in_words(
    server: InnerServer, page: str, status: int, text: str
) -> None:
    answer = await Person(server).ask("GET", page)
    assert answer.status == status
    assert text in answer.text


@pytest.mark.spec("OPERATOR-PAGE-7")
async def test_a_database_that_fails_is_a_page_in_words(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await signed_in(server, "vi")

    def broken(_: Store) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(Store, "reading", broken)
    answer = await person.get("state")
    assert answer.status == 503
    assert "không dùng được cơ sở dữ liệu" in answer.text


def texts(tag: str) -> dict[str, str]:
    """Return a file of texts, flat."""
    sections = tomllib.loads((WEB / "languages" / f"{tag}.toml").read_text("utf-8"))
    return {
        f"{section}.{name}": words
        for section, named in sections.items()
        for name, words in named.items()
    }


def places(words: str) -> set[str | None]:
    """Return the names of the places in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(words)}


@pytest.mark.spec("OPERATOR-PAGE-9")
def test_both_languages_say_the_same_things_in_other_words() -> None:
    vietnamese, english = texts("vi"), texts("en")
    assert list(vietnamese) == list(english)
    for key, words in vietnamese.items():
        assert words.strip()
        assert english[key].strip()
        assert places(words) == places(english[key]), key
        assert words != english[key], key


@pytest.mark.spec("OPERATOR-PAGE-9")
def test_every_text_that_is_asked_for_exists_and_every_one_that_exists_is_asked_for() -> None:
    code = "".join(path.read_text("utf-8") for path in WEB.glob("*.py"))
    asked = set(re.findall(r"say\(\s*\"([a-z_.-]+)\"", code + "".join(TEMPLATES.values())))
    scripts = "".join(path.read_text("utf-8") for path in WEB.glob("static/*.js"))
    asked |= set(
        re.findall(
            r"\"((?:acting|arrivals|desk|facilities|gate|objecting|objections|officials|opening|station)\.[a-z_]+)\"",
            scripts,
        )
    )
    asked |= {
        f"page.{page}" for page in (*SIGNED_IN_PAGES, "gate", "declarations", "help", "objections")
    }
    asked |= {"page.name", "page.name_with_declarations"}
    asked |= {".".join(each) for each in product(("arrivals", "facilities"), ("site", "place"))}
    asked |= {f"gate.bad_{what}" for what in ("zone", "number", "birth", "expiry")}
    asked |= {f"gate.bad_{what}_digit" for what in ("number", "birth", "expiry")}
    asked |= {f"state.{status}" for status in STATUSES}
    asked |= {f"fault.{fault.code}" for fault in Fault}
    asked |= {f"weekday.{day}" for day in range(7)} | {f"month.{n}" for n in range(1, 13)}
    kinds = ("simple", "activated", "trace", "tokens")
    asked |= {f"issue.{kind}{more}" for kind, more in product(kinds, ("", "_hint"))}
    asked |= {f"issued.{kind}{more}" for kind, more in product(kinds, ("_do", "_until"))}
    asked |= {"time.vietnam", "time.utc"}
    asked -= {"issue.", "issued.", "page."}
    assert asked == set(texts("vi"))


@pytest.mark.spec("OPERATOR-PAGE-9")
@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "vi"),
        ("fr", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("vi,en;q=0.9", "vi"),
        ("en;q=0.5, vi;q=0.9", "vi"),
        ("EN-us;q=0.7,fr;q=1", "en"),
        ("en;q=x,*;;=", "vi"),
        ("english", "vi"),
        ("en,vi", "vi"),
        ("en-GB;q=0.9,vi;q=0.5,en;q=0.1", "en"),
        ("en;q=0", "vi"),
        ("en;q=nan", "vi"),
    ],
)
async def test_the_browsers_language_decides(server: InnerServer, header: str, tag: str) -> None:
    answer = await Person(server).ask("GET", "", **{"Accept-Language": header})
    assert (answer.status, answer.place, answer.headers["Vary"]) == (
        303,
        f"{tag}/",
        "Accept-Language",
    )
    assert wanted(header).tag == tag


@pytest.mark.spec("OPERATOR-PAGE-8")
@pytest.mark.parametrize(
    ("region", "tag", "words"),
    [
        ("VN", "vi", "17:30 thứ Hai, ngày 5 tháng 7 năm 2021 (giờ\u00a0Việt\u00a0Nam, UTC+7)"),
        ("VN-SG", "en", "17:30 on Monday 5 July 2021 (Vietnam\u00a0time, UTC+7)"),
        ("VNX", "en", "10:30 on Monday 5 July 2021 (UTC)"),
        ("CH", "vi", "10:30 thứ Hai, ngày 5 tháng 7 năm 2021 (giờ UTC)"),
    ],
)
def test_a_moment_names_its_zone(region: str, tag: str, words: str) -> None:
    assert in_words(NOW, region=region, language=language(tag)) == words


@pytest.mark.spec("OPERATOR-PAGE-8")
@pytest.mark.parametrize("tag", TAGS)
def test_every_day_and_month_has_its_name(tag: str) -> None:
    months = {language(tag).date(date(2021, month, 1)) for month in range(1, 13)}
    days = {language(tag).date(date(2021, 3, day)).split(" 1")[0] for day in range(1, 8)}
    assert (len(months), len(days)) == (12, 7)
    late = in_words(Instant(NOW + 7 * 3600), region="VN", language=language("en"))
    assert late.startswith("00:30 on Tuesday 6")


@pytest.mark.spec("OPERATOR-PAGE-8", "OPERATOR-PAGE-11")
async def test_new_codes_name_the_moment_until_which_they_are_good(server: InnerServer) -> None:
    person = await signed_in(server, "vi")
    answer = await person.post("issue", count="1", kind="simple")
    assert "07:00 thứ Tư, ngày 7 tháng 7 năm 2021" in answer.text
    answer = await person.post("issue", count="1", kind="activated")
    assert "Chờ kích hoạt đến" in answer.text
    assert "07:00 thứ Ba, ngày 20 tháng 7 năm 2021" in answer.text


@pytest.mark.parametrize("status", STATUSES)
async def test_the_state_is_said_in_words(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    async def in_that_state(app: web.Application) -> health.State:
        return replace(await health.state_of(app), status=status)

    monkeypatch.setattr(dp3t_server.web.state, "state_of", in_that_state)
    answer = await (await signed_in(server)).get("state")
    assert texts("en")[f"state.{status}"] in answer.text
    assert ("working normally" in answer.text) is (status == "ok")
    assert "Do not use it for real patients" in answer.text
    assert "19:00 on Monday 5 July 2021" in answer.text


def test_the_states_that_are_said_are_those_of_the_health() -> None:
    source = Path(health.__file__).read_text("utf-8")
    _, _, table = source.partition("troubles = {")
    assert {*re.findall(r'"([a-z-]+)":', table.partition("}")[0]), "ok"} == set(STATUSES)


async def test_statistics_hide_what_is_small(server: InnerServer) -> None:
    await server.codes(12)
    await server.move_to(NOW + 24 * 3600)
    answer = await (await signed_in(server)).get("statistics")
    assert answer.text.count("<tr>") == 29
    assert ">12<" in answer.text
    assert answer.text.count("&lt;10") == 28 * 3 - 1 + 1


@pytest.mark.spec("AUTHORIZATION-12")
@pytest.mark.parametrize(
    ("forms", "pages", "kinds"),
    [
        (("simple",), ["issue", "revoke"], ["simple"]),
        (("activated",), ["activate", "issue", "revoke"], ["activated"]),
        (("bound",), ["issue"], []),
    ],
)
async def test_a_page_offers_what_the_region_takes(
    tmp_path: Path, forms: tuple[str, ...], pages: list[str], kinds: list[str]
) -> None:
    config = Config().with_settings(authorizations=forms)
    async with in_process(tmp_path, config=config) as server:
        person = await signed_in(server)
        page = Reader((await person.get("issue")).text)
        linked = {link["href"].removeprefix("/operator/en/") for link in page.all("a")}
        assert sorted(linked & {"issue", "activate", "revoke"}) == pages
        radios = [each for each in page.all("input") if each.get("type") == "radio"]
        assert [each["value"] for each in radios] == kinds
        assert all("checked" in each for each in radios)
        for kind in {"simple", "activated"} - set(kinds):
            assert (await person.post("issue", count="1", kind=kind)).status == 400
        if "activated" not in kinds:
            code = UploadCode.generate(rand=bytes).display()
            answer = await person.post("activate", code=code, first_day="2021-07-01")
            assert answer.status == 400
