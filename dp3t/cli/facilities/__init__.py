"""`dp3t facilities`: enrol and attest, object and decide, and verify the public record."""

import typer

from dp3t.cli.facilities import checklists
from dp3t.cli.facilities.attesting import answer, attest, rekey
from dp3t.cli.facilities.deciding import close, open_again, resolve, settings, strike
from dp3t.cli.facilities.enrol import enrol
from dp3t.cli.facilities.objecting import object_to
from dp3t.cli.facilities.status import status
from dp3t.cli.facilities.verify import verify
from dp3t.cli.language import text

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="The live map of safe places: a public record that anybody can verify.",
        vi="Bản đồ nơi an toàn: sổ công khai mà ai cũng kiểm chứng được.",
    ),
)

for name, command, help_text in (
    (
        "settings",
        settings,
        text(
            en="For the authority: settle how days are counted, and until when they are attested.",
            vi="Dành cho cơ quan quản lý: quy định cách tính ngày và hạn báo cáo.",
        ),
    ),
    (
        "enrol",
        enrol,
        text(
            en="For the authority: enrol the facilities of a table.",
            vi="Dành cho cơ quan quản lý: đăng ký các cơ sở trong bảng.",
        ),
    ),
    (
        "close",
        close,
        text(
            en="For the authority: close a facility.",
            vi="Dành cho cơ quan quản lý: đóng cửa một cơ sở.",
        ),
    ),
    (
        "open",
        open_again,
        text(
            en="For the authority: open a facility again.",
            vi="Dành cho cơ quan quản lý: mở lại một cơ sở.",
        ),
    ),
    (
        "resolve",
        resolve,
        text(
            en="For the authority: decide on an objection.",
            vi="Dành cho cơ quan quản lý: giải quyết một phản ánh.",
        ),
    ),
    (
        "strike",
        strike,
        text(
            en="For the authority: have the words of an act erased.",
            vi="Dành cho cơ quan quản lý: xóa lời văn của một hành vi.",
        ),
    ),
    (
        "attest",
        attest,
        text(
            en="For a facility: attest what was done on a day.",
            vi="Dành cho cơ sở: báo cáo những việc đã làm trong ngày.",
        ),
    ),
    (
        "answer",
        answer,
        text(
            en="For a facility: answer an objection.",
            vi="Dành cho cơ sở: trả lời một phản ánh.",
        ),
    ),
    (
        "rekey",
        rekey,
        text(
            en="For a facility: go on under a key that only it has.",
            vi="Dành cho cơ sở: đổi sang khóa chỉ cơ sở có.",
        ),
    ),
    (
        "object",
        object_to,
        text(
            en="For everybody: object to what a facility has attested, without a name.",
            vi="Dành cho mọi người: phản ánh điều cơ sở đã báo cáo, không cần nêu tên.",
        ),
    ),
    (
        "status",
        status,
        text(
            en="Show the map, or the days of one facility.",
            vi="Xem bản đồ, hoặc các ngày của một cơ sở.",
        ),
    ),
    (
        "verify",
        verify,
        text(
            en="Replay the whole record and hold log and map to it.",
            vi="Phát lại toàn bộ sổ công khai, đối chiếu nhật ký và bản đồ với sổ.",
        ),
    ),
):
    app.command(name, help=help_text)(command)
app.add_typer(checklists.app, name="checklist")
