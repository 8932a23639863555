"""Read the clauses out of the specification's Markdown, and refuse what breaks their grammar.

The grammar is in `spec/README.md`. Everything here is pure: text in, clauses and complaints out.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LEVELS = ("MUST NOT", "MUST", "SHOULD NOT", "SHOULD", "MAY")
GENERATED = "traceability.md"

_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)*-[1-9][0-9]*"
_OPENING = re.compile(rf"\*\*\[({_ID})\]\*\*\s*")
_CITATION = re.compile(rf"\[({_ID})\]")
_KEYWORD = re.compile(
    r"\b(MUST NOT|MUST|SHALL NOT|SHALL|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|REQUIRED"
    r"|MAY|OPTIONAL)\b"
)
_CODE = re.compile(r"(`+).*?\1", re.DOTALL)
_WITHDRAWN = re.compile(r"Withdrawn in \d+\.\d+(?:\.\d+)?\.")
_INSPECTION = re.compile(r"_Verified by inspection: (.+)\._$", re.DOTALL)
_FENCE = re.compile(r"\s*(```|~~~)")
_BREAK = re.compile(r"\s*(#|\||[-*+] |\d+[.)] |<!--)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One numbered promise.

    Attributes:
        level: one of LEVELS, or "withdrawn".
        inspection: why no test can check it, or "".
        where: file and line, for messages.
    """

    id: str
    text: str
    level: str
    inspection: str
    chapter: str
    where: str

    @property
    def number(self) -> int:
        """The n of CHAPTER-n."""
        return int(self.id.rpartition("-")[2])

    @property
    def prefix(self) -> str:
        """The CHAPTER of CHAPTER-n."""
        return self.id.rpartition("-")[0]

    @property
    def wording(self) -> str:
        """Eight hexadecimal digits that change when the wording does; line breaks do not count."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()[:8]

    @property
    def withdrawn(self) -> bool:
        """Whether nothing may claim or cite it any more."""
        return self.level == "withdrawn"


@dataclass(slots=True)
class Law:
    """All clauses by id, their prefixes, and one line for each breach of the grammar."""

    clauses: dict[str, Clause] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def fault(self, clause_id: str) -> str:
        """Say what is wrong with claiming this id, or ""."""
        clause = self.clauses.get(clause_id)
        if clause is None:
            return f"{clause_id} is not a clause of the specification"
        return f"{clause_id} is withdrawn" if clause.withdrawn else ""


def read(spec: Path) -> Law:
    """Read every chapter under `spec`; a project without that folder has no law."""
    law = Law()
    texts = {
        path.relative_to(spec).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(spec.rglob("*.md"))
        if path.relative_to(spec).as_posix() != GENERATED
    }
    for chapter, text in texts.items():
        for line, paragraph in paragraphs(text):
            _read_paragraph(law, paragraph, chapter, f"{spec.name}/{chapter}:{line}")
    if not law.problems:  # a clause that was refused above would be missed again below
        _check_numbers(law)
        for chapter, text in texts.items():
            law.problems += dangling(law, text, f"{spec.name}/{chapter}", withdrawn_too=False)
    return law


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield each paragraph with its first line's number; quotes and fenced code are left out.

    A heading, a list item and a table row each stand as a paragraph of their own.
    """
    start, lines, fence, quoted = 0, list[str](), "", False
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        opened = _FENCE.match(line)
        if fence or opened:
            if opened and not fence:
                fence = opened[1]
            elif opened and opened[1] == fence:
                fence = ""
            line = ""
        quoted = line.lstrip().startswith(">") or (quoted and bool(line.strip()))
        if lines and (quoted or not line.strip() or _BREAK.match(line)):
            yield start, "\n".join(lines)
            lines = []
        if line.strip() and not quoted:
            start = start if lines else number
            lines.append(line)


def dangling(law: Law, text: str, name: str, *, withdrawn_too: bool = True) -> list[str]:
    """Return one line for each `[CHAPTER-n]` that names no clause of a chapter that exists.

    Only the specification's own prefixes count, so `[SHA-256]` is no citation.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        for clause_id in _CITATION.findall(line):
            fault = law.fault(clause_id) if clause_id.rpartition("-")[0] in law.prefixes else ""
            if fault and (withdrawn_too or not fault.endswith("withdrawn")):
                found.append(f"{name}:{number}: {fault}")
    return found


def _read_paragraph(law: Law, paragraph: str, chapter: str, where: str) -> None:
    prose = _CODE.sub(" ", paragraph)
    levels = {" ".join(word.split()) for word in _KEYWORD.findall(" ".join(prose.split()))}
    ids = _OPENING.findall(prose)
    if not ids:
        if levels:
            law.problems.append(f"{where}: {_list(levels)} outside a clause")
        return
    opening = _OPENING.match(paragraph)
    if opening is None:
        law.problems.append(f"{where}: {ids[0]} does not open its paragraph")
        return
    if len(ids) > 1:
        law.problems.append(f"{where}: two clauses in a paragraph: {', '.join(ids)}")
        return
    clause = _clause(paragraph[opening.end() :].strip(), levels, ids[0], chapter, where)
    if isinstance(clause, str):
        law.problems.append(f"{where}: {clause}")
    elif clause.id in law.clauses:
        law.problems.append(f"{where}: {clause.id} is also at {law.clauses[clause.id].where}")
    else:
        law.clauses[clause.id] = clause
        law.prefixes.add(clause.prefix)


def _clause(text: str, levels: set[str], clause_id: str, chapter: str, where: str) -> Clause | str:
    """Return the clause, or what is wrong with it."""
    word = Path(chapter).stem.upper()
    if clause_id.rpartition("-")[0] != word:
        return f"{clause_id} stands in a chapter whose prefix is {word}"
    if _WITHDRAWN.fullmatch(text):
        levels = {"withdrawn"}
    elif not levels:
        return f"{clause_id} has no BCP 14 keyword"
    elif not levels <= set(LEVELS):
        return (
            f"{clause_id} uses {_list(levels - set(LEVELS))}; the house words are {_list(LEVELS)}"
        )
    elif len(levels) > 1:
        return f"{clause_id} mixes {_list(levels)}; split it"
    note = _INSPECTION.search(text)
    if "Verified by inspection" in text and note is None:
        return f"{clause_id} must end with `_Verified by inspection: reason._`"
    return Clause(
        id=clause_id,
        text=text,
        level=next(iter(levels)),
        inspection=" ".join(note[1].split()) if note else "",
        chapter=chapter,
        where=where,
    )


def _check_numbers(law: Law) -> None:
    """A number that is missing was deleted; a dropped clause stays as withdrawn."""
    by_prefix: dict[str, set[int]] = {}
    for clause in law.clauses.values():
        by_prefix.setdefault(clause.prefix, set()).add(clause.number)
    for prefix, numbers in sorted(by_prefix.items()):
        for missing in sorted(set(range(1, max(numbers) + 1)) - numbers):
            law.problems.append(f"{prefix}-{missing} is missing; a dropped clause stays, withdrawn")


def _list(words: set[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words))
