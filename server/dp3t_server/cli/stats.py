"""`dp3t-server stats`."""

import json
from dataclasses import asdict

import typer

from dp3t.cli.language import text
from dp3t_server.cli.options import DEFAULT_DATA, AsJson, Data, OtherConfigFile, show, with_parts
from dp3t_server.stats import statistics


def stats(
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Print what was done on each day that is over, and what the days sum up to."""
    found = with_parts(config, data, lambda parts, now: statistics(parts, now=now))
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
        return
    columns = {
        "day": text(en="Day (UTC)", vi="Ngày (UTC)"),
        "uploads_accepted": text(en="Uploads accepted", vi="Lượt tải lên được nhận"),
        "codes_issued": text(en="Codes issued", vi="Mã đã cấp"),
        "keys_published": text(en="Keys published", vi="Khóa đã công bố"),
    }
    between = {
        name: f"{total['at_least']} - {total['at_most']}" for name, total in found.totals.items()
    }
    show(columns, [*found.days, {"day": text(en="Together", vi="Tổng cộng"), **between}])
    typer.echo(
        text(
            en="Numbers below ten are not shown, so the sum is known only between two bounds.",
            vi="Các số nhỏ hơn mười không được hiển thị, nên tổng chỉ được biết trong một khoảng.",
        )
    )
