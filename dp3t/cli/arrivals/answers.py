"""Answers to the form, in a file."""

import json
from pathlib import Path
from typing import Any

from dp3t.cli.files import naming
from dp3t.cli.presence.reading import read_up_to
from dp3t.errors import MalformedError

_MAX_ANSWERS_BYTES = 2**20


def read_answers(path: Path) -> dict[str, Any]:
    """Return the answers in a file."""
    with naming(path):
        found = json_in(read_up_to(path, _MAX_ANSWERS_BYTES))
        if not isinstance(found, dict):
            raise MalformedError("holds no answers: a JSON object is needed")
        return found


def json_in(data: bytes) -> object:
    """Return what JSON says; None where it is none.

    Raises:
        MalformedError: an object has a name twice, of which one would be lost.
    """
    try:
        return json.loads(data, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        return None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedError("says one thing twice")
    return found
