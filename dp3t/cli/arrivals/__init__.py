"""`dp3t arrivals`: entry declarations, their receipts, and the gates that check them."""

import typer

from dp3t.cli.arrivals import gate, keys
from dp3t.cli.arrivals.checking import receipt, verify
from dp3t.cli.arrivals.declaring import declare, withdraw
from dp3t.cli.arrivals.form import form
from dp3t.cli.arrivals.opening import open_declarations
from dp3t.cli.language import text

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Entry declarations: sealed for the authority, with a receipt checked offline.",
        vi="Tờ khai nhập cảnh: niêm phong cho cơ quan, có phiếu kiểm tra ngoại tuyến.",
    ),
)

app.add_typer(keys.app, name="keys")
app.command(
    "form",
    help=text(
        en="Show the form, or check answers to it.", vi="Xem tờ khai, hoặc kiểm tra câu trả lời."
    ),
)(form)
app.command(
    "declare",
    help=text(
        en="Seal a declaration on this device and hand it in.",
        vi="Niêm phong tờ khai trên thiết bị này và nộp.",
    ),
)(declare)
app.command(
    "receipt",
    help=text(en="Show what a receipt says, and draw it.", vi="Xem nội dung phiếu và vẽ phiếu."),
)(receipt)
app.command(
    "verify",
    help=text(en="Check a receipt without a network.", vi="Kiểm tra phiếu không cần mạng."),
)(verify)
app.command(
    "open",
    help=text(
        en="For the authority: read sealed declarations.",
        vi="Dành cho cơ quan: đọc tờ khai đã niêm phong.",
    ),
)(open_declarations)
app.command(
    "withdraw",
    help=text(en="Withdraw a declaration.", vi="Rút tờ khai."),
)(withdraw)
app.add_typer(gate.app, name="gate")
