"""`dp3t replay`: did one phone's log meet another's?"""

from pathlib import Path
from statistics import median_low
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.cli.capture import iso_utc, read_log, readable
from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.proximity.capture.events import Event
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.replay import Replay, replay, shifted

app = typer.Typer()


@app.command(
    name="replay",
    help=text(
        en="Match what one phone's log says it broadcast against what another's received.",
        vi="Đối chiếu các mã mà nhật ký một máy ghi là đã phát với những gì máy kia nhận được.",
    ),
)
def replay_logs(
    *,
    receiver: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="Log of the phone that listened.", vi="Nhật ký của máy nghe."),
        ),
    ],
    sender: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="Log of the phone that was heard.", vi="Nhật ký của máy phát."),
        ),
    ],
    utc_offset: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            help=text(
                en="How far the logs' clocks are ahead of UTC; 7200 for Central European Summer.",
                vi="Đồng hồ trong nhật ký sớm hơn UTC bao nhiêu giây; 25200 với giờ Việt Nam.",
            ),
        ),
    ] = 0,
    sender_utc_offset: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            help=text(
                en="The same for the sender alone, where its log keeps another time.",
                vi="Như trên, riêng cho máy phát nếu nhật ký của nó ghi giờ khác.",
            ),
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help=JSON_HELP),
    ] = False,
) -> None:
    """Print what the receiver's log holds of the sender."""
    ahead = utc_offset if sender_utc_offset is None else sender_utc_offset
    found = replay(receiver=_events(receiver, utc_offset), sender=_events(sender, ahead))
    if as_json:
        emit_json(_as_object(found))
    else:
        _show(found)


def _events(path: Path, utc_offset_seconds: int) -> list[Event]:
    with naming(path):
        events = read_capture(read_log(path))
        return list(shifted(events, utc_offset_seconds=utc_offset_seconds))


def _as_object(found: Replay) -> dict[str, int | float | str | None]:
    sightings = found.sightings
    return {
        "identifiers_published": found.identifiers_published,
        "identifiers_seen": found.identifiers_seen,
        "sightings": len(sightings),
        "first": iso_utc(sightings[0].at_us) if sightings else None,
        "last": iso_utc(sightings[-1].at_us) if sightings else None,
        "minutes_in_contact": found.minutes_in_contact,
    }


def _show(found: Replay) -> None:
    heard = text(
        en="{seen} of {published} identifiers heard, {sightings} times; "
        "{minutes} minutes in contact at least",
        vi="Nghe được {seen} trong {published} mã, {sightings} lần; "
        "tiếp xúc ít nhất {minutes} phút",
    )
    show(
        heard.format(
            seen=number(found.identifiers_seen),
            published=number(found.identifiers_published),
            sightings=number(len(found.sightings)),
            minutes=number(found.minutes_in_contact, decimals=2),
        )
    )
    if found.sightings:
        show(_as_table(found))


def _as_table(found: Replay) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(text(en="First (UTC)", vi="Đầu tiên (UTC)"))
    for title in (
        text(en="Minutes", vi="Số phút"),
        text(en="Sightings", vi="Số lần nghe"),
        text(en="Median dBm", vi="Trung vị dBm"),
        text(en="Strongest dBm", vi="Mạnh nhất dBm"),
    ):
        table.add_column(title, justify="right")
    for episode in found.episodes():
        strengths = [seen.rssi_dbm for seen in episode]
        table.add_row(
            readable(episode[0].at_us),
            number((episode[-1].at_us - episode[0].at_us) / 60e6, decimals=2),
            number(len(episode)),
            str(median_low(strengths)),
            str(max(strengths)),
        )
    return table
