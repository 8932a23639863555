"""Traces, on their way from what waits into a batch. Loaded only where there are traces."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from dp3t.presence import PRESENCE, Trace, padded, publish, traces_of
from dp3t.publication import Batch, BatchName, SigningKey, slot_random
from dp3t_server.config import Config
from dp3t_server.held_slot import HeldSlot
from dp3t_server.keys import Secrets
from dp3t_server.store import Transaction
from dp3t_server.trace_store import memory_of


def trace_file(
    traces: Sequence[bytes], *, name: BatchName, seed: bytes, minimum: int, key: SigningKey
) -> tuple[bytes, list[bytes]]:
    """Return the signed batch of some traces and padding, and all of its traces.

    Whoever calls it with the same arguments gets the same bytes [SERVER-56].

    Args:
        traces: those that were approved.
        name: which batch it is.
        seed: the 32 bytes of the slot.
        minimum: how many traces it has at least.
        key: signs the batch; valid at the release.
    """
    rand = slot_random(seed, purpose="padding", name=name)
    approved = [Trace.decode(trace) for trace in traces]
    every = padded(approved, minimum=minimum, release=name.release, rand=rand)
    return publish(every, name=name).sign(key), [trace.encode() for trace in every]


def memories_of(batch: Batch, *, digest_key: bytes) -> list[bytes]:
    """Return by what the traces of a published batch are remembered."""
    return [memory_of(trace.encode(), digest_key=digest_key) for trace in traces_of(batch)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuiltTraces:
    """A batch of traces that waits for its commit."""

    name: BatchName
    data: bytes = field(repr=False)
    accepted: int

    async def settle(self, transaction: Transaction) -> None:
        """Erase the traces that are out with it."""
        await transaction.traces.erase_due(self.name.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContent:
    """All traces that are due.

    Attributes:
        config: the region's settings.
        secrets: sign the batch and digest its traces.
    """

    config: Config
    secrets: Secrets

    @property
    def design(self) -> str:
        """What stands in the place of a design."""
        return PRESENCE

    async def build(self, held: HeldSlot) -> _BuiltTraces:
        """Build the batch and remember what is in it [TRACE-SERVER-16] [TRACE-SERVER-18]."""
        async with held.store.reading() as transaction:
            due = await transaction.traces.due(held.release)
        name = BatchName(design=PRESENCE, region=self.config.region, release=held.release)
        data, every = await asyncio.to_thread(
            trace_file,
            due,
            name=name,
            seed=held.slot.seed,
            minimum=self.config.padded_traces,
            key=self.secrets.signing_key_at(held.release),
        )
        digest_key = self.secrets.digest_key
        memories = [memory_of(trace, digest_key=digest_key) for trace in every]
        async with held.writing() as transaction:
            await transaction.traces.remember(memories, held.release)
        return _BuiltTraces(name=name, data=data, accepted=len(due))
