"""`dp3t presence scan`: which codes stand in a picture."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.cli.presence.describe import as_table, described_entry, described_private
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.private import code_of, is_private
from dp3t.cli.presence.reading import MAX_PICTURE_BYTES, is_card, read_up_to
from dp3t.errors import MalformedError
from dp3t.presence.card import Card
from dp3t.presence.entry import EntryCode

if TYPE_CHECKING:
    from dp3t.cli.presence.images import Code

_Picture = Annotated[
    Path,
    typer.Argument(
        metavar="IMAGE",
        help=text(en="A photograph or a drawn code.", vi="Ảnh chụp hoặc tệp ảnh của mã."),
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@extra_needed()
def scan(picture: _Picture, *, as_json: _Json = False) -> None:
    """Print what codes of presence tracing a picture shows [TERMINAL-21]."""
    found = scanned(picture)
    if as_json:
        emit_json({"codes": found.codes, "others": found.others})
    else:
        found.show()


@dataclass(frozen=True, slots=True)
class Scanned:
    """What stands in a picture.

    Attributes:
        codes: those of presence tracing, as objects for a script.
        others: the rest, with what each is and why it is none of ours.
    """

    codes: list[dict[str, object]] = field(default_factory=list)
    others: list[dict[str, object]] = field(default_factory=list)

    def show(self) -> None:
        """Show it to a person."""
        for code in self.codes:
            show(as_table(code))
        for other in self.others:
            show(f"{other['kind']}: {escape(str(other['reason']))}")


def scanned(picture: Path) -> Scanned:
    """Return what codes a picture shows.

    Raises:
        MalformedError: it shows none of presence tracing, or is no picture (LimitError: too large).
    """
    from dp3t.cli.presence.images import read_codes

    with naming(picture):
        codes = read_codes(read_up_to(picture, MAX_PICTURE_BYTES), wanted=_is_ours)
        found = Scanned()
        for code in codes:
            try:
                found.codes.append(described(code.text))
            except MalformedError as error:
                found.others.append({"kind": code.kind, "reason": str(error)})
        _require_any(found)
        return found


def described(text: str) -> dict[str, object]:
    """Return what a code says that anybody may see.

    Raises:
        MalformedError: it is no code of presence tracing; the message says why and not what it is.
    """
    if is_private(text):
        return described_private(code_of(text))
    if is_card(text):
        Card.from_text(text)
        return {"kind": "card"}  # its bytes recognise the person
    return {"kind": "entry", **described_entry(EntryCode.from_link(text))}


def _is_ours(code: "Code") -> bool:
    with suppress(MalformedError):
        return bool(described(code.text))
    return False


def _require_any(found: Scanned) -> None:
    """Raise MalformedError, with what each other code is, unless there is one of ours."""
    if found.codes:
        return
    if not found.others:
        raise MalformedError("no code was found in the picture")
    others = "; ".join(f"{other['kind']}: {other['reason']}" for other in found.others)
    raise MalformedError(f"no code of presence tracing in the picture, but: {others}")
