"""What venues have uploaded, opened with the authority's key."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import show
from dp3t.cli.sealed_pages import SealedKind, others_after, refused_table
from dp3t.errors import Dp3tError, PolicyError
from dp3t.presence.entry import EntryCode
from dp3t.presence.pretrace import PRE_TRACE_BYTES, PreTrace, name_of
from dp3t.primitives import X25519PrivateKey

_SEALED = SealedKind(
    one="trace upload",
    listed="trace_uploads",
    length_bytes=PRE_TRACE_BYTES,
    most_page_bytes=2**22,  # a hundred in base64, and what stands around them
)


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that opens; nothing in it is believed but the entry code's own words.

    Attributes:
        name: of the upload.
        pre_trace: what the owner sent.
        entry: the venue's entry code.
    """

    name: str
    pre_trace: PreTrace
    entry: EntryCode

    def as_object(self) -> dict[str, object]:
        """Return it for a script."""
        request = self.pre_trace.request
        return {
            "name": self.name,
            "description": self.entry.description,
            "address": self.entry.address,
            "location_id": self.entry.cwa_location_id.hex(),
            "reference": request.reference,
            "since": iso_moment(request.stretch.start),
            "until": iso_moment(request.stretch.end),
            "hours": len(request.starts()),
        }


@dataclass(frozen=True, slots=True)
class Inbox:
    """What was in some files, each once.

    Attributes:
        references: that officials gave; none named means all.
        opened: by their names.
        refused: by their names, why they are put aside.
        after: the name after which the server has others, where a page says so.
    """

    references: frozenset[str]
    opened: dict[str, Received] = field(default_factory=dict)
    refused: dict[str, Dp3tError] = field(default_factory=dict)
    after: str | None = None

    @classmethod
    def read(
        cls, files: Iterable[Path], key: X25519PrivateKey, *, references: frozenset[str]
    ) -> "Inbox":
        """Open what stands in files.

        Raises:
            MalformedError: a file is neither an upload nor a page of them.
        """
        pages = [_SEALED.read(file) for file in files]
        inbox = cls(references, after=others_after(pages))
        for page in pages:
            for sealed in page.sealed:
                inbox._open(sealed, key)
        return inbox

    def _open(self, sealed: bytes, key: X25519PrivateKey) -> None:
        name = name_of(sealed)
        try:
            pre_trace = PreTrace.open(sealed, key)
            entry = EntryCode.parse(pre_trace.payload)
            if self.references and pre_trace.request.reference not in self.references:
                raise PolicyError("it carries none of the references")
        except Dp3tError as error:
            self.refused[name] = error
        else:
            self.opened[name] = Received(name, pre_trace, entry)

    def require_any(self) -> None:
        """Raise the reason where there is one upload and it is put aside."""
        if not self.opened and len(self.refused) == 1:
            raise next(iter(self.refused.values()))

    def as_object(self) -> dict[str, object]:
        """Return it for a script."""
        return {
            "uploads": [each.as_object() for each in self.opened.values()],
            "refused": [
                {"name": name, "reason": str(error)} for name, error in self.refused.items()
            ],
            "after": self.after,
        }

    def show(self) -> None:
        """Show it to a person."""
        if not self.opened:
            show(text(en="No upload to show.", vi="Không có bản tải lên nào."))
        for each in self.opened.values():
            show(each.name)  # on a line of its own: whoever approves it copies all 64 digits
            show(_as_table(each))
        if self.refused:
            show(refused_table(self.refused))
        if self.after is not None:
            asked = f"/v1/operator/trace-uploads?after={self.after}"
            show(text(en=f"Others follow: {asked}", vi=f"Còn nữa: {asked}"))


def _as_table(received: Received) -> Table:
    described = received.as_object()
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for name, words in (
        ("description", text(en="Venue", vi="Địa điểm")),
        ("address", text(en="Address", vi="Địa chỉ")),
        ("location_id", text(en="Location", vi="Mã địa điểm")),
        ("reference", text(en="Reference", vi="Mã yêu cầu")),
        ("since", text(en="From", vi="Từ")),
        ("until", text(en="Until", vi="Đến")),
    ):
        table.add_row(words, escape(str(described[name])))
    table.add_row(text(en="Hours", vi="Số giờ"), number(len(received.pre_trace.keys)))
    return table
