"""Who gets in: the token, the session in the cookie, and how it ends."""

from pathlib import Path

import pytest

from dp3t import Instant, random_from_os
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile
from dp3t_server.web.sessions import COOKIE, IDLE_SECONDS, LONGEST_SECONDS, Session, Sessions
from key_server import HOUR, NOW, InnerServer, in_process
from operator_pages import SIGNED_IN_PAGES, Person, signed_in

SHUT = "en/"


@pytest.mark.spec("OPERATOR-PAGE-1")
@pytest.mark.parametrize("page", SIGNED_IN_PAGES)
async def test_who_is_not_signed_in_sees_the_door_alone(server: InnerServer, page: str) -> None:
    answer = await Person(server).get(page)
    assert (answer.status, answer.place, answer.text) == (303, SHUT, "")


@pytest.mark.spec("OPERATOR-PAGE-1")
@pytest.mark.parametrize("token", ["", "xyzzy", "ü☃", "0" * 64])
async def test_a_wrong_token_opens_nothing(server: InnerServer, token: str) -> None:
    person = Person(server)
    answer = await person.post("sign-in", token=token)
    assert (answer.status, person.cookie) == (401, "")
    assert "This token is not right" in answer.text
    assert not token or token not in answer.text


@pytest.mark.spec("OPERATOR-PAGE-1")
async def test_spaces_around_the_token_do_not_matter(server: InnerServer) -> None:
    person = Person(server)
    token = server.data.token.read_text().strip()
    assert (await person.post("sign-in", token=f" {token}\t\n")).place == "en/issue"
    assert (await person.get("issue")).status == 200
    assert (await person.get()).place == "en/issue"


@pytest.mark.spec("OPERATOR-PAGE-2")
async def test_the_cookie_is_for_this_host_this_browser_and_no_script(server: InnerServer) -> None:
    person = await signed_in(server)
    await person.get("issue")
    assert len(person.set_cookies) == 2
    for cookie in person.set_cookies:
        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-dp3t-operator=")
        assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]


@pytest.mark.spec("OPERATING-7", "OPERATING-8", "OPERATOR-PAGE-1")
async def test_wrong_tokens_are_limited_together_with_those_of_the_routes(tmp_path: Path) -> None:
    config = Config(wrong_tokens_per_minute=2, reads_per_minute=1)
    async with in_process(tmp_path, config=config) as server:
        person = Person(server)
        assert (await person.post("sign-in", token="no")).status == 401
        assert (await server.ask("POST", "/v1/operator/publish", token="no"))[0] == 401
        answer = await person.post("sign-in", token="no")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
        assert "wait a minute" in answer.text
        assert (await server.ask("POST", "/v1/operator/publish", token="no"))[0] == 429
        assert (await person.sign_in()).place == "en/issue"
        for _ in range(5):  # nor do the limits of readers shut the operator out
            assert (await person.get("issue")).status == 200


@pytest.mark.spec("OPERATOR-PAGE-2")
async def test_a_session_ends_without_use_and_is_renewed_by_it(server: InnerServer) -> None:
    person, now = await signed_in(server), int(NOW)
    for _ in range(3):
        now += IDLE_SECONDS - 1
        await server.move_to(now)
        assert (await person.get("issue")).status == 200
    await server.move_to(now + IDLE_SECONDS)
    kept = person.cookie
    assert (await person.get("issue")).place == SHUT
    answer = await person.get()
    assert "has ended" in answer.text
    assert (kept, person.cookie) == (kept, "")


@pytest.mark.spec("OPERATOR-PAGE-2")
async def test_a_session_ends_after_eight_hours_however_busy(server: InnerServer) -> None:
    person = await signed_in(server)
    for now in range(NOW, NOW + 8 * HOUR, 600):
        await server.move_to(now)
        assert (await person.get("state")).status == 200
    await server.move_to(NOW + 8 * HOUR)
    assert (await person.get("state")).place == SHUT


@pytest.mark.spec("OPERATOR-PAGE-2")
@pytest.mark.parametrize("place", [0, 12, 40, -1])
async def test_a_forged_cookie_is_none(server: InnerServer, place: int) -> None:
    person = await signed_in(server)
    digits = list(person.cookie)
    digits[place] = "1" if digits[place] != "1" else "2"
    assert (await Person(server, "".join(digits)).get("issue")).place == SHUT


@pytest.mark.spec("OPERATOR-PAGE-2")
@pytest.mark.parametrize(
    "cookie", [".", "....", "x", "1.1..é.00", "a" * 5000, "1.2.3.4." + "0" * 64]
)
async def test_any_cookie_is_a_session_or_none(server: InnerServer, cookie: str) -> None:
    sessions = Sessions(SecretsFile(server.data.secrets).load())
    assert sessions.read(cookie, now=NOW) is None


@pytest.mark.spec("OPERATOR-PAGE-3")
async def test_a_new_token_ends_every_session(server: InnerServer) -> None:
    person, file = await signed_in(server), SecretsFile(server.data.secrets)
    former = file.load()
    file.replace(former.with_token("another"))
    assert (await person.get("issue")).place == SHUT
    assert (await person.sign_in()).status == 401
    file.replace(former)


@pytest.mark.spec("OPERATOR-PAGE-3")
async def test_the_session_of_another_server_is_none(server: InnerServer, tmp_path: Path) -> None:
    async with in_process(tmp_path / "other") as other:
        token = server.data.token.read_text().strip()
        file = SecretsFile(other.data.secrets)
        file.replace(file.load().with_token(token))
        stranger = await signed_in(server)
        assert (await Person(other, stranger.cookie).get("issue")).place == SHUT


@pytest.mark.spec("OPERATOR-PAGE-3")
async def test_another_process_with_the_same_keys_takes_the_session(server: InnerServer) -> None:
    person = await signed_in(server)
    elsewhere = Sessions(SecretsFile(server.data.secrets).load())
    assert elsewhere.read(person.cookie, now=NOW) is not None


@pytest.mark.spec("OPERATOR-PAGE-2")
@pytest.mark.parametrize(
    ("started", "seen", "lives"),
    [
        (0, 0, True),
        (0, 60, True),
        (0, 61, False),
        (-1, -2, False),
        (-IDLE_SECONDS, -IDLE_SECONDS, False),
        (1 - LONGEST_SECONDS, 0, True),
        (-LONGEST_SECONDS, 0, False),
    ],
)
def test_the_life_of_a_session(started: int, seen: int, lives: bool) -> None:
    session = Session(
        started=Instant(NOW + started), seen=Instant(NOW + seen), nonce=random_from_os(16)
    )
    assert session.lives(NOW) is lives


@pytest.mark.spec("OPERATOR-PAGE-2")
async def test_signing_out_forgets_the_cookie(server: InnerServer) -> None:
    person = await signed_in(server)
    answer = await person.post("sign-out")
    assert (answer.status, answer.place, person.cookie) == (303, SHUT, "")
    assert "Max-Age=0" in person.set_cookies[-1]
    assert COOKIE in person.set_cookies[-1]
