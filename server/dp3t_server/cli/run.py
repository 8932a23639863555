"""`dp3t-server run` and `dp3t-server publish`."""

import json
from typing import Annotated

import typer

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
from dp3t_server.parts import DataDirectory
from dp3t_server.process import serve

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
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Publish what is due, beside a running server or without one."""
    publication = with_parts(config, data, lambda parts, now: parts.publisher.publish(now))
    batches = batches_as_json(publication.batches)
    if as_json:
        typer.echo(json.dumps({"release": publication.release, "batches": batches}, indent=2))
    else:
        columns = {
            "design": text(en="Design", vi="Thiết kế"),
            "release": text(en="Release", vi="Thời điểm công bố"),
            "keys": text(en="Keys", vi="Số khóa"),
            "size_bytes": text(en="Bytes", vi="Số byte"),
        }
        show(columns, batches)
