"""`dp3t-server codes`."""

import json
from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t_server.cli.options import DEFAULT_DATA, AsJson, ConfigFile, Data, iso, show, with_parts
from dp3t_server.codes import MAX_CODES, issue_codes

app = typer.Typer(
    no_args_is_help=True,
    help=text(en="Upload codes for patients.", vi="Mã tải lên cấp cho người bệnh."),
)

Count = Annotated[
    int, typer.Option(min=1, max=MAX_CODES, help=text(en="How many.", vi="Số lượng mã."))
]


@app.callback()
def codes() -> None:
    """Keep `issue` a named command while it is the only one."""


@app.command(help=text(en="Issue new upload codes.", vi="Cấp mã tải lên mới."))
def issue(
    count: Count = 1,
    config: ConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Print new codes; they are stored nowhere in this form."""
    issued = with_parts(config, data, lambda parts, now: issue_codes(parts, count, now=now))
    rows: list[dict[str, object]] = [
        {"code": code.display(), "expires": iso(issued.expires)} for code in issued.codes
    ]
    if as_json:
        typer.echo(json.dumps({"codes": rows}, indent=2))
    else:
        show(["code", "expires"], rows)
