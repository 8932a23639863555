"""`dp3t-server doctor`."""

import asyncio
import json

import typer

from dp3t.cli.language import text
from dp3t_server.cli.options import DEFAULT_DATA, AsJson, Data, OtherConfigFile
from dp3t_server.clock import SystemClock
from dp3t_server.clock_state import is_synchronised
from dp3t_server.doctor import examine
from dp3t_server.parts import DataDirectory
from dp3t_server.visit import State, Visit


def doctor(
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Print what is right and wrong with a server; status 1 where something has to be done."""
    directory = DataDirectory(data)
    if not directory.path.is_dir():
        directory.require()
    visit = Visit(
        data=directory,
        config_file=config,
        now=SystemClock().now(),
        synchronised=is_synchronised(),
    )
    found = [
        (check, finding)
        for check, findings in asyncio.run(examine(visit)).items()
        for finding in findings
    ]
    healthy = all(finding.state is not State.PROBLEM for _, finding in found)
    if as_json:
        rows = [
            {"check": check, "state": finding.state.value, "message": finding.message}
            for check, finding in found
        ]
        typer.echo(json.dumps({"healthy": healthy, "findings": rows}, indent=2, ensure_ascii=False))
    else:
        names, states = _names(), _states()
        for check, finding in found:
            typer.echo(f"{names[check]}: {states[finding.state]}: {finding.message}")
    raise typer.Exit(0 if healthy else 1)


def _names() -> dict[str, str]:
    return {
        "configuration": text(en="configuration", vi="cấu hình"),
        "keys": text(en="keys", vi="khóa"),
        "database": text(en="database", vi="cơ sở dữ liệu"),
        "publication": text(en="publication", vi="công bố"),
        "log": text(en="log", vi="nhật ký minh bạch"),
        "arrivals": text(en="entry declarations", vi="tờ khai nhập cảnh"),
        "facilities": text(en="facilities", vi="các cơ sở"),
        "clock": text(en="clock", vi="đồng hồ"),
    }


def _states() -> dict[State, str]:
    return {
        State.OK: text(en="ok", vi="tốt"),
        State.WARNING: text(en="WARNING", vi="CẢNH BÁO"),
        State.PROBLEM: text(en="PROBLEM", vi="LỖI"),
    }
