"""Options that several commands of presence tracing have."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.moments import moment_given
from dp3t.cli.output import JSON_HELP
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.presence.entry import MAX_STAY_SECONDS, LocationType
from dp3t.presence.entry_link import DEFAULT_BASE
from dp3t.primitives import X25519_KEY_BYTES, X25519PublicKey
from dp3t.timeline import Stretch

VIETNAM_UTC_OFFSET = 7 * 3600
KINDS = {each.name.lower().replace("_", "-"): each for each in LocationType}

Name = Annotated[str, typer.Option(help=text(en="What the place is called.", vi="Tên địa điểm."))]
Address = Annotated[str, typer.Option(help=text(en="Where it is.", vi="Địa chỉ."))]
Authority = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(en="The health authority's public key.", vi="Khóa công khai của cơ quan y tế."),
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        "--type",
        metavar="TYPE",
        help=text(en="What kind of place: ", vi="Loại địa điểm: ") + ", ".join(KINDS),
    ),
]
StayMinutes = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_STAY_SECONDS // 60,
        metavar="MINUTES",
        help=text(
            en="After how long a visit ends if nobody says.",
            vi="Sau bao lâu thì lượt ghé tự kết thúc nếu khách không bấm rời đi.",
        ),
    ),
]
LinkBase = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help=text(
            en="Where people without an app land; it never receives what the code says.",
            vi="Trang mở ra khi khách chưa có ứng dụng; trang đó không nhận được nội dung mã.",
        ),
    ),
]
UtcOffset = Annotated[
    int,
    typer.Option(
        metavar="SECONDS",
        min=-86_400,
        max=86_400,
        help=text(
            en="How far the clock at the place is ahead of UTC.",
            vi="Đồng hồ tại địa điểm sớm hơn UTC bao nhiêu giây.",
        ),
    ),
]
Pdf = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=text(en="The poster, A4, to be printed.", vi="Áp phích khổ A4 để in."),
    ),
]
Png = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=text(en="The QR code at the door, alone.", vi="Riêng mã QR ở cửa, dạng ảnh."),
    ),
]
TraceOut = Annotated[
    Path,
    typer.Option(
        "--trace",
        metavar="FILE",
        help=text(
            en="The private code to write; only its owner can read it.",
            vi="Tệp mã riêng tư cần ghi; chỉ chủ sở hữu đọc được.",
        ),
    ),
]
TracePng = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=text(
            en="The private code as a QR code on a page, to be locked away.",
            vi="Mã riêng tư dạng trang có mã QR, để cất giữ cẩn thận.",
        ),
    ),
]
Trace = Annotated[
    Path,
    typer.Argument(
        metavar="TRACE",
        help=text(
            en="The venue's private code: its file, or a picture of its QR code.",
            vi="Mã riêng tư của địa điểm: tệp, hoặc ảnh mã QR của nó.",
        ),
    ),
]
Since = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help=text(
            en="From when to warn: Unix seconds, or ISO 8601 with zone.",
            vi="Cảnh báo từ lúc: số giây Unix, hoặc ISO 8601 kèm múi giờ.",
        ),
    ),
]
Until = Annotated[
    str,
    typer.Option(metavar="TIME", help=text(en="Until when to warn.", vi="Cảnh báo đến lúc.")),
]
Reference = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help=text(
            en="Of the official's request, 1 to 16 of 0 to 9, A to Z and hyphen.",
            vi="Mã yêu cầu của cán bộ y tế, 1 đến 16 ký tự 0-9, A-Z và gạch nối.",
        ),
    ),
]
Server = Annotated[str, typer.Option(metavar="URL", help=text(en="The server.", vi="Máy chủ."))]
PrivateKey = Annotated[
    Path,
    typer.Option(
        help=text(
            en="The authority's key, from keygen.", vi="Khóa của cơ quan y tế, tạo bằng keygen."
        )
    ),
]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]

DEFAULT_LINK_BASE = DEFAULT_BASE


def kind_given(name: str) -> LocationType:
    """Return the kind of place that `--type` names.

    Raises:
        MalformedError: it names none.
    """
    if name not in KINDS:
        raise MalformedError(f"--type is none of {', '.join(KINDS)}")
    return KINDS[name]


def authority_given(key: str) -> X25519PublicKey:
    """Return the public key that `--authority` gives.

    Raises:
        MalformedError: it gives none.
    """
    return X25519PublicKey(from_hex(key, length=X25519_KEY_BYTES, what="--authority"))


def stretch_given(since: str, until: str) -> Stretch:
    """Return the stretch that `--since` and `--until` give.

    Raises:
        MalformedError: one is no moment; the message names it.
    """
    return Stretch(moment_given(since, "--since"), moment_given(until, "--until"))
