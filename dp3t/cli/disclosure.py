"""`dp3t disclosure`: how a health official reads what people have disclosed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.authority_key import make_key, read_key
from dp3t.cli.language import number, text
from dp3t.cli.moments import moment_given, present
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.cli.sealed_pages import SealedKind, others_after, refused_table
from dp3t.errors import Dp3tError, PolicyError
from dp3t.primitives import X25519PrivateKey
from dp3t.proximity.disclosure import DISCLOSURE_BYTES, Disclosure, Standing, name_of
from dp3t.proximity.encounters import AttenuationClass
from dp3t.timeline import Day, Instant, day_to_date

_SEALED = SealedKind(
    one="disclosure",
    listed="disclosures",
    length_bytes=DISCLOSURE_BYTES,
    most_page_bytes=2**20,
)

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For health officials: read what people have disclosed.",
        vi="Dành cho cán bộ y tế: đọc những gì người dân đã tự nguyện cung cấp.",
    ),
)


_Out = Annotated[
    Path,
    typer.Option(
        help=text(
            en="The file to write; only its owner can read it.",
            vi="Tệp cần ghi; chỉ chủ sở hữu đọc được.",
        )
    ),
]
_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        help=text(
            en="Sealed disclosures, or pages of them as the server gives them.",
            vi="Bản cung cấp thông tin đã niêm phong, hoặc các trang do máy chủ trả về.",
        ),
    ),
]
_PrivateKey = Annotated[
    Path,
    typer.Option(
        help=text(
            en="The authority's key, from keygen.", vi="Khóa của cơ quan y tế, tạo bằng keygen."
        )
    ),
]
_References = Annotated[
    list[str] | None,
    typer.Option(
        help=text(
            en="Show only what carries this reference; may be repeated.",
            vi="Chỉ hiển thị bản có mã tham chiếu này; có thể lặp lại.",
        )
    ),
]
_Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="For demonstrations: what time it is, in Unix seconds or ISO 8601.",
            vi="Chỉ để trình diễn: thời điểm hiện tại, dạng số giây Unix hoặc ISO 8601.",
        ),
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command(
    help=text(
        en="Make the authority's key, and print its public half, which apps embed.",
        vi="Tạo khóa của cơ quan y tế và in ra phần công khai để đưa vào ứng dụng.",
    )
)
def keygen(out: _Out) -> None:
    """Draw a key; an existing file is never replaced."""
    typer.echo(make_key(out))


@app.command(
    "open",
    help=text(
        en="Open sealed disclosures and show what they say.",
        vi="Mở các bản cung cấp thông tin đã niêm phong và hiển thị nội dung.",
    ),
)
def open_command(
    files: _Files,
    private_key: _PrivateKey,
    reference: _References = None,
    now: _Now = None,
    *,
    as_json: _Json = False,
) -> None:
    """Print what the disclosures say; what does not open is listed apart [TERMINAL-10]."""
    key = read_key(private_key)
    moment = present() if now is None else moment_given(now, "--now")
    pages = [_SEALED.read(file) for file in files]
    found = _Found(known=frozenset(reference or ()), after=others_after(pages))
    for page in pages:
        for sealed in page.sealed:
            found.read(sealed, key, now=moment)
    if not found.opened and len(found.refused) == 1 == len(files):
        raise next(iter(found.refused.values()))
    if as_json:
        emit_json(found.as_object())
    else:
        found.show()


@dataclass(frozen=True, slots=True)
class _Found:
    """What was in the files, each once [DISCLOSURE-13].

    Attributes:
        known: the references that officials gave; none named means all.
        after: the name after which the server has others, where a page says so.
        opened: by their names.
        refused: by their names, why they are put aside.
    """

    known: frozenset[str]
    after: str | None
    opened: dict[str, Disclosure] = field(default_factory=dict)
    refused: dict[str, Dp3tError] = field(default_factory=dict)

    def read(self, sealed: bytes, key: X25519PrivateKey, *, now: Instant) -> None:
        """Open one; keep it with its name, or why it is put aside."""
        name = name_of(sealed)
        try:
            disclosure = Disclosure.open(sealed, key, now=now)
            if self.known and disclosure.reference not in self.known:
                raise PolicyError("it carries none of the references")
        except Dp3tError as error:
            self.refused[name] = error
        else:
            self.opened[name] = disclosure

    def as_object(self) -> dict[str, object]:
        """Return it for a script."""
        return {
            "disclosures": [_as_object(name, each) for name, each in self.opened.items()],
            "refused": [
                {"name": name, "reason": str(error)} for name, error in self.refused.items()
            ],
            "after": self.after,
        }

    def show(self) -> None:
        """Show it to a person."""
        if not self.opened:
            show(text(en="No disclosure to show.", vi="Không có bản cung cấp thông tin nào."))
        for name, disclosure in self.opened.items():
            show(name)  # on a line of its own: whoever erases it copies all 64 digits
            show(_as_table(disclosure))
        if self.refused:
            show(refused_table(self.refused))
        if self.after is not None:
            asked = f"/v1/operator/disclosures?after={self.after}"
            show(text(en=f"Others follow: {asked}", vi=f"Còn nữa: {asked}"))


def _date(day: Day) -> str:
    return day_to_date(day).isoformat()


def _rows(disclosure: Disclosure) -> Iterator[tuple[str, AttenuationClass, int, int, int]]:
    for row in disclosure.rows:
        each = row.encounter
        yield _date(each.day), each.attenuation_class, each.minutes, each.score, row.count


def _as_object(name: str, disclosure: Disclosure) -> dict[str, object]:
    return {
        "name": name,
        "standing": str(disclosure.standing),
        "reference": disclosure.reference,
        "issued": _date(disclosure.issued),
        "expires": _date(disclosure.expires),
        "days": [_date(day) for day in disclosure.days],
        "encounters": [
            {
                "day": day,
                "attenuation": nearness.name.lower(),
                "minutes": minutes,
                "score": score,
                "count": count,
            }
            for day, nearness, minutes, score, count in _rows(disclosure)
        ],
        "omitted": disclosure.omitted,
    }


def _as_table(disclosure: Disclosure) -> Table:
    standing = {
        Standing.CASE: text(en="case", vi="ca bệnh"),
        Standing.SUSPECTED: text(en="suspected case", vi="ca nghi ngờ"),
    }[disclosure.standing]
    days = ", ".join(_date(day) for day in disclosure.days)
    table = Table(
        text(en="Day", vi="Ngày"),
        text(en="How near", vi="Khoảng cách"),
        text(en="Minutes", vi="Số phút"),
        text(en="Score", vi="Điểm"),
        text(en="How many", vi="Số lần"),
        box=SIMPLE_HEAD,
        title=f"{escape(disclosure.reference)}: {standing}",
        caption=_caption(disclosure, days),
    )
    for day, nearness, minutes, score, count in _rows(disclosure):
        table.add_row(day, _word(nearness), str(minutes), str(score), number(count))
    return table


def _caption(disclosure: Disclosure, days: str) -> str:
    return " ".join(_sentences(disclosure, days))


def _sentences(disclosure: Disclosure, days: str) -> Iterable[str]:
    yield text(en=f"Days chosen: {days}.", vi=f"Các ngày đã chọn: {days}.")
    expires = _date(disclosure.expires)
    yield text(en=f"Cannot be read from {expires} on.", vi=f"Không đọc được từ ngày {expires}.")
    yield text(
        en="A row counts identifiers, not people: a phone changes its identifier every few "
        "minutes.",
        vi="Mỗi dòng đếm mã định danh, không phải số người: điện thoại đổi mã sau vài phút.",
    )
    if disclosure.omitted:
        omitted = number(disclosure.omitted)
        yield text(
            en=f"{omitted} weaker encounters found no room.",
            vi=f"{omitted} lần tiếp xúc yếu hơn không đủ chỗ để ghi.",
        )


def _word(nearness: AttenuationClass) -> str:
    return {
        AttenuationClass.NEAR: text(en="near", vi="gần"),
        AttenuationClass.MEDIUM: text(en="medium", vi="trung bình"),
        AttenuationClass.FAR: text(en="far", vi="xa"),
        AttenuationClass.UNKNOWN: text(en="unknown", vi="không rõ"),
    }[nearness]
