"""`dp3t-server`: run the server, issue codes, publish, look after the keys."""

import os

import typer

from dp3t.cli.language import text
from dp3t_server.cli import (
    arrivals,
    catch_up,
    codes,
    doctor,
    keys,
    log,
    run,
    statements,
    stats,
    sunset,
    symptoms,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=text(
        en="Run a key-publication server and look after it.",
        vi="Vận hành và quản lý máy chủ công bố khóa.",
    ),
)


@app.callback()
def private() -> None:
    """Let every file made from here on be readable by this user only."""
    os.umask(0o077)


app.command(
    help=text(
        en="Serve until told to stop; the first start makes data, keys and operator's token.",
        vi="Chạy máy chủ đến khi có lệnh dừng; lần đầu tự tạo dữ liệu, khóa và mã truy cập.",
    )
)(run.run)
app.command(help=text(en="Publish what is due now.", vi="Công bố ngay những gì đã đến hạn."))(
    run.publish
)
app.command(
    help=text(
        en="Print what was done on each day that is over; small numbers are not shown.",
        vi="In số liệu của từng ngày đã qua; các số nhỏ không được hiển thị.",
    )
)(stats.stats)
app.command(
    help=text(
        en="Say what is wrong with settings, keys, database, publications and clock.",
        vi="Kiểm tra cấu hình, khóa, cơ sở dữ liệu, việc công bố và đồng hồ, và nêu lỗi nếu có.",
    )
)(doctor.doctor)
app.command(
    help=text(
        en="End the service: take nothing more, erase what is not public, say so in the index.",
        vi="Chấm dứt dịch vụ: không nhận gì nữa, xóa dữ liệu chưa công khai, nêu rõ trong chỉ mục.",
    )
)(sunset.sunset)
app.command(
    "catch-up",
    help=text(
        en="After a database was restored: take over what the static tree has and it lacks.",
        vi="Sau khi khôi phục cơ sở dữ liệu: nhận lại những gì cây tệp tĩnh đã công bố.",
    ),
)(catch_up.catch_up)
app.add_typer(arrivals.app, name="arrivals")
app.add_typer(codes.app, name="codes")
app.add_typer(keys.app, name="keys")
app.add_typer(log.app, name="log")
app.add_typer(statements.app, name="statements")
app.add_typer(symptoms.app, name="symptoms")
