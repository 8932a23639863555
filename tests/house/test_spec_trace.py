"""The spec plugin is itself law enforcement, so each of its refusals is shown to happen."""

from pathlib import Path
from textwrap import dedent

import pytest

GOOD = "**[WIDGET-1]** A widget MUST turn.\n\n**[WIDGET-2]** A widget SHOULD be blue.\n"
TURNS = """
    import pytest

    @pytest.mark.spec("WIDGET-1")
    def test_turns():
        pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with one good chapter and one test that claims its MUST."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        markers = ["spec(*clauses): claims"]
        addopts = ["--strict-markers", "-p", "spec_trace", "-p", "xdist"]
        """
    )
    pytester.mkdir("spec")
    pytester.mkdir("tests")
    chapter(pytester, GOOD)
    suite(pytester, TURNS)
    return pytester


def chapter(project: pytest.Pytester, text: str, name: str = "widget.md") -> None:
    (project.path / "spec" / name).write_text(text, encoding="utf-8")


def suite(project: pytest.Pytester, text: str) -> None:
    (project.path / "tests" / "test_widget.py").write_text(dedent(text), encoding="utf-8")


def table(project: pytest.Pytester) -> Path:
    return project.path / "spec" / "traceability.md"


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(*arguments)


def test_a_full_run_passes_once_the_table_is_written(project: pytest.Pytester) -> None:
    assert run(project, "--spec=write").ret == pytest.ExitCode.OK
    assert run(project).ret == pytest.ExitCode.OK
    rows = [row for row in table(project).read_text().splitlines() if row.startswith("| WIDGET")]
    assert len(rows) == 2
    assert rows[0].startswith("| WIDGET-1 | MUST | ")
    assert rows[0].endswith("| `tests/test_widget.py::test_turns` |")


@pytest.mark.parametrize(
    ("law", "complaint"),
    [
        pytest.param(GOOD + "\nA widget MUST shine.\n", "MUST outside a clause", id="prose"),
        pytest.param(GOOD + "\n* it SHALL shine\n", "SHALL outside a clause", id="list-item"),
        pytest.param(GOOD + "\n| x | MAY |\n|---|---|\n", "MAY outside a clause", id="table"),
        pytest.param(GOOD + "\n## It MUST\n", "MUST outside a clause", id="heading"),
        pytest.param(
            GOOD + "\n**[WIDGET-3]** A MUST.\n**[WIDGET-4]** B MUST.\n",
            "two clauses in a paragraph: WIDGET-3, WIDGET-4",
            id="two-in-a-paragraph",
        ),
        pytest.param(
            GOOD + "\nAnd **[WIDGET-3]** it MUST.\n", "does not open its paragraph", id="not-first"
        ),
        pytest.param(GOOD + "\n**[WIDGET-1]** It MUST.\n", "WIDGET-1 is also at", id="duplicate"),
        pytest.param(GOOD + "\n**[WIDGET-3]** It does.\n", "no BCP 14 keyword", id="no-keyword"),
        pytest.param(
            GOOD + "\n**[WIDGET-3]** It MUST\nNOT and MUST.\n", "mixes MUST, MUST NOT", id="mixed"
        ),
        pytest.param(GOOD + "\n**[WIDGET-3]** It SHALL.\n", "uses SHALL", id="foreign-word"),
        pytest.param(GOOD + "\n**[GADGET-1]** It MUST.\n", "prefix is WIDGET", id="wrong-prefix"),
        pytest.param(GOOD + "\n**[WIDGET-4]** It MUST.\n", "WIDGET-3 is missing", id="gap"),
        pytest.param(GOOD + "\nAs [WIDGET-9] says.\n", "WIDGET-9 is not a clause", id="cited"),
        pytest.param(
            GOOD + "\n**[WIDGET-3]** It MUST. _Verified by inspection._\n",
            "must end with",
            id="inspection-without-reason",
        ),
    ],
)
def test_a_law_that_breaks_its_grammar_is_refused_in_one_line(
    project: pytest.Pytester, law: str, complaint: str
) -> None:
    chapter(project, law)
    result = run(project, "tests/test_widget.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.stderr.lines if line.startswith("ERROR: ")]
    assert len(errors) == 1
    assert complaint in errors[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("> A widget MUST shine.\n> MAY it.\n", id="block-quote"),
        pytest.param("> A widget MUST\nlazily MAY shine.\n", id="lazy-block-quote"),
        pytest.param("```text\nA widget MUST\n\n**[WIDGET-1]** MAY\n```\n", id="fence"),
        pytest.param("A constant is `MUST`, an id `**[WIDGET-1]**`.\n", id="code-span"),
        pytest.param("The mustard may be MUSTY.\n", id="other-words"),
        pytest.param("An algorithm [SHA-256] is no citation.\n", id="foreign-brackets"),
    ],
)
def test_quotes_and_code_and_other_words_are_exempt(project: pytest.Pytester, text: str) -> None:
    chapter(project, GOOD + "\n" + text)
    assert run(project, "--spec=write").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        ('"WIDGET-9"', "test_turns: WIDGET-9 is not a clause of the specification"),
        ('"WIGDET-1"', "test_turns: WIGDET-1 is not a clause of the specification"),
        ('"WIDGET-3"', "test_turns: WIDGET-3 is withdrawn"),
        ("", "test_turns: a spec mark claims nothing"),
    ],
    ids=["unknown", "misspelt", "withdrawn", "empty"],
)
def test_a_mark_that_names_no_live_clause_is_refused(
    project: pytest.Pytester, mark: str, complaint: str, workers: tuple[str, ...]
) -> None:
    chapter(project, GOOD + "\n**[WIDGET-3]** Withdrawn in 0.4.\n")
    suite(project, TURNS.replace('"WIDGET-1"', mark))
    result = run(project, "tests/test_widget.py", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("folder", ["dp3t", "server/dp3t_server", "simulator", "tests"])
def test_a_dangling_citation_in_code_is_refused(project: pytest.Pytester, folder: str) -> None:
    module = project.path / folder / "module.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text('"""Turn [WIDGET-1] and [WIDGET-7]."""\n')
    result = run(project, "tests/test_widget.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"ERROR: {folder}/module.py:1: WIDGET-7 is not a clause*")


def test_a_citation_of_a_withdrawn_clause_in_code_is_refused(project: pytest.Pytester) -> None:
    chapter(project, GOOD + "\n**[WIDGET-3]** Withdrawn in 0.4.\n")
    suite(project, TURNS + "\n# as [WIDGET-3] says\n")
    result = run(project)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*test_widget.py:*: WIDGET-3 is withdrawn")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("def test_other():\n    pass\n", "WIDGET-1 (MUST) has no passed test"),
        (
            "import pytest\n@pytest.mark.spec('WIDGET-1')\ndef test_turns():\n    pytest.skip('x')",
            "only tests that did not run or pass",
        ),
        (
            "import pytest\n@pytest.mark.spec('WIDGET-1')\n@pytest.mark.xfail\n"
            "def test_turns():\n    assert 0",
            "only tests that did not run or pass",
        ),
    ],
    ids=["unclaimed", "skipped", "xfail"],
)
def test_a_must_without_a_passed_test_fails_a_full_run(
    project: pytest.Pytester, body: str, complaint: str, workers: tuple[str, ...]
) -> None:
    suite(project, body)
    result = run(project, "--spec=write", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert complaint in result.stdout.str()
    assert result.parseoutcomes()["errors"] == 1


def test_one_skipped_case_does_not_hide_the_passed_one(project: pytest.Pytester) -> None:
    suite(
        project,
        """
        import pytest

        @pytest.mark.spec("WIDGET-1")
        @pytest.mark.parametrize("here", [True, False])
        def test_turns(here):
            if not here:
                pytest.skip("absent")
        """,
    )
    assert run(project, "--spec=write").ret == pytest.ExitCode.OK
    assert table(project).read_text().count("test_turns") == 1


def test_the_table_is_the_same_whether_tests_skip_or_not(project: pytest.Pytester) -> None:
    two = (
        TURNS
        + """
    @pytest.mark.spec("WIDGET-1")
    def test_spins():
        SKIP
    """
    )
    suite(project, two.replace("SKIP", "pass"))
    assert run(project, "--spec=write").ret == pytest.ExitCode.OK
    suite(project, two.replace("SKIP", "pytest.skip('absent')"))
    assert run(project).ret == pytest.ExitCode.OK
    assert run(project, "-n", "2").ret == pytest.ExitCode.OK


def test_inspection_and_should_need_no_test(project: pytest.Pytester) -> None:
    chapter(project, GOOD.replace("turn.", "turn. _Verified by inspection: it is a wheel._"))
    suite(project, "def test_other():\n    pass\n")
    assert run(project, "--spec=write").ret == pytest.ExitCode.OK
    assert "| inspection: it is a wheel |" in table(project).read_text()


@pytest.mark.parametrize(
    ("law", "current"),
    [
        (GOOD.replace("MUST turn", "MUST turn twice"), False),
        (GOOD.replace("A widget MUST turn", "A widget\nMUST turn"), True),
        (GOOD.replace("SHOULD", "MAY"), False),
    ],
    ids=["reworded", "rewrapped", "weakened"],
)
def test_rewording_a_clause_shows_and_rewrapping_does_not(
    project: pytest.Pytester, law: str, current: bool
) -> None:
    run(project, "--spec=write")
    chapter(project, law)
    result = run(project)
    assert (result.ret == pytest.ExitCode.OK) is current
    assert ("spec/traceability.md is not current" in result.stdout.str()) is not current


def test_a_missing_table_fails_a_full_run(project: pytest.Pytester) -> None:
    result = run(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*traceability.md is not current*", "*1 passed, 1 error*"])


@pytest.mark.parametrize(
    "arguments",
    [("tests/test_widget.py",), ("-k", "turns"), ("-m", "spec"), ("--collect-only",), ("--lf",)],
    ids=" ".join,
)
def test_a_partial_run_skips_the_end_check(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    assert run(project, *arguments).ret == pytest.ExitCode.OK
    assert run(project, "--spec=write", *arguments).ret == pytest.ExitCode.USAGE_ERROR
    assert not table(project).exists()


@pytest.mark.parametrize("arguments", [(), (".",), ("tests",)], ids=["none", "dot", "tests"])
def test_naming_the_whole_tree_is_a_full_run(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    assert run(project, "--spec=write", *arguments).ret == pytest.ExitCode.OK
    assert table(project).exists()


def test_a_run_from_another_directory_is_a_full_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.mkdir("elsewhere"))
    assert run(project, "--spec=write", str(project.path / "tests")).ret == pytest.ExitCode.OK
    assert run(project, "-c", "../pyproject.toml", "../tests").ret == pytest.ExitCode.OK
    assert table(project).exists()


def test_a_file_that_cannot_be_collected_leaves_the_table_alone(project: pytest.Pytester) -> None:
    run(project, "--spec=write")
    before = table(project).read_bytes()
    (project.path / "tests" / "test_broken.py").write_text("import nowhere_to_be_found\n")
    result = run(project, "--spec=write", "--continue-on-collection-errors")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert table(project).read_bytes() == before


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_claims_reach_junit_xml(project: pytest.Pytester, workers: tuple[str, ...]) -> None:
    run(project, "--junitxml=report.xml", *workers)
    report = (project.path / "report.xml").read_text()
    assert '<property name="spec" value="WIDGET-1"' in report


def test_a_project_without_a_specification_is_left_alone(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_something():\n    pass\n")
    assert run(pytester, "-p", "spec_trace").ret == pytest.ExitCode.OK
