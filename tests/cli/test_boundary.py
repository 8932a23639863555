"""The error boundary and the two languages."""

import os
import subprocess
import sys

import pytest
import typer

from dp3t.cli import boundary, language
from dp3t.errors import VerificationError


def program(error: BaseException | None) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def command() -> None:
        if error is not None:
            raise error

    return app


def run(error: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(SystemExit) as caught:
        boundary.run(program(error), name="dp3t")
    return caught.value.code


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (VerificationError("the signature\nis wrong"), "dp3t: the signature is wrong\n"),
        (FileNotFoundError(2, "No such file", "a.zip"), "dp3t: No such file: a.zip\n"),
        (OSError("disk on fire"), "dp3t: disk on fire\n"),
    ],
)
def test_a_fault_is_one_line_and_status_2(
    error: Exception,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(error, monkeypatch) == 2
    assert capsys.readouterr() == ("", line)


def test_success_and_a_chosen_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(None, monkeypatch) == 0
    assert run(typer.Exit(1), monkeypatch) == 1


def test_an_interruption_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (KeyboardInterrupt(), typer.Abort()):
        assert run(error, monkeypatch) == 130
        assert capsys.readouterr().err.strip() == "dp3t: interrupted"


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(ZeroDivisionError):
        boundary.run(program(ZeroDivisionError()), name="dp3t")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"DP3T_LANG": "vi", "LC_ALL": "C"}, "vi"),
        ({"DP3T_LANG": "en", "LANG": "vi_VN"}, "en"),
        ({"LANG": "fr_FR"}, "en"),
    ],
)
def test_the_language_is_the_first_that_is_set(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DP3T_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language.language() == expected
    assert language.text(en="en", vi="vi") == expected
    written = {"en": "1,234,567.50", "vi": "1.234.567,50"}
    assert language.number(1_234_567.5, decimals=2) == written[expected]


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize("program", ["dp3t_server.__main__", "dp3t.cli"])
def test_a_missing_extra_is_one_line_that_says_what_to_install(program: str) -> None:
    """Invalid: the packages of the server are not installed."""
    code = (
        "import sys; sys.modules.update({name: None for name in"
        " ('aiohttp', 'sqlalchemy', 'alembic')})\n"
        f"import importlib; importlib.import_module('{program}').main()"
    )
    arguments = ["demo"] if program == "dp3t.cli" else ["run"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert "is not installed: pip install 'dp3t[" in ran.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_our_letters_still_gets_its_help(encoding: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import dp3t.cli; dp3t.cli.main()", "--help"],
        capture_output=True,
        check=False,
        env={**os.environ, "DP3T_LANG": "vi", "PYTHONIOENCODING": encoding},
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
