"""`dp3t symptoms`: a family's diary, advice by public rules, and help from the health station."""

import typer

from dp3t.cli.language import text
from dp3t.cli.symptoms import authority, station
from dp3t.cli.symptoms.advise import advise, rules
from dp3t.cli.symptoms.ask import ask
from dp3t.cli.symptoms.estimates import estimates
from dp3t.cli.symptoms.fetch import fetch
from dp3t.cli.symptoms.note import member, note, show_diary
from dp3t.cli.symptoms.reporting import report

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="The voluntary declaration: diary, advice, help.",
        vi="Khai báo y tế tự nguyện: nhật ký, lời khuyên, trợ giúp.",
    ),
)

app.command(
    "member",
    help=text(
        en="Write somebody into the diary, or erase them from it.",
        vi="Thêm một người vào nhật ký, hoặc xóa người đó.",
    ),
)(member)
app.command(
    "note",
    help=text(
        en="Note how somebody was on a day, or erase that.",
        vi="Ghi tình trạng của một người trong ngày, hoặc xóa đi.",
    ),
)(note)
app.command(
    "show",
    help=text(en="Show what is in the diary.", vi="Xem nội dung nhật ký."),
)(show_diary)
app.command(
    "advise",
    help=text(
        en="Say what to do, by which rule, which facts and which source.",
        vi="Cho biết nên làm gì, theo quy tắc nào, dữ kiện nào và nguồn nào.",
    ),
)(advise)
app.command(
    "rules",
    help=text(en="Show the rules with their sources.", vi="Xem các quy tắc và nguồn của chúng."),
)(rules)
app.command(
    "help",
    help=text(
        en="Ask the commune's health station for help; nobody else can read it.",
        vi="Nhờ trạm y tế xã trợ giúp; không ai khác đọc được.",
    ),
)(ask)
app.command(
    "fetch",
    help=text(
        en="Fetch the rules, the list of stations or the survey that the authority signed.",
        vi="Tải bộ quy tắc, danh sách trạm hoặc khảo sát do cơ quan y tế ký.",
    ),
)(fetch)
app.command(
    "report",
    help=text(
        en="Answer the survey's question, randomised, if today is drawn.",
        vi="Trả lời câu hỏi khảo sát, đã ngẫu nhiên hóa, nếu hôm nay được chọn.",
    ),
)(report)
app.command(
    "estimates",
    help=text(
        en="Show the published estimates, and where more people are ill than usual.",
        vi="Xem các ước tính đã công bố và nơi có nhiều người mắc hơn thường lệ.",
    ),
)(estimates)
app.add_typer(station.app, name="station")
app.add_typer(authority.app, name="authority")
