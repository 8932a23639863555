"""`dp3t symptoms fetch`: documents of the authority, from a server that is not believed."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from dp3t.cli.commands import app
from dp3t.symptoms.built_in import built_in_rules_value
from dp3t.symptoms.rules import sign_rules
from stations import AUTHORITY, DAY, NOW, station_keys
from terminal import Terminal

PUBLIC = AUTHORITY.public().public.hex()
Asked = tuple[int, str, str]


class Handing(BaseHTTPRequestHandler):
    """A server that hands out what a test says."""

    documents: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        found = self.documents.get(self.path)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handing.documents.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handing) as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("DP3T_LANG", "en")
    return Terminal(monkeypatch, capsys)


def fetched(
    terminal: Terminal, server: str, what: str, out: Path, *, key: str = PUBLIC, now: int = NOW
) -> Asked:
    options = ("--server", server, "--authority", key, "--out", out, "--now", now, "--json")
    return terminal.run(app, "symptoms", "fetch", what, *options)


def rules(**changes: Any) -> bytes:
    value: Any = built_in_rules_value()
    return sign_rules({**value, **changes}, AUTHORITY)


@pytest.mark.spec("TERMINAL-61", "RULES-1", "HELP-3")
def test_a_document_is_kept_and_replaced_by_nothing_older(
    terminal: Terminal, tmp_path: Path, server: str
) -> None:
    for what, documents in (
        ("rules", {number: rules(number=number) for number in (4, 5, 6)}),
        ("stations", {number: station_keys(number=number).sign(AUTHORITY) for number in (4, 5, 6)}),
    ):
        out = tmp_path / what
        for number in (5, 5, 6):
            Handing.documents[f"/v1/symptoms/{what}"] = documents[number]
            status, told, err = fetched(terminal, server, what, out)
            assert (status, json.loads(told), err) == (0, {"number": number}, "")
            assert out.read_bytes() == documents[number]
        Handing.documents[f"/v1/symptoms/{what}"] = documents[4]
        status, _, err = fetched(terminal, server, what, out)
        assert (status, "4 are replaced by 6" in err) == (2, True)
        assert out.read_bytes() == documents[6]


@pytest.mark.spec("TERMINAL-61")
def test_an_older_document_is_refused_also_where_the_kept_one_no_longer_holds(
    terminal: Terminal, tmp_path: Path, server: str
) -> None:
    out = tmp_path / "rules"
    out.write_bytes(rules(number=6, valid_from=0, valid_until=NOW - DAY))
    Handing.documents["/v1/symptoms/rules"] = rules(number=5)
    assert "5 are replaced by 6" in fetched(terminal, server, "rules", out)[2]
    Handing.documents["/v1/symptoms/rules"] = rules(number=7)
    assert fetched(terminal, server, "rules", out)[0] == 0


@pytest.mark.spec("TERMINAL-61")
def test_what_the_authority_did_not_sign_for_now_is_not_kept(
    terminal: Terminal, tmp_path: Path, server: str
) -> None:
    out = tmp_path / "rules"
    good = rules()
    for document, words in (
        (None, "answered 404"),
        (good[:-1] + b" ", "does not verify"),
        (station_keys().sign(AUTHORITY), "does not verify"),
        (rules(valid_until=NOW), "no longer hold"),
        (bytes(2**18 + 1), "more than the protocol allows"),
    ):
        Handing.documents.clear()
        if document is not None:
            Handing.documents["/v1/symptoms/rules"] = document
        status, told, err = fetched(terminal, server, "rules", out)
        assert (status, told, out.exists()) == (2, "", False)
        assert words in err
    Handing.documents["/v1/symptoms/rules"] = good
    assert "untrusted key" in fetched(terminal, server, "rules", out, key="00" * 31 + "01")[2]
    out.write_bytes(b"something else")
    assert str(out) in fetched(terminal, server, "rules", out)[2]
    assert out.read_bytes() == b"something else"
