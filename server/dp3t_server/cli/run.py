"""`dp3t-server run` and `dp3t-server publish`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dp3t import Instant
from dp3t.cli.language import text
from dp3t_server import logs
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    AsJson,
    ConfigFile,
    Data,
    OtherConfigFile,
    finish,
    moment,
    show,
    with_parts,
)
from dp3t_server.clock import Clock, SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.operator import batches_as_json
from dp3t_server.parts import DataDirectory, Parts
from dp3t_server.process import serve
from dp3t_server.publisher import Publication
from dp3t_server.static_tree import Written, write_tree

Host = Annotated[
    str | None, typer.Option(help=text(en="Address to listen on.", vi="Địa chỉ lắng nghe."))
]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        help=text(en="Port to listen on; 0 for a free one.", vi="Cổng; 0 là cổng trống bất kỳ."),
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help=text(
            en="Also write every published file into this folder, for a CDN or any web server.",
            vi="Đồng thời ghi mọi tệp đã công bố vào thư mục này, cho CDN hoặc máy chủ web bất kỳ.",
        ),
    ),
]
Simulated = Annotated[
    int | None,
    typer.Option(
        metavar="UNIX_SECONDS",
        help=text(
            en="For demonstrations and tests: a clock that stands until the operator moves it.",
            vi="Chỉ để trình diễn và kiểm thử: đồng hồ đứng yên đến khi người vận hành chỉnh.",
        ),
    ),
]


def run(
    config: ConfigFile = None,
    data: Data = DEFAULT_DATA,
    host: Host = None,
    port: Port = None,
    simulated_clock: Simulated = None,
) -> None:
    """Run the server until it is told to stop."""
    given = {"host": host, "port": port}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = Config.load(config).with_settings(**chosen)
    clock: Clock = SystemClock()
    if simulated_clock is not None:
        clock = SimulatedClock(moment(str(simulated_clock)))
    logs.start()
    finish(serve(settings, DataDirectory(data), clock))


def publish(
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    to: Folder = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Publish what is due, beside a running server or without one; write the static tree."""

    async def work(parts: Parts, now: Instant) -> tuple[Publication, Written | None]:
        publication = await parts.publisher.publish(now)
        return publication, await write_tree(parts.store, to) if to else None

    publication, written = with_parts(config, data, work)
    batches = batches_as_json(publication.batches)
    if as_json:
        shown = {"release": publication.release, "batches": batches}
        tree = {"tree": asdict(written)} if written else {}
        typer.echo(json.dumps({**shown, **tree}, indent=2))
    else:
        _show(batches, written)


def _show(batches: list[dict[str, object]], written: Written | None) -> None:
    if batches or written is None:
        columns = {
            "design": text(en="Design", vi="Thiết kế"),
            "release": text(en="Release", vi="Thời điểm công bố"),
            "keys": text(en="Keys", vi="Số khóa"),
            "size_bytes": text(en="Bytes", vi="Số byte"),
        }
        show(columns, batches)
    if written is not None:
        typer.echo(
            text(
                en=f"{written.files} files published, {written.new} new, {written.removed} removed",
                vi=f"{written.files} tệp được công bố, {written.new} tệp mới, "
                f"đã gỡ {written.removed} tệp",
            )
        )
