"""Taking what witnesses say of the log: their lines go below the checkpoint that they have seen."""

from collections.abc import Sequence

from dp3t import MalformedError, PolicyError, VerificationError
from dp3t.publication.transparency import Note, NoteKey, NoteSignature
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock


async def add_cosignatures(parts: Parts, lines: Sequence[str]) -> int:
    """Add lines of witnesses to the checkpoint, and sign the index that holds it anew [SERVER-76].

    The latest line of a witness takes the place of its former one, so that a log that does not
    grow stays cosigned lately; one that is there already, or an older one, changes nothing
    [SERVER-77].

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
        former = Note.decode(head.note)
        note = former
        for line in lines:
            note = _with_line(note, line, parts.config.witness_keys)
        if note != former:
            await transaction.log.set_head(note.encode(), size=head.size)
            await parts.publisher.announce(transaction, parts.secrets.load())
    return len(set(note.signatures) - set(former.signatures))


def _with_line(note: Note, line: str, witnesses: Sequence[NoteKey]) -> Note:
    """Return the checkpoint with what a witness says of this very one, its latest word only."""
    given = NoteSignature.parse(line.removesuffix("\n"))
    try:
        Note(note.text, (given,)).verified(witnesses)
    except VerificationError as error:
        raise type(error)(
            f"a line is not of the newest checkpoint by a witness of the settings: {error}"
        ) from None
    by_key = {(each.name, each.key_id): each for each in note.signatures}
    former = by_key.get((given.name, given.key_id), given)
    latest = max(former, given, key=lambda each: each.data)  # it begins with the time
    return Note(note.text, tuple((by_key | {(given.name, given.key_id): latest}).values()))
