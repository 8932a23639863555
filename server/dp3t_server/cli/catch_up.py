"""`dp3t-server catch-up`."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t_server.catching_up import catch_up as take_over
from dp3t_server.cli.options import DEFAULT_DATA, Data, OtherConfigFile, with_parts

Tree = Annotated[
    Path,
    typer.Option(
        "--from",
        help=text(
            en="The folder that `publish --to` wrote last.",
            vi="Thư mục mà `publish --to` đã ghi lần gần nhất.",
        ),
    ),
]


def catch_up(tree: Tree, config: OtherConfigFile = None, data: Data = DEFAULT_DATA) -> None:
    """Bring a restored database up to what phones have seen."""
    taken = with_parts(config, data, lambda parts, _: take_over(parts, tree))
    typer.echo(text(en=f"{taken} batches taken over", vi=f"đã nhận lại {taken} lô khóa"))
