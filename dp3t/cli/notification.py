"""`dp3t notification`: the code of an exposed person, and the hotline that checks it."""

from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.moments import day_given, moment_given, present
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.codec import from_hex
from dp3t.publication.notification import (
    TWEAK_BYTES,
    check_notification_code,
    display_notification_code,
    notification_code,
)
from dp3t.timeline import Day, Instant

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For hotlines: the six digits that the app of a warned person shows.",
        vi="Dành cho đường dây nóng: sáu chữ số mà ứng dụng của người được cảnh báo hiển thị.",
    ),
)

_Code = Annotated[
    str,
    typer.Argument(
        metavar="CODE",
        help=text(en="The six digits that the caller reads.", vi="Sáu chữ số người gọi đọc."),
    ),
]
_Tweak = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="The authority's 32 bytes, which every app has.",
            vi="32 byte của cơ quan y tế, ứng dụng nào cũng có.",
        ),
    ),
]
_ExposureDay = Annotated[
    str,
    typer.Option(
        "--day",
        metavar="DATE",
        help=text(
            en="The UTC day of exposure, like 2020-06-15.",
            vi="Ngày phơi nhiễm theo giờ UTC, ví dụ 2020-06-15.",
        ),
    ),
]
_Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="The time, as Unix seconds or ISO 8601 with zone; the present if not said.",
            vi="Thời điểm, tính bằng giây Unix hoặc ISO 8601 kèm múi giờ; mặc định là hiện tại.",
        ),
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command(
    "code",
    help=text(
        en="The code that an app shows.",
        vi="Mã mà ứng dụng hiển thị.",
    ),
)
def code_command(
    tweak: _Tweak, day: _ExposureDay, now: _Now = None, *, as_json: _Json = False
) -> None:
    """Print a code [TERMINAL-13]."""
    code = notification_code(_tweak(tweak), exposure_day=_day(day), now=_moment(now))
    if as_json:
        emit_json({"code": code})
    else:
        show(display_notification_code(code))


@app.command(
    "check",
    help=text(
        en="Say whether a code is one of that day and of the last half hour.",
        vi="Cho biết mã có đúng là của ngày đó và trong nửa giờ vừa qua không.",
    ),
)
def check_command(
    code: _Code, tweak: _Tweak, day: _ExposureDay, now: _Now = None, *, as_json: _Json = False
) -> None:
    """Check what a caller reads [TERMINAL-14]."""
    check_notification_code(code, _tweak(tweak), exposure_day=_day(day), now=_moment(now))
    if as_json:
        emit_json({"accepted": True})
    else:
        show(
            text(
                en="Accepted. It proves nothing: anybody can compute a code.",
                vi="Mã hợp lệ. Điều này không chứng minh gì: ai cũng có thể tính ra mã.",
            )
        )


def _tweak(given: str) -> bytes:
    return from_hex(given, length=TWEAK_BYTES, what="--tweak")


def _day(given: str) -> Day:
    return day_given(given, "--day")


def _moment(given: str | None) -> Instant:
    return present() if given is None else moment_given(given, "--now")
