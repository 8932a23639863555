"""The file of keys: private, whole, and never made anew behind an operator's back."""

import asyncio
import json
from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import Instant, MalformedError, PolicyError, TrustedKeys, random_from_os
from dp3t_server.config import Config
from dp3t_server.keys import Secrets, SecretsFile, new_signing_key, new_token
from dp3t_server.parts import DataDirectory, opened
from dp3t_server.rotation import renew_token, rotate
from key_server import DAY, NOW, InnerServer, in_process


def secrets_with(*starts: int) -> Secrets:
    """Return secrets with signing keys of two days from each start."""
    return Secrets(
        digest_key=random_from_os(32),
        token_digest=random_from_os(32),
        signing=tuple(
            new_signing_key(valid_from=Instant(start), lifetime_days=2, rand=random_from_os)
            for start in starts
        ),
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file, secrets = SecretsFile(tmp_path / "keys.json"), secrets_with(0, DAY)
    file.replace(secrets)
    assert file.load() == secrets
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


@sqlite_only
@pytest.mark.spec("SERVER-32")
def test_another_file_in_its_place_takes_effect_at_once(tmp_path: Path) -> None:
    """Whoever has read it, and however soon after."""
    file, beside = (SecretsFile(tmp_path / "keys.json") for _ in range(2))
    secrets = secrets_with(0, DAY)
    for _ in range(20):
        beside.replace(secrets.with_token(new_token(rand=random_from_os)))
        assert file.load() == SecretsFile(file.path).load()
    file.path.write_text("{}")
    with pytest.raises(MalformedError):
        file.load()
    beside.replace(secrets)
    assert file.load() == secrets
    file.path.chmod(0o640)
    with pytest.raises(PolicyError, match="others can read"):
        file.load()


@sqlite_only
async def test_everything_a_first_start_makes_is_private(server: InnerServer) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in server.data.path.iterdir()}
    assert set(modes) >= {"keys.json", "operator-token", "server.sqlite3"}
    assert set(modes.values()) == {0o600}
    assert server.data.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.spec("SERVER-32")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
async def test_keys_that_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    async with in_process(tmp_path) as server:
        path = server.data.secrets
    path.chmod(mode)
    with pytest.raises(PolicyError, match="others can read"):
        async with in_process(tmp_path):
            pass


@pytest.mark.spec("SERVER-33")
async def test_lost_keys_of_a_database_that_has_published_are_not_made_anew(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path) as server:
        path = server.data.secrets
    path.unlink()
    with pytest.raises(PolicyError, match="restore the file"):
        async with in_process(tmp_path):
            pass
    assert not path.exists()


@sqlite_only
@pytest.mark.spec("SERVER-43")
@pytest.mark.parametrize("left", ["missing", "empty"])
async def test_keys_without_their_database_are_no_first_start(tmp_path: Path, left: str) -> None:
    async with in_process(tmp_path) as server:
        data = server.data
    for path in data.path.glob("server.sqlite3*"):
        path.unlink()
    if left == "empty":
        data.database.touch()
    with pytest.raises(PolicyError, match="its database is not"):
        async with in_process(tmp_path):
            pass
    assert left == "empty" or not data.database.exists()


@pytest.mark.spec("SERVER-43")
async def test_the_keys_of_another_server_are_refused(tmp_path: Path) -> None:
    async with in_process(tmp_path / "other") as server:
        other = server.data.secrets.read_bytes()
    async with in_process(tmp_path / "one") as server:
        own = server.data.secrets
    kept = own.read_bytes()
    own.write_bytes(other)
    with pytest.raises(PolicyError, match="belongs to another server"):
        async with in_process(tmp_path / "one"):
            pass
    own.write_bytes(kept)
    async with in_process(tmp_path / "one"):
        pass


@pytest.mark.spec("SERVER-26")
async def test_two_keys_cannot_begin_at_once(server: InnerServer) -> None:
    start = Instant(NOW + 30 * DAY)
    await rotate(server.parts, valid_from=start, now=NOW)
    with pytest.raises(PolicyError, match="already"):
        await rotate(server.parts, valid_from=start, now=NOW)


async def test_a_first_start_cut_short_begins_again(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    async with opened(Config(), data, now=NOW):
        data.secrets.unlink()  # as if the machine had stopped before the file was there
    async with opened(Config(), data, now=NOW) as parts:
        assert parts.secrets.load().is_token(data.token.read_text().strip())


async def test_two_first_starts_at_once_agree_on_one_file(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)

    async def start() -> Secrets:
        async with opened(Config(), data, now=NOW) as parts:
            return parts.secrets.load()

    one, *others = await asyncio.gather(*(start() for _ in range(4)))
    assert all(other == one for other in others)
    assert one.is_token(data.token.read_text().strip())


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ({"version": 2}, "version"),
        ({"code_digest_key": "00"}, "code_digest_key"),
        ({"code_digest_key": "G" * 64}, "code_digest_key"),
        ({"operator_token_sha256": 5}, "operator_token_sha256"),
        ({"signing_keys": []}, "signing_keys"),
        ({"signing_keys": [{"seed": "00"}]}, "signing_keys.0.seed"),
        ({"more": 1}, "more"),
    ],
)
def test_a_damaged_file_is_refused_by_field_and_without_its_secrets(
    tmp_path: Path, damage: dict[str, object], named: str
) -> None:
    file = SecretsFile(tmp_path / "keys.json")
    file.replace(secrets_with(0))
    file.path.write_text(json.dumps(json.loads(file.path.read_text()) | damage))
    with pytest.raises(MalformedError) as caught:
        file.load()
    assert named in str(caught.value)
    assert "G" * 64 not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_file_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    file = SecretsFile(tmp_path / "keys.json")
    file.replace(secrets_with(0))
    file.path.write_text(text)
    with pytest.raises(MalformedError, match="the file of keys"):
        file.load()


def test_a_validity_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    file = SecretsFile(tmp_path / "keys.json")
    file.replace(secrets_with(0))
    document = json.loads(file.path.read_text())
    document["signing_keys"][0] |= {"valid_from": 5, "valid_until": 5}
    file.path.write_text(json.dumps(document))
    with pytest.raises(MalformedError, match="valid from a moment until a later one"):
        file.load()


@pytest.mark.spec("SERVER-25")
def test_the_newest_key_that_is_valid_signs_a_batch_and_the_oldest_an_index() -> None:
    secrets = secrets_with(0, DAY, 2 * DAY)
    first, second, third = secrets.signing
    assert secrets.signing_key_at(Instant(DAY - 1)) == first
    assert secrets.signing_key_at(Instant(DAY)) == second
    assert secrets.signing_key_at(Instant(4 * DAY - 1)) == third
    assert secrets.index_key_at(Instant(2 * DAY - 1)) == first
    assert secrets.index_key_at(Instant(2 * DAY)) == second
    assert secrets.index_key_at(Instant(4 * DAY - 1)) == third
    for key_at in (secrets.signing_key_at, secrets.index_key_at):
        with pytest.raises(PolicyError, match="keys rotate"):
            key_at(Instant(4 * DAY))


def test_the_key_to_embed_is_the_one_that_signs_the_index_or_the_first_to_come() -> None:
    secrets = secrets_with(DAY, 2 * DAY)
    first, second = (key.public() for key in secrets.signing)
    for days, shown in ((0, first), (1, first), (2, first), (3, second), (9, second)):
        assert secrets.announced(Instant(days * DAY)) == shown


@pytest.mark.spec("SERVER-42")
def test_keys_end_when_the_last_of_them_does() -> None:
    secrets = secrets_with(0, 98 * DAY, 3 * DAY)
    assert secrets.last_end == 100 * DAY
    assert not secrets.is_ending(Instant(40 * DAY - 1))
    assert secrets.is_ending(Instant(40 * DAY))
    assert secrets.is_ending(Instant(200 * DAY))


async def test_signing_keys_that_ended_long_ago_are_erased_by_a_rotation(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=40)) as server:
        (first,) = server.trusted()
        await rotate(server.parts, valid_from=Instant(NOW + 19 * DAY), now=NOW)
        for days, kept in ((54, True), (57, False)):
            await server.move_to(NOW + days * DAY)
            await rotate(server.parts, valid_from=None, now=server.clock.now())
            assert (first in list(server.trusted())) is kept


async def test_a_server_whose_keys_have_all_ended_recovers_by_a_rotation(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        (first,) = server.trusted()
        late = Instant(first.valid_until + 30 * DAY)
        new = await rotate(server.parts, valid_from=None, now=late)
        assert (await server.index(TrustedKeys([first]))).keys == (first, new)
        await server.move_to(new.valid_from)
        assert (await server.index(TrustedKeys([new]))).issued == new.valid_from


@pytest.mark.spec("SERVER-29")
async def test_a_new_token_replaces_the_former_at_once(server: InnerServer) -> None:
    former = server.data.token.read_text().strip()
    await renew_token(server.parts)
    assert (await server.ask("POST", "/v1/operator/publish", token=former))[0] == 401
    assert (await server.ask("POST", "/v1/operator/publish"))[0] == 200


@pytest.mark.spec("SERVER-30")
def test_a_token_uses_all_of_32_random_bytes() -> None:
    assert new_token(rand=lambda length: bytes(range(length))) == bytes(range(32)).hex()
