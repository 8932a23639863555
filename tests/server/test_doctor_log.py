"""The doctor's look at the log: each thing broken once is found, and nothing is changed."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from databases import sqlite_only
from doctor_visits import HEALTHY, only, published, visited
from dp3t import Instant
from dp3t.publication import HEADER_BYTES, Index
from dp3t.publication.transparency import Checkpoint, Note, NoteKeyType, NoteSigner
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory
from dp3t_server.visit import State
from key_server import DAY, HOUR, NOW, SLOT

pytestmark = sqlite_only

PRESENT = NOW + SLOT
WITNESS = NoteSigner(name="witness.example", seed=bytes(range(32)))
STRANGER = NoteSigner(name="stranger.example", seed=bytes(32))


@pytest.fixture
async def data(tmp_path: Path) -> DataDirectory:
    """Return the files of a server that has run and published, and runs no more."""
    return await published(tmp_path)


def change(data: DataDirectory, statement: str, *values: object) -> None:
    """Change one row of the database, behind the server's back."""
    with closing(sqlite3.connect(data.database)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def stored_note(data: DataDirectory) -> Note:
    """Return the newest checkpoint."""
    with closing(sqlite3.connect(data.database)) as connection:
        return Note.decode(connection.execute("SELECT note FROM log_head").fetchone()[0])


def cosign(data: DataDirectory, *signers: NoteSigner, at: int, over: str = "") -> None:
    """Let witnesses cosign the checkpoint, or another text, at a moment."""
    note = stored_note(data)
    lines = [signer.cosign(over or note.text, at=Instant(at)) for signer in signers]
    cosigned = Note(note.text, (*note.signatures, *lines)).encode()
    change(data, "UPDATE log_head SET note = ?", cosigned)


def name_witnesses(data: DataDirectory, *signers: NoteSigner) -> None:
    """Let the settings of the last start name witnesses."""
    keys = tuple(signer.key(NoteKeyType.WITNESS).encode() for signer in signers)
    data.settings.write_text(HEALTHY.with_settings(witnesses=keys).model_dump_json())


async def test_a_log_before_its_first_entry_is_in_order(data: DataDirectory) -> None:
    change(data, "DELETE FROM log_head")
    change(data, "DELETE FROM current_index")
    only(await visited(data), "publication", State.WARNING, "nothing is published")


@pytest.mark.spec("OPERATING-21")
async def test_a_log_that_is_gone_from_below_its_index_is_a_problem(data: DataDirectory) -> None:
    change(data, "DELETE FROM log_head")
    only(await visited(data), "log", State.PROBLEM, "its log is gone", "catch-up")


@pytest.mark.spec("OPERATING-21")
async def test_a_log_that_another_key_has_signed_is_a_problem(data: DataDirectory) -> None:
    """The checkpoint is the same, and so is the name under which it is signed."""
    checkpoint = Checkpoint.parse(stored_note(data).text)
    other = NoteSigner(name=checkpoint.origin, seed=bytes(32))
    change(data, "UPDATE log_head SET note = ?", checkpoint.sign(other))
    only(await visited(data), "log", State.PROBLEM, "not signed", "keys.json")


@pytest.mark.spec("OPERATING-21")
async def test_keys_without_one_for_the_log_are_a_problem(data: DataDirectory) -> None:
    document = json.loads(data.secrets.read_text())
    data.secrets.write_text(json.dumps(document | {"log": None}))
    only(await visited(data), "log", State.PROBLEM, "not signed", "keys.json")


async def test_who_signed_is_left_open_where_the_keys_cannot_be_read(data: DataDirectory) -> None:
    data.secrets.chmod(0o644)
    only(await visited(data), "log", State.WARNING, "nobody looked at who signed", also="keys")


@pytest.mark.spec("OPERATING-21")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_files WHERE path = 'tile/0/000.p/1'",
        "DELETE FROM log_files WHERE path = 'tile/entries/000.p/1'",
        "UPDATE log_files SET data = zeroblob(32) WHERE path = 'tile/0/000.p/1'",
        "UPDATE log_files SET data = x'00' WHERE path = 'tile/0/000.p/1'",
        "UPDATE log_files SET data = x'000100' WHERE path = 'tile/entries/000.p/1'",
    ],
    ids=["no tile", "no bundle", "another tile", "short tile", "another bundle"],
)
async def test_tiles_that_do_not_lead_to_the_checkpoint_are_a_problem(
    data: DataDirectory, statement: str
) -> None:
    change(data, statement)
    only(await visited(data), "log", State.PROBLEM, "tiles", "catch-up")


@pytest.mark.spec("OPERATING-21")
async def test_an_index_of_a_log_of_another_size_is_a_problem(data: DataDirectory) -> None:
    secrets = SecretsFile(data.secrets).load()
    with closing(sqlite3.connect(data.database)) as connection:
        signed = connection.execute("SELECT data FROM current_index").fetchone()[0]
    index = Index.decode(signed[HEADER_BYTES:])
    longer = Checkpoint(origin=secrets.log_signer.name, size=2, root=bytes(32))
    other = replace(index, checkpoint=longer.sign(secrets.log_signer))
    file = other.sign(secrets.index_key_at(index.issued))
    change(data, "UPDATE current_index SET data = ?", file)
    only(await visited(data), "log", State.PROBLEM, "of 2 entries", "has 1", "catch-up")


@pytest.mark.spec("OPERATING-21")
@pytest.mark.parametrize("leaf", [None, -1, 1])
async def test_a_batch_without_a_place_in_the_log_is_a_problem(
    data: DataDirectory, leaf: int | None
) -> None:
    """The log has one entry, at 0."""
    change(data, "UPDATE batches SET leaf = ?", leaf)
    only(await visited(data), "log", State.PROBLEM, "1, the first of lowcost at 2021-07-05T12:00")


async def test_a_log_that_no_witness_of_the_settings_has_cosigned_is_a_warning(
    data: DataDirectory,
) -> None:
    cosign(data, STRANGER, at=PRESENT)
    assert (await visited(data))["log"][0].state is State.OK  # the settings name nobody
    name_witnesses(data, WITNESS)
    only(await visited(data), "log", State.WARNING, "no witness")


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (DAY + HOUR, "25 hours"),
        (DAY + 1, "24 hours"),
        (DAY, ""),
        (-2 * HOUR, ""),
        (-2 * HOUR - 1, "no witness"),
    ],
)
async def test_a_cosignature_counts_for_a_day_and_not_before_its_time(
    data: DataDirectory, age: int, words: str
) -> None:
    name_witnesses(data, WITNESS)
    cosign(data, WITNESS, at=PRESENT - age)
    if words:
        only(await visited(data), "log", State.WARNING, words)
    else:
        assert (await visited(data))["log"][0].state is State.OK


async def test_the_newest_cosignature_is_what_counts(data: DataDirectory) -> None:
    name_witnesses(data, WITNESS, STRANGER)
    cosign(data, WITNESS, at=PRESENT - 2 * DAY)
    only(await visited(data), "log", State.WARNING, "48 hours")
    cosign(data, STRANGER, at=PRESENT)
    assert (await visited(data))["log"][0].state is State.OK


@pytest.mark.spec("OPERATING-21")
async def test_a_line_of_a_witness_that_is_of_something_else_is_a_problem(
    data: DataDirectory,
) -> None:
    name_witnesses(data, WITNESS)
    cosign(data, WITNESS, at=PRESENT, over="something else\n")
    only(await visited(data), "log", State.PROBLEM, "not authentic")


async def test_witnesses_are_left_open_where_the_settings_cannot_be_read(
    data: DataDirectory,
) -> None:
    data.settings.unlink()
    found = await visited(data)
    only(found, "log", State.WARNING, "nobody looked for", also="configuration")


async def test_everything_that_is_amiss_is_told_at_once(data: DataDirectory) -> None:
    change(data, "UPDATE log_head SET note = x'00'")
    change(data, "UPDATE batches SET leaf = NULL")
    name_witnesses(data, WITNESS)
    found = (await visited(data))["log"]
    for finding, word in zip(found, ("signed", "tiles", "batches", "authentic"), strict=True):
        assert (finding.state, word in finding.message) == (State.PROBLEM, True), found


@pytest.mark.spec("OPERATING-22")
async def test_a_look_at_a_log_that_is_amiss_mends_and_changes_nothing(
    data: DataDirectory,
) -> None:
    """The next announcement would give the batch its place."""
    change(data, "UPDATE batches SET leaf = NULL")
    name_witnesses(data, WITNESS)
    before = _contents(data)
    assert len((await visited(data))["log"]) == 2
    assert _contents(data) == before


def _contents(data: DataDirectory) -> tuple[list[str], bytes, bytes]:
    with closing(sqlite3.connect(data.database)) as connection:
        rows = list(connection.iterdump())
    return rows, data.secrets.read_bytes(), data.settings.read_bytes()
