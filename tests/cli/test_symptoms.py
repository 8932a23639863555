"""`dp3t symptoms`: spec/terminal.md, and what the terminal owes spec/symptoms/."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from dp3t.canonical_json import encode_json
from dp3t.cli.commands import app
from dp3t.publication.signing import SigningKey
from dp3t.symptoms.built_in import built_in_rules_value
from dp3t.symptoms.help import SealedHelp, encode_help_answer
from stations import AUTHORITY, HUE, NOW, private, station_keys
from terminal import Terminal

TODAY = "2022-02-01"
PUBLIC = AUTHORITY.public().public.hex()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("DP3T_LANG", "en")
    return Terminal(monkeypatch, capsys)


class Family:
    """A diary in a folder."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self._terminal = terminal
        self.folder = folder
        self.diary, self.key = folder / "diary", folder / "key"

    def run(self, command: str, *arguments: object, now: int = NOW) -> tuple[int, str, str]:
        files = ("--diary", self.diary, "--key", self.key, "--now", now)
        return self._terminal.run(app, "symptoms", command, *files, *arguments)

    def told(self, command: str, *arguments: object, now: int = NOW) -> Any:
        status, out, err = self.run(command, *arguments, "--json", now=now)
        assert (status, err) == (0, "")
        return json.loads(out)

    def refused(self, command: str, *arguments: object) -> str:
        status, out, err = self.run(command, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        return err


@pytest.fixture
def family(terminal: Terminal, tmp_path: Path) -> Family:
    found = Family(terminal, tmp_path)
    found.told("member", "--member", 1, "--name", "Bà Nội", "--born", 1948, "--chronic")
    return found


@pytest.mark.spec("TERMINAL-54", "SYMPTOM-DIARY-8")
def test_the_first_member_makes_diary_and_key(family: Family) -> None:
    assert [oct(path.stat().st_mode & 0o777) for path in (family.diary, family.key)] == [
        "0o600"
    ] * 2
    assert family.diary.read_bytes().startswith(b"dp3t symptom diary")
    told = family.told("member", "--member", 2, "--name", "Bé Na", "--born", "2019-05")
    assert [each["born"] for each in told["members"]] == [[1948, 0], [2019, 5]]
    family.told("note", "--member", 2, "--symptom", "cough")
    assert family.told("member", "--member", 2, "--erase")["members"] == told["members"][:1]
    for wrong in (["--name", "x"], ["--born", 1980], ["--name", "x", "--born", "80"]):
        assert "--born" in family.refused("member", "--member", 3, *wrong)


@pytest.mark.spec("TERMINAL-55")
def test_a_day_is_noted_and_erased(family: Family) -> None:
    noted = family.told(
        "note", "--member", 1, "--symptom", "cough", "--temperature", "38,5", "--spo2", 97,
        "--breaths", 18, "--pulse", 80, "--exposed", "--test", "negative",
    )  # fmt: skip
    day = {
        "day": TODAY, "symptoms": ["cough"], "temperature_tenths": 385, "spo2_percent": 97,
        "breaths_per_minute": 18, "pulse_per_minute": 80, "exposed": True, "test": "negative",
    }  # fmt: skip
    assert noted["members"][0]["days"] == [day]
    assert family.told("show") == noted
    more = family.told("note", "--member", 1, "--symptom", "fever")["members"][0]["days"][0]
    assert (more["symptoms"], more["spo2_percent"]) == (["cough", "fever"], 97)
    instead = family.told("note", "--member", 1, "--symptom", "fever", "--instead")
    assert instead["members"][0]["days"][0]["symptoms"] == ["fever"]
    assert family.told("note", "--member", 1, "--erase")["members"][0]["days"] == []
    assert "Ho" not in family.run("show")[1]


@pytest.mark.spec("TERMINAL-55", "SYMPTOM-DIARY-9")
def test_what_cannot_be_noted_is_refused_without_a_word_of_it(family: Family) -> None:
    for wrong, words in (
        (["--symptom", "Bí mật"], "a symptom is not in the list"),
        (["--temperature", "385"], "--temperature is degrees"),
        (["--temperature", "99"], "temperature_tenths is not between 300 and 450"),
        (["--spo2", 101], "spo2_percent"),
        (["--day", "2022-02-02"], "lies ahead"),
        (["--day", "2022-01-03"], "28 days"),
    ):
        said = family.refused("note", "--member", 1, *wrong)
        assert words in said
        assert "Bí mật" not in said
    assert "no such member" in family.refused("note", "--member", 9)


@pytest.mark.spec("SYMPTOM-DIARY-4")
def test_looking_at_the_diary_erases_what_is_too_old_from_the_file(family: Family) -> None:
    family.told("note", "--member", 1, "--symptom", "cough")
    before = family.diary.read_bytes()
    family.told("show", now=NOW + 28 * 86_400)
    assert family.diary.read_bytes() == before
    assert family.told("show", now=NOW + 29 * 86_400)["members"][0]["days"] == []
    assert family.diary.read_bytes() != before
    assert family.told("show")["members"][0]["days"] == []


@pytest.mark.spec("SYMPTOM-DIARY-7", "SYMPTOM-DIARY-8")
def test_a_key_that_is_open_wrong_or_missing_and_a_damaged_diary_are_named(family: Family) -> None:
    good = family.diary.read_bytes()
    for data, words in (
        (good[:-1], "truncated"), (good[:-1] + bytes([good[-1] ^ 1]), "altered"),
        (b"", "not a saved diary"), (good[:30], "truncated"), (good.ljust(2**20 + 1), "at most"),
    ):  # fmt: skip
        family.diary.write_bytes(data)
        said = family.refused("note", "--member", 1, "--symptom", "cough")
        assert words in said
        assert str(family.diary) in said
        assert family.diary.read_bytes() == data
    family.diary.write_bytes(good)
    key = family.key.read_text(encoding="ascii")
    family.key.chmod(0o644)
    assert "others can read" in family.refused("show")
    family.key.chmod(0o600)
    family.key.write_text("00" * 32, encoding="ascii")
    assert "wrong key" in family.refused("show")
    family.key.write_text("secret", encoding="ascii")
    assert "secret" not in family.refused("show")
    family.key.unlink()
    assert "without its key" in family.refused("show")
    assert "without its key" in family.refused(
        "member", "--member", 2, "--name", "x", "--born", 1980
    )
    family.key.touch(mode=0o600)
    family.key.write_text(key, encoding="ascii")
    assert family.told("show")["members"]


def test_a_diary_that_is_not_there_is_named(terminal: Terminal, tmp_path: Path) -> None:
    nobody = Family(terminal, tmp_path)
    assert "without its key" in nobody.refused("show")
    assert "without its key" in nobody.refused("note", "--member", 1)
    assert not nobody.diary.exists()


@pytest.mark.spec("TERMINAL-56", "RULES-8")
def test_advice_names_rules_facts_and_sources(family: Family) -> None:
    family.told("note", "--member", 1, "--spo2", 92, "--symptom", "cough")
    told = family.told("advise", "--member", 1)
    assert told["outcome"] == "call"
    first = told["fired"][0]
    assert (first["id"], first["facts"]) == ("oxygen-low", [{"vi": "SpO2 92%", "en": "SpO2 92%"}])
    assert {source["seen"] for source in first["sources"]} == {"document", "report"}
    status, out, err = family.run("advise", "--member", 1)
    said = " ".join(out.split())
    assert (status, err) == (0, "")
    assert said.startswith("Call the health station")
    for words in ("Because: SpO2 92%", "Rule: oxygen-low", "WHO, COVID-19 home care bundle"):
        assert words in said
    assert "no diagnosis" in said
    assert "nothing was noted" in family.refused("advise", "--member", 1, "--day", "2022-01-31")


@pytest.mark.spec("TERMINAL-56", "TERMINAL-57", "TERMINAL-60")
def test_rules_that_the_authority_signed_take_the_place_of_the_programs(
    family: Family, terminal: Terminal
) -> None:
    document: Any = built_in_rules_value()
    table, out = family.folder / "table.json", family.folder / "rules"
    table.write_text(json.dumps({**document, "number": 5}, indent=3), encoding="utf-8")
    key = signing_key(family.folder)
    signing = (table, "--signing-key", key, "--out", out)
    assert terminal.run(app, "symptoms", "authority", "sign-rules", *signing)[0] == 0
    family.told("note", "--member", 1)
    given = ("--rules", out, "--authority", PUBLIC)
    assert family.told("advise", "--member", 1, *given)["rules_number"] == 5
    assert "needs --authority" in family.refused("advise", "--member", 1, *given[:2])
    assert str(out) in family.refused("advise", "--member", 1, *given[:3], "00" * 31 + "01")
    status, shown, _ = terminal.run(app, "symptoms", "rules", *given, "--json")
    assert (status, json.loads(shown)["number"]) == (0, 5)
    assert len(json.loads(shown)["rules"]) == len(document["rules"])
    assert "oxygen-low" in terminal.run(app, "symptoms", "rules")[1]
    table.write_text(json.dumps({**document, "rules": document["rules"][1:2]}), encoding="utf-8")
    signing = (table, "--signing-key", key, "--out", family.folder / "other")
    status, _, err = terminal.run(app, "symptoms", "authority", "sign-rules", *signing)
    assert (status, "no rule has the outcome" in err) == (2, True)
    assert not (family.folder / "other").exists()


def signing_key(folder: Path, key: SigningKey = AUTHORITY) -> Path:
    path = folder / "signing.json"
    written = {"seed": key.seed.hex(), "valid_from": 0, "valid_until": 2**32 - 1}
    path.touch(mode=0o600)
    path.write_text(json.dumps(written), encoding="ascii")
    return path


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "stations"
    path.write_bytes(station_keys().sign(AUTHORITY))
    return path


def asking(listed: Path, out: Path, *more: object, who: str = "Chị Lệ") -> list[object]:
    given = ("--stations", listed, "--authority", PUBLIC, "--commune", HUE, "--who", who)
    return ["symptoms", "help", *given, "--out", out, "--now", NOW, *more]


def station_key(folder: Path, label: str) -> Path:
    path = folder / f"key of {label}"
    path.touch(mode=0o600)
    path.write_text(private(label).to_bytes().hex(), encoding="ascii")
    return path


@pytest.mark.spec("TERMINAL-58", "TERMINAL-59", "HELP-8")
def test_the_station_opens_what_it_can_and_counts_the_others(
    terminal: Terminal, tmp_path: Path, listed: Path
) -> None:
    files = [tmp_path / f"sealed {number}" for number in range(3)]
    ways: list[list[object]] = [
        ["--call", "+84 912 345 678", "--from-hour", 8, "--until-hour", 20],
        ["--visit", "12 Lê Lợi", "--on", "2022-02-03"],
        ["--code"],
    ]
    for out, way in zip(files, ways, strict=True):
        more = ("--message", "Sốt ba ngày", "--outcome", "call", "--age", 73, "--yes", "--json")
        status, told, err = terminal.run(app, *asking(listed, out, *way, *more))
        assert (status, err, json.loads(told)["sent"]) == (0, "", False)
        assert out.stat().st_size == 4_096
    keys = ("--private-key", station_key(tmp_path, "Huế"))
    status, told, _ = terminal.run(app, "symptoms", "station", "open", *files, *keys, "--json")
    found = json.loads(told)
    assert (status, found["others"], found["refused"]) == (0, 0, [])
    assert {each["callback"]["kind"] for each in found["requests"]} == {"call", "visit", "code"}
    first = found["requests"][0]
    assert (first["who"], first["age_band"], first["outcome"]) == ("Chị Lệ", "65+", "call")
    shown = terminal.run(app, "symptoms", "station", "open", *files, *keys)[1]
    assert "12 Lê Lợi on 2022-02-03" in " ".join(shown.split())
    other = ("--private-key", station_key(tmp_path, "Đà Nẵng"))
    status, told, _ = terminal.run(app, "symptoms", "station", "open", *files, *other, "--json")
    assert json.loads(told) == {"requests": [], "refused": [], "others": 3, "after": None}
    shown = terminal.run(app, "symptoms", "station", "open", *files, *other)[1]
    assert shown == "3 for other stations.\n"


@pytest.mark.spec("HELP-12", "TERMINAL-58")
def test_nothing_is_sealed_before_the_person_has_seen_it_and_agreed(
    terminal: Terminal, tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sealed"
    more = ("--call", "115", "--message", "Sốt ba ngày")
    asked: list[str] = []

    def answer(given: bool) -> None:
        def confirm(question: str) -> bool:
            asked.append(question)
            return given

        monkeypatch.setattr("typer.confirm", confirm)

    answer(False)
    status, shown, err = terminal.run(app, *asking(listed, out, *more))
    assert (status, "nothing was sealed" in err, out.exists()) == (2, True, False)
    for words in ("Chị Lệ", "115", "Sốt ba ngày", "Health station of the ward"):
        assert words in shown
    status, _, err = terminal.run(app, *asking(listed, out, *more, "--json"))
    assert (status, "--yes" in err, out.exists()) == (2, True, False)
    answer(True)
    assert terminal.run(app, *asking(listed, out, *more))[0] == 0
    assert len(asked) == 2
    assert SealedHelp.decode(out.read_bytes()).open([private("Huế")]).message == "Sốt ba ngày"


@pytest.mark.spec("HELP-5", "TERMINAL-58")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "choose one of"),
        (["--code", "--call", "115"], "choose one of"),
        (["--visit", "x"], "--on"),
        (["--call", "my number"], "3 to 15 digits"),
        (["--call", "115", "--from-hour", 9, "--until-hour", 9], "hours"),
        (["--call", "115", "--commune", "99999"], "no station"),
        (["--call", "115", "--authority", "00"], "--authority"),
        (["--call", "115", "--now", NOW + 10**7], "no longer hold"),
    ],
)
def test_a_request_that_cannot_be_made_is_refused(
    terminal: Terminal, tmp_path: Path, listed: Path, more: list[object], words: str
) -> None:
    out = tmp_path / "sealed"
    status, _, err = terminal.run(app, *asking(listed, out, *more, "--yes"))
    assert (status, err.count("\n"), out.exists()) == (2, 1, False)
    assert words in err
    assert "my number" not in err


class Answering(BaseHTTPRequestHandler):
    """A server that keeps what it is sent and answers what a test says."""

    kept: ClassVar[list[tuple[str, bytes]]] = []
    answer: ClassVar[tuple[int, bytes]] = (200, encode_help_answer())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append((self.path, body))
        status, answer = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Answering.kept.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}/"
        found.shutdown()
        thread.join()


@pytest.mark.spec("TERMINAL-58", "HELP-11")
def test_a_server_that_keeps_the_request_is_believed_and_any_other_is_not(
    terminal: Terminal, tmp_path: Path, listed: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ("--code", "--server", server, "--yes", "--json")
    status, told, err = terminal.run(app, *asking(listed, tmp_path / "0", *more))
    assert (status, err, json.loads(told)["sent"]) == (0, "", True)
    ((path, body),) = Answering.kept
    assert (path, body) == ("/v1/symptoms/help", (tmp_path / "0").read_bytes())
    for at, (code, answer, words) in enumerate(
        [
            (200, encode_help_answer("replaced-keys"), "replaced-keys"),
            (200, b"{}".ljust(256), "not understood"),
            (200, b"{}", "answered 200, which is not understood"),
            (429, encode_help_answer(), "answered 429"),
            (200, bytes(2**17), "more than the protocol allows"),
        ],
        start=1,
    ):
        monkeypatch.setattr(Answering, "answer", (code, answer))
        status, told, err = terminal.run(app, *asking(listed, tmp_path / str(at), *more))
        assert (status, told, words in err) == (2, "", True)


@pytest.mark.spec("TERMINAL-60")
def test_the_authority_signs_a_list_that_passes_every_check(
    terminal: Terminal, tmp_path: Path
) -> None:
    good = json.loads(encode_json(list_value()))
    path, key = tmp_path / "list.json", signing_key(tmp_path)
    for at, (document, status) in enumerate([(good, 0), ({**good, "stations": []}, 2)]):
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
        out = tmp_path / f"signed {at}"
        given = (path, "--signing-key", key, "--out", out)
        assert terminal.run(app, "symptoms", "authority", "sign-stations", *given)[0] == status
        assert out.exists() is (status == 0)
    assert (tmp_path / "signed 0").read_bytes() == station_keys().sign(AUTHORITY)


def list_value() -> Any:
    keys = station_keys()
    return {
        "number": keys.number,
        "stations": [each.to_value() for each in keys.stations],
        "valid_from": keys.valid_from,
        "valid_until": keys.valid_until,
        "version": 1,
    }


def test_a_station_draws_its_key(terminal: Terminal, tmp_path: Path) -> None:
    status, public, _ = terminal.run(app, "symptoms", "station", "keygen", "--out", tmp_path / "k")
    assert (status, len(public.strip())) == (0, 64)
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
