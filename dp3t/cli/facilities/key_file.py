"""A facility's private key, in a file that only its owner can read; its page reads it too."""

import json
from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import naming, write_whole
from dp3t.cli.signing_key import read_signing_key
from dp3t.errors import MalformedError, PolicyError
from dp3t.facilities.facility import require_facility
from dp3t.params import LAST_INSTANT
from dp3t.primitives import random_from_os
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant

_MOST_BYTES = 2**10


def make_facility_key(path: Path, facility: str) -> SigningKey:
    """Draw a key for all times and write it; PolicyError where the file exists."""
    key = SigningKey.generate(
        valid_from=Instant(0), valid_until=Instant(LAST_INSTANT), rand=random_from_os
    )
    document = {
        "facility": facility,
        "seed": key.seed.hex(),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }
    write_whole(path, (json.dumps(document, indent=2) + "\n").encode(), mode=0o600, force=False)
    return key


def read_facility_key(path: Path, given: str = "") -> tuple[SigningKey, str]:
    """Return a key and whose it is.

    Args:
        path: the file.
        given: the facility, where the file does not say it.

    Raises:
        PolicyError: others can read the file, it is another facility's, or nobody says whose.
        MalformedError: it holds no key; the message does not hold what it does.
    """
    key = read_signing_key(path)
    said = json.loads(read_private(path, _MOST_BYTES)).get("facility", "")
    with naming(path):
        if not isinstance(said, str):
            raise MalformedError("holds no name of a facility")
        if said:
            require_facility(said)
    if said and given and said != given:
        raise PolicyError(f"{path} is the key of {said}")
    if not said and not given:
        raise PolicyError(f"{path} does not say whose key it is: give --facility")
    return key, said or given
