"""The pages' own programs, replaying the test vectors outside a page."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from dp3t.arrivals import form_document
from vectors import load

SCRIPTS = Path(str(files("dp3t_server.web").joinpath("static")))
REPLAY = Path(__file__).with_name("script_vectors.js")
REPLAYED = {
    "canonical_json": ("encode", "decode"),
    "entry_receipt": ("document", "zone", "bind", "receipt", "payload", "verify"),
    "form": ("check", "tidy", "part"),
    "gate": ("mark", "open", "open-withdrawn"),
    "help": ("request", "open"),
    "hpke": ("seal", "open"),
    "recipients": ("open",),
    "sealing": ("header", "envelope", "open", "part"),
}
"""By file of vectors, the operations that a page does too."""


def vector_files() -> dict[str, Any]:
    """Return the files, each with the form by which answers are checked."""
    form = json.loads(form_document())
    return {name: {**load(name), "form": form} for name in REPLAYED}


def expected_count() -> int:
    """Return how many cases there are of the operations that a page does."""
    return sum(
        case["operation"] in operations
        for name, operations in REPLAYED.items()
        for case in load(name)["cases"]
    )
