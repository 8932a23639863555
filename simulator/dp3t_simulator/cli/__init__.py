"""`dp3t-sim`: simulate epidemics, and compute published results again."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dp3t.cli.language import text

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
    "reproduce": None,
}
"""For each command its help; None for a group, which brings its own. A module has its name."""


class _Commands(TyperGroup):
    """Commands whose modules are imported when they are asked for: a run waits for no other."""

    # typer keeps the classes of contexts and commands private: they are `Any` here.

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:  # all of them: for a hint
            if name not in self.commands:
                self.add_command(_loaded(name), name)
        return self.commands.get(cmd_name)


def _loaded(name: str) -> Any:
    module = import_module(f"dp3t_simulator.cli.{name}")
    alone = typer.Typer()
    if _COMMANDS[name] is None:
        alone.add_typer(module.app, name=name)
    else:
        alone.command(name, help=_COMMANDS[name])(getattr(module, name))
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
