"""How an auditor reads the tiles of a log."""

from pathlib import Path

import pytest

from dp3t.cli.log.audit import require_one_history
from dp3t.cli.log.site import LOG, opened, proof_between, tile_files
from dp3t.errors import SplitViewError, TransportError, VerificationError
from dp3t.publication.transparency import (
    CHECKPOINT_PATH,
    Checkpoint,
    Edge,
    LogPolicy,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    StoredTree,
    Tile,
    require_split,
)

SIGNER = NoteSigner(name="example.org/log", seed=bytes(range(32)))
POLICY = LogPolicy(origin=SIGNER.name, keys=(SIGNER.key(NoteKeyType.LOG),))
ENTRIES = [b"%d" % number for number in range(700)]
FORKED = [*ENTRIES[:150], b"another", *ENTRIES[151:]]


def checkpoint(size: int, entries: list[bytes] = ENTRIES) -> SignedCheckpoint:
    """Return what the log signed when it had some entries."""
    root = Edge().append(entries[:size]).edge.root()
    return POLICY.open(Checkpoint(origin=SIGNER.name, size=size, root=root).sign(SIGNER))


def written(folder: Path, size: int) -> str:
    """Write a log that keeps the partial tiles of its newest size alone."""
    files = {**Edge().append(ENTRIES[:size]).files, CHECKPOINT_PATH: checkpoint(size).note}
    for path, data in files.items():
        place = folder / LOG / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return str(folder)


@pytest.mark.spec("TRANSPARENCY-5")
@pytest.mark.parametrize(("old", "new"), [(1, 255), (128, 200), (254, 255), (3, 256)])
async def test_a_proof_is_made_of_full_tiles_where_the_partial_ones_are_erased(
    tmp_path: Path, old: int, new: int
) -> None:
    tiles = Edge().append(ENTRIES[:new]).files
    async with opened(written(tmp_path, 700)) as site:
        proof = await proof_between(site, old, new)
    assert proof == StoredTree(new, tiles.__getitem__).prefix_proof(old)


@pytest.mark.spec("TRANSPARENCY-5")
@pytest.mark.parametrize("level", [-1, 0])
async def test_a_tile_that_is_nowhere_is_missed(tmp_path: Path, level: int) -> None:
    async with opened(written(tmp_path, 700)) as site:
        assert list(await tile_files(site, [Tile(level, 1, 9)])) == [Tile(level, 1).path]
        for missing in (Tile(level, 2, 9), Tile(level, 2), Tile(level, 3, 9)):
            with pytest.raises(TransportError, match=f"{Tile(level, missing.index).path}: No such"):
                await tile_files(site, [missing])


@pytest.mark.parametrize("sizes", [(0, 1), (100, 200), (200, 300), (300, 511), (600, 700)])
async def test_checkpoints_of_one_history_agree_in_either_order(
    tmp_path: Path, sizes: tuple[int, int]
) -> None:
    one, other = map(checkpoint, sizes)
    async with opened(written(tmp_path, 700)) as site:
        await require_one_history(site, POLICY, one, other)
        await require_one_history(site, POLICY, other, one)


@pytest.mark.spec("TRANSPARENCY-24")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (checkpoint(100), checkpoint(200, FORKED)),
        (checkpoint(300), checkpoint(200, FORKED)),
        (checkpoint(511, FORKED), checkpoint(300)),
        (checkpoint(700), checkpoint(300, FORKED)),
        (checkpoint(100), checkpoint(700, FORKED)),
        (checkpoint(200, FORKED), checkpoint(300, FORKED)),
    ],
)
async def test_a_fork_is_proved_by_the_newest_tree(
    tmp_path: Path, one: SignedCheckpoint, other: SignedCheckpoint
) -> None:
    async with opened(written(tmp_path, 700)) as site:
        for two in ((one, other), (other, one)):
            with pytest.raises(SplitViewError) as raised:
                await require_one_history(site, POLICY, *two)
            found = raised.value
            require_split(found.first, found.second, found.proof, policy=POLICY)


@pytest.mark.spec("TRANSPARENCY-24")
async def test_checkpoints_of_one_size_are_compared_without_the_log(tmp_path: Path) -> None:
    async with opened(str(tmp_path)) as site:
        await require_one_history(site, POLICY, checkpoint(200), checkpoint(200))
        with pytest.raises(SplitViewError):
            await require_one_history(site, POLICY, checkpoint(200), checkpoint(200, FORKED))


async def test_a_site_that_is_behind_proves_what_its_tiles_can(tmp_path: Path) -> None:
    """A copy may show an older checkpoint beside newer tiles, or lack them."""
    async with opened(written(tmp_path, 511)) as site:
        written(tmp_path, 100)
        await require_one_history(site, POLICY, checkpoint(200), checkpoint(511))
        with pytest.raises(TransportError):
            await require_one_history(site, POLICY, checkpoint(200), checkpoint(700))


async def test_the_newest_checkpoint_has_to_be_signed_by_the_log(tmp_path: Path) -> None:
    stranger = NoteSigner(name=SIGNER.name, seed=bytes(32))
    async with opened(written(tmp_path, 700)) as site:
        note = checkpoint(700).checkpoint.sign(stranger)
        (tmp_path / LOG / CHECKPOINT_PATH).write_bytes(note)
        with pytest.raises(VerificationError):
            await require_one_history(site, POLICY, checkpoint(100), checkpoint(200))
