"""A witness at the terminal: its key, its state, and one cosignature at a time."""

import json
from pathlib import Path

from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.log.site import LOG, Site, proof_between
from dp3t.codec import decode, encode, from_hex
from dp3t.errors import MalformedError
from dp3t.primitives import random_from_os
from dp3t.publication.transparency import (
    CHECKPOINT_PATH,
    CosignRequest,
    LogPolicy,
    NoteKeyType,
    NoteSigner,
    Witness,
)
from dp3t.timeline import Instant

_SEED_BYTES = 32
_MOST_STATE_BYTES = 2**26


def new_witness(name: str, path: Path) -> str:
    """Write a new key to a file that only its owner can read; return its public half.

    Raises:
        MalformedError: a name that no key may have.
        PolicyError: the file exists.
    """
    signer = NoteSigner(name=name, seed=random_from_os(_SEED_BYTES))
    document = {"name": signer.name, "seed": signer.seed.hex()}
    write_whole(path, json.dumps(document).encode() + b"\n", mode=0o600, force=False)
    return signer.key(NoteKeyType.WITNESS).encode()


def _read_key(path: Path) -> NoteSigner:
    with naming(path):
        try:
            document = json.loads(path.read_bytes())
            name, seed = document["name"], document["seed"]
        except (ValueError, KeyError, TypeError):
            raise MalformedError("is no key of a witness") from None
        if not (isinstance(name, str) and isinstance(seed, str)):
            raise MalformedError("is no key of a witness")
        return NoteSigner(name=name, seed=from_hex(seed, length=_SEED_BYTES, what="the seed"))


async def cosigned(site: Site, policy: LogPolicy, *, key: Path, state: Path, now: Instant) -> str:
    """Return the line with which a witness cosigns the newest checkpoint [TRANSPARENCY-29].

    The new state is stored first, and whoever else works with it waits [TRANSPARENCY-32].

    Raises:
        Dp3tError: the log does not continue what the witness has cosigned, or something cannot be
            read. SplitViewError carries the proof that it has forked.
    """
    signer = _read_key(key)
    with alone(state):
        witness = _read_state(state)
        note = await site.read(f"{LOG}/{CHECKPOINT_PATH}")
        old, new = witness.size_of(policy.origin), policy.open(note).checkpoint.size
        proof = await proof_between(site, old, new) if 0 < old < new else ()
        request = CosignRequest(old_size=old, proof=proof, note=note)
        witness, line = witness.cosign(request, logs=[policy], signer=signer, now=now)
        write_whole(state, encode(witness.to_value()), mode=0o600, force=True)
    return line


def _read_state(path: Path) -> Witness:
    if not path.exists():
        return Witness()
    with naming(path):
        return Witness.from_value(decode(path.read_bytes(), limit_bytes=_MOST_STATE_BYTES))
