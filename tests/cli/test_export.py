"""`dp3t export` at the terminal."""

import json
import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batches import batch_of_keys
from dp3t.cli import export
from dp3t.primitives import P256PrivateKey, random_from_os
from dp3t.proximity.export.of_batch import exports_of_batch
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer
from dp3t.publication.records import KeyRecord
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant
from terminal import Terminal

KEY_LIST = [
    {"key": "02" * 16, "rolling_start": 2659104, "rolling_period": 57, "days_since_onset": 2},
    {"key": "01" * 16, "rolling_start": 2658960},
]


def ran(*arguments: object) -> str:
    result = CliRunner().invoke(export.app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(terminal: Terminal, *arguments: object) -> str:
    """Run as the terminal would; return the one line of a refusal."""
    status, out, err = terminal.run(export.app, *arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"dp3t: [^\n]+\n", err)
    return err


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(P256PrivateKey.generate_from_os().to_pem())
    return path


def public_of(pem: Path) -> str:
    return P256PrivateKey.from_pem(pem.read_bytes()).public().to_bytes().hex()


@pytest.fixture
def writing(tmp_path: Path, pem: Path) -> list[object]:
    listed = tmp_path / "keys.json"
    listed.write_text(json.dumps(KEY_LIST), encoding="utf-8")
    window = ["--start", "2020-07-24T00:00:00Z", "--end", 1_595_635_200]
    out = ["--out", tmp_path / "file.zip"]
    return ["write", "--keys", listed, "--private-key", pem, "--region", "VN", *window, *out]


def test_what_is_written_is_inspected(tmp_path: Path, pem: Path, writing: list[object]) -> None:
    ran(*writing, "--revised-keys", tmp_path / "keys.json", "--key-id", "452")
    file = tmp_path / "file.zip"
    found = json.loads(ran("inspect", file, "--public-key", public_of(pem), "--json"))
    assert found == {
        "keys": 2,
        "revised_keys": 2,
        "region": "VN",
        "start": "2020-07-24T00:00:00Z",
        "end": "2020-07-25T00:00:00Z",
        "batch": {"number": 1, "size": 1},
        "signatures": [
            {
                "key_id": "452",
                "key_version": "v1",
                "algorithm": "1.2.840.10045.4.3.2",
                "verified": True,
            }
        ],
        "verified": True,
        "rolling_starts": {"2658960": 2, "2659104": 2},
        "rolling_periods": {"57": 2, "144": 2},
    }
    keys = read_export(file.read_bytes(), keys=None).keys
    assert [each.key.report_type for each in keys] == [1, 1]
    assert [each.key.days_since_onset for each in keys] == [None, 2]


def test_a_key_is_taken_from_a_file_and_in_each_hexadecimal_form(
    tmp_path: Path, pem: Path, writing: list[object]
) -> None:
    ran(*writing)
    public = P256PrivateKey.from_pem(pem.read_bytes()).public()
    point = public.to_bytes()
    compressed = bytes([2 + point[64] % 2]) + point[1:33]
    spki = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    (tmp_path / "public.pem").write_bytes(public.to_pem())
    forms = [point.hex(), point.hex().upper(), compressed.hex(), spki.hex()]
    for form in (tmp_path / "public.pem", *forms):
        found = ran("inspect", tmp_path / "file.zip", "--public-key", form, "--json")
        assert json.loads(found)["verified"] is True


def test_without_a_key_nothing_is_verified(tmp_path: Path, writing: list[object]) -> None:
    ran(*writing)
    found = json.loads(ran("inspect", tmp_path / "file.zip", "--json"))
    assert found["verified"] is False
    assert [each["verified"] for each in found["signatures"]] == [False]


@pytest.mark.parametrize(("language", "word"), [("en", "not checked"), ("vi", "chưa kiểm tra")])
def test_a_person_reads_a_table_in_their_language(
    tmp_path: Path,
    writing: list[object],
    language: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "200")
    ran(*writing)
    table = ran("inspect", tmp_path / "file.zip")
    assert word in table
    assert "452-v1" in table


def test_the_same_input_gives_the_same_file(tmp_path: Path, writing: list[object]) -> None:
    ran(*writing)
    first = (tmp_path / "file.zip").read_bytes()
    ran(*writing, "--force")
    assert (tmp_path / "file.zip").read_bytes() == first


@pytest.mark.spec("TERMINAL-1")
class TestRefusals:
    def test_another_key_is_refused(
        self,
        tmp_path: Path,
        writing: list[object],
        terminal: Terminal,
    ) -> None:
        ran(*writing)
        other = P256PrivateKey.generate_from_os().public().to_bytes().hex()
        line = refused(terminal, "inspect", tmp_path / "file.zip", "--public-key", other, "--json")
        assert "no signature of the key file verifies" in line

    def test_a_cut_file_and_a_file_that_is_no_zip_are_refused_by_name(
        self,
        tmp_path: Path,
        writing: list[object],
        terminal: Terminal,
    ) -> None:
        ran(*writing)
        whole = (tmp_path / "file.zip").read_bytes()
        for content, fault in (
            (whole[:-9], "the zip is cut"),
            (b"text", "not a zip"),
            (b"", "not a zip"),
            (whole + b"x", "something stands behind it"),
        ):
            (tmp_path / "bad.zip").write_bytes(content)
            line = refused(terminal, "inspect", tmp_path / "bad.zip")
            assert fault in line
            assert "bad.zip" in line

    def test_an_existing_file_stays_unless_it_is_to_be_replaced(
        self,
        tmp_path: Path,
        writing: list[object],
        terminal: Terminal,
    ) -> None:
        (tmp_path / "file.zip").write_bytes(b"mine")
        assert "exists" in refused(terminal, *writing)
        assert (tmp_path / "file.zip").read_bytes() == b"mine"
        ran(*writing, "--force")
        assert (tmp_path / "file.zip").read_bytes() != b"mine"

    @pytest.mark.parametrize(
        ("option", "value", "fault"),
        [
            ("--keys", "absent.json", "No such file"),
            ("--private-key", "keys.json", "no unencrypted private key"),
            ("--keys", "key.pem", "not JSON"),
            ("--start", "yesterday", "--start"),
            ("--start", "2020-07-24T00:00:00", "--start"),
            ("--end", "9" * 30, "--end"),
            ("--end", "1595548799", "end after start"),
            ("--region", "V N", "region"),
            ("--key-id", "4-52", "id and version"),
            ("--batch-number", "2", "batch number"),
        ],
    )
    def test_a_wrong_argument_is_named_and_nothing_is_written(
        self,
        tmp_path: Path,
        writing: list[object],
        option: str,
        value: str,
        fault: str,
        terminal: Terminal,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        before = sorted(tmp_path.iterdir())
        assert fault in refused(terminal, *writing, option, value)
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.spec("TERMINAL-3")
    def test_a_refusal_of_a_private_key_does_not_show_it(
        self,
        tmp_path: Path,
        pem: Path,
        terminal: Terminal,
    ) -> None:
        secret = pem.read_text(encoding="ascii").splitlines()[1]
        line = refused(terminal, "inspect", pem, "--public-key", pem)
        assert secret not in line


class TestKeygen:
    def test_only_the_owner_can_read_the_key_and_its_public_half_is_printed(
        self, tmp_path: Path
    ) -> None:
        printed = ran("keygen", "--out", tmp_path / "new.pem")
        key = P256PrivateKey.from_pem((tmp_path / "new.pem").read_bytes())
        assert printed.encode() == key.public().to_pem()
        assert stat.S_IMODE((tmp_path / "new.pem").stat().st_mode) == 0o600

    def test_a_key_is_never_replaced(
        self,
        tmp_path: Path,
        pem: Path,
        terminal: Terminal,
    ) -> None:
        before = pem.read_bytes()
        assert "exists" in refused(terminal, "keygen", "--out", pem)
        assert pem.read_bytes() == before
        assert sorted(tmp_path.iterdir()) == [pem]


@pytest.fixture
def checking(tmp_path: Path, pem: Path) -> list[object]:
    """The arguments that check the key files of a batch in two parts."""
    key = SigningKey.generate(
        valid_from=Instant(0), valid_until=Instant(2**31), rand=random_from_os
    )
    records = [KeyRecord((2_659_104, 144, 1, onset), bytes([onset]) * 16) for onset in (1, 2, 3)]
    batch = batch_of_keys(records, design="gaen", region="VN", release=1_595_635_200)
    (tmp_path / "batch").write_bytes(batch.sign(key))
    signers = [Signer(P256PrivateKey.from_pem(pem.read_bytes()), "452", "v1")]
    files = exports_of_batch(batch, signers=signers, revised={b"\x02" * 16}, most_keys=2)
    for number, data in enumerate(files):
        (tmp_path / f"{number}.zip").write_bytes(data)
    arguments = ["--batch", tmp_path / "batch", "--public-key", key.public().public.hex()]
    return ["check", tmp_path / "1.zip", tmp_path / "0.zip", *arguments]


@pytest.mark.spec("TERMINAL-18", "KEY-FILES-12")
def test_key_files_that_hold_what_a_batch_holds_are_said_to(
    checking: list[object], pem: Path
) -> None:
    found = json.loads(ran(*checking, "--json"))
    assert found == {"keys": 2, "revised_keys": 1, "verified": False}
    assert "nothing proves" in ran(*checking)
    found = json.loads(ran(*checking, "--public-key", public_of(pem), "--json"))
    assert found["verified"] is True
    assert "nothing proves" not in ran(*checking, "--public-key", public_of(pem))


@pytest.mark.spec("TERMINAL-18", "KEY-FILES-12")
def test_key_files_of_another_batch_or_signer_are_refused(
    tmp_path: Path, terminal: Terminal, checking: list[object], writing: list[object]
) -> None:
    assert "all key files" in refused(terminal, "check", *checking[2:])
    ran(*writing)
    assert "slot" in refused(terminal, "check", tmp_path / "file.zip", *checking[3:])
    other = P256PrivateKey.generate_from_os().public().to_bytes().hex()
    assert "verifies" in refused(terminal, *checking, "--public-key", other)
    stranger = ["--public-key", "00" * 32]
    assert "batch" in refused(terminal, *checking[:-2], *stranger)
