"""The file with which a declaration can be corrected or withdrawn."""

import json
from pathlib import Path

from dp3t.arrivals.submission import SUBMISSION_BYTES, Submission, Withdrawal
from dp3t.cli.arrivals.answers import json_in
from dp3t.cli.authority_key import read_private
from dp3t.cli.files import naming, write_whole
from dp3t.codec import from_hex
from dp3t.errors import MalformedError

_MAX_WITHDRAWAL_BYTES = 2**10


def write_withdrawal(path: Path, withdrawal: Withdrawal) -> None:
    """Write what permits to withdraw a declaration; a file that is there stays.

    Raises:
        PolicyError: the file exists.
    """
    document = {
        "declaration": withdrawal.declaration_id.hex(),
        "secret": withdrawal.secret.hex(),
    }
    write_whole(path, (json.dumps(document) + "\n").encode(), mode=0o600, force=False)


def read_withdrawal(path: Path) -> Withdrawal:
    """Read what `write_withdrawal` wrote.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds something else; the message does not hold what it does.
    """
    data = read_private(path, _MAX_WITHDRAWAL_BYTES)
    with naming(path):
        match json_in(data):
            case {"declaration": str(declaration), "secret": str(secret)}:
                return Withdrawal(
                    from_hex(declaration, what="the declaration"),
                    from_hex(secret, what="the secret"),
                )
        raise MalformedError("holds no withdrawal")


def sending_file(withdrawal: Path) -> Path:
    """Return where the bytes stay that are handed in, until the server has answered."""
    return withdrawal.with_name(f"{withdrawal.name}.sending")


def read_sending(path: Path) -> Submission:
    """Read what was handed in without an answer.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds something else.
    """
    data = read_private(path, SUBMISSION_BYTES)
    with naming(path):
        return Submission.decode(data)
