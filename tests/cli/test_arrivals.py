"""`dp3t arrivals`: what needs no server."""

import csv
import io
import json
from base64 import b64encode
from pathlib import Path

import pytest

from arrivals_terminal import DAY, DOCUMENT, LANDED, OTHERS_DOCUMENT, POINT, Airport
from declarations import ANSWERS, FULL, NOW
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from dp3t.cli import files
from dp3t.cli.signing_key import read_signing_key
from dp3t.primitives import sha256
from dp3t.timeline import Day, Instant
from photographs import as_jpeg, opened, rotated
from presence_terminal import mode_of
from terminal import Terminal


@pytest.fixture
def airport(terminal: Terminal, tmp_path: Path) -> Airport:
    airport = Airport(terminal, tmp_path)
    airport.found()
    return airport


@pytest.mark.spec("TERMINAL-43", "RECIPIENTS-1")
def test_keys_are_made_signed_and_shown(airport: Airport) -> None:
    shown = airport.done("keys", "show", airport.at("keys"), "--authority", airport.authority)
    assert (shown["number"], list(shown["provinces"])) == (4, [FULL["province"]])
    assert shown["valid_until"] == airport.moment(NOW + 60 * DAY)
    for name in ("border.key", "province.key", "authority.json", "receipts.json"):
        assert mode_of(airport.at(name)) == 0o600
    code, out, _ = airport.run("keys", "show", airport.at("keys"), "--authority", airport.authority)
    assert code == 0
    assert shown["border"][:8] in out
    said = airport.refused("keys", "show", airport.at("keys"), "--authority", "00" * 32)
    assert "untrusted key" in said
    assert "exists" in airport.refused("keys", "recipient", airport.at("border.key"))


@pytest.mark.spec("TERMINAL-43", "TERMINAL-3")
def test_a_signing_key_that_is_none_is_named_without_its_bytes(airport: Airport) -> None:
    path, seed = (
        airport.at("authority.json"),
        json.loads(airport.at("authority.json").read_text())["seed"],
    )
    shown = airport.done("keys", "show", airport.at("keys"), "--authority", airport.authority)
    given = (
        *("keys", "sign", "--number", 5, "--from", NOW, "--days", 1, "--border", shown["border"]),
        *("--province", f"48={shown['provinces'][FULL['province']]}"),
        *("--key", path, "--out", airport.at("keys-5")),
    )
    said = airport.refused(*given, "--receipts", shown["receipts"][0].partition(",")[0])
    assert "HEX,FROM,UNTIL" in said
    for document in (
        json.dumps({"seed": seed}),
        json.dumps({"seed": seed[:-1], "valid_from": 0, "valid_until": 9}),
        seed,
    ):
        path.write_text(document)
        said = airport.refused(*given, "--receipts", shown["receipts"][0])
        assert "authority.json" in said
        assert seed[:-1] not in said
    assert not airport.at("keys-5").exists()


@pytest.mark.spec("TERMINAL-44", "FORM-12")
def test_the_form_is_shown_and_answers_are_checked(airport: Airport) -> None:
    assert airport.done("form")["form"] == "entry"
    assert airport.run("form")[1].count("*") > 5
    answers = airport.at("answers.json")
    answers.write_text(json.dumps(ANSWERS))
    assert airport.done("form", answers, "--now", NOW) == {"problems": []}
    answers.write_text(json.dumps({**ANSWERS, "surname": "", "sex": "x"}))
    found = airport.done("form", answers, "--now", NOW, status=1)["problems"]
    assert [(each["path"], each["code"]) for each in found] == [
        ("surname", "missing"),
        ("sex", "choice"),
    ]
    code, out, _ = airport.run("form", answers, "--now", NOW)
    assert code == 1
    assert "surname" in out
    answers.write_text("[]")
    assert "no answers" in airport.refused("form", answers)
    answers.write_text('{"surname": "A", "surname": "B"}')
    assert "one thing twice" in airport.refused("form", answers)


@pytest.mark.spec("TERMINAL-45", "TERMINAL-51", "DECLARATION-9")
def test_a_declaration_is_sealed_and_each_recipient_opens_its_part(airport: Airport) -> None:
    name = airport.sealed().declaration_id.hex()
    assert mode_of(airport.at("one.withdrawal")) == 0o600
    assert json.loads(airport.at("one.withdrawal").read_text())["declaration"] == name
    for role in ("border", "province"):
        given = (airport.at("one"), "--private-key", airport.at(f"{role}.key"), "--role", role)
        (found,) = airport.done("open", *given)["declarations"]
        assert (found["name"], found["arrival_point"], found["problems"]) == (name, POINT, [])
        assert found["values"]["surname"] == FULL["surname"]
        assert ("document_number" in found["values"]) == (role == "border")
        assert str(FULL["surname"]) in airport.run("open", *given)[1]


@pytest.mark.spec("TERMINAL-51")
def test_what_does_not_open_is_put_aside_with_its_reason(airport: Airport) -> None:
    sealed = airport.sealed().encode()
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    page = {
        "declarations": [{"sealed": b64encode(each).decode()} for each in (sealed, damaged)],
        "more": True,
    }
    airport.at("page").write_text(json.dumps(page))
    given = ("--private-key", airport.at("province.key"), "--role", "province")
    found = airport.done("open", airport.at("page"), *given)
    assert [len(found[each]) for each in ("declarations", "refused")] == [1, 1]
    assert "does not open" in found["refused"][0]["reason"]
    assert found["after"] is not None
    code, out, _ = airport.run("open", airport.at("page"), *given)
    assert code == 0
    assert "Others follow" in out
    wrong = airport.done(
        *("open", airport.at("one"), "--private-key", airport.at("border.key")),
        *("--role", "province"),
    )
    assert len(wrong["refused"]) == 1
    assert "needs files" in airport.refused("open", *given)


@pytest.mark.spec("TERMINAL-51")
def test_an_official_reads_words_in_the_order_of_the_form(airport: Airport) -> None:
    airport.sealed()
    given = ("--private-key", airport.at("province.key"), "--role", "province")
    shown = airport.run("open", airport.at("one"), *given)[1]
    for words in ("Hotel", "Fever", "Surname: Trần", "Relation: Child"):
        assert words in shown
    assert "{" not in shown
    assert shown.index("Surname") < shown.index("Telephone") < shown.index("Symptoms")


@pytest.mark.spec("TERMINAL-51", "SEALING-8")
def test_a_province_is_told_how_many_are_not_its_own_and_not_which(airport: Airport) -> None:
    name = airport.sealed().declaration_id.hex()
    given = ("--private-key", airport.at("border.key"), "--role")
    shown = airport.run("open", airport.at("one"), *given, "province")[1]
    assert "For other provinces, or altered: 1" in shown
    assert name not in shown
    province = ("--private-key", airport.at("province.key"), "--role", "border")
    assert "Not shown" in airport.run("open", airport.at("one"), *province)[1]


@pytest.mark.spec("TERMINAL-51")
def test_no_cell_of_a_table_is_a_formula(airport: Airport) -> None:
    answers = {**FULL, "street": "=HYPERLINK(1)", "service_number": "VN1"}
    airport.at("answers.json").write_text(json.dumps(answers))
    airport.done(
        *("declare", airport.at("answers.json"), *airport.trust, "--now", NOW),
        *("--out", airport.at("one"), "--withdrawal", airport.at("w")),
    )
    given = ("--private-key", airport.at("border.key"), "--role", "border", "--csv")
    code, out, _ = airport.run("open", airport.at("one"), *given)
    (row,) = csv.DictReader(io.StringIO(out))
    assert (code, row["street"], row["problems"]) == (0, "'=HYPERLINK(1)", "")
    assert row["phone"].startswith("'+")
    assert json.loads(row["places"])[0]["country"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    columns = out.splitlines()[0].split(",")
    assert len(set(columns)) == len(columns)
    sealed = airport.at("one").read_bytes()
    page = {
        "declarations": [
            {"sealed": b64encode(each).decode()} for each in (sealed, bytes(len(sealed)))
        ],
        "more": True,
    }
    airport.at("page").write_text(json.dumps(page))
    code, again, err = airport.run("open", airport.at("page"), *given)
    refused, after = err.splitlines()
    assert (code, again) == (0, out)
    assert refused.startswith(f"Not shown: {sha256(bytes(len(sealed))).hex()}: ")
    assert after.startswith("Others follow after ")


@pytest.mark.spec("TERMINAL-46")
def test_a_receipt_is_read_from_a_text_file_and_from_stdin(
    airport: Airport, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = airport.receipt()
    airport.at("receipt.txt").write_text(f"{text}\n")
    for given, typed in ((airport.at("receipt.txt"), ""), ("-", f"{text}\n")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        assert airport.done("receipt", given, *airport.trust)["text"] == text
    airport.at("receipt.txt").write_text(text + " " * 4_096)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bytes(10**5))))
    for given in (airport.at("receipt.txt"), "-"):
        assert airport.run("receipt", given, *airport.trust)[0] == 2


@pytest.mark.spec("TERMINAL-46", "ENTRY-RECEIPT-8")
def test_a_receipt_is_drawn_and_read_from_a_photograph(airport: Airport) -> None:
    receipt, png = airport.receipt(), airport.at("receipt.png")
    shown = airport.done("receipt", receipt.lower(), *airport.trust, "--png", png)
    assert (shown["text"], shown["arrival_point"]) == (receipt, POINT)
    assert mode_of(png) == 0o600
    photograph = airport.at("photograph.jpg")
    photograph.write_bytes(as_jpeg(rotated(opened(png.read_bytes()), degrees=7)))
    assert airport.done("receipt", photograph, *airport.trust) == shown
    assert POINT in airport.run("receipt", receipt, *airport.trust)[1]
    said = airport.refused("receipt", receipt[:-2] + "AA", *airport.trust)
    assert "does not verify" in said or "one form" in said


@pytest.mark.spec("TERMINAL-47", "ENTRY-RECEIPT-11")
def test_verify_says_why_not_and_notes_nothing(airport: Airport) -> None:
    receipt = airport.receipt()
    given = ("--point", POINT, *airport.trust, "--now", LANDED)
    found = airport.done("verify", receipt, "--document", DOCUMENT, *given)
    assert (found["verdict"], found["uses"]) == ("valid", [])
    assert found["receipt"]["arrival_point"] == POINT
    again = airport.done("verify", receipt, "--document", DOCUMENT, *given)
    assert again == found
    for expected, changed in {
        "other-traveller": ("--document", OTHERS_DOCUMENT, *given),
        "other-point": ("--document", DOCUMENT, *given, "--point", "VZZZ"),
        "expired": ("--document", DOCUMENT, *given, "--now", LANDED + 5 * DAY),
        "not-yet": ("--document", DOCUMENT, *given, "--now", LANDED - 5 * DAY),
    }.items():
        assert airport.done("verify", receipt, *changed, status=1)["verdict"] == expected
    bad = airport.done("verify", "nothing", "--document", DOCUMENT, *given, status=1)
    assert (bad["verdict"], bad["receipt"]) == ("malformed", None)
    code, out, err = airport.run("verify", receipt, "--document", OTHERS_DOCUMENT, *given)
    assert (code, err) == (1, "")
    assert "another travel document" in out


@pytest.mark.spec("TERMINAL-47", "ENTRY-RECEIPT-3", "TERMINAL-3")
def test_a_document_comes_from_its_zone_or_is_typed_and_is_not_repeated(airport: Airport) -> None:
    receipt, zone = airport.receipt(), airport.at("zone")
    given = ("--point", POINT, *airport.trust, "--now", LANDED)
    zone.write_text("P<UTO".ljust(44, "<") + "\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n")
    found = airport.done("verify", receipt, "--zone", zone, *given, status=1)
    assert found["verdict"] == "other-traveller"
    zone.write_text(zone.read_text().replace("C36", "C37"))
    said = airport.refused("verify", receipt, "--zone", zone, *given)
    assert "check digit" in said
    assert "L898902" not in said
    for documents in ((), ("--zone", zone, "--document", DOCUMENT), ("--document", "C1234567,1")):
        said = airport.refused("verify", receipt, *documents, *given)
        assert "--document" in said
        assert "C1234567" not in said


class TestGate:
    """Gates with files."""

    @pytest.mark.spec("TERMINAL-48", "TERMINAL-49", "GATE-3", "GATE-4")
    def test_a_receipt_is_admitted_once(self, airport: Airport) -> None:
        receipt = airport.receipt()
        airport.gates("GATE-1")
        assert (mode_of(airport.at("gates.secret")), mode_of(airport.at("GATE-1"))) == (
            0o600,
            0o600,
        )
        assert airport.admit("GATE-1", receipt)["verdict"] == "valid"
        again = airport.admit("GATE-1", receipt, now=LANDED + 600, status=1)
        assert again["verdict"] == "used"
        assert again["uses"] == [{"moment": airport.moment(), "gate": "GATE-1"}]
        other = airport.receipt("two")
        assert airport.admit("GATE-1", other, document=OTHERS_DOCUMENT, status=1)["uses"] == []

    @pytest.mark.spec("TERMINAL-50", "GATE-5", "GATE-7")
    def test_gates_that_meet_refuse_what_the_other_admitted_and_show_conflicts(
        self, airport: Airport
    ) -> None:
        one, two = airport.receipt("one"), airport.receipt("two")
        airport.gates("GATE-1", "GATE-2")
        airport.admit("GATE-1", one)
        airport.admit("GATE-1", two)
        airport.admit("GATE-2", two, now=LANDED + 600)
        given = ("--secret", airport.at("gates.secret"), "--now", LANDED + 900)
        met = airport.done("gate", "merge", airport.at("GATE-2"), airport.at("GATE-1"), *given)
        assert (met["used"], met["refused"]) == (3, 0)
        assert met["conflicts"] == [
            [
                {"moment": airport.moment(), "gate": "GATE-1"},
                {"moment": airport.moment(LANDED + 600), "gate": "GATE-2"},
            ]
        ]
        refused = airport.admit("GATE-2", one, now=LANDED + 900, status=1)
        assert refused["uses"] == [{"moment": airport.moment(), "gate": "GATE-1"}]
        assert airport.done("gate", "show", airport.at("GATE-2"), *given) == met
        code, out, _ = airport.run("gate", "show", airport.at("GATE-2"), *given)
        assert code == 0
        assert "GATE-1" in out
        old = ("--secret", airport.at("gates.secret"), "--now", LANDED + 9 * DAY)
        assert airport.done("gate", "show", airport.at("GATE-2"), *old)["used"] == 0

    @pytest.mark.spec("TERMINAL-50", "GATE-6")
    def test_marks_of_other_gates_are_put_aside_and_told(self, airport: Airport) -> None:
        receipt = airport.receipt()
        airport.gates("GATE-1")
        airport.admit("GATE-1", receipt)
        airport.at("gates.secret").rename(airport.at("first.secret"))
        airport.gates("GATE-2")
        given = ("--secret", airport.at("gates.secret"), "--now", LANDED)
        met = airport.done("gate", "merge", airport.at("GATE-2"), airport.at("GATE-1"), *given)
        assert (met["used"], met["refused"]) == (0, 1)

    @pytest.mark.spec("GATE-16")
    def test_the_secret_of_other_gates_lets_no_receipt_pass_again(self, airport: Airport) -> None:
        receipt = airport.receipt()
        airport.gates("GATE-1")
        airport.admit("GATE-1", receipt)
        airport.done("gate", "secret", airport.at("others.secret"))
        given = ("--secret", airport.at("others.secret"), "--now", LANDED)
        said = airport.refused(
            *("gate", "admit", airport.at("GATE-1"), receipt, "--document", DOCUMENT),
            *(*given, *airport.trust),
        )
        assert "another secret of gates" in said
        assert "another secret of gates" in airport.refused(
            "gate", "show", airport.at("GATE-1"), *given
        )

    @pytest.mark.spec("TERMINAL-50", "GATE-11", "GATE-15")
    def test_a_withdrawn_receipt_is_refused_and_the_gate_says_as_of_when(
        self, airport: Airport
    ) -> None:
        receipt, envelope = airport.receipt(), airport.sealed("other")
        airport.gates("GATE-1")
        shown = ("gate", "show", airport.at("GATE-1"), "--secret", airport.at("gates.secret"))
        assert airport.done(*shown)["withdrawn_as_of"] is None
        assert "never" in airport.run(*shown)[1]
        receipt_id = bytes.fromhex(airport.done("receipt", receipt, *airport.trust)["receipt_id"])
        days = {receipt_id: Day(envelope.header.entry_day + 2)}
        key = read_signing_key(airport.at("receipts.json"))
        airport.at("list").write_bytes(WithdrawnReceipts(Instant(LANDED), days).sign(key))
        known = airport.done(
            *("gate", "withdrawn", airport.at("GATE-1"), airport.at("list"), *airport.trust),
            *("--now", LANDED),
        )
        assert (known["withdrawn"], known["withdrawn_as_of"]) == (1, airport.moment())
        assert airport.admit("GATE-1", receipt, status=1)["verdict"] == "withdrawn"
        found = airport.done(
            *("verify", receipt, "--document", DOCUMENT, "--point", POINT, *airport.trust),
            *("--now", LANDED, "--withdrawn", airport.at("list")),
            status=1,
        )
        assert (found["verdict"], found["withdrawn_as_of"]) == ("withdrawn", airport.moment())

    @pytest.mark.spec("GATE-4")
    def test_a_gate_that_cannot_write_shows_no_verdict(
        self, airport: Airport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receipt = airport.receipt()
        airport.gates("GATE-1")
        before = airport.at("GATE-1").read_bytes()

        def fail(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(files, "_replace", fail)
            said = airport.refused(
                *("gate", "admit", airport.at("GATE-1"), receipt, "--document", DOCUMENT),
                *("--now", LANDED, "--secret", airport.at("gates.secret"), *airport.trust),
            )
        assert "No space" in said
        assert airport.at("GATE-1").read_bytes() == before
        assert airport.admit("GATE-1", receipt)["verdict"] == "valid"

    @pytest.mark.spec("GATE-1", "TERMINAL-3")
    def test_a_secret_that_others_can_read_is_not_used_and_a_bad_one_not_shown(
        self, airport: Airport
    ) -> None:
        airport.gates("GATE-1")
        secret = airport.at("gates.secret")
        shown = ("gate", "show", airport.at("GATE-1"), "--secret", secret)
        secret.chmod(0o640)
        assert "chmod 600" in airport.refused(*shown)
        secret.chmod(0o600)
        words = secret.read_text()
        secret.write_text(words[:40])
        said = airport.refused(*shown)
        assert words[:8] not in said
        assert "exists" in airport.refused("gate", "secret", secret)
