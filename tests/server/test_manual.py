"""The operator's manual: its commands exist, and its numbers are the server's."""

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from dp3t.publication import MAX_BATCH_BYTES
from dp3t_server.cli import app
from dp3t_server.config import Config

MANUAL = (Path(__file__).parents[2] / "server" / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    set(re.findall(r"^    (dp3t-server .*?)(?: [<>] .*| {2,}#.*)?$", MANUAL, re.MULTILINE))
)


def test_the_manual_shows_every_command() -> None:
    shown = {tuple(command.split()[1:3]) for command in COMMANDS}
    assert shown >= {("codes", "issue"), ("keys", "show"), ("keys", "list"), ("keys", "rotate")}
    assert shown >= {
        ("codes", "revoke"),
        ("codes", "activate"),
        *(("statements", do) for do in ("new-key", "sign")),
        *(("arrivals", do) for do in ("receipt-key", "install")),
        ("symptoms", "install"),
    }
    assert {words[0] for words in shown} == {
        "run",
        "arrivals",
        "publish",
        "catch-up",
        "codes",
        "doctor",
        "keys",
        "log",
        "statements",
        "stats",
        "sunset",
        "symptoms",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_manual_is_understood(command: str) -> None:
    """Everything is parsed, nothing is run."""
    parser = get_command(app)
    words = shlex.split(command)[1:]
    while isinstance(parser, TyperGroup):
        parser = parser.commands[words.pop(0)]
    parser.make_context("dp3t-server", words)


def test_the_numbers_of_the_manual_are_the_servers() -> None:
    config = Config()
    assert f"{MAX_BATCH_BYTES // 2**20} MiB" in MANUAL
    assert f"signs for {config.signing_key_lifetime_days} days" in MANUAL
    assert f"{config.retention_days} days is `retention_days`" in MANUAL
    assert f"for {config.retention_days + 1} more days" in MANUAL
    assert f"http://{config.host}:{config.port}" in MANUAL
