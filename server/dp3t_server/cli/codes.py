"""`dp3t-server codes`."""

import json
import sys
from typing import Annotated

import typer

from dp3t import MalformedError, UploadCode
from dp3t.cli.language import text
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    UNTIL,
    AsJson,
    Data,
    FirstDay,
    OtherConfigFile,
    day_named,
    iso,
    show,
    with_parts,
)
from dp3t_server.codes import MAX_CODES, activate_code, issue_codes, purpose_of, revoke_code

app = typer.Typer(
    no_args_is_help=True,
    help=text(en="Upload codes for patients.", vi="Mã tải lên cấp cho người bệnh."),
)

_MOST_TYPED = 64

Count = Annotated[
    int, typer.Option(min=1, max=MAX_CODES, help=text(en="How many.", vi="Số lượng mã."))
]
Inactive = Annotated[
    bool,
    typer.Option(
        "--inactive",
        help=text(
            en="Codes to give out at the test, good for nothing until they are activated.",
            vi="Mã phát lúc xét nghiệm, chưa có hiệu lực cho đến khi được kích hoạt.",
        ),
    ),
]
Traces = Annotated[
    bool,
    typer.Option(
        "--traces",
        help=text(
            en="Codes for the owners of venues: each permits one trace, and no report.",
            vi="Mã cấp cho chủ địa điểm: mỗi mã cho phép gửi một lần truy vết, không dùng báo cáo.",
        ),
    ),
]

Tokens = Annotated[
    bool,
    typer.Option(
        "--tokens",
        help=text(
            en="Codes for people who report symptoms: one anonymous token for each day, for long.",
            vi="Mã cấp cho người báo triệu chứng: mỗi ngày một thẻ ẩn danh, dùng được lâu dài.",
        ),
    ),
]


@app.command(help=text(en="Issue new upload codes.", vi="Cấp mã tải lên mới."))
def issue(
    count: Count = 1,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    inactive: Inactive = False,
    traces: Traces = False,
    tokens: Tokens = False,
    as_json: AsJson = False,
) -> None:
    """Print new codes; they are stored nowhere in this form."""
    purpose = purpose_of(traces=traces, tokens=tokens)
    issued = with_parts(
        config,
        data,
        lambda parts, now: issue_codes(parts, count, inactive=inactive, purpose=purpose, now=now),
    )
    rows: list[dict[str, object]] = [
        {"code": code.display(), "expires": iso(issued.expires)} for code in issued.codes
    ]
    if as_json:
        typer.echo(json.dumps({"codes": rows}, indent=2))
    else:
        show({"code": text(en="Code", vi="Mã"), "expires": UNTIL}, rows)


@app.command(
    help=text(
        en="Activate a code for some hours after a positive result; the code is read from "
        "standard input, where no list of commands keeps it.",
        vi="Kích hoạt mã trong vài giờ sau khi có kết quả dương tính; mã được đọc từ đầu vào "
        "chuẩn để không lưu lại trong lịch sử lệnh.",
    )
)
def activate(
    first_day: FirstDay,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Print until when the code is good."""
    code = UploadCode.parse(_line())
    day = day_named(first_day)
    until = with_parts(
        config, data, lambda parts, now: activate_code(parts, code, first_day=day, now=now)
    )
    if as_json:
        typer.echo(json.dumps({"active_until": iso(until)}, indent=2))
    else:
        typer.echo(text(en=f"good until {iso(until)}", vi=f"có hiệu lực đến {iso(until)}"))


@app.command(
    help=text(
        en="Revoke a code, so that no new report can be made with it; it is read from standard "
        "input.",
        vi="Thu hồi một mã để không thể dùng nó cho lần báo cáo mới; mã được đọc từ đầu vào chuẩn.",
    )
)
def revoke(
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Print that the code is not usable, whatever it was before."""
    code = UploadCode.parse(_line())
    with_parts(config, data, lambda parts, _: revoke_code(parts, code))
    if as_json:
        typer.echo(json.dumps({"usable": False}))
    else:
        typer.echo(
            text(
                en="no new report can be made with this code",
                vi="không thể dùng mã này cho lần báo cáo mới",
            )
        )


def _line() -> str:
    """Return the one line that stands on standard input.

    Raises:
        MalformedError: more than a line does; it is not repeated. A person at the keyboard has
            typed one, and is not waited for.
    """
    line = sys.stdin.readline(_MOST_TYPED).strip()
    if not sys.stdin.isatty() and sys.stdin.read(_MOST_TYPED).strip():
        raise MalformedError("standard input holds more than one code; give one at a time")
    return line
