"""Settings: complete, strict, and named where they are wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dp3t import STANDARD, MalformedError, Parameters
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
        ("epoch_minutes = 0", "epoch_minutes"),
        ("epoch_minutes = 121", "epoch_minutes"),
        ("window_minutes = 9", "window_minutes"),
        ("window_minutes = 1441", "window_minutes"),
        ("clock_skew_seconds = -1", "clock_skew_seconds"),
        ("clock_skew_seconds = 7201", "clock_skew_seconds"),
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


@pytest.mark.spec("SERVER-36")
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("epoch_minutes = 7", "epoch_minutes must divide 1440"),
        ("epoch_minutes = 120\nwindow_minutes = 300", "window_minutes must be epochs"),
        ("epoch_minutes = 20\nwindow_minutes = 10", "window_minutes must be epochs"),
        ("epoch_minutes = 1\nclock_skew_seconds = 61", "clock_skew_seconds must lie"),
        ("epoch_minutes = 1\nclock_skew_seconds = 0\nretention_days = 45", "65536 keys"),
    ],
    ids=["no-divisor", "no-multiple", "window-in-an-epoch", "skew-of-an-epoch", "too-many-keys"],
)
def test_parameters_that_contradict_one_another_are_refused(text: str, named: str) -> None:
    """Invalid: each value is in its range, but no phone could use them together."""
    with pytest.raises(MalformedError, match=named) as refusal:
        Config.from_toml(text)
    assert "Value error" not in str(refusal.value)
    assert "whole" not in str(refusal.value)


def test_what_only_a_design_that_is_not_run_contradicts_is_accepted() -> None:
    text = "epoch_minutes = 1\nclock_skew_seconds = 0\nretention_days = 45\n"
    assert Config.from_toml(text + 'designs = ["lowcost"]').upload_sizes == {"lowcost": 4_096}


def test_the_parameters_of_the_region_are_those_of_the_configuration() -> None:
    text = "epoch_minutes = 30\nwindow_minutes = 120\nclock_skew_seconds = 5\nretention_days = 20"
    assert Config.from_toml(text).parameters == Parameters(
        epoch_minutes=30, window_minutes=120, clock_skew_seconds=5, retention_days=20
    )
    assert Config().parameters == STANDARD


def test_the_length_of_an_upload_follows_from_the_parameters() -> None:
    assert Config().upload_sizes == {
        "gaen": 4_096,
        "hybrid": 4_096,
        "lowcost": 4_096,
        "unlinkable": 65_536,
    }
    assert Config(window_minutes=120).upload_sizes["hybrid"] == 16_384


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
