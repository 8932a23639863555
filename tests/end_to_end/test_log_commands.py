"""`dp3t log` and `dp3t-server log`: auditors, witnesses and a server that forks its log."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete

import terminal
from databases import sqlite_only
from dp3t import ExpiredError, Instant, Phone, VerificationError, random_from_os, release_after
from dp3t.client import Client
from dp3t.params import CLOCK_TOLERANCE_SECONDS
from dp3t.publication import Witnesses
from dp3t.publication.transparency import (
    LogPolicy,
    NoteKey,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    require_split,
)
from dp3t_server.clock import SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.cosigning import add_cosignatures
from dp3t_server.static_tree import write_tree
from dp3t_server.tables import batches
from key_server import (
    DAY,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    lowcost_record,
    run_program,
)

pytestmark = sqlite_only

NEXT = release_after(NOW)


async def dp3t(*arguments: str, now: int | None = None, lang: str = "en") -> tuple[int, str, str]:
    """Run `dp3t log …`, at a moment or in the present, while the server of this process goes on."""
    ran = await asyncio.to_thread(terminal.dp3t, "log", *arguments, language=lang, present=now)
    return ran.returncode, ran.stdout, ran.stderr


async def audit(place: object, key: str, *more: str, now: int) -> dict[str, int]:
    """Audit at a moment; return what it found."""
    given = ("audit", str(place), "--log-key", key, "--json", *more)
    status, output, errors = await dp3t(*given, now=now)
    assert status == 0, errors
    found: dict[str, int] = json.loads(output)
    return found


async def publish(server: InnerServer, release: int) -> None:
    await server.upload(await server.code(), lowcost_record(server.clock.now()))
    await server.move_to(release)


def require_evidence(path: Path, log_key: str) -> None:
    """Check that a file convicts the log."""
    found, key = json.loads(path.read_text()), NoteKey.decode(log_key)
    proof = [bytes.fromhex(each) for each in found["proof"]]
    policy = LogPolicy(origin=key.name, keys=(key,))
    require_split(found["first"].encode(), found["second"].encode(), proof, policy=policy)


@pytest.mark.spec("TRANSPARENCY-8")
async def test_a_server_and_its_tree_pass_an_audit_and_the_next_one_begins_there(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        key = (await server.index()).log_key
        state = ("--state", str(tmp_path / "state"))
        first = await audit(server.url, key, *state, now=NEXT)
        assert (first["entries"], first["listed"], first["known"]) == (1, 1, 0)
        await publish(server, NEXT + SLOT)
        await write_tree(server.parts.store, tmp_path / "tree")
        second = await audit(tmp_path / "tree", key, *state, now=NEXT + SLOT)
        assert (second["entries"], second["listed"], second["known"]) == (2, 2, 1)
        assert second["bytes_read"] > first["bytes_read"] > 0


@pytest.mark.parametrize(
    ("path", "data", "fault"),
    [
        ("v1/batches/lowcost-{release}", b"another", "not the file the index describes"),
        ("v1/batches/lowcost-{release}", None, "No such file"),
        ("v1/log/tile/entries/000.p/1", b"\0\1x", "an entry of the log"),
        ("v1/log/checkpoint", b"no note", "note"),
        ("v1/index", b"", "ended early"),
    ],
)
async def test_an_audit_names_what_is_wrong(
    tmp_path: Path, path: str, data: bytes | None, fault: str
) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        key = (await server.index()).log_key
        await write_tree(server.parts.store, tmp_path / "tree")
    place = tmp_path / "tree" / path.format(release=NEXT)
    place.unlink()
    if data is not None:
        place.write_bytes(data)
    given = ("audit", str(tmp_path / "tree"), "--log-key", key)
    status, _, errors = await dp3t(*given, "--state", str(tmp_path / "state"), now=NEXT)
    assert status == 2
    assert fault in errors or path == "v1/index", errors
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("place", [0, 1])
async def test_an_index_that_hides_a_logged_batch_is_found_out(tmp_path: Path, place: int) -> None:
    """What no phone can notice: a batch that the log holds and the index does not name."""
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        await server.move_to(NEXT + 5 * DAY - SLOT)
        await publish(server, NEXT + 5 * DAY)
        hidden_release = NEXT + 5 * DAY * place
        async with server.parts.store.writing() as transaction:
            hidden = delete(batches).where(batches.c.release == hidden_release)
            await transaction._connection.execute(hidden)
            await server.parts.publisher.announce(transaction, server.parts.secrets.load())
        index = await server.index()
        given, now = ("audit", server.url, "--log-key", index.log_key), NEXT + 5 * DAY
        status, _, errors = await dp3t(*given, now=now)
        assert status == 2
        assert f"lowcost-{hidden_release}, and the index does not list it" in errors
        if place == 0:  # where batches are kept for four days only, it was erased
            await audit(server.url, index.log_key, "--retention-days", "4", now=now)


@pytest.mark.parametrize(
    ("lang", "warning"),
    [("en", "warning: the signature of the index"), ("vi", "cảnh báo: chưa kiểm tra chữ ký")],
)
async def test_an_audit_without_a_key_warns_that_nobody_vouches_for_the_index(
    tmp_path: Path, lang: str, warning: str
) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        given = ("audit", server.url, "--log-key", (await server.index()).log_key, "--json")
        (signing,) = server.trusted()
        for key, warned in (((), 1), (("--public-key", signing.public.hex()), 0)):
            status, output, errors = await dp3t(*given, *key, now=NEXT, lang=lang)
            assert (status, json.loads(output)["listed"]) == (0, 1)
            assert errors.count("--public-key") == errors.count(warning) == warned


@pytest.mark.spec("INDEX-10")
@pytest.mark.parametrize("with_key", [False, True])
async def test_an_audit_refuses_an_index_that_has_expired(tmp_path: Path, with_key: bool) -> None:
    state = tmp_path / "state"
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        index, (signing,) = await server.index(), server.trusted()
        given = ["audit", server.url, "--log-key", index.log_key, "--state", str(state)]
        given += ["--public-key", signing.public.hex()] * with_key
        ended = index.expires + CLOCK_TOLERANCE_SECONDS
        status, _, errors = await dp3t(*given, now=ended)
        assert (status, state.exists()) == (2, False)
        assert "the index has expired" in errors
        assert "--public-key" not in errors
        status, _, errors = await dp3t(*given, now=ended - 1)
        assert status == 0, errors


async def test_an_audit_beside_a_publication_accuses_nobody(tmp_path: Path) -> None:
    """The log is read after the index, and may hold batches of the next, not of a later one."""
    tree = tmp_path / "tree"
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        index = await server.get("/v1/index")
        key = (await server.index()).log_key
        await server.move_to(NEXT + 2 * SLOT - 1)
        for slots, fault in ((2, ""), (3, f"lowcost-{NEXT + 3 * SLOT}, and the index does not")):
            await publish(server, NEXT + slots * SLOT)
            await write_tree(server.parts.store, tree)
            shown = (tree / "v1/index").read_bytes()
            (tree / "v1/index").write_bytes(index)
            given = ("audit", str(tree), "--log-key", key)
            status, _, errors = await dp3t(*given, now=NEXT + slots * SLOT)
            assert (status, fault in errors) == (2 if fault else 0, True), errors
            (tree / "v1/index").write_bytes(shown)


@pytest.mark.spec("TRANSPARENCY-24")
async def test_a_log_that_forks_is_convicted_by_two_who_compare(tmp_path: Path) -> None:
    """The same server, from a copy of its data, shows another history to somebody else."""
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
    shutil.copytree(tmp_path / "data", tmp_path / "other/data")
    notes = []
    for folder, record in ((tmp_path, lowcost_record()), (tmp_path / "other", gaen_record())):
        async with in_process(folder, clock=SimulatedClock(Instant(NEXT))) as server:
            await server.upload(await server.code(), record)
            await server.move_to(NEXT + SLOT)
            if folder == tmp_path:
                await publish(server, NEXT + 2 * SLOT)
            key = (await server.index()).log_key
            await write_tree(server.parts.store, folder / "tree")
            notes.append(folder / "tree/v1/log/checkpoint")
    evidence = tmp_path / "evidence.json"
    status, _, errors = await dp3t(
        *("compare", *map(str, notes), "--log-key", key),
        *("--from", str(tmp_path / "tree"), "--evidence", str(evidence)),
    )
    assert status == 2
    assert "two histories" in errors
    require_evidence(evidence, key)
    given = ("audit", str(tmp_path / "tree"), "--log-key", key, "--state", str(notes[1]))
    status, _, errors = await dp3t(*given, now=NEXT + 2 * SLOT)
    assert (status, "two histories" in errors) == (2, True)


@pytest.mark.spec("TRANSPARENCY-24")
async def test_old_checkpoints_are_compared_though_the_tiles_of_their_sizes_are_erased(
    tmp_path: Path,
) -> None:
    """The fork of a server is found out after twenty days, by two notes that both are older."""
    notes = [tmp_path / name for name in ("first", "second", "forked")]
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        notes[0].write_bytes(await server.get("/v1/log/checkpoint"))
    shutil.copytree(tmp_path / "data", tmp_path / "other/data")
    at_next = SimulatedClock(Instant(NEXT))
    async with in_process(tmp_path / "other", clock=at_next) as server:
        await publish(server, NEXT + SLOT)
        notes[2].write_bytes(await server.get("/v1/log/checkpoint"))
    async with in_process(tmp_path, clock=SimulatedClock(Instant(NEXT))) as server:
        await publish(server, NEXT + SLOT)
        notes[1].write_bytes(await server.get("/v1/log/checkpoint"))
        for days in (20, 21):
            await publish(server, NEXT + days * DAY)
        assert (await server.ask("GET", "/v1/log/tile/0/000.p/2"))[0] == 404
        key = (await server.index()).log_key
        given = ("--log-key", key, "--from", server.url)
        assert (await dp3t("compare", *map(str, notes[:2]), *given))[::2] == (0, "")
        for two in (notes[::2], notes[::-2]):
            evidence = tmp_path / "evidence.json"
            paths = map(str, two)
            status, _, errors = await dp3t("compare", *paths, *given, "--evidence", str(evidence))
            assert (status, "two histories of 2 entries" in errors) == (2, True), errors
            require_evidence(evidence, key)
            evidence.unlink()


async def test_two_checkpoints_of_one_history_agree(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        notes = []
        for step in range(2):
            await publish(server, NEXT + step * SLOT)
            notes.append(tmp_path / f"checkpoint-{step}")
            notes[-1].write_bytes(await server.get("/v1/log/checkpoint"))
        key = (await server.index()).log_key
        given = (*map(str, notes), "--log-key", key, "--from", server.url)
        status, output, errors = await dp3t("compare", *given)
        assert (status, errors) == (0, "")
        assert "one history" in output


@pytest.mark.spec("SERVER-76", "TRANSPARENCY-23", "TRANSPARENCY-29")
async def test_a_witness_cosigns_and_a_phone_that_requires_it_is_content(tmp_path: Path) -> None:
    key_file, state = tmp_path / "witness.key", tmp_path / "witness.state"
    status, output, _ = await dp3t("new-witness", "example.org/witness", "--out", str(key_file))
    assert (status, key_file.stat().st_mode & 0o777) == (0, 0o600)
    witness = NoteKey.decode(output.strip())
    config = Config(witnesses=(output.strip(),))
    async with in_process(tmp_path, clock=SystemClock(), config=config) as server:
        index, now = await server.index(), server.clock.now()
        given = ["cosign", server.url, "--log-key", index.log_key]
        given += ["--key", str(key_file), "--state", str(state)]
        status, line, errors = await dp3t(*given)
        assert (status, errors) == (0, "")
        required = Witnesses(keys=(witness,), required=1)
        phone = Phone.create("lowcost", now=now, rand=random_from_os)
        async with Client(server.url, view=server.view(), witnesses=required) as client:
            with pytest.raises(VerificationError, match="0 of the witnesses"):
                await client.update(phone, now=now)
            assert await add_cosignatures(server.parts, [line]) == 1
            await client.update(phone, now=now)
        assert (await server.index()).number == index.number + 1
        assert await add_cosignatures(server.parts, [line]) == 0
        assert (await server.index()).number == index.number + 1
        status, again, _ = await dp3t(*given)
        assert (status, again.startswith("\u2014 example.org/witness ")) == (0, True)


@pytest.mark.spec("SERVER-77")
async def test_the_latest_line_of_a_witness_takes_the_place_of_its_former_one(
    tmp_path: Path,
) -> None:
    """A log that does not grow for a day, as on a quiet one, has to stay cosigned lately."""
    signer = NoteSigner(name="example.org/witness", seed=bytes(32))
    witness = signer.key(NoteKeyType.WITNESS)
    config = Config(witnesses=(witness.encode(),))
    required = Witnesses(keys=(witness,), required=1)
    async with in_process(tmp_path, config=config) as server:
        await server.move_to(NEXT)
        note = SignedCheckpoint.parse(await server.get("/v1/log/checkpoint"))
        text, later = note.checkpoint.text(), Instant(NEXT + 13 * SLOT)
        former, latest = (signer.cosign(text, at=at).line() for at in (Instant(NEXT), later))
        assert await add_cosignatures(server.parts, [former]) == 1
        await server.move_to(later)
        phone = Phone.create("lowcost", now=later, rand=random_from_os)
        async with Client(server.url, view=server.view(), witnesses=required) as client:
            with pytest.raises(ExpiredError, match="lately"):
                await client.update(phone, now=later)
            assert await add_cosignatures(server.parts, [former, latest, former]) == 1
            await client.update(phone, now=later)
        assert await add_cosignatures(server.parts, [former, latest]) == 0
        assert (await server.index()).checkpoint == note.note + latest.encode()


@pytest.mark.spec("SERVER-76")
async def test_lines_of_strangers_and_of_older_checkpoints_are_not_taken(tmp_path: Path) -> None:
    keys = {}
    for name in ("friend", "stranger"):
        _, output, _ = await dp3t("new-witness", name, "--out", str(tmp_path / name))
        keys[name] = output.strip()
    async with in_process(tmp_path, config=Config(witnesses=(keys["friend"],))) as server:
        await publish(server, NEXT)
        lines = {}
        for name in keys:
            _, lines[name], _ = await dp3t(
                *("cosign", server.url, "--log-key", (await server.index()).log_key),
                *("--key", str(tmp_path / name), "--state", str(tmp_path / f"{name}.state")),
            )
        before = await server.get("/v1/index")
        for wrong in (["no line\n"], [lines["stranger"]], []):
            with pytest.raises(VerificationError if wrong == [lines["stranger"]] else Exception):
                await add_cosignatures(server.parts, wrong)
        await publish(server, NEXT + SLOT)
        assert before != await server.get("/v1/index")
        with pytest.raises(VerificationError, match="newest checkpoint"):
            await add_cosignatures(server.parts, [lines["friend"]])


async def test_the_operator_sees_where_the_log_stands(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        index = await server.index()
        given = ("log", "show", "--data", str(server.data.path), "--json")
        status, output, errors = await run_program(*given)
        assert status == 0, errors
        shown = json.loads(output)
        assert shown["log_key"] == index.log_key
        assert shown["checkpoint"].encode() == index.checkpoint
        status, _, errors = await run_program("log", "cosign", str(tmp_path / "none"), *given[2:4])
        assert status == 2
        assert "none" in errors
