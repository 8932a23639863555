"""The numbers of a run as people read them, for the terminal and for the page."""

from dataclasses import dataclass

from dp3t.cli.language import number, text
from dp3t_simulator.metrics import Summary
from dp3t_simulator.result import Result

MISSING = "–"  # noqa: RUF001 - a dash stands for what cannot be told
SHOWN_GENERATIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Numbers that belong together.

    Attributes:
        title: what they are about.
        rows: for each its name and its value, ready to be read.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


def groups(result: Result) -> tuple[Group, ...]:
    """Return what a run says, in the order in which it is read."""
    found = result.summary
    with_app = (_warnings(found), _per_index_case(found)) if result.app_users else ()
    return (_epidemic(result, found), *with_app, _cost(result, found), _run(result, found))


def _epidemic(result: Result, found: Summary) -> Group:
    without = result.baseline
    rows = [
        (text(en="People, days", vi="Số người, số ngày"), _counts(found.people, found.days)),
        (text(en="Infected", vi="Số ca nhiễm"), _part(found.infected, found.people)),
    ]
    if without:
        label = text(en="without the app", vi="nếu không có ứng dụng")
        rows.append((f"  {label}", _part(without.infected, found.people)))
    generations = found.reproduction_by_generation[:SHOWN_GENERATIONS]
    rows += [
        (
            text(en="In hospital, died", vi="Nhập viện, tử vong"),
            _counts(found.hospitalised, found.deaths),
        ),
        (
            text(en="Infected by one, by generation", vi="Một ca lây cho, theo thế hệ"),
            " ".join(number(each, decimals=2) for each in generations) or MISSING,
        ),
    ]
    return Group(title=text(en="Epidemic", vi="Dịch"), rows=tuple(rows))


def _warnings(found: Summary) -> Group:
    return Group(
        title=text(en="Warnings", vi="Cảnh báo"),
        rows=(
            (text(en="With the app", vi="Có ứng dụng"), _part(found.app_users, found.people)),
            (text(en="Index cases (uploads)", vi="Ca tải khóa lên"), number(found.uploads)),
            (text(en="People warned", vi="Số người được cảnh báo"), number(found.notified)),
            (
                text(en="  truly, falsely", vi="  đúng, sai"),
                _counts(found.true_notified, found.false_notified),
            ),
            (
                text(en="  positive predictive value", vi="  giá trị dự báo dương"),
                _percent(found.positive_predictive_value),
            ),
        ),
    )


def _per_index_case(found: Summary) -> Group:
    cases = found.uploads or None
    return Group(
        title=text(en="Per index case", vi="Mỗi ca tải khóa"),
        rows=(
            (text(en="Keys published", vi="Khóa công bố"), _decimal(found.keys_per_upload)),
            (text(en="Warnings", vi="Cảnh báo"), _decimal(found.notified_per_upload)),
            (
                text(en="People warned truly", vi="Người được cảnh báo đúng"),
                _decimal(cases and found.true_notified / cases),
            ),
            (
                text(en="People warned falsely", vi="Người bị cảnh báo sai"),
                _decimal(cases and found.false_notified / cases),
            ),
            (
                text(en="Cases averted", vi="Ca nhiễm tránh được"),
                _decimal(
                    found.cases_averted / cases
                    if cases and found.cases_averted is not None
                    else None
                ),
            ),
        ),
    )


def _cost(result: Result, found: Summary) -> Group:
    rows = [
        (
            text(en="Days in quarantine", vi="Ngày cách ly do tiếp xúc"),
            number(found.quarantined_person_days),
        ),
        (
            text(en="Tests, positive", vi="Xét nghiệm, dương tính"),
            _counts(found.tests, found.positives),
        ),
        (
            text(en="Reached by manual tracing", vi="Truy vết thủ công tìm được"),
            number(found.traced),
        ),
    ]
    if result.baseline:
        rows += [
            (text(en="Cases averted", vi="Ca nhiễm tránh được"), _whole(found.cases_averted)),
            (text(en="Deaths averted", vi="Ca tử vong tránh được"), _whole(found.deaths_averted)),
            (
                text(
                    en="More days in quarantine per case averted",
                    vi="Ngày cách ly thêm cho mỗi ca tránh được",
                ),
                _decimal(found.quarantine_days_per_case_averted, decimals=1),
            ),
        ]
    if result.app_users:
        label = text(en="Bytes per phone and day", vi="Byte mỗi điện thoại mỗi ngày")
        rows.append((label, number(found.bytes_per_phone_per_day)))
    return Group(title=text(en="Cost and benefit", vi="Chi phí và lợi ích"), rows=tuple(rows))


def _run(result: Result, found: Summary) -> Group:
    return Group(
        title=text(en="Run", vi="Lần chạy"),
        rows=(
            (
                text(en="Design, configuration, fidelity", vi="Giao thức, cách tính, chế độ"),
                f"{found.design}, {result.scenario.app.configuration}, {found.fidelity}",
            ),
            (text(en="Seed", vi="Số gieo"), str(found.seed)),
            (text(en="Seconds", vi="Giây"), number(found.seconds, decimals=2)),
            (
                text(en="Person-days per second", vi="Người-ngày mỗi giây"),
                number(found.person_days_per_second),
            ),
            (text(en="Peak memory, MB", vi="Bộ nhớ cao nhất, MB"), number(found.peak_rss_mb)),
        ),
    )


def _part(part: int, whole: int) -> str:
    return f"{number(part)}  ({_percent(part / whole)})"


def _counts(*counts: int) -> str:
    return " / ".join(number(each) for each in counts)


def _percent(share: float | None) -> str:
    return MISSING if share is None else f"{number(100 * share, decimals=1)} %"


def _decimal(value: float | None, *, decimals: int = 2) -> str:
    return MISSING if value is None else number(value, decimals=decimals)


def _whole(value: int | None) -> str:
    return MISSING if value is None else number(value)
