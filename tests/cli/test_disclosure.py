"""`dp3t disclosure`: an official makes a key and reads what people sealed to it."""

import json
import stat
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from dp3t.primitives import X25519PrivateKey, X25519PublicKey, random_from_os
from dp3t.proximity.disclosure import Disclosure, Standing, name_of
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.timeline import Day, Instant, day_of, day_to_date
from terminal import document, dp3t, fault

NOW = Instant(int(time.time()))
TODAY = day_of(NOW)


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, X25519PublicKey]:
    """A key made by the program, and the public half it printed."""
    path = tmp_path / "authority.key"
    ran = dp3t("disclosure", "keygen", "--out", str(path))
    assert (ran.returncode, ran.stderr) == (0, "")
    return path, X25519PublicKey(bytes.fromhex(ran.stdout.strip()))


def sealed(public: X25519PublicKey, *, reference: str = "7K2-4411", now: int = NOW) -> bytes:
    met = Encounter(day_of(Instant(now)), 15, AttenuationClass.NEAR, 10)
    return Disclosure.of(
        [met, met],
        days=[met.day],
        standing=Standing.SUSPECTED,
        reference=reference,
        now=Instant(now),
        retention_days=14,
    ).seal(public, rand=random_from_os)


def page_of(*bodies: bytes, more: bool = False) -> str:
    found = [{"name": name_of(body), "sealed": b64encode(body).decode()} for body in bodies]
    return json.dumps({"disclosures": found, "more": more})


def opened(file: Path, key: Path, *arguments: str) -> dict[str, Any]:
    return document("disclosure", "open", str(file), "--private-key", str(key), *arguments)


def test_a_key_is_private_and_never_replaced(key: tuple[Path, X25519PublicKey]) -> None:
    path, public = key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert X25519PrivateKey(bytes.fromhex(before.decode())).public() == public
    ran = dp3t("disclosure", "keygen", "--out", str(path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert path.read_bytes() == before


@pytest.mark.spec("TERMINAL-2", "TERMINAL-10")
def test_a_sealed_file_is_read(tmp_path: Path, key: tuple[Path, X25519PublicKey]) -> None:
    path, public = key
    body = sealed(public)
    (tmp_path / "one").write_bytes(body)
    today = day_to_date(TODAY).isoformat()
    assert opened(tmp_path / "one", path) == {
        "disclosures": [
            {
                "name": name_of(body),
                "standing": "suspected",
                "reference": "7K2-4411",
                "issued": today,
                "expires": day_to_date(Day(TODAY + 8)).isoformat(),
                "days": [today],
                "encounters": [
                    {"day": today, "attenuation": "near", "minutes": 15, "score": 10, "count": 2}
                ],
                "omitted": 0,
            }
        ],
        "refused": [],
        "after": None,
    }


@pytest.mark.spec("DISCLOSURE-13", "DISCLOSURE-17", "TERMINAL-10")
def test_of_a_page_what_does_not_belong_is_put_aside(
    tmp_path: Path, key: tuple[Path, X25519PublicKey]
) -> None:
    path, public = key
    good, stranger = sealed(public), sealed(public, reference="ELSE")
    old, noise = sealed(public, now=NOW - 9 * 86_400), random_from_os(4096)
    (tmp_path / "page.json").write_text(page_of(good, stranger, old, noise, good, b"short"))
    found = opened(tmp_path / "page.json", path, "--reference", "7K2-4411")
    assert [each["name"] for each in found["disclosures"]] == [name_of(good)]
    reasons = {each["name"]: each["reason"] for each in found["refused"]}
    assert set(reasons) == {name_of(each) for each in (stranger, old, noise, b"short")}
    assert "references" in reasons[name_of(stranger)]
    assert "expired" in reasons[name_of(old)]
    assert "does not open" in reasons[name_of(noise)]


@pytest.mark.parametrize(("language", "words"), [("en", "suspected case"), ("vi", "ca nghi ngờ")])
def test_a_person_sees_a_table(
    tmp_path: Path, key: tuple[Path, X25519PublicKey], language: str, words: str
) -> None:
    path, public = key
    (tmp_path / "page.json").write_text(page_of(sealed(public), random_from_os(4096)))
    arguments = ("open", str(tmp_path / "page.json"), "--private-key", str(path))
    ran = dp3t("disclosure", *arguments, language=language)
    assert (ran.returncode, ran.stderr) == (0, "")
    for shown in (words, "7K2-4411", day_to_date(TODAY).isoformat()):
        assert shown in ran.stdout


def test_the_name_to_erase_a_disclosure_by_stands_whole_on_a_line(
    tmp_path: Path, key: tuple[Path, X25519PublicKey]
) -> None:
    path, public = key
    (tmp_path / "page.json").write_text(page_of(body := sealed(public)))
    ran = dp3t("disclosure", "open", str(tmp_path / "page.json"), "--private-key", str(path))
    assert name_of(body) in ran.stdout.splitlines()


@pytest.mark.parametrize(("language", "words"), [("en", "No disclosure"), ("vi", "Không có")])
def test_an_empty_page_is_not_silence(
    tmp_path: Path, key: tuple[Path, X25519PublicKey], language: str, words: str
) -> None:
    (tmp_path / "page.json").write_text(page_of())
    arguments = ("open", str(tmp_path / "page.json"), "--private-key", str(key[0]))
    ran = dp3t("disclosure", *arguments, language=language)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert words in ran.stdout


@pytest.mark.spec("TERMINAL-10", "SERVER-49")
def test_a_page_that_is_not_the_last_says_how_to_ask_for_the_next(
    tmp_path: Path, key: tuple[Path, X25519PublicKey]
) -> None:
    """Or an official would take the first hundred for all."""
    path, public = key
    bodies = sorted((sealed(public) for _ in range(4)), key=name_of)
    first, last = tmp_path / "first.json", tmp_path / "last.json"
    first.write_text(page_of(*bodies[:2], more=True))
    last.write_text(page_of(bodies[2]))
    (tmp_path / "one").write_bytes(bodies[3])
    assert opened(first, path)["after"] == name_of(bodies[1])
    assert opened(last, path)["after"] is None
    pages = ("disclosure", "open", str(last), str(first), "--private-key", str(path))
    assert document(*pages)["after"] is None  # the next page is here
    parts = ("disclosure", "open", str(tmp_path / "one"), str(first), "--private-key", str(path))
    ran = dp3t(*parts)
    assert f"?after={name_of(bodies[1])}\n" in ran.stdout


def test_at_a_simulated_time_what_has_expired_since_is_read(
    tmp_path: Path, key: tuple[Path, X25519PublicKey]
) -> None:
    path, public = key
    (tmp_path / "one").write_bytes(sealed(public, now=1_625_486_400))
    assert opened(tmp_path / "one", path, "--now", "1625486400")["disclosures"]
    assert opened(tmp_path / "one", path, "--now", "2021-07-06T12:00:00+00:00")["disclosures"]
    assert "expired" in fault(
        "disclosure", "open", str(tmp_path / "one"), "--private-key", str(path)
    )


@pytest.mark.spec("TERMINAL-1")
def test_a_key_that_cannot_be_written_is_named_as_the_person_named_it(tmp_path: Path) -> None:
    out = tmp_path / "none" / "authority.key"
    assert fault("disclosure", "keygen", "--out", str(out)).endswith(f": {out}\n")


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "neither"),
        (b"{}", "neither"),
        (b'{"disclosures": [{"sealed": 5}]}', "neither"),
        (b'{"disclosures": [{"sealed": "*"}]}', "neither"),
        (b"[" * 100_000, "neither"),
        (bytes(2**20 + 1), "larger"),
        (bytes(4096), "does not open"),
    ],
)
def test_a_file_with_a_fault_is_one_line(
    tmp_path: Path, key: tuple[Path, X25519PublicKey], content: bytes, fault: str
) -> None:
    path, _ = key
    (tmp_path / "file").write_bytes(content)
    ran = dp3t("disclosure", "open", str(tmp_path / "file"), "--private-key", str(path), "--json")
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert fault in ran.stderr


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("mode", "content", "fault"),
    [
        (0o644, "ab" * 32, "chmod 600"),
        (0o600, "ab" * 31, "bytes"),
        (0o600, "ab" * 33, "bytes"),
        (0o600, "xy" * 32, "hexadecimal"),
        (0o600, "\u00e9" * 32, "hexadecimal"),
        (0o600, "", "bytes"),
    ],
)
def test_a_key_that_is_none_or_not_private_is_refused_and_not_shown(
    tmp_path: Path, mode: int, content: str, fault: str
) -> None:
    """Negative: the line names the file and holds nothing of the key."""
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    (tmp_path / "one").write_bytes(bytes(4096))
    ran = dp3t("disclosure", "open", str(tmp_path / "one"), "--private-key", str(path))
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert fault in ran.stderr
    assert str(path) in ran.stderr
    assert content[:16] not in ran.stderr or not content
