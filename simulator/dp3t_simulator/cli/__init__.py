"""`dp3t-sim`: simulate epidemics, and compute published results again."""

import typer

from dp3t.cli.language import text
from dp3t_simulator.cli import compare, contacts, reproduce, run, scenarios, sweep

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=text(
        en="Simulate epidemics among people whose phones run the protocol.",
        vi="Mô phỏng dịch bệnh trong cộng đồng có điện thoại chạy giao thức.",
    ),
)


app.command(
    help=text(
        en="Simulate a scenario, print what comes of it, and save it.",
        vi="Mô phỏng một kịch bản, in kết quả và lưu lại.",
    )
)(run.run)
app.command(
    help=text(
        en="Run a scenario with several values of settings, many times each.",
        vi="Chạy một kịch bản với nhiều giá trị thiết lập, mỗi giá trị nhiều lần.",
    )
)(sweep.sweep)
app.command(
    help=text(
        en="Put results and scenarios side by side, paired by seed.",
        vi="Đặt các kết quả và kịch bản cạnh nhau, ghép theo số gieo.",
    )
)(compare.compare)
app.command(
    help=text(
        en="List the scenarios that are shipped, or print one as a file to change.",
        vi="Liệt kê các kịch bản có sẵn, hoặc in một kịch bản ra tệp để sửa.",
    )
)(scenarios.scenarios)
app.command(
    help=text(
        en="Say what a file of measured contacts holds.",
        vi="Cho biết nội dung của một tệp tiếp xúc đã đo.",
    )
)(contacts.contacts)
app.add_typer(reproduce.app, name="reproduce")
