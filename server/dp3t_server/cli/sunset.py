"""`dp3t-server sunset`."""

import json
from typing import Annotated

import typer

from dp3t import PolicyError
from dp3t.cli.language import text
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    AsJson,
    Data,
    OtherConfigFile,
    iso,
    with_parts,
)
from dp3t_server.sunset import end_service

Yes = Annotated[
    bool,
    typer.Option(
        "--yes",
        help=text(
            en="Do it; without this nothing is done. There is no way back.",
            vi="Xác nhận thực hiện; thiếu tùy chọn này thì không làm gì. Không thể hoàn tác.",
        ),
    ),
]
AtOnce = Annotated[
    bool,
    typer.Option(
        "--at-once",
        help=text(
            en="Also erase what waits, what phones can still read, and disclosures.",
            vi="Xóa luôn cả khóa chờ công bố, tệp đã công bố và các bản khai chưa được lấy.",
        ),
    ),
]


def sunset(
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    yes: Yes = False,
    at_once: AtOnce = False,
    as_json: AsJson = False,
) -> None:
    """End the service."""
    if not yes:
        raise PolicyError(
            text(
                en="this ends the service for good: say --yes if that is what you want",
                vi="lệnh này chấm dứt dịch vụ vĩnh viễn: hãy thêm --yes nếu bạn thật sự muốn",
            )
        )
    since = with_parts(
        config, data, lambda parts, now: end_service(parts, at_once=at_once, now=now)
    )
    if as_json:
        typer.echo(json.dumps({"sunset": since, "erased": "everything" if at_once else "permits"}))
        return
    typer.echo(
        text(
            en=f"The service has ended as of {iso(since)}; the index says so.",
            vi=f"Dịch vụ đã chấm dứt kể từ {iso(since)}; bản chỉ mục đã nêu rõ điều này.",
        )
    )
