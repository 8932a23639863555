"""spec/presence/entry.md: links, and the texts of private codes."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_entry
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence.entry import EntryCode
from dp3t.presence.entry_link import (
    MAX_LINK_CHARACTERS,
    ROTATING_SCHEME,
    TRACE_SCHEME,
    link_of,
    payload_of,
    private_code_of,
    private_text_of,
)
from vectors import Case, load, vector_cases

PAYLOAD = bytes.fromhex(
    next(case["payload"] for case in load("entry")["cases"] if case["operation"] == "write")
)
SCHEMES = st.sampled_from([TRACE_SCHEME, ROTATING_SCHEME])
NAMED = {
    "http": "begins with https://",
    "another-scheme": "begins with https://",
    "no-hash": "no payload after '#'",
    "nothing-after-the-hash": "no payload after '#'",
    "payload-in-the-query": "form of an entry link",
    "no-version": "form of an entry link",
    "a-user": "form of an entry link",
    "no-host": "form of an entry link",
    "bits-that-carry-nothing": "not base64 in its one form",
    "of-4097-characters": "at most 4096 characters",
}
"""The faults that are named otherwise than the others of their clause."""
NAMED_BY_CLAUSE = {
    "ENTRY-19": "the entry link has version",
    "ENTRY-20": "not base64",
    "ENTRY-21": "a venue's private code, not an entry code",
}
PRIVATE_NAMED = {
    "entry-link": "a link to an entry code, not a venue's private code",
    "entry-payload": "an entry code, not a venue's private code",
    "entry-payload-with-the-prefix": "an entry code, not a venue's private code",
    "entry-link-for-a-rotating-code": "a link to an entry code, not a venue's private code",
    "prefix-of-version-2": "another version than 1",
    "prefix-of-the-other-kind": "a private code of another kind",
    "prefix-and-nothing": "not base64",
}


@pytest.mark.parametrize("case", vector_cases("entry", operation="link", result="valid"))
def test_a_link_of_each_form_gives_the_payload(case: Case) -> None:
    assert payload_of(case["text"]).hex() == case["payload"]
    if case["payload"] == PAYLOAD.hex():
        assert EntryCode.from_link(case["text"]) == EntryCode.parse(PAYLOAD)


@pytest.mark.parametrize(
    "case",
    [
        *vector_cases("entry", operation="link", result="malformed"),
        *vector_cases("entry", operation="link", result="limit"),
    ],
)
def test_a_text_that_is_no_entry_code_is_refused_by_name(case: Case) -> None:
    clause, name = case["spec"][0], case["id"].removeprefix("link-").removeprefix("link")
    kind: type[MalformedError] = {
        "limit": LimitError,
        "malformed": UnsupportedVersionError if clause == "ENTRY-19" else MalformedError,
    }[case["result"]]
    with pytest.raises(kind, match=NAMED.get(name) or NAMED_BY_CLAUSE[clause]):
        payload_of(case["text"])
    with pytest.raises(kind):
        EntryCode.from_link(case["text"])


@pytest.mark.parametrize("case", vector_cases("entry", operation="private", result="valid"))
def test_a_private_code_is_read_from_its_text(case: Case) -> None:
    code = bytes.fromhex(case["code"])
    assert private_code_of(case["text"], scheme=case["scheme"]) == code
    text = private_text_of(code, scheme=case["scheme"])
    assert text == f"{case['scheme']}1:{oracle_entry.base64url(code)}"
    assert text.endswith(case["text"])


@pytest.mark.parametrize("case", vector_cases("entry", operation="private", result="malformed"))
def test_what_is_no_private_code_is_refused_by_name(case: Case) -> None:
    with pytest.raises(MalformedError, match=PRIVATE_NAMED[case["id"].removeprefix("private-")]):
        private_code_of(case["text"], scheme=case["scheme"])


@pytest.mark.spec("ENTRY-17")
@given(payload=st.binary(min_size=1, max_size=400))
def test_a_web_server_sees_nothing_of_the_payload(payload: bytes) -> None:
    parts = urlsplit(link_of(payload, base="https://qr.example.vn/p"))
    assert (parts.scheme, parts.netloc, parts.path, parts.query) == (
        "https",
        "qr.example.vn",
        "/p",
        "v=1",
    )
    assert parts.fragment == oracle_entry.base64url(payload)


@pytest.mark.spec("ENTRY-17", "ENTRY-19")
@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("https://e.coronawarn.app", "https://e.coronawarn.app?v=1#"),
        ("https://E.CoronaWarn.app", "https://E.CoronaWarn.app?v=1#"),
        ("https://qr.notify-me.ch", "https://qr.notify-me.ch?v=3#"),
        ("https://QR.notify-me.ch/", "https://QR.notify-me.ch/?v=3#"),
        ("https://hue.gov.vn:443/qr=1/", "https://hue.gov.vn:443/qr=1/?v=1#"),
    ],
)
def test_a_link_has_the_version_that_the_app_of_its_host_reads(base: str, head: str) -> None:
    link = link_of(PAYLOAD, base=base)
    assert link == head + oracle_entry.base64url(PAYLOAD)
    assert payload_of(link) == PAYLOAD


@pytest.mark.spec("ENTRY-17")
def test_corona_warn_app_and_notify_me_find_the_payload_in_links_of_their_hosts() -> None:
    """The pattern of the one's configuration, and the two cuts that the other makes."""
    pattern = re.compile(r"https://e\.coronawarn\.app\?v=(\d+)\#(.+)", re.IGNORECASE)
    found = pattern.fullmatch(link_of(PAYLOAD, base="https://e.coronawarn.app"))
    assert found
    assert found.groups() == ("1", oracle_entry.base64url(PAYLOAD))
    head, encoded = link_of(PAYLOAD, base="https://qr.notify-me.ch").split("#")
    assert head.split("?v=") == ["https://qr.notify-me.ch", "3"]
    assert encoded == oracle_entry.base64url(PAYLOAD)


@pytest.mark.spec("ENTRY-17")
@pytest.mark.parametrize(
    "base",
    [
        "http://presence.invalid",
        "presence.invalid",
        "https://",
        "https://presence.invalid?x=1",
        "https://presence.invalid#x",
        "https://me@presence.invalid",
        "https://presence.invalid/a b",
        "https://presence.invalid/\n",
        "https://presence.invalid:port",
        "https://prèsence.invalid",
        "",
    ],
)
def test_a_base_that_would_carry_the_payload_elsewhere_is_refused(base: str) -> None:
    with pytest.raises(MalformedError, match="the base of a link"):
        link_of(PAYLOAD, base=base)


@pytest.mark.spec("ENTRY-20")
@given(payload=st.binary(min_size=1, max_size=1024))
def test_every_payload_comes_back_from_its_link(payload: bytes) -> None:
    link = link_of(payload)
    assert len(link) <= MAX_LINK_CHARACTERS
    assert payload_of(link) == payload == payload_of(oracle_entry.base64url(payload))


@pytest.mark.spec("ENTRY-20")
def test_a_text_of_4096_characters_is_read() -> None:
    assert payload_of("A" * MAX_LINK_CHARACTERS) == bytes(3072)


@pytest.mark.spec("ENTRY-21")
@given(code=st.binary(min_size=1, max_size=200), scheme=SCHEMES)
def test_no_private_text_is_a_link_or_an_entry_code(code: bytes, scheme: str) -> None:
    text = private_text_of(code, scheme=scheme)
    assert urlsplit(text).scheme not in ("http", "https")
    assert "://" not in text
    for spelt in (text, text.upper(), f" {text}"):
        with pytest.raises(MalformedError, match="a venue's private code, not an entry code"):
            payload_of(spelt)


@pytest.mark.spec("ENTRY-18")
@given(st.text(max_size=200))
def test_any_text_is_an_entry_code_or_refused(text: str) -> None:
    try:
        EntryCode.from_link(text)
    except Dp3tError:
        return


@pytest.mark.spec("ENTRY-22")
@given(text=st.text(max_size=200), scheme=SCHEMES)
def test_any_text_is_a_private_code_or_refused(text: str, scheme: str) -> None:
    try:
        private_code_of(text, scheme=scheme)
    except Dp3tError:
        return


@pytest.mark.spec("ENTRY-18")
@given(st.sampled_from([link_of(PAYLOAD), f"https://a/b?c#d/CWA1/{'A' * 300}"]), st.data())
def test_any_change_of_a_link_is_read_or_refused(link: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(link) - 1))
    try:
        payload_of(link[:at] + data.draw(st.characters()) + link[at + 1 :])
    except Dp3tError:
        return
