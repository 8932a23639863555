"""The P-256 keys of key files: the first one, rotations, the file they are in, the terminal."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import oracle_crypto
from dp3t import Instant, MalformedError, PolicyError, release_after
from dp3t.primitives import P256PublicKey
from dp3t_server.cli import app
from dp3t_server.config import Config
from dp3t_server.export_keys import (
    MOST_EXPORT_KEYS,
    ExportKey,
    first_export_key,
    signers_at,
    with_next_key,
)
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory, opened
from dp3t_server.rotation import rotate, rotate_export_key
from dp3t_server.running import record_settings
from key_server import DAY, NOW, SLOT, InnerServer, in_process

NEXT = release_after(NOW)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key(version: int, *, start: int = 0, end: int | None = None) -> ExportKey:
    """Return a key of 452."""
    until = None if end is None else Instant(end)
    made = first_export_key(bytes([version]) * 32, key_id="452")
    return replace(made, version=f"v{version}", valid_from=Instant(start), valid_until=until)


def followed(keys: Sequence[ExportKey], *, start: int) -> tuple[ExportKey, ...]:
    """Return keys with one more, which ends the others at 200."""
    private = keys[0].private()
    return with_next_key(keys, private, key_id="452", start=Instant(start), ends=Instant(200))


def signing(keys: list[ExportKey], release: int) -> list[str]:
    return [each.key_version for each in signers_at(keys, Instant(release))]


@pytest.mark.spec("KEY-FILES-8")
@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, bytes(range(32))])
def test_the_first_key_follows_from_the_secret_as_the_chapter_says(secret: bytes) -> None:
    drawn = int.from_bytes(oracle_crypto.hkdf_sha256(secret, b"dp3t export key 1", 48), "big")
    made = first_export_key(secret, key_id="452")
    number = 1 + drawn % (P256_ORDER - 1)
    assert made.public().to_bytes() == oracle_crypto.p256_public(number)
    assert (made.name, made.valid_from, made.valid_until) == ("452-v1", 0, None)


@pytest.mark.spec("KEY-FILES-8")
async def test_a_file_of_an_earlier_release_gets_the_same_key_on_every_machine(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=Config(key_file_id="310")) as server:
        path = server.data.secrets
    first = SecretsFile(path).load()
    assert [each.name for each in first.export] == ["310-v1"]
    document = json.loads(path.read_text())
    del document["export_keys"]
    path.write_text(json.dumps(document))
    assert SecretsFile(path).load().export == ()
    async with in_process(tmp_path, config=Config(key_file_id="310")):
        assert SecretsFile(path).load() == first
        assert path.stat().st_mode & 0o777 == 0o600
    async with in_process(tmp_path, config=Config(key_file_id="452")):
        assert SecretsFile(path).load() == first


@pytest.mark.spec("KEY-FILES-7")
def test_every_key_that_is_valid_signs_the_newest_first() -> None:
    keys = [key(1, end=5 * DAY), key(2, start=3 * DAY, end=9 * DAY), key(3, start=4 * DAY)]
    assert signing(keys, 3 * DAY - SLOT) == ["v1"]
    assert signing(keys, 3 * DAY) == ["v2", "v1"]
    assert signing(keys, 4 * DAY) == ["v3", "v2", "v1"]
    assert signing(keys, 5 * DAY) == ["v3", "v2"]
    assert signing(keys, 9 * DAY) == ["v3"]
    for few in ([], keys[1:2]):
        with pytest.raises(PolicyError, match="no key"):
            signers_at(few, Instant(0))


@pytest.mark.spec("KEY-FILES-9")
async def test_a_new_key_begins_a_day_after_the_next_release_and_the_others_end_later(
    server: InnerServer,
) -> None:
    new = await rotate_export_key(server.parts, valid_from=None, now=NOW)
    first, second = server.parts.secrets.load().export
    assert (new, second.name, second.valid_from) == (second, "452-v2", NEXT + DAY)
    assert (second.valid_until, first.valid_until) == (None, NEXT + 16 * DAY)
    assert first.public().to_bytes() != second.public().to_bytes()


@pytest.mark.spec("KEY-FILES-9")
async def test_the_operator_says_when_a_key_begins_but_not_before_phones_can_know(
    server: InnerServer,
) -> None:
    for early in (0, NOW, NEXT):
        with pytest.raises(PolicyError, match="after the next release"):
            await rotate_export_key(server.parts, valid_from=Instant(early), now=NOW)
    start = Instant(NEXT + 100 * DAY)
    assert (await rotate_export_key(server.parts, valid_from=start, now=NOW)).valid_from == start
    for early in (NEXT + 1, start):
        with pytest.raises(PolicyError, match="or later already"):
            await rotate_export_key(server.parts, valid_from=Instant(early), now=NOW)
    ends = server.parts.secrets.load().export[0].valid_until
    await rotate_export_key(server.parts, valid_from=Instant(start + DAY), now=NOW)
    keys = server.parts.secrets.load().export
    assert [each.valid_until for each in keys] == [ends, start + 16 * DAY, None]


@pytest.mark.spec("KEY-FILES-10")
async def test_no_version_is_given_twice_though_keys_that_ended_are_erased(
    server: InnerServer,
) -> None:
    now = NOW
    for rotations in range(2, 5):
        new = await rotate_export_key(server.parts, valid_from=None, now=now)
        assert new.version == f"v{rotations}"
        now = Instant(now + 40 * DAY)
    versions = [each.version for each in server.parts.secrets.load().export]
    assert versions == ["v3", "v4"]
    soon = Instant(now - 40 * DAY + 20 * DAY)
    await rotate_export_key(server.parts, valid_from=None, now=soon)
    versions = [each.version for each in server.parts.secrets.load().export]
    assert versions == ["v3", "v4", "v5"]
    await rotate(server.parts, valid_from=None, now=NOW)
    assert [each.version for each in server.parts.secrets.load().export] == versions


@pytest.mark.spec("KEY-FILES-10")
def test_no_more_than_ten_sign_at_once() -> None:
    keys = [key(version, start=version, end=100) for version in range(1, 10)]
    ten = followed(keys, start=50)
    assert len(signers_at(ten, Instant(50))) == 10
    with pytest.raises(PolicyError, match="at most 10"):
        followed(ten, start=99)
    eleven = followed(ten, start=100)
    assert eleven[-1].version == "v11"
    assert [each.valid_until for each in eleven] == [100] * 9 + [200, None]


def test_a_key_that_was_ended_by_hand_stays_ended() -> None:
    first, second = key(1, end=0), key(2, start=1)
    assert [each.valid_until for each in followed([first, second], start=2)] == [0, 200, None]


def test_no_more_keys_are_made_than_the_file_can_hold() -> None:
    keys = [key(version, start=version, end=version + 1) for version in range(1, 65)]
    assert len(keys) == MOST_EXPORT_KEYS
    with pytest.raises(PolicyError, match="already"):
        followed(keys, start=100)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ({"pem": "none"}, "private key"),
        ({"pem": 5}, "export_keys.0.pem"),
        ({"key_id": "no-hyphen"}, "export_keys.0.key_id"),
        ({"version": "1"}, "export_keys.0.version"),
        ({"valid_from": -1}, "export_keys.0.valid_from"),
        ({"valid_until": "never"}, "export_keys.0.valid_until"),
        ({"more": 1}, "export_keys.0.more"),
    ],
)
async def test_a_damaged_key_is_refused_by_field_and_without_its_secrets(
    server: InnerServer, damage: dict[str, object], named: str
) -> None:
    path = server.data.secrets
    document = json.loads(path.read_text())
    pem = document["export_keys"][0]["pem"]
    document["export_keys"][0] |= damage
    path.write_text(json.dumps(document))
    with pytest.raises(MalformedError) as caught:
        SecretsFile(path).load()
    assert named in str(caught.value)
    assert pem.splitlines()[1] not in str(caught.value)


def test_a_key_does_not_show_itself() -> None:
    assert "PRIVATE" not in repr(key(1))


def test_the_terminal_shows_and_rotates_the_keys_of_key_files(tmp_path: Path) -> None:
    def ran(*words: str) -> str:
        arguments = ["keys", words[0], "--data", str(tmp_path), "--key-files", *words[1:]]
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    asyncio.run(_started(tmp_path))
    secrets = SecretsFile(DataDirectory(tmp_path).secrets)
    (first,) = secrets.load().export
    assert P256PublicKey.from_pem(ran("show").encode()).to_bytes() == first.public().to_bytes()
    assert json.loads(ran("show", "--json")) == first.as_json()
    assert first.as_json()["public"] == ran("show")
    (rotated,) = json.loads(ran("rotate", "--json"))["keys"]
    assert rotated["version"] == "v2"
    assert json.loads(ran("list", "--json"))["keys"] == [
        each.as_json() for each in secrets.load().export
    ]
    listed = ran("list")
    assert "452-v1" in listed
    assert "PRIVATE" not in listed + ran("show") + ran("list", "--json")
    assert P256PublicKey.from_pem(ran("show").encode()).to_bytes() != first.public().to_bytes()


async def _started(folder: Path) -> None:
    """Start a server once, as `dp3t-server run` does."""
    config = Config()
    async with opened(config, DataDirectory(folder), now=NOW):
        record_settings(DataDirectory(folder), config)
