"""`dp3t-sim`: simulate epidemics, and compute published results again."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from dp3t.cli.language import text
from dp3t.cli.starting import importing
from dp3t_simulator.cli.values import PlainCommand, PlainGroup

_COMMANDS = {
    "run": text(
        en="Simulate a scenario, print what comes of it, and save it.",
        vi="Mô phỏng một kịch bản, in kết quả và lưu lại.",
    ),
    "sweep": text(
        en="Run a scenario with several values of settings, many times each.",
        vi="Chạy một kịch bản với nhiều giá trị thiết lập, mỗi giá trị nhiều lần.",
    ),
    "compare": text(
        en="Put results and scenarios side by side, paired by seed.",
        vi="Đặt các kết quả và kịch bản cạnh nhau, ghép theo số gieo.",
    ),
    "scenarios": text(
        en="List the scenarios that are shipped, or print one as a file to change.",
        vi="Liệt kê các kịch bản có sẵn, hoặc in một kịch bản ra tệp để sửa.",
    ),
    "contacts": text(
        en="Say what a file of measured contacts holds.",
        vi="Cho biết nội dung của một tệp tiếp xúc đã đo.",
    ),
    "reproduce": text(en="Compute published results again.", vi="Tính lại các kết quả đã công bố."),
}
"""For each command its help. A module has its name, and in it a function, or `app` for a group."""


class _Commands(PlainGroup):
    """Commands that are their help alone until they are run, when their modules are imported."""

    # typer keeps the classes of contexts and commands private: they are `Any` here.

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, explained in _COMMANDS.items():
            self.add_command(TyperCommand(name, help=explained))

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _loaded(str(name)), rest


def _loaded(name: str) -> Any:
    with importing():
        module = import_module(f"dp3t_simulator.cli.{name}")
    alone = typer.Typer()
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name, help=_COMMANDS[name])
    else:
        alone.command(name, help=_COMMANDS[name], cls=PlainCommand)(getattr(module, name))
    return typer.main.get_group(alone).commands[name]


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=text(
        en="Simulate epidemics among people whose phones run the protocol.",
        vi="Mô phỏng dịch bệnh trong cộng đồng có điện thoại chạy giao thức.",
    ),
)


@app.callback()
def _with_commands() -> None:
    # A Typer without commands of its own is a group only if it has a callback.
    pass
