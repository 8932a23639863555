"""Settings: complete, strict, and named where they are wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dp3t import MalformedError
from dp3t_server.config import Config

EXAMPLE = Path(__file__).parents[2] / "server" / "example.toml"


def test_the_example_shows_every_setting_with_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert Config.from_toml(text) == Config()
    shown = {line.partition(" =")[0] for line in text.splitlines() if " = " in line}
    assert shown - {line for line in shown if line.startswith("#")} == set(Config.model_fields)


def test_an_empty_file_and_no_file_mean_the_defaults() -> None:
    assert Config.from_toml("") == Config.load(None) == Config()


@pytest.mark.spec("SERVER-36")
@pytest.mark.parametrize("name", ["retention", "Port", "simulated_clock", "log.level"])
def test_an_unknown_setting_is_refused_by_name(name: str) -> None:
    with pytest.raises(MalformedError, match=name.partition(".")[0]):
        Config.from_toml(f"{name} = 1")


@pytest.mark.spec("SERVER-39")
@pytest.mark.parametrize("setting", ["simulated_clock = 1", 'clock = "simulated"'])
def test_no_file_can_choose_the_simulated_clock(setting: str) -> None:
    with pytest.raises(MalformedError, match="clock: Extra inputs"):
        Config.from_toml(setting)


@pytest.mark.spec("SERVER-36")
@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("port = 65536", "port"),
        ("port = -1", "port"),
        ('port = "http"', "port"),
        ("retention_days = 0", "retention_days"),
        ("retention_days = 64", "retention_days"),
        ("code_lifetime_hours = 0", "code_lifetime_hours"),
        ('region = "vn"', "region"),
        ('region = "VN\\n"', "region"),
        ('region = ""', "region"),
        ("designs = []", "designs"),
        ('designs = ["lowcost", "lowcost"]', "designs"),
        ('designs = ["telepathy"]', "designs"),
        ("max_concurrent_requests = 0", "max_concurrent_requests"),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_name(setting: str, named: str) -> None:
    with pytest.raises(MalformedError, match=f"the configuration: {named}"):
        Config.from_toml(setting)


@pytest.mark.parametrize("text", ["port", "port = ", "= 1", "[", "port = 1\nport = 2", "\x00"])
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="not TOML"):
        Config.from_toml(text)


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(MalformedError, match="UTF-8"):
        Config.load(path)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Config().port = 1
