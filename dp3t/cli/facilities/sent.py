"""What is said of an act that a server has taken."""

from collections.abc import Mapping
from typing import NamedTuple

from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import emit_json, show
from dp3t.timeline import Instant

_NOTHING: Mapping[str, object] = {}


class Sent(NamedTuple):
    """An act that a server has taken: its digest, its number in the record, and when."""

    digest: bytes
    number: int
    received: Instant

    def tell(self, more: Mapping[str, object] = _NOTHING, *, as_json: bool) -> None:
        """Say where the act stands; with JSON also what else there is to say of it."""
        if as_json:
            emit_json(
                {
                    **more,
                    "act": self.digest.hex(),
                    "number": self.number,
                    "received": iso_moment(self.received),
                }
            )
            return
        place, when = number(self.number), iso_moment(self.received)
        en = f"Act {place} of the record, received {when}: {self.digest.hex()}"
        vi = f"Hành vi số {place} trong sổ công khai, nhận lúc {when}: {self.digest.hex()}"
        show(text(en=en, vi=vi))
