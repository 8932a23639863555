"""A pytest plugin that binds tests to the clauses of the specification.

A test claims clauses with `@pytest.mark.spec("CHAPTER-1", "CHAPTER-2")`. Before anything runs, the
plugin refuses a specification that breaks its grammar and citations in code of clauses that do not
exist; at collection it refuses marks that name no clause. After a full run every MUST and MUST NOT
needs a test that passed, and `spec/traceability.md` must be current; `--spec=write` rewrites it.
A partial run (a path, -k, -m …) skips that end check. The claims ride in `user_properties`, so they
survive xdist and reach JUnit XML.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from spec_clauses import GENERATED, Clause, Law, dangling, read

CODE = ("dp3t", "server", "simulator", "tests", "benchmarks", "spec")
"""Folders whose Python files may cite clauses."""

_PARTIAL = (
    "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "collectonly", "lf", "stepwise",
    "setuponly", "setupplan",
)  # fmt: skip
_SHOWN_ROWS = 6


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--spec`."""
    parser.getgroup("spec").addoption(
        "--spec",
        choices=("check", "write"),
        default="check",
        help="after a full run, compare spec/traceability.md with the tests, or rewrite it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start tracing."""
    config.pluginmanager.register(SpecTrace(config), "spec-trace")


class SpecTrace:
    """What one run has seen of the law, of claims and of passed tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._root = config.rootpath
        self._law = Law()
        self._claims: dict[str, set[str]] = {}
        self._witnessed: set[str] = set()
        self._refused: set[str] = set()
        self._collected_all = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Read the law once, before xdist starts workers; workers trust that it was checked."""
        self._law = read(self._root / "spec")
        if self._in_worker:
            return
        problems = [*self._law.problems, *_dangling_in_code(self._law, self._root)]
        if self._config.option.spec == "write" and not is_full(self._config):
            problems.append("--spec=write needs a full run")
        if problems:
            raise pytest.UsageError(*problems)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Turn marks into properties; refuse those that claim what does not exist."""
        refused = set[str]()
        for item in items:
            for mark in item.iter_markers("spec"):
                if not mark.args:
                    refused.add(f"{_test_of(item.nodeid)}: a spec mark claims nothing")
                for clause_id in mark.args:
                    if fault := self._law.fault(clause_id):
                        refused.add(f"{_test_of(item.nodeid)}: {fault}")
                    elif ("spec", clause_id) not in item.user_properties:
                        item.user_properties.append(("spec", clause_id))
        if refused and self._in_worker:  # a worker cannot end the run; its controller can
            vars(self._config)["workeroutput"]["spec_refused"] = sorted(refused)
            items.clear()
        elif refused:
            raise pytest.UsageError(*sorted(refused))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what an xdist worker refused."""
        self._refused.update(getattr(node, "workeroutput", {}).get("spec_refused", ()))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember that a file could not be collected: its claims are unknown."""
        self._collected_all = self._collected_all and not report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note who claims what, skipped or not, and what a passed test has shown."""
        for name, clause_id in report.user_properties:
            if name == "spec":
                self._claims.setdefault(str(clause_id), set()).add(_test_of(report.nodeid))
                if report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
                    self._witnessed.add(str(clause_id))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Check the end of a full run; a complaint is one more error of the run."""
        if self._in_worker:
            return
        if self._refused:
            self._complain(session, sorted(self._refused), pytest.ExitCode.USAGE_ERROR)
        elif (
            exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            and self._collected_all
            and not (session.shouldstop or session.shouldfail)
            and self._law.clauses
            and is_full(self._config)
        ):
            complaints = [*self._unwitnessed(), *self._settle_table()]
            if complaints:
                self._complain(session, complaints, pytest.ExitCode.TESTS_FAILED)

    @property
    def _in_worker(self) -> bool:
        return hasattr(self._config, "workerinput")

    def _unwitnessed(self) -> list[str]:
        """Name each MUST that no passed test claims and that is not verified by inspection."""
        return [
            f"{clause.where}: {clause.id} ({clause.level}) has no passed test"
            + (", only tests that did not run or pass" if clause.id in self._claims else "")
            for clause in self._law.clauses.values()
            if clause.level in ("MUST", "MUST NOT")
            and not clause.inspection
            and clause.id not in self._witnessed
        ]

    def _settle_table(self) -> list[str]:
        """Write the table, or say how the committed one differs."""
        path = self._root / "spec" / GENERATED
        current = render(self._law, self._claims)
        if self._config.option.spec == "write":
            path.write_text(current, encoding="utf-8")
            return []
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        if committed == current:
            return []
        changed = sorted(set(current.splitlines()) ^ set(committed.splitlines()))
        rows = [
            ("+ " if row in current.splitlines() else "- ") + row for row in changed[:_SHOWN_ROWS]
        ]
        if len(changed) > _SHOWN_ROWS:
            rows.append(f"… and {len(changed) - _SHOWN_ROWS} more lines")
        return [
            f"spec/{GENERATED} is not current; run pytest --spec=write and read the diff",
            *rows,
        ]

    def _complain(self, session: pytest.Session, lines: list[str], status: pytest.ExitCode) -> None:
        """Show the lines as an error, so that the closing line and JUnit XML count it."""
        report = pytest.CollectReport("spec", "failed", "\n".join(lines), result=[])
        self._config.hook.pytest_collectreport(report=report)
        session.exitstatus = status


def render(law: Law, claims: dict[str, set[str]]) -> str:
    """Return the table of clauses, wordings and tests as Markdown."""
    lines = [
        "# Traceability",
        "",
        "Written by `pytest --spec=write`; not for editing. One row per clause: its level, the",
        "first eight hexadecimal digits of SHA-256 over its wording, and the tests that claim it.",
        "A row whose wording changed while its tests did not shows that the law moved.",
    ]
    clauses = sorted(law.clauses.values(), key=lambda clause: (clause.chapter, clause.number))
    for chapter, rows in groupby(clauses, key=lambda clause: clause.chapter):
        lines += ["", f"## [{chapter}]({chapter})", ""]
        lines += ["| clause | level | wording | verified by |", "| --- | --- | --- | --- |"]
        lines += [_row(clause, claims.get(clause.id, ())) for clause in rows]
    return "\n".join([*lines, ""])


def _row(clause: Clause, tests: Iterable[str]) -> str:
    verified = [f"`{test}`" for test in sorted(tests)]
    if clause.inspection:
        verified.append(f"inspection: {clause.inspection.replace('|', '/')}")
    return f"| {clause.id} | {clause.level} | {clause.wording} | {'<br>'.join(verified)} |"


def _test_of(nodeid: str) -> str:
    """Return a test's name without its parameters: the table does not depend on them."""
    return nodeid.partition("[")[0]


def _dangling_in_code(law: Law, root: Path) -> list[str]:
    return [
        problem
        for folder in CODE
        for path in sorted((root / folder).rglob("*.py"))
        for problem in dangling(
            law, path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        )
    ]


def is_full(config: pytest.Config) -> bool:
    """Whether the run was asked for every test."""
    if any(getattr(config.option, name, None) for name in _PARTIAL):
        return False
    asked = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    wanted = [config.rootpath / path for path in config.getini("testpaths")] or [config.rootpath]
    return all(any(path.is_relative_to(each) for each in asked) for path in wanted)
