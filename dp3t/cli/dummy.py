"""`dp3t dummy`: what an observer can conclude, and whether a scheduler clumped the dummies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.errors import LimitError, MalformedError
from dp3t.params import DAY_SECONDS
from dp3t.publication.clumping import ClumpingReport, check_clumping
from dp3t.publication.dummy import MEAN_DELAY_SECONDS, approximate_posterior, posterior
from dp3t.publication.request_log import Request, read_log

MAX_LOG_BYTES = 2**27
DEFAULT_RATE = DAY_SECONDS / MEAN_DELAY_SECONDS

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Dummy uploads: what an observer learns, and whether a phone sent them on time.",
        vi="Lượt tải lên giả: người quan sát biết được gì, và điện thoại có gửi đúng giờ không.",
    ),
)

_Rate = Annotated[float, typer.Option(help=text(en="Dummies per day.", vi="Số lượt giả mỗi ngày."))]
_Log = Annotated[Path, typer.Argument(metavar="LOG", help=text(en="The log.", vi="Tệp nhật ký."))]
_Resolution = Annotated[
    int,
    typer.Option(
        min=1,
        max=DAY_SECONDS,
        metavar="SECONDS",
        help=text(
            en="The step to which the log's clock was rounded.",
            vi="Bước làm tròn của đồng hồ ghi nhật ký.",
        ),
    ),
]
_Uploads = Annotated[
    int, typer.Option(min=0, help=text(en="Uploads seen.", vi="Số lượt tải lên đã thấy."))
]
_Days = Annotated[float, typer.Option(help=text(en="Days watched.", vi="Số ngày đã quan sát."))]
_Probability = Annotated[
    float,
    typer.Option(
        help=text(
            en="That the phone reports once in those days, as believed before counting.",
            vi="Xác suất máy khai báo một lần trong những ngày đó, ước trước khi đếm.",
        )
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
_TESTS = {
    "gaps": text(en="time to the next dummy", vi="thời gian tới lượt giả kế tiếp"),
    "minute": text(en="second of the minute", vi="giây trong phút"),
    "quarter-hour": text(en="place in the quarter of an hour", vi="vị trí trong mười lăm phút"),
    "hour": text(en="place in the hour", vi="vị trí trong giờ"),
    "day": text(en="time of day", vi="giờ trong ngày"),
    "neighbouring-minutes": text(en="bursts within minutes", vi="dồn cụm trong vài phút"),
    "neighbouring-hours": text(en="bursts within hours", vi="dồn cụm trong vài giờ"),
    "waits-after-reports": text(
        en="time from a report to the next dummy", vi="thời gian từ lượt khai báo tới lượt giả"
    ),
    "dummies-after-reports": text(
        en="number of dummies after a report", vi="số lượt giả sau khi khai báo"
    ),
}
_VERDICTS = {
    "clumped": text(
        en="Clumped: an observer can tell dummies from reports.",
        vi="Bị dồn cụm: người quan sát phân biệt được lượt giả với lượt khai báo thật.",
    ),
    "undecided": text(
        en="Undecided: nothing found, but the log is too short or too coarse to say more.",
        vi="Chưa kết luận được: không thấy gì lạ, nhưng nhật ký quá ngắn hoặc quá thô.",
    ),
    "unsuspicious": text(
        en="Unsuspicious: as if sent when they were due.",
        vi="Không có gì đáng ngờ: như thể được gửi đúng lúc đến hạn.",
    ),
}


@app.command(
    "check",
    help=text(
        en="Say whether the request times in a log of test phones were clumped. One line each: "
        "seconds, or phone,seconds, or phone,seconds,report.",
        vi="Cho biết thời điểm gửi trong nhật ký của các máy thử có bị dồn cụm không. Mỗi dòng là: "
        "giây, hoặc máy,giây, hoặc máy,giây,report.",
    ),
)
def check_command(
    log: _Log, rate: _Rate = DEFAULT_RATE, resolution: _Resolution = 1, *, as_json: _Json = False
) -> None:
    """Check a log for clumping [TERMINAL-11]."""
    if not 1e-3 <= rate <= DAY_SECONDS:
        raise MalformedError("--rate lies between 0.001 and 86400 dummies per day")
    with naming(log):
        requests = read_log(_read(log))
    found = check_clumping(
        requests, mean_seconds=round(DAY_SECONDS / rate), resolution_seconds=resolution
    )
    if as_json:
        emit_json(_document(requests, found))
    else:
        show(_as_table(found))
        show(_VERDICTS[found.verdict])


@app.command(
    "posterior",
    help=text(
        en="How probable a report is to an observer who counted a phone's uploads.",
        vi="Xác suất có khai báo thật, theo người quan sát đã đếm số lượt tải lên của một máy.",
    ),
)
def posterior_command(
    uploads: _Uploads,
    days: _Days,
    probability: _Probability,
    rate: _Rate = DEFAULT_RATE,
    *,
    as_json: _Json = False,
) -> None:
    """Compute a posterior [TERMINAL-12]."""
    for name, value in (("--days", days), ("--rate", rate)):
        if not 0 < value <= 1e6:
            raise MalformedError(f"{name} is more than 0 and at most 1000000")
    if not 0 <= probability <= 1:
        raise MalformedError("--probability lies between 0 and 1")
    found = posterior(uploads=uploads, days=days, probability=probability, dummies_per_day=rate)
    if as_json:
        rough = approximate_posterior(
            uploads=uploads, probability_per_day=probability / days, dummies_per_day=rate
        )
        emit_json({"posterior": found, "approximation": rough, "expected_dummies": days * rate})
    else:
        show(_sentence(uploads, before=probability, after=found, expected=days * rate))


def _sentence(uploads: int, *, before: float, after: float, expected: float) -> str:
    sentence = text(
        en="{before} % before counting, {after} % after {uploads} uploads ({expected} dummies "
        "were to be expected)",
        vi="Trước khi đếm {before} %, sau khi thấy {uploads} lượt tải lên {after} % (số lượt giả "
        "dự kiến là {expected})",
    )
    return sentence.format(
        before=number(100 * before, decimals=4),
        after=number(100 * after, decimals=4),
        uploads=number(uploads),
        expected=number(expected, decimals=2),
    )


def _document(requests: Sequence[Request], found: ClumpingReport) -> dict[str, object]:
    return {
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "requests": len(requests),
        "phones": len({each.phone for each in requests}),
        "tests": [
            {"test": each.test, "sample": each.sample, "p_value": each.p_value}
            for each in found.findings
        ],
    }


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_LOG_BYTES + 1)
    if len(data) > MAX_LOG_BYTES:
        raise LimitError(f"the file has more than {MAX_LOG_BYTES} bytes")
    return data


def _as_table(found: ClumpingReport) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(text(en="Test", vi="Phép thử"))
    table.add_column(text(en="Sample", vi="Cỡ mẫu"), justify="right")
    table.add_column(text(en="p-value", vi="Giá trị p"), justify="right")
    table.add_column("")
    for each in found.findings:
        p_value = text(en="not run", vi="không chạy")
        if each.p_value is not None:
            p_value = number(each.p_value, decimals=6)
        mark = text(en="clumped", vi="dồn cụm") if each.test in found.rejected else ""
        table.add_row(_TESTS[each.test], number(each.sample), p_value, mark)
    return table
