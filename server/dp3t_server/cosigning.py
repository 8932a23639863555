"""Taking what witnesses say of the log: their lines go below the checkpoint that they have seen."""

from collections.abc import Sequence

from dp3t import MalformedError, PolicyError, VerificationError
from dp3t.publication.transparency import Note, SignedCheckpoint
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock


async def add_cosignatures(parts: Parts, lines: Sequence[str]) -> int:
    """Add lines of witnesses to the checkpoint, and sign the index that holds it anew [SERVER-76].

    A line that is there already changes nothing.

    Returns:
        How many lines are new.

    Raises:
        MalformedError: no line, or one that is no signature line.
        UnknownKeyError: of no witness that the settings name.
        VerificationError: it is not of the newest checkpoint.
        PolicyError: nothing is published yet.
    """
    if not lines:
        raise MalformedError("there is no line of a witness")
    async with parts.store.writing(alone=Lock.SECRETS) as transaction:
        await transaction.alone_with(Lock.INDEX)
        head = await transaction.log.head()
        if head is None:
            raise PolicyError("nothing is published yet")
        present = head.note.decode().splitlines(keepends=True)
        fresh = [line for line in dict.fromkeys(lines) if line not in present]
        for line in fresh:
            _require_of_a_witness(parts, head.note, line)
        if fresh:
            signed = SignedCheckpoint.parse(head.note).with_cosignatures(fresh)
            await transaction.log.set_head(signed.note, size=head.size)
            await parts.publisher.announce(transaction, parts.secrets.load())
    return len(fresh)


def _require_of_a_witness(parts: Parts, note: bytes, line: str) -> None:
    """Check that a witness of the region has signed this very checkpoint."""
    with_line = Note.decode(note + line.encode())
    try:
        Note(with_line.text, with_line.signatures[-1:]).verified(parts.config.witness_keys)
    except VerificationError as error:
        raise type(error)(
            f"a line is not of the newest checkpoint by a witness of the settings: {error}"
        ) from None
