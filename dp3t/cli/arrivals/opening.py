"""`dp3t arrivals open`: what an official reads of sealed declarations."""

import asyncio
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import typer

from dp3t.arrivals.form import entry_form
from dp3t.arrivals.parts import Part
from dp3t.arrivals.sealing import ENVELOPE_BYTES, Envelope
from dp3t.cli.arrivals import options
from dp3t.cli.arrivals.operator import MOST_PAGE_BYTES, Operator
from dp3t.cli.arrivals.part_table import part_table, plain
from dp3t.cli.authority_key import read_key
from dp3t.cli.language import number, text
from dp3t.cli.operator_token import read_token
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.sealed_pages import SealedKind, SealedPage, others_after, refused_table
from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.primitives import X25519PrivateKey, sha256
from dp3t.timeline import day_to_date

_SEALED = SealedKind(
    one="declaration",
    listed="declarations",
    length_bytes=ENVELOPE_BYTES,
    most_page_bytes=MOST_PAGE_BYTES,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE…]",
        help=text(
            en="Sealed declarations, or pages of them as the server gives them.",
            vi="Tờ khai đã niêm phong, hoặc các trang do máy chủ trả về.",
        ),
    ),
]
_Role = Annotated[
    Literal["border", "province"],
    typer.Option(help=text(en="Whose key it is.", vi="Khóa này của nơi nào.")),
]


@extra_needed()
def open_declarations(
    private_key: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=text(en="The recipient's private key.", vi="Khóa riêng nơi nhận.")
        ),
    ],
    role: _Role,
    files: _Files = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=text(en="Fetch all from this server.", vi="Tải tất cả từ máy chủ này."),
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=text(en="The operator's token.", vi="Tệp mã của người vận hành.")
        ),
    ] = None,
    *,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help=text(en="Print a table as CSV.", vi="In bảng dạng CSV.")),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Print what the declarations say that this key opens [TERMINAL-51]."""
    if bool(files) == (server is not None) or (server is None) != (token_file is None):
        raise MalformedError("open needs files, or --server with --token-file")
    key = read_key(private_key)
    if server is not None and token_file is not None:
        pages = asyncio.run(_SEALED.fetch(Operator(server, read_token(token_file)).page))
    else:
        pages = [_SEALED.read(file) for file in files or ()]
    opened = Opened.of(pages, key, role=role)
    if as_json:
        emit_json(opened.as_object())
    elif as_csv:
        typer.echo(opened.as_csv(), nl=False)
        opened.tell_what_lacks()
    else:
        opened.show()


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in some pages, each declaration once.

    Attributes:
        role: whose key it was.
        parts: what opened, by the declaration's name.
        envelopes: the declarations, by name.
        refused: what did not open, by name, and why.
        after: the name after which the server has others, where a page says so.
    """

    role: str
    parts: dict[str, Part] = field(default_factory=dict)
    envelopes: dict[str, Envelope] = field(default_factory=dict)
    refused: dict[str, Dp3tError] = field(default_factory=dict)
    after: str | None = None

    @classmethod
    def of(cls, pages: list[SealedPage], key: X25519PrivateKey, *, role: str) -> "Opened":
        """Open what stands in pages."""
        opened = cls(role, after=others_after(pages))
        for page in pages:
            for sealed in page.sealed:
                opened._open(sealed, key)
        return opened

    def _open(self, sealed: bytes, key: X25519PrivateKey) -> None:
        name = sha256(sealed).hex()
        try:
            envelope = Envelope.decode(sealed)
            content = envelope.open(key, role=self.role)
            self.parts[name] = Part.decode(content, header=envelope.header, role=self.role)
            self.envelopes[name] = envelope
        except Dp3tError as error:
            self.refused[name] = error

    def as_object(self) -> dict[str, object]:
        """Return it for a script."""
        return {
            "declarations": [
                {
                    **self._head(name),
                    "values": part.values,
                    "problems": [
                        {"path": each.path, "code": each.code, "limit": each.limit}
                        for each in part.problems
                    ],
                }
                for name, part in self.parts.items()
            ],
            "refused": [
                {"name": name, "reason": str(error)} for name, error in self.refused.items()
            ],
            "after": self.after,
        }

    def as_csv(self) -> str:
        """Return a table for a spreadsheet; groups are JSON, and nothing in it is a formula."""
        stream = io.StringIO()
        asked = [each.name for each in entry_form().for_role(self.role).fields]
        table = csv.writer(stream)
        table.writerow(
            ["name", "header_entry_day", "header_arrival_point", "expiry_day", *asked, "problems"]
        )
        for name, part in self.parts.items():
            answers = [_cell(part.values.get(each, "")) for each in asked]
            table.writerow([*self._head(name).values(), *answers, _cell(_faults(part))])
        return stream.getvalue()

    def tell_what_lacks(self) -> None:
        """Say on stderr what a table does not: what is refused, and whether others follow."""
        others = self._others()
        for name, why in self.refused.items():
            if name not in others:
                said = text(en=f"Not shown: {name}: {why}", vi=f"Không hiển thị: {name}: {why}")
                typer.echo(said, err=True)
        if others:
            typer.echo(self._others_told(len(others)), err=True)
        if self.after is not None:
            typer.echo(self._after_told(), err=True)

    def show(self) -> None:
        """Show it to a person."""
        for name, part in self.parts.items():
            show(name)
            show(part_table(part))
        if not self.parts:
            show(
                text(en="No declaration opens with this key.", vi="Khóa này không mở được tờ nào.")
            )
        others = self._others()
        put_aside = {name: why for name, why in self.refused.items() if name not in others}
        if put_aside:
            show(refused_table(put_aside))
        if others:
            show(self._others_told(len(others)))
        if self.after is not None:
            show(self._after_told())
        show(text(en=f"Opened: {number(len(self.parts))}", vi=f"Đã mở: {number(len(self.parts))}"))

    def _others_told(self, count: int) -> str:
        return text(
            en=f"For other provinces, or altered: {number(count)}",
            vi=f"Của tỉnh khác, hoặc đã bị sửa: {number(count)}",
        )

    def _after_told(self) -> str:
        return text(en=f"Others follow after {self.after}", vi=f"Còn nữa, sau {self.after}")

    def _others(self) -> set[str]:
        """Return the names of what a province cannot tell from others' declarations [SEALING-8]."""
        if self.role != "province":
            return set()
        return {name for name, why in self.refused.items() if isinstance(why, VerificationError)}

    def _head(self, name: str) -> dict[str, str]:
        header = self.envelopes[name].header
        return {
            "name": name,
            "entry_day": day_to_date(header.entry_day).isoformat(),
            "arrival_point": header.arrival_point,
            "expiry_day": day_to_date(header.expiry_day).isoformat(),
        }


def _cell(value: object) -> str:
    """Return an answer as a cell that no spreadsheet computes."""
    words = plain(value)
    return f"'{words}" if words.startswith(_FORMULA) else words


def _faults(part: Part) -> str:
    return "; ".join(f"{each.path}: {each.code}" for each in part.problems)
