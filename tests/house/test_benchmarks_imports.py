"""Importing the library: its face loads nothing that is not asked for; nothing is timed."""

import json
import subprocess
import sys

import pytest

import dp3t
from benchmarks import imports
from project import ROOT

LOADED = """
import sys
before = set(sys.modules)
import dp3t
print(sorted({name for name in set(sys.modules) - before if name.startswith("dp3t")}))
print(sorted({name.split(".")[0] for name in sys.modules} & {"cryptography", "nacl", "numba"}))
dp3t.MINIMAL
print("dp3t.params" in sys.modules, "dp3t.phone" in sys.modules)
"""


def test_the_face_imports_what_is_asked_for_and_no_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.splitlines() == ["['dp3t', 'dp3t.faces']", "[]", "True False"]


def test_the_face_says_what_it_has_and_has_nothing_else() -> None:
    assert dir(dp3t) == sorted(dp3t.__all__)
    for name in ("Telephone", "import_module_of", "Kept"):
        with pytest.raises(AttributeError, match=name):
            getattr(dp3t, name)


def test_every_way_to_import_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert imports.main(["--rounds", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["interpreter", "cryptography", "dp3t", "phone"]
    for one in document.values():
        assert one.keys() == {"seconds", "ratio", "lowest", "highest"}
    assert imports.main(["--rounds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == list(document)
