"""A signing key with its lifetime, in a file that only its owner can read.

The file is the one that `dp3t-server` writes and reads.
"""

import json
from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import naming, write_whole
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.primitives import ED25519_SEED_BYTES, random_from_os
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant

_MOST_BYTES = 2**10


def make_signing_key(path: Path, *, valid_from: Instant, valid_until: Instant) -> SigningKey:
    """Draw a key and write it.

    Raises:
        PolicyError: the file exists.
        MalformedError: a key that ends before it begins.
    """
    key = SigningKey.generate(valid_from=valid_from, valid_until=valid_until, rand=random_from_os)
    document = {
        "seed": key.seed.hex(),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }
    written = json.dumps(document, indent=2) + "\n"
    write_whole(path, written.encode(), mode=0o600, force=False)
    return key


def read_signing_key(path: Path) -> SigningKey:
    """Read a key.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds no key; the message does not hold what it does.
    """
    data = read_private(path, _MOST_BYTES)
    with naming(path):
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            document = None
        match document:
            case {
                "seed": str(seed),
                "valid_from": int(valid_from),
                "valid_until": int(valid_until),
            }:
                return SigningKey(
                    seed=from_hex(seed, length=ED25519_SEED_BYTES, what="the seed"),
                    valid_from=Instant(valid_from),
                    valid_until=Instant(valid_until),
                )
        raise MalformedError("holds no signing key")
