"""Which identifier of its day or window an epoch broadcasts: a permutation that the phone draws."""

from dp3t.codec import Fields, integers
from dp3t.errors import MalformedError
from dp3t.params import EPHID_BYTES
from dp3t.primitives import Rand, shuffled
from dp3t.proximity.advertisement import EphID


def draw_order(epochs: int, *, rand: Rand) -> tuple[int, ...]:
    """Draw the order of some epochs."""
    return tuple(shuffled(range(epochs), rand=rand))


def order_from(fields: Fields, *, epochs: int) -> tuple[int, ...]:
    """Return the order in the field `order` of a saved ring.

    Raises:
        MalformedError: it is no permutation of as many epochs.
    """
    raw = fields.items("order", most=epochs)
    order = integers(raw, lowest=0, highest=epochs - 1, what="the broadcast order")
    if sorted(order) != list(range(epochs)):
        raise MalformedError("the broadcast order is not a permutation")
    return tuple(order)


def identifier_at(epoch: int, *, order: tuple[int, ...], identifiers: bytes) -> EphID:
    """Return what an epoch broadcasts.

    Args:
        epoch: its index in the day or window, from 0.
        order: of the day or window.
        identifiers: its identifiers, 16 bytes each, in the order they are derived.
    """
    at = EPHID_BYTES * order[epoch]
    return EphID(identifiers[at : at + EPHID_BYTES])
