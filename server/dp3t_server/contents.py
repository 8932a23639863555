"""What a slot can publish, in the words of the publisher, who does not know what is in a batch."""

from typing import Protocol

from dp3t import Instant
from dp3t.publication import BatchName
from dp3t_server.config import Config
from dp3t_server.held_slot import HeldSlot
from dp3t_server.key_content import KeyContent
from dp3t_server.keys import Secrets
from dp3t_server.store import Transaction


class Built(Protocol):
    """A batch that waits for its commit."""

    @property
    def name(self) -> BatchName:
        """Which batch it is."""

    @property
    def data(self) -> bytes:
        """The signed file."""

    @property
    def accepted(self) -> int:
        """How much of what it holds was accepted; the rest is padding."""

    async def settle(self, transaction: Transaction) -> None:
        """Store what belongs to the batch, and erase what it publishes from what waits.

        The batch itself is stored already; the caller holds `Lock.KEYS`.
        """


class Content(Protocol):
    """One kind of what is published: the keys of a design, or traces."""

    @property
    def design(self) -> str:
        """What stands in the name of its batches."""

    async def build(self, held: HeldSlot) -> Built:
        """Build the batch, and remember what is in it before it is published.

        Whoever builds the same slot gets the same bytes [SERVER-56]. Nothing is erased yet, and no
        transaction is open while it takes long [SERVER-59].

        Raises:
            FencedError: somebody else has taken the slot.
        """


async def contents_of(
    transaction: Transaction, release: Instant, *, config: Config, secrets: Secrets
) -> list[Content]:
    """Return all that a slot publishes, in the order of their names.

    It is what waits, be it of something that the server no longer runs, and, where the region pads
    and the service has not ended, whatever the server runs.
    """
    ended = await transaction.index.sunset() is not None
    pads = bool(config.min_batch_keys) and not ended
    due = set(await transaction.designs_due(release))
    found: list[Content] = [
        KeyContent(design=design, config=config, secrets=secrets, is_due=design in due)
        for design in due.union(config.designs if pads else ())
    ]
    padded = config.presence and config.padded_traces and not ended
    if padded or await transaction.traces.are_due(release):
        from dp3t_server.trace_content import TraceContent  # with it dp3t.presence

        found.append(TraceContent(config=config, secrets=secrets))
    return sorted(found, key=lambda content: content.design)
