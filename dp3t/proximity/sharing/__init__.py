"""Identifiers spread over several advertisements: k of n shares recover one (spec: sharing).

`Spreader` sends, `Assembler` receives; both work under every design. `plan` says which k and n
reach a goal, if any do.
"""

from dp3t.proximity.sharing.assembler import Assembler, Heard
from dp3t.proximity.sharing.share import Share, Sharing, recover
from dp3t.proximity.sharing.spreader import Spreader

__all__ = ["Assembler", "Heard", "Share", "Sharing", "Spreader", "recover"]
