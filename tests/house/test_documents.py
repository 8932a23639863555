"""Documents are held to what they say: examples run, links lead somewhere, indexes are whole."""

import re
from pathlib import Path
from typing import cast

import pytest

from dp3t import TrustedKeys
from project import ROOT, files, named

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MACHINE_PATH = re.compile(r"(^|[^a-z])/(work|tmp|root|farm|home|Users)/")
_REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|index-url[ =]+\S*/|find-links[ =]+\S*/|file:/{3}"
)
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|pragma: no " r"cover")
_IGNORE = re.compile(r"# type: " r"ignore(?P<code>\[[a-z-, ]+\])?(?P<reason>  # \S.*)?")
MAX_LINES = 400


def prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """Return the anchors that a Markdown host gives a document's headings."""
    headings = re.findall(r"^#+ +(.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def text_files() -> list[tuple[str, str]]:
    found = []
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((named(path), data.decode("utf-8")))
    return found


def lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_readmes_examples_run() -> None:
    """One after another; the loop of an app, which needs a radio, is read only."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, found, rest = readme.partition("## Example\n")
    assert found, "README.md has no section Example"
    examples = re.findall(r"^```python\n(.*?)^```", rest, re.DOTALL | re.MULTILINE)
    assert len(examples) == 9
    key = {"key_id": "00" * 8, "public": "00" * 32, "valid_from": 1, "valid_until": 2}
    names: dict[str, object] = {"__name__": "__main__", "ready": {"keys": [key], "log_key": "a"}}
    for example in examples:
        code = compile(example, "README.md", "exec")
        if not example.startswith("async def"):
            exec(code, names)  # noqa: S102
    assert len(cast("TrustedKeys", names["trusted"])) == 1


@pytest.mark.parametrize("path", files("*.md"), ids=named)
def test_links_inside_the_project_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        place = (path.parent / target).resolve() if target else path
        assert place.is_relative_to(ROOT), link
        assert place.exists(), link
        assert not anchor or anchor in anchors(place), link


def test_no_file_holds_the_path_of_a_machine() -> None:
    assert lines_that_match(_MACHINE_PATH) == []


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    assert lines_that_match(_REGISTRY) == []


def test_nothing_admits_to_being_unfinished() -> None:
    assert lines_that_match(_UNFINISHED) == []


def test_a_type_is_ignored_only_with_a_code_and_a_reason() -> None:
    for name, text in text_files():
        for match in _IGNORE.finditer(text) if name.endswith(".py") else ():
            assert match["code"], f"{name}: {match[0]}"
            assert match["reason"], f"{name}: {match[0]}"


@pytest.mark.parametrize("path", files("*.py"), ids=named)
def test_a_file_fits_in_one_sitting(path: Path) -> None:
    if path.name.endswith("_pb2.py"):
        pytest.skip("generated")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, "split it by idea"


@pytest.mark.parametrize(
    ("index", "folder", "left_out"),
    [
        ("spec/README.md", "spec", {"decisions", "vectors"}),
        ("spec/decisions/README.md", "spec/decisions", set()),
    ],
    ids=["chapters", "decisions"],
)
def test_an_index_leads_to_every_page(index: str, folder: str, left_out: set[str]) -> None:
    """Directly, or through the README of a folder."""
    linked, readmes = {ROOT / index}, [ROOT / index]
    for place in readmes:
        found = {(place.parent / link).resolve() for link in _LINK.findall(prose(place))}
        readmes += sorted(p for p in found - linked if p.name == "README.md" and p.exists())
        linked |= found
    pages = {
        path
        for path in (ROOT / folder).rglob("*.md")
        if path.relative_to(ROOT / folder).parts[0] not in left_out
    }
    assert sorted(named(path) for path in pages - linked) == []
