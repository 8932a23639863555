"""Write every vector file of this folder again from the library, or compare.

    python -m spec.vectors.generate            write
    python -m spec.vectors.generate --check    list what differs; exit status 1 if anything does

Each sibling module has `build() -> dict` and owns the JSON file of its name.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def render(name: str) -> str:
    """Return the JSON that the module `name` builds: sorted keys, indent 1, final newline."""
    built = import_module(f"spec.vectors.{name}").build()
    return json.dumps(built, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def differences() -> list[str]:
    """Return one line for each file that is missing, stale or without a module."""
    found = []
    names = _names()
    for name in names:
        path = FOLDER / f"{name}.json"
        if not path.exists():
            found.append(f"{path.name} is missing")
        elif path.read_text(encoding="utf-8") != render(name):
            found.append(f"{path.name} is not what the library builds")
    orphans = {path.stem for path in FOLDER.glob("*.json")} - set(names)
    return found + [f"{name}.json has no module that builds it" for name in sorted(orphans)]


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m spec.vectors.generate [--check]\n")
        return 2
    if arguments:
        found = differences()
        sys.stdout.write("".join(f"{line}\n" for line in found) or "vectors are current\n")
        return 1 if found else 0
    for name in _names():
        (FOLDER / f"{name}.json").write_text(render(name), encoding="utf-8")
        sys.stdout.write(f"wrote {name}.json\n")
    return 0


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "generate")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
