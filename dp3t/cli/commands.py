"""Every command of `dp3t`: one file per family of commands."""

import typer

from dp3t.cli import (
    arrivals,
    capture,
    derive,
    disclosure,
    dummy,
    export,
    facilities,
    log,
    match,
    notification,
    presence,
    replay,
    score,
    sharing,
    symptoms,
    tokens,
)
from dp3t.cli.demo.command import demo
from dp3t.cli.language import text

app = typer.Typer(
    name="dp3t",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=text(
        en="Privacy-preserving, decentralized exposure notification.",
        vi="Thông báo phơi nhiễm phi tập trung, bảo vệ quyền riêng tư.",
    ),
)

app.command(
    "demo",
    help=text(
        en="Watch phones meet, patients report and exactly the right phones be warned.",
        vi="Xem các điện thoại gặp nhau, bệnh nhân khai báo và đúng người được cảnh báo.",
    ),
)(demo)
app.add_typer(arrivals.app, name="arrivals")
app.add_typer(capture.app, name="capture")
app.add_typer(replay.app)
app.add_typer(match.app)
app.add_typer(export.app, name="export")
app.add_typer(derive.app, name="derive")
app.add_typer(disclosure.app, name="disclosure")
app.add_typer(dummy.app, name="dummy")
app.add_typer(facilities.app, name="facilities")
app.add_typer(log.app, name="log")
app.add_typer(notification.app, name="notification")
app.add_typer(presence.app, name="presence")
app.add_typer(score.app, name="score")
app.add_typer(sharing.app, name="sharing")
app.add_typer(symptoms.app, name="symptoms")
app.add_typer(tokens.app, name="tokens")
