"""What may be relied on is this list; a change of it is a change of the API."""

import ast
import inspect
import tomllib
from importlib import import_module
from types import ModuleType

import pytest

import dp3t
import dp3t_simulator
from dp3t import proximity, publication
from project import ROOT

PUBLIC = [
    "MINIMAL",
    "STANDARD",
    "Batch",
    "ClockError",
    "Day",
    "Dp3tError",
    "ExpiredError",
    "Exposure",
    "Instant",
    "Interval",
    "LimitError",
    "MalformedError",
    "Match",
    "Metadata",
    "Parameters",
    "Phone",
    "PolicyError",
    "Rand",
    "ReplayError",
    "Report",
    "Slot",
    "SplitViewError",
    "Stretch",
    "TooEarlyError",
    "TransportError",
    "TrustedKeys",
    "UnauthorizedError",
    "UnknownKeyError",
    "UnsupportedVersionError",
    "UploadCode",
    "VerificationError",
    "VerificationKey",
    "__version__",
    "date_to_day",
    "day_of",
    "day_start",
    "day_to_date",
    "instant",
    "interval_of",
    "interval_start",
    "random_from_os",
    "release_after",
    "slot_of",
    "slot_start",
    "to_datetime",
]


def test_the_public_face_is_pinned() -> None:
    assert dp3t.__all__ == PUBLIC


def test_every_public_name_exists_and_is_documented() -> None:
    for name in dp3t.__all__:
        member = getattr(dp3t, name)
        if inspect.isroutine(member) or inspect.isclass(member):
            assert member.__doc__, name


@pytest.mark.parametrize("face", [dp3t, dp3t_simulator, proximity, publication])
def test_a_face_has_each_of_its_names_and_no_others(face: ModuleType) -> None:
    assert dir(face) == sorted(face.__all__)
    imported = {
        alias.asname or alias.name: getattr(import_module(str(each.module)), alias.name)
        for each in ast.walk(ast.parse(inspect.getsource(face)))
        if isinstance(each, ast.ImportFrom)
        and str(each.module).startswith(("dp3t.", "dp3t_simulator."))
        for alias in each.names
    }
    for name in {*face.__all__} - {"__version__"}:
        assert getattr(face, name) is imported[name]  # what type checkers take it for
    with pytest.raises(AttributeError, match="has no attribute 'Telephone'"):
        _ = face.Telephone


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert dp3t.__version__ == project["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in changelog.splitlines() if line.startswith("## "))
    assert newest.startswith(f"## {dp3t.__version__} ")
