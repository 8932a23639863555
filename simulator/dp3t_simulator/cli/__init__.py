"""`dp3t-sim`: simulate epidemics, and compute published results again."""

import typer

from dp3t.cli.language import text
from dp3t_simulator.cli import contacts, reproduce

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
        en="Say what a file of measured contacts holds.",
        vi="Cho biết nội dung của một tệp tiếp xúc đã đo.",
    )
)(contacts.contacts)
app.add_typer(reproduce.app, name="reproduce")
