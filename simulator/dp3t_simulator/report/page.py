"""A run as one page that needs nothing else: images, numbers, and what it takes to repeat it."""

import platform
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from importlib.metadata import version

from dp3t.cli.language import language, text
from dp3t_simulator.report.rows import Group, groups
from dp3t_simulator.result import Result
from dp3t_simulator.scenario.writing import to_toml

_STYLE = """
:root { color: #1f2328; background: #fff; font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem }
.lead { color: #59636e; margin: .25rem 0 0 }
.groups { display: grid; gap: 1.5rem 2.5rem; align-items: start }
.groups { grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: 0 0 .3rem }
th { font-weight: 400; text-align: left; white-space: pre-wrap }
td { text-align: right; white-space: pre }
th, td { padding: .22rem 0; border-top: 1px solid #e4e7eb }
figure { margin: 0 0 2rem } img { max-width: 100%; width: 45rem; height: auto; display: block }
figcaption { color: #59636e; max-width: 45rem }
pre { background: #f6f8fa; padding: .9rem 1rem; font-size: .85rem; border-radius: 6px }
pre { overflow-x: auto }
@media (max-width: 28rem) { .groups { grid-template-columns: 1fr } }
@media print { body { max-width: none } figure { break-inside: avoid } }
"""


def page(result: Result, figures: Mapping[str, bytes]) -> str:
    """Return a page that fetches nothing and says what repeats the run [SCENARIO-13, SCENARIO-14].

    Args:
        result: the run.
        figures: PNG images by name, of `plots_run.FIGURES`.
    """
    scenario = result.scenario
    described = text(en=scenario.description, vi=scenario.description_vi or scenario.description)
    title = text(en=f"Simulation: {scenario.name}", vi=f"Mô phỏng: {scenario.name}")
    return f"""<!doctype html>
<html lang="{language()}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
<h1>{escape(title)}</h1>
<p class="lead">{escape(described)}</p>
<h2>{text(en="Results", vi="Kết quả")}</h2>
<div class="groups">{"".join(map(_table, groups(result)))}</div>
<h2>{text(en="Figures", vi="Hình")}</h2>
{"".join(_figure(name, image) for name, image in figures.items())}
<h2>{text(en="What the words mean", vi="Giải thích")}</h2>
{_meanings()}
<h2>{text(en="To repeat it", vi="Chạy lại")}</h2>
{_repeating(result)}
</html>
"""


def _table(group: Group) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}<td>{escape(value)}" for name, value in group.rows
    )
    return f"<table><caption>{escape(group.title)}</caption>{rows}</table>\n"


def _figure(name: str, image: bytes) -> str:
    caption = _captions()[name]
    source = f"data:image/png;base64,{b64encode(image).decode()}"
    return (
        f'<figure><img src="{source}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>\n"
    )


def _captions() -> Mapping[str, str]:
    return {
        "epidemic": text(
            en="Above: people at each stage of the disease. Below: people infected on each day; "
            "dashed, the same world and luck without the app.",
            vi="Trên: số người ở mỗi giai đoạn bệnh. Dưới: số người nhiễm mỗi ngày; nét đứt là "
            "cùng thế giới và vận may ấy nhưng không có ứng dụng.",
        ),
        "spread": text(
            en="Above: whom those infected on a day went on to infect, mean of a week around it; "
            "the last two weeks are left out. Below: where people were infected.",
            vi="Trên: số người mà một ca nhiễm trong ngày lây tiếp, trung bình một tuần quanh ngày "
            "đó; bỏ hai tuần cuối. Dưới: nơi nhiễm.",
        ),
        "notifications": text(
            en="Above: people warned by the app on each day. Below: people who stay at home.",
            vi="Trên: số người được ứng dụng cảnh báo mỗi ngày. Dưới: số người ở nhà.",
        ),
        "index-cases": text(
            en="How many people were warned of a day on which they met an index case.",
            vi="Số người được cảnh báo về ngày họ gặp một ca đã tải khóa lên.",
        ),
        "ages": text(
            en="Above: the share of each age infected. Below: stays in hospital and deaths.",
            vi="Trên: tỷ lệ nhiễm mỗi nhóm tuổi. Dưới: số ca nhập viện và tử vong.",
        ),
    }


def _meanings() -> str:
    sentences = (
        text(
            en="A warning is true where the person was infected on a day from that of the exposure "
            "it names to that on which it was shown, by whomever; otherwise it is false.",
            vi="Cảnh báo là đúng nếu người đó nhiễm trong khoảng từ ngày tiếp xúc được nêu đến "
            "ngày cảnh báo, dù ai lây; nếu không thì là sai.",
        ),
        text(
            en="Cases averted: fewer infected than in the same world and luck without app and "
            "check-in. One run is one throw of the dice: compare several seeds before concluding.",
            vi="Ca tránh được: số ca ít hơn so với cùng thế giới và vận may ấy nhưng không có ứng "
            "dụng và quét mã. Một lần chạy chỉ là một lần gieo: hãy so nhiều số gieo trước khi "
            "kết luận.",
        ),
        text(
            en="Days in quarantine are those of the warned, the traced and households; isolation "
            "of the ill is not in them.",
            vi="Ngày cách ly do tiếp xúc gồm người được cảnh báo, được truy vết và cùng hộ; không "
            "gồm cách ly của người bệnh.",
        ),
    )
    return "".join(f"<p>{escape(each)}\n" for each in sentences)


def _repeating(result: Result) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    made = (
        f"dp3t {result.version}, Python {platform.python_version()}, {packages}, "
        f"{platform.system()} {platform.machine()}"
    )
    saved = text(
        en="Save the lines below as scenario.toml (it is beside this page as well):",
        vi="Lưu các dòng dưới đây thành scenario.toml (cũng có cạnh trang này):",
    )
    return (
        f"<pre>dp3t-sim run scenario.toml --seed {result.seed}</pre>\n"
        f"<p>{escape(made)}\n<p>{escape(saved)}\n<pre>{escape(to_toml(result.scenario))}</pre>"
    )
