"""`dp3t replay`: did one phone's log meet another's?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.cli.calibrations import KNOWN, named_calibration
from dp3t.cli.capture import iso_utc, read_log, readable
from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.cli.score import unit_name
from dp3t.errors import MalformedError
from dp3t.proximity.capture.contacts import contacts_of
from dp3t.proximity.capture.events import AdvertReceived, Event
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.replay import Replay, replay, shifted
from dp3t.proximity.exposure.assessment import DayScore, assess_contacts
from dp3t.proximity.exposure.calibration import Calibration
from dp3t.proximity.exposure.configuration import Configuration
from dp3t.proximity.exposure.presets import PRESETS, preset
from dp3t.timeline import Instant, day_of, day_to_date

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
    score: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET",
            help=text(
                en=f"Also weigh the contact: {', '.join(PRESETS)}.",
                vi=f"Đồng thời chấm điểm lần tiếp xúc: {', '.join(PRESETS)}.",
            ),
        ),
    ] = None,
    calibration: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=text(
                en="The radio of both phones, required with --score; nothing is assumed. A model "
                f"of --calibration-table, or of the built-in table: {', '.join(KNOWN)}.",
                vi="Đặc tính vô tuyến của hai máy, bắt buộc khi dùng --score; không có giá trị mặc "
                "định. Một kiểu máy trong --calibration-table, hoặc trong bảng có sẵn: "
                f"{', '.join(KNOWN)}.",
            ),
        ),
    ] = None,
    calibration_table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Powers and corrections by model: CSV or TOML.",
                vi="Công suất phát và hiệu chỉnh thu theo kiểu máy: CSV hoặc TOML.",
            ),
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help=JSON_HELP),
    ] = False,
) -> None:
    """Print what the receiver's log holds of the sender."""
    weighing = _weighing(score, calibration, calibration_table)
    ahead = utc_offset if sender_utc_offset is None else sender_utc_offset
    heard, told = _events(receiver, utc_offset), _events(sender, ahead)
    found = replay(receiver=heard, sender=told)
    days = None if weighing is None else weighing.weigh(found, heard, told)
    if as_json:
        scored = {} if weighing is None else {"score": weighing.as_object(days or ())}
        emit_json(_as_object(found) | scored)
        return
    _show(found)
    if weighing is not None and days:
        show(weighing.as_table(days))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighing:
    """How a replay is scored, and how that is printed."""

    preset: str
    configuration: Configuration
    model: str
    calibration: Calibration

    def weigh(
        self, found: Replay, heard: Iterable[Event], told: Iterable[Event]
    ) -> tuple[DayScore, ...]:
        received = [event for event in heard if isinstance(event, AdvertReceived)]
        last_us = max((event.at_us for event in (*received, *told)), default=0)
        return assess_contacts(
            contacts_of(found, received=received, calibration=self.calibration),
            configuration=self.configuration,
            today=day_of(Instant(last_us // 1_000_000)),
        )

    def as_object(self, days: Sequence[DayScore]) -> dict[str, object]:
        return {
            "preset": self.preset,
            "algorithm": self.configuration.algorithm,
            "unit": self.configuration.unit,
            "calibration": {
                "name": self.model,
                "tx_power_dbm": self.calibration.tx_power_dbm,
                "rx_correction_db": self.calibration.rx_correction_db,
                "confidence": self.calibration.confidence.name.lower(),
            },
            "days": [
                {
                    "day": day_to_date(each.day).isoformat(),
                    "score": each.score,
                    "notify": each.notify,
                }
                for each in days
            ],
            "notify": any(each.notify for each in days),
        }

    def as_table(self, days: Sequence[DayScore]) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column(text(en="Day (UTC)", vi="Ngày (UTC)"))
        table.add_column(unit_name(self.configuration.unit).capitalize(), justify="right")
        table.add_column(text(en="Warns from", vi="Cảnh báo từ"), justify="right")
        table.add_column(text(en="Warning", vi="Cảnh báo"))
        for each in days:
            table.add_row(
                day_to_date(each.day).isoformat(),
                number(each.score, decimals=2),
                number(self.configuration.notify_at),
                text(en="yes", vi="có") if each.notify else text(en="no", vi="không"),
            )
        return table


def _weighing(score: str | None, model: str | None, table: Path | None) -> _Weighing | None:
    if score is None:
        if model is not None or table is not None:
            raise MalformedError("--calibration and --calibration-table are for --score")
        return None
    configuration = preset(score)
    if model is None:
        raise MalformedError("--score needs --calibration: the logs hold no transmit power")
    calibration = named_calibration(model, table)
    if calibration.tx_power_dbm is None:
        raise MalformedError(f"the calibration of {model!r} has no transmit power to score with")
    return _Weighing(
        preset=score, configuration=configuration, model=model, calibration=calibration
    )


def _events(path: Path, utc_offset_seconds: int) -> list[Event]:
    with naming(path):
        events = read_capture(read_log(path))
        return list(shifted(events, utc_offset_seconds=utc_offset_seconds))


def _as_object(found: Replay) -> dict[str, object]:
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
