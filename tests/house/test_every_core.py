"""The whole suite runs on every core, and a part of it in one process."""

from pathlib import Path
from textwrap import dedent

import pytest

WHERE = """
    import os
    from pathlib import Path

    def test_where():
        Path("where").write_text(os.environ.get("PYTEST_XDIST_WORKER", "here"))
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose only test tells where it ran."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "1")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        addopts = ["-p", "spec_trace", "-p", "every_core"]
        """
    )
    pytester.mkdir("spec")
    pytester.mkdir("tests")
    (pytester.path / "tests" / "test_widget.py").write_text(dedent(WHERE), encoding="utf-8")
    return pytester


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ("-p xdist", "gw0"),
        ("-p xdist --spec=write", "gw0"),
        ("-p xdist -n 0", "here"),
        ("-p xdist -n 1 tests/test_widget.py", "gw0"),
        ("-p xdist -k where", "here"),
        ("-p xdist tests/test_widget.py", "here"),
        ("-p no:xdist", "here"),
    ],
)
def test_only_the_whole_suite_is_spread_unless_somebody_says_how(
    project: pytest.Pytester, arguments: str, where: str
) -> None:
    assert project.runpytest_inprocess(*arguments.split()).ret == pytest.ExitCode.OK
    assert Path(project.path / "where").read_text(encoding="utf-8") == where
