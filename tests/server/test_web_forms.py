"""What forms do, and from where alone they are taken."""

import pytest

from dp3t import UploadCode, random_from_os
from key_server import DAY, NOW, SLOT, InnerServer, lowcost_record
from operator_pages import Person, codes_in, signed_in, token_in

FORMS = {
    "issue": {"count": "1", "kind": "simple"},
    "activate": {"code": "0" * 22, "first_day": "2021-07-01"},
    "revoke": {"code": "0" * 22},
    "sign-out": {},
}


async def issued(person: Person, *, count: int = 1, kind: str = "simple") -> list[UploadCode]:
    """Issue codes by the form."""
    answer = await person.post("issue", count=str(count), kind=kind)
    assert answer.status == 200
    return [UploadCode.parse(code) for code in codes_in(answer.text)]


@pytest.mark.spec("OPERATOR-PAGE-11", "AUTHORIZATION-5")
async def test_issued_codes_are_shown_once_in_groups_and_work(server: InnerServer) -> None:
    person = await signed_in(server)
    answer = await person.post("issue", count=" 3 ", kind="simple")
    shown = codes_in(answer.text)
    codes = [UploadCode.parse(code) for code in shown]
    assert [code.display() for code in codes] == shown
    assert len(set(shown)) == 3
    for page in ("issue", "state"):
        again = await person.get(page)
        assert not any(code in again.text or code[:9] in again.text for code in shown)
    assert await server.upload(codes[2], lowcost_record()) == "accepted"


@pytest.mark.spec("OPERATOR-PAGE-11")
@pytest.mark.parametrize("count", ["0", "51", "", "-1", "1.5", "٣", "²", "x", "1" * 5000, "1e1"])
async def test_a_number_of_codes_outside_1_to_50_is_explained_beside_the_field(
    server: InnerServer, count: str
) -> None:
    person = await signed_in(server, "vi")
    fields = {"count": count, "kind": "activated"}
    if len(count) > 4096:
        assert (await person.post("issue", **fields)).status == 413
        return
    answer = await person.post("issue", **fields)
    assert (answer.status, codes_in(answer.text)) == (400, [])
    assert "Xin nhập một số nguyên từ 1 đến 50." in answer.text
    assert f'value="{count}"' in answer.text
    assert 'value="activated" checked' in answer.text


@pytest.mark.spec("OPERATOR-PAGE-11")
async def test_fifty_codes_are_issued_at_once_and_no_kind_is_a_fault(server: InnerServer) -> None:
    person = await signed_in(server)
    assert len(await issued(person, count=50)) == 50
    for kind in ("", "bound"):
        answer = await person.post("issue", count="1", kind=kind)
        assert (answer.status, codes_in(answer.text)) == (400, [])


@pytest.mark.spec("OPERATOR-PAGE-12")
async def test_a_code_is_activated_and_the_page_after_says_until_when_once(
    server: InnerServer,
) -> None:
    person = await signed_in(server)
    (code,) = await issued(person, kind="activated")
    assert await server.upload(code, lowcost_record()) == "unknown-code"
    answer = await person.post("activate", code=code.display(), first_day="2021-07-01")
    assert (answer.status, answer.place, answer.text) == (303, "en/activate", "")
    after = await person.get("activate")
    assert "01:00 on Tuesday 6 July 2021 (Vietnam\u00a0time, UTC+7)" in after.text
    assert code.display() not in after.text
    assert "Activated." not in (await person.get("activate")).text
    assert await server.upload(code, lowcost_record(days_ago=5)) == "uncovered-keys"
    assert await server.upload(code, lowcost_record(days_ago=4)) == "accepted"


@pytest.mark.spec("OPERATOR-PAGE-12")
@pytest.mark.parametrize(
    "first_day", ["", "x", "2021-06-20", "2021-07-06", "2021-13-01", "0001-01-01", "05/07/2021"]
)
async def test_a_first_day_that_is_none_keeps_the_code_that_was_typed(
    server: InnerServer, first_day: str
) -> None:
    person = await signed_in(server)
    (code,) = await issued(person, kind="activated")
    answer = await person.post("activate", code=code.display(), first_day=first_day)
    assert answer.status == 400
    assert "from Monday 21 June 2021 to Monday 5 July 2021" in answer.text
    assert f'value="{code.display()}"' in answer.text
    assert await server.upload(code, lowcost_record()) == "unknown-code"


@pytest.mark.spec("OPERATOR-PAGE-10")
async def test_after_the_regions_midnight_its_today_is_the_utc_day_that_is_now(
    server: InnerServer,
) -> None:
    person, midnight = Person(server), NOW - NOW % DAY + 17 * 3600
    await server.move_to(midnight + 60)
    await person.sign_in()
    (code,) = await issued(person, kind="activated")
    assert 'max="2021-07-06"' in (await person.get("activate")).text
    answer = await person.post("activate", code=code.digits(), first_day="2021-07-06")
    assert answer.place == "en/activate"
    await server.move_to(midnight + SLOT)
    assert await server.upload(code, lowcost_record(days_ago=0)) == "accepted"


@pytest.mark.spec("OPERATOR-PAGE-12")
@pytest.mark.parametrize("case", ["simple", "spent"])
async def test_a_refused_activation_does_not_tell_why(server: InnerServer, case: str) -> None:
    person = await signed_in(server)
    (code,) = await issued(person, kind="simple" if case == "simple" else "activated")
    if case == "spent":
        await person.post("activate", code=code.digits(), first_day="2021-07-01")
        assert await server.upload(code, lowcost_record()) == "accepted"
    answer = await person.post("activate", code=code.digits(), first_day="2021-07-01")
    assert answer.status == 400
    assert "cannot be activated: it is not of the kind" in answer.text


@pytest.mark.spec("OPERATOR-PAGE-12", "OPERATING-12")
async def test_a_code_is_revoked_and_the_page_does_not_tell_what_it_was(
    server: InnerServer,
) -> None:
    person = await signed_in(server)
    unused, spent = await issued(person, count=2)
    assert await server.upload(spent, lowcost_record()) == "accepted"
    seen = set()
    for code in (unused, spent, UploadCode.generate(rand=random_from_os)):
        assert (await person.post("revoke", code=code.display())).place == "en/revoke"
        seen.add((await person.get("revoke")).text)
    assert len(seen) == 1
    assert "does not work" in seen.pop()
    assert await server.upload(unused, lowcost_record()) == "unknown-code"


@pytest.mark.spec("OPERATOR-PAGE-12", "AUTHORIZATION-2")
@pytest.mark.parametrize("page", ["activate", "revoke"])
@pytest.mark.parametrize("code", ["", "1", "0" * 22, '"><script>alert(1)</script>', "٣" * 22])
async def test_what_is_no_code_is_explained_and_shown_as_text(
    server: InnerServer, page: str, code: str
) -> None:
    person = await signed_in(server)
    answer = await person.post(page, code=code, first_day="2021-07-01")
    assert answer.status == 400
    assert "A code has 22 digits" in answer.text
    assert "<script" not in answer.text
    assert 'id="code-error"' in answer.text


@pytest.mark.spec("OPERATOR-PAGE-4")
@pytest.mark.parametrize("page", FORMS)
@pytest.mark.parametrize("token", ["", "0" * 64, "é", "another"])
async def test_a_form_without_the_sessions_token_does_nothing(
    server: InnerServer, page: str, token: str
) -> None:
    person, other = await signed_in(server), await signed_in(server)
    form_token = await other.form_token() if token == "another" else token
    answer = await person.post(page, form_token=form_token, **FORMS[page])
    assert (answer.status, codes_in(answer.text)) == (403, [])
    assert (await person.get("issue")).status == 200


@pytest.mark.spec("OPERATOR-PAGE-4")
async def test_the_token_of_the_forms_is_one_for_a_session_and_no_part_of_the_cookie(
    server: InnerServer,
) -> None:
    person = await signed_in(server)
    tokens = {token_in((await person.get(page)).text) for page in ("issue", "activate", "state")}
    assert len(tokens) == 1
    assert tokens.pop() not in person.cookie


@pytest.mark.spec("OPERATOR-PAGE-5")
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Origin": ""},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
@pytest.mark.parametrize("page", [*FORMS, "sign-in"])
async def test_a_form_from_elsewhere_does_nothing(
    server: InnerServer, page: str, headers: dict[str, str]
) -> None:
    person = await signed_in(server)
    token = server.data.token.read_text().strip()
    fields = {**FORMS.get(page, {}), "token": token}
    before = len(person.set_cookies) + 1  # fetching the form's token renews the cookie
    answer = await person.post(page, headers, **fields)
    assert (answer.status, codes_in(answer.text)) == (403, [])
    assert len(person.set_cookies) == before


@pytest.mark.spec("OPERATOR-PAGE-5")
async def test_a_form_from_our_own_page_is_taken(server: InnerServer) -> None:
    person = await signed_in(server)
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": server.url},
        {"Origin": server.url},
    ):
        answer = await person.post("issue", headers, **FORMS["issue"])
        assert (answer.status, len(codes_in(answer.text))) == (200, 1)


@pytest.mark.spec("OPERATOR-PAGE-4")
@pytest.mark.parametrize("page", [*FORMS, "sign-in"])
async def test_a_get_changes_nothing(server: InnerServer, page: str) -> None:
    person = await signed_in(server)
    query = "&".join(f"{name}={value}" for name, value in FORMS.get(page, {}).items())
    answer = await person.get(f"{page}?form_token={await person.form_token()}&{query}")
    assert (answer.status, codes_in(answer.text)) in ((200, []), (405, []))
    assert (await person.get("issue")).status == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 400),
        ("multipart/form-data; boundary=x", b"--x--", 400),
        ("application/x-www-form-urlencoded", b"count=%ff", 400),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 17), 400),
        ("application/x-www-form-urlencoded", b"a" * 4097, 413),
    ],
)
async def test_what_is_no_form_is_refused_in_a_page(
    server: InnerServer, content_type: str, body: bytes, status: int
) -> None:
    person = await signed_in(server)
    answer = await person.ask("POST", "en/issue", body, **{"Content-Type": content_type})
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.spec("OPERATOR-PAGE-7")
async def test_a_form_of_a_session_that_ended_says_that_nothing_was_done(
    server: InnerServer,
) -> None:
    person = await signed_in(server)
    token = await person.form_token()
    await server.move_to(NOW + DAY)
    answer = await person.post("issue", form_token=token, **FORMS["issue"])
    assert (answer.status, person.cookie) == (401, "")
    assert "was not done" in answer.text
