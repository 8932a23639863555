"""The stories as one page that needs nothing else: no script, and nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape

import segno

from dp3t.cli.demo.declarations.checks import Check
from dp3t.cli.demo.declarations.desks import BORDER, Desk
from dp3t.cli.demo.declarations.family import Advised, Family
from dp3t.cli.demo.declarations.gates import Shown, shown_in_words
from dp3t.cli.demo.declarations.household import CALLBACK, HOME, NAMES
from dp3t.cli.demo.declarations.page_style import STYLE
from dp3t.cli.demo.declarations.report import (
    declared_in_words,
    desk_in_words,
    estimate_in_words,
    is_right,
    odd_ones,
    percent,
    reported_in_words,
    said,
    short_date,
    verdict_in_words,
)
from dp3t.cli.demo.declarations.run import Outcome, Scenario
from dp3t.cli.demo.declarations.travellers import Fate, first_of
from dp3t.cli.language import language, number, text
from dp3t.symptoms.help import HELP_BYTES
from dp3t.symptoms.rules import Source
from dp3t.symptoms.words import Outcome as Urgency


def page(scenario: Scenario, outcome: Outcome, *, chart: bytes) -> str:
    """Return the page.

    Args:
        scenario: what was planned.
        outcome: what came of it.
        chart: the picture of the survey, PNG.
    """
    title = text(
        en="A plane lands, a family falls ill, a commune alarms",
        vi="Một chuyến bay hạ cánh, một gia đình đổ bệnh, một xã báo động",
    )
    lead = text(
        en="Everything here was played by the library and by a server process of its own. People "
        "and communes are invented; the story is that of seed {seed}.",
        vi="Mọi thứ ở đây do thư viện và một tiến trình máy chủ riêng thực hiện. Người và xã đều "
        "hư cấu; câu chuyện ứng với hạt giống {seed}.",
    ).format(seed=scenario.seed)
    return f"""<!doctype html>
<html lang="{language()}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<h1>{escape(title)}</h1>
<p class="lead">{escape(lead)}</p>
{_banner(outcome)}
{_plane(scenario, outcome)}
{_family(outcome.family)}
{_survey(outcome, chart)}
{_all_checks(outcome)}
</html>
"""


def _banner(outcome: Outcome) -> str:
    checks = [check for each in outcome.checks().values() for check in each]
    right = sum(check.right for check in checks)
    words = text(
        en="{right} of {all} expectations hold.", vi="{right} trên {all} điều phải đúng đã đúng."
    ).format(right=right, all=len(checks))
    return f'<p class="banner {"good" if is_right(outcome) else "bad"}">{escape(words)}</p>'


def _plane(scenario: Scenario, outcome: Outcome) -> str:
    good = first_of(scenario.travellers, Fate.GOOD)
    receipt = segno.make_qr(outcome.plane.handed[good].receipt, error="m")
    caption = text(
        en="The receipt of {name}: for an officer without a network.",
        vi="Phiếu của {name}: cán bộ kiểm tra được khi không có mạng.",
    ).format(name=scenario.travellers[good].name)
    return f"""<h2>{text(en="A plane lands", vi="Một chuyến bay hạ cánh")}</h2>
<p>{escape(declared_in_words(scenario, outcome))}</p>
<div class="tiles">{"".join(map(_desk, outcome.plane.desks))}</div>
<h3>{text(en="At the gates", vi="Ở các cổng")}</h3>
<div class="side"><div class="gates">{_gates(outcome)}</div>
<div>{receipt.svg_inline(scale=4, border=2, omitsize=True)}
<p class="quiet">{escape(caption)}</p></div></div>"""


def _desk(desk: Desk) -> str:
    name = desk_in_words(desk)
    opened = text(en="opened, {others} not", vi="mở được, {others} không").format(
        others=desk.others
    )
    reads = text(en="reads {n} fields of one", vi="đọc {n} mục của một tờ").format(
        n=len(desk.fields)
    )
    if not desk.opened:
        reads = text(en="nobody goes there", vi="không ai đến đây")
    label = name[:1].upper() + name[1:] if desk.place == BORDER else name
    return (
        f'<div class="tile">{escape(label)}<b>{len(desk.opened)}</b>{escape(opened)}'
        f'<br><span class="quiet">{escape(reads)}</span></div>'
    )


def _gates(outcome: Outcome) -> str:
    head = (
        text(en="Gate", vi="Cổng"),
        text(en="Shows", vi="Xuất trình"),
        text(en="The officer is told", vi="Cán bộ thấy"),
    )
    passed = sum(each.showing.fate is Fate.GOOD for each in outcome.gates.shown)
    words = text(
        en="{n} travellers come with a good receipt; the first of them stands here for all.",
        vi="{n} người đến với phiếu hợp lệ; người đầu tiên đại diện cho tất cả.",
    ).format(n=passed)
    rows = [_shown(each) for each in odd_ones(outcome.gates.shown)]
    return _table(head, rows) + f'<p class="quiet">{escape(words)}</p>'


def _shown(shown: Shown) -> list[str]:
    kind = "valid" if shown.verdict == "valid" else "refused"
    told = verdict_in_words(shown)
    where = ", ".join(use.gate for use in shown.passing.uses)
    used = text(en=" First at {where}.", vi=" Lần đầu ở {where}.").format(where=where)
    return [
        escape(shown.showing.gate),
        escape(said(shown_in_words(shown.showing))),
        f'<span class="chip {kind}">{escape(shown.verdict.value)}</span> '
        + escape(told + (used if where else "")),
    ]


def _family(family: Family) -> str:
    words = text(
        en="The diary stays on the phone, sealed: {size} bytes, whatever is noted. The rules are a "
        "table that the authority has signed; the phone says which of them decided and why.",
        vi="Nhật ký được niêm phong và ở lại trên điện thoại: {size} byte, dù ghi gì. Quy tắc là "
        "một bảng do cơ quan y tế ký; điện thoại cho biết quy tắc nào quyết định và vì sao.",
    ).format(size=number(family.diary_bytes))
    return f"""<h2>{text(en="A family falls ill", vi="Một gia đình đổ bệnh")}</h2>
<p>{escape(words)}</p>
<div class="days">{"".join(map(_advised, family.advised))}</div>
<h3>{text(en="Help", vi="Giúp đỡ")}</h3>
{_help(family)}"""


def _advised(advised: Advised) -> str:
    outcome = advised.advice.outcome
    rules = "".join(
        f"<p>{escape(said(fired.rule.text))}</p>"
        f'<p class="quiet">{escape(", ".join(map(said, fired.facts)))}'
        f"{' · ' if fired.facts else ''}{escape('; '.join(_sources(fired.rule.sources)))}</p>"
        for fired in advised.advice.deciding
    )
    return (
        f'<div class="card day"><div>{short_date(advised.noted.day)}<br>'
        f"<b>{escape(NAMES[advised.noted.member])}</b></div>"
        f'<div><span class="chip {outcome.value}">{escape(_urgency(outcome))}</span>{rules}</div>'
        "</div>"
    )


def _sources(sources: Iterable[Source]) -> Iterator[str]:
    return (f"{source.document}, {source.date}" for source in sources)


def _urgency(outcome: Urgency) -> str:
    return {
        Urgency.STAY: text(en="Stay at home", vi="Ở nhà theo dõi"),
        Urgency.TEST: text(en="Take a test", vi="Nên xét nghiệm"),
        Urgency.CALL: text(en="Call the station", vi="Gọi trạm y tế"),
        Urgency.EMERGENCY: text(en="Emergency", vi="Cấp cứu"),
    }[outcome]


def _help(family: Family) -> str:
    request = family.request
    if request is None:
        return f"<p>{text(en='No station could open it.', vi='Không trạm nào mở được.')}</p>"
    server = text(
        en="{size} sealed bytes, which do not say for which commune",
        vi="{size} byte đã niêm phong, không cho biết gửi tới xã nào",
    ).format(size=number(HELP_BYTES))
    hours = f"{CALLBACK.telephone}, {CALLBACK.from_hour}-{CALLBACK.until_hour} h"
    rows = (
        (text(en="The server has", vi="Máy chủ có"), server),
        (
            text(en="Opened by", vi="Mở được"),
            ", ".join(commune.name for commune in family.opened_by),
        ),
        (text(en="Who asks", vi="Người nhờ"), request.who),
        (text(en="Call back", vi="Gọi lại"), hours),
        (text(en="Says", vi="Lời nhắn"), request.message),
        (text(en="Age", vi="Tuổi"), request.age_band.value),
    )
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    station = text(en="Health station of {name}", vi="Trạm y tế {name}").format(name=HOME.name)
    return f'<div class="card"><p><b>{escape(station)}</b></p><dl>{listed}</dl></div>'


def _survey(outcome: Outcome, chart: bytes) -> str:
    alt = text(
        en="Share of people with symptoms in four communes over five weeks.",
        vi="Tỷ lệ người có triệu chứng ở bốn xã trong năm tuần.",
    )
    chance = text(
        en="The alarm is a moving average of how far the days lie above those of the weeks before. "
        "On steady days it rises by chance about twice in a thousand days of a commune. Here "
        "the colds of the season fade, as the chart shows, so that chance hardly ever raises it.",
        vi="Cảnh báo là trung bình trượt của mức vượt so với những tuần trước. Khi không có gì "
        "thay đổi, nó xuất hiện do ngẫu nhiên khoảng hai lần trong một nghìn ngày ở một xã. Ở đây "
        "cảm cúm theo mùa giảm dần, như trong hình, nên ngẫu nhiên hầu như không gây cảnh báo.",
    )
    told = text(en="What the phone tells its owner: ", vi="Điện thoại giải thích cho chủ của nó: ")
    return f"""<h2>{text(en="A commune alarms", vi="Một xã báo động")}</h2>
<p>{escape(reported_in_words(outcome))}</p>
<p class="quiet">{escape(told + said(outcome.communes.told))}</p>
<img alt="{escape(alt)}" width="1560" height="936"
 src="data:image/png;base64,{b64encode(chart).decode()}">
<p class="quiet">{escape(chance)}</p>
<h3>{text(en="The last day, as the server published it", vi="Ngày cuối, như máy chủ công bố")}</h3>
{_last_day(outcome)}"""


def _last_day(outcome: Outcome) -> str:
    head = (
        text(en="Commune", vi="Xã"),
        text(en="Reports", vi="Báo cáo"),
        text(en="Estimate and 95% interval", vi="Ước lượng và khoảng tin cậy 95%"),
        text(en="Truth", vi="Sự thật"),
        text(en="Alarm", vi="Cảnh báo"),
    )
    rows = []
    for commune, days in outcome.communes.days.items():
        last, alarm = days[-1], outcome.communes.first_alarm(commune)
        since = text(en="since {day}", vi="từ {day}")
        raised = "" if alarm is None else since.format(day=short_date(alarm))
        rows.append(
            [
                escape(commune.name),
                str(last.reports) if last.share else text(en="too few", vi="quá ít"),
                escape(estimate_in_words(last)),
                f"{percent(last.truth)}%",
                f'<span class="chip refused">{raised}</span>' if raised else "",
            ]
        )
    return _table(head, rows)


def _all_checks(outcome: Outcome) -> str:
    names = {
        "plane": text(en="Declarations", vi="Tờ khai"),
        "gates": text(en="Gates", vi="Cổng"),
        "family": text(en="Family", vi="Gia đình"),
        "communes": text(en="Communes", vi="Các xã"),
        "server": text(en="Server", vi="Máy chủ"),
    }
    head = (
        text(en="Of what", vi="Về điều gì"),
        text(en="What came", vi="Thực tế"),
        text(en="Verdict", vi="Kết quả"),
    )
    parts = [
        f"<details><summary>{escape(names[story])} ({len(checks)})</summary>"
        f"{_table(head, [_checked(check) for check in checks])}</details>"
        for story, checks in outcome.checks().items()
    ]
    return f"<h2>{text(en='What had to be so', vi='Những điều phải đúng')}</h2>{''.join(parts)}"


def _checked(check: Check) -> list[str]:
    if check.right:
        kind, word, came = "valid", text(en="right", vi="đúng"), _came(check)
    else:
        kind, word = "refused", text(en="wrong", vi="sai")
        came = f"{check.came}, {text(en='not', vi='không phải')} {check.due}"
    return [escape(said(check.what)), escape(came), f'<span class="chip {kind}">{word}</span>']


def _came(check: Check) -> str:
    """Return what came where that is a word or a number; of longer things the verdict is enough."""
    match check.came:
        case bool(value):
            return text(en="yes", vi="có") if value else text(en="no", vi="không")
        case int(value):
            return number(value)
        case str(value):
            return value
        case []:
            return text(en="nothing", vi="không có gì")
    return ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the head is escaped here, and the cells were before."""
    top = "".join(f"<th>{escape(each)}" for each in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}" for row in rows)
    return f"<table><thead><tr>{top}<tbody>{body}</table>"
