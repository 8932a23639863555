"""Below the rim nothing reads a clock, dice, a file, a socket or the terminal.

The import contracts name what is forbidden, and the standard library has more doors than a list of
them. Here stands what is allowed; whoever needs another module gives its reason beside it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import ROOT, files, named

RIM = (
    "dp3t/arrivals_client.py",
    "dp3t/cli/",
    "dp3t/client.py",
    "dp3t/connection.py",
    "dp3t/declarations_client.py",
    "dp3t/facilities_client.py",
    "dp3t/symptoms_client.py",
)

GENERATED = {"dp3t/presence/presence_pb2.py", "dp3t/proximity/export/key_export_pb2.py"}
"""protoc's own code puts its classes into `globals()`."""

ALLOWED = {
    "collections",
    "collections.abc",
    "contextlib",
    "dataclasses",
    "datetime",  # the calendar; its clocks are forbidden by name below
    "enum",
    "itertools",
    "json",  # lists of keys, and the parameters of a report; from bytes, not files
    "operator",  # comparison as a function
    "re",
    "struct",
    "types",  # mappings that cannot be changed
    "typing",
    "zlib",  # what key files are compressed with
}
"""Modules that every file below the rim may import, and names from them."""

CRYPTOGRAPHY = {"cryptography", "nacl", "hashlib", "hmac", "secrets"}
LOCAL = {
    "dp3t/arrivals/fields.py": {"unicodedata"},  # one form of text, as a page has it
    "dp3t/arrivals/form.py": {"importlib.resources"},  # data of the package, not the file system
    "dp3t/canonical_json.py": {"unicodedata"},  # one form of text, for one encoding of it
    "dp3t/faces.py": {"importlib"},  # names of this very package, on demand
    "dp3t/facilities/answers.py": {"base64"},  # what acts are written in
    "dp3t/facilities/built_in.py": {"importlib.resources"},  # data of the package
    "dp3t/facilities/csv_columns.py": {"unicodedata"},  # one form of text
    "dp3t/facilities/csv_import.py": {"csv"},  # a table, from text not files
    "dp3t/facilities/history.py": {"bisect"},  # the last of many versions
    "dp3t/facilities/page.py": {"base64"},  # what acts are written in
    "dp3t/primitives/blind_rsa.py": {*CRYPTOGRAPHY, "math"},  # the greatest common divisor
    "dp3t/primitives/ed25519.py": CRYPTOGRAPHY,
    "dp3t/primitives/hpke.py": CRYPTOGRAPHY,
    "dp3t/primitives/p256.py": CRYPTOGRAPHY,
    "dp3t/primitives/randomness.py": CRYPTOGRAPHY,
    "dp3t/primitives/sealing.py": CRYPTOGRAPHY,
    "dp3t/primitives/symmetric.py": CRYPTOGRAPHY,
    "dp3t/presence/entry_link.py": {"base64"},  # what links are written in
    "dp3t/presence/managed.py": {"base64"},  # what passphrases are written in
    "dp3t/presence/pairing.py": {"pymcl"},
    "dp3t/symptoms/alarm.py": {"math"},  # a square root
    "dp3t/symptoms/budget.py": {"math"},  # odds from epsilon
    "dp3t/symptoms/estimate.py": {"math"},  # a square root, rounding
    "dp3t/symptoms/randomization.py": {"opendp.measurements", "opendp.mod"},  # its own dice
    "dp3t/symptoms/survey.py": {"bisect", "math"},  # a logarithm
    "dp3t/codec.py": {"base64", "msgpack"},  # base32, what codes are printed in
    "dp3t/proximity/export/messages.py": {"google.protobuf"},
    **{name: {"google.protobuf"} for name in GENERATED},
    "dp3t/presence/messages.py": {"google.protobuf"},
    "dp3t/proximity/file_matching.py": {"concurrent.futures"},  # kernels on several cores
    "dp3t/proximity/exposure/calibration.py": {"csv", "tomllib"},  # tables, from text not files
    "dp3t/proximity/exposure/configuration_file.py": {"tomllib"},
    "dp3t/proximity/cuckoo/table.py": {"array"},  # millions of fingerprints, 8 bytes each
    "dp3t/proximity/kernels/aes.py": {
        "abc",
        "llvmlite",
        "numba",
    },  # compiled matching, nowhere else
    "dp3t/proximity/kernels/bound.py": {"numpy"},
    "dp3t/proximity/kernels/compiling.py": {"importlib.resources", "numba", "sys"},  # own sources
    "dp3t/proximity/kernels/features.py": {"llvmlite", "numba"},
    "dp3t/proximity/kernels/filters.py": {"numpy"},
    "dp3t/proximity/kernels/hashing.py": {"numpy"},
    "dp3t/proximity/kernels/index.py": {"numpy"},
    "dp3t/proximity/kernels/lanes.py": {"llvmlite", "numba"},
    "dp3t/proximity/kernels/marking.py": {"numpy"},
    "dp3t/proximity/kernels/native.py": {"numpy"},
    "dp3t/proximity/kernels/probe.py": {"llvmlite", "numba"},
    "dp3t/proximity/sharing/binomial.py": {"math"},  # probabilities; keys need no floats
    "dp3t/proximity/sharing/plan.py": {"math"},
    "dp3t/publication/clumping.py": {"math"},
    "dp3t/publication/goodness_of_fit.py": {"math"},
    "dp3t/publication/transparency/note.py": {"base64"},  # what signed notes are written in
    "dp3t/symptoms/built_in.py": {"importlib.resources"},  # data of the package, not of the system
}
"""Packages, with all that is in them, that one file may import besides."""

DICE = {"random_from_os", "generate_from_os"}
"""The operating system's randomness: primitives has it, the face of the package hands it out."""
HOUSES_OF_DICE = {
    "dp3t/primitives/__init__.py",
    "dp3t/primitives/p256.py",
    "dp3t/primitives/randomness.py",
    "dp3t/__init__.py",
}

BUILTINS = {
    "__import__", "breakpoint", "compile", "eval", "exec", "exit", "globals", "help", "input",
    "open", "print", "quit",
}  # fmt: skip
"""Builtins with effects, and those through which every other door opens."""

CLOCKS = {"now", "today", "utcnow"}
"""Called on anything, or taken from `date` or `datetime`, which have no other name here."""
HIDDEN_CLOCKS = {"fromtimestamp": "tz", "astimezone": "tz"}
"""Methods that read the machine's time zone unless they are given one."""


def faults(source: str, name: str) -> list[str]:
    """Return what a file below the rim has that it may not have."""
    found = []
    for node in ast.walk(ast.parse(source)):
        found += [f"{name}:{getattr(node, 'lineno', 0)}: {fault}" for fault in _faults(node, name)]
    return found


def _faults(node: ast.AST, name: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (f"imports {each.name}" for each in names if not _allowed(each.name, name))
        case ast.ImportFrom(module=module, names=names, level=level):
            if level or not _allowed(module or "", name):
                yield f"imports {'.' * level}{module or ''}"
            if name not in HOUSES_OF_DICE:
                yield from (f"imports {each.name}" for each in names if each.name in DICE)
            if module == "datetime":
                yield from (f"renames {each.name}" for each in names if each.asname)
        case ast.Name(id=word) if word in BUILTINS and not (
            word == "globals" and name in GENERATED
        ):
            yield f"uses {word}"
        case ast.Name(id="__builtins__" | "__loader__" | "__spec__" as word):
            yield f"uses {word}"
        case (
            ast.Attribute(
                attr=word,
                value=ast.Name(id="date" | "datetime") | ast.Attribute(attr="date" | "datetime"),
            )
            | ast.Call(func=ast.Attribute(attr=word))
        ) if word in CLOCKS:
            yield f"reads a clock by {word}"
        case ast.Attribute(attr=word) if word in DICE and name not in HOUSES_OF_DICE:
            yield f"throws dice by {word}"
        case ast.Attribute(attr="__builtins__" | "__globals__" | "__subclasses__" as word):
            yield f"uses {word}"
        case ast.Call(func=ast.Attribute(attr=word), args=args, keywords=keywords):
            zone = HIDDEN_CLOCKS.get(word)
            given = len(args) > (word == "fromtimestamp") or zone in {k.arg for k in keywords}
            if zone and not given:
                yield f"reads the time zone by {word}"


def _allowed(module: str, name: str) -> bool:
    if module in ALLOWED or _within(module, "dp3t"):
        rims = (rim.removesuffix(".py").strip("/").replace("/", ".") for rim in RIM)
        return not any(_within(module, rim) for rim in rims)
    return any(_within(module, package) for package in LOCAL.get(name, ()))


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


BELOW_THE_RIM = [
    path
    for path in files("*.py")
    if named(path).startswith("dp3t/") and not named(path).startswith(RIM)
]


@pytest.mark.parametrize("path", BELOW_THE_RIM, ids=named)
def test_below_the_rim_nothing_has_an_effect(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), named(path)) == []


def test_the_check_above_reads_the_whole_library() -> None:
    checked = {path for path in (ROOT / "dp3t").rglob("*.py") if not named(path).startswith(RIM)}
    assert checked == set(BELOW_THE_RIM)
    assert {ROOT / name for name in LOCAL} <= checked


def test_what_is_allowed_is_used() -> None:
    """A reason that nobody needs any more is an open door."""
    used = set[str | None]()
    for path in BELOW_THE_RIM:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module)
    assert used >= ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "import urllib",
        "import urllib.request",
        "from urllib.request import urlopen",
        "import http.client",
        "from http.client import HTTPSConnection",
        "from uuid import uuid4",
        "import uuid",
        "import tempfile",
        "import io",
        "from io import open",
        "import sys",
        "from sys import stdin",
        "import os",
        "import time",
        "from time import monotonic",
        "import random",
        "import asyncio",
        "import zipfile",
        "import pathlib",
        "import importlib",
        "import builtins",
        "import struct, socket",
        "import collections.abc, ctypes",
        "def late() -> None:\n    import logging",
        "import secrets",
        "import hashlib",
        "import msgpack",
        "from google.protobuf.message import Message",
        "import numpy",
        "import aiohttp",
        "from dp3t.client import Client",
        "import dp3t.cli.export",
        "from . import codec",
        "from ..client import Client",
        "from dp3t.primitives import random_from_os",
        "primitives.random_from_os(4)",
        "P256PrivateKey.generate_from_os()",
        "open('x')",
        "read = open",
        "input()",
        "print(1)",
        "eval('1')",
        "exec('1')",
        "compile('1', '', 'exec')",
        "__import__('os')",
        "breakpoint()",
        "globals()['__builtins__']",
        "__builtins__",
        "datetime.now()",
        "datetime.datetime.now(tz=UTC)",
        "clock = datetime.now",
        "date.today()",
        "from datetime import date as calendar",
        "clock().now()",
        "datetime.utcnow()",
        "datetime.fromtimestamp(0)",
        "moment.astimezone()",
        "re.sre_compile.__builtins__",
    ],
)
def test_the_check_notices(source: str) -> None:
    assert faults(source, "dp3t/phone.py")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import secrets", "dp3t/codec.py"),
        ("import msgpack", "dp3t/primitives/sealing.py"),
        ("import nacl.signing", "dp3t/proximity/export/messages.py"),
        ("from google.protobuf import message", "dp3t/proximity/export/reader.py"),
        ("import hashlibs", "dp3t/primitives/sealing.py"),
    ],
)
def test_what_one_file_may_import_no_other_may(source: str, name: str) -> None:
    assert faults(source, name)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import json\nfrom collections.abc import Iterator", "dp3t/phone.py"),
        ("from dp3t.errors import MalformedError", "dp3t/phone.py"),
        ("datetime.fromtimestamp(0, tz=UTC)", "dp3t/timeline.py"),
        ("datetime.fromtimestamp(0, UTC)", "dp3t/timeline.py"),
        ("moment.astimezone(UTC)", "dp3t/timeline.py"),
        ("from nacl.signing import SigningKey\nimport secrets", "dp3t/primitives/sealing.py"),
        ("self.today < key.today", "dp3t/proximity/lowcost.py"),
        *(("globals()", name) for name in sorted(GENERATED)),
        ("def reader(now: int) -> int:\n    return now", "dp3t/phone.py"),
        ("from dp3t.primitives import random_from_os", "dp3t/__init__.py"),
    ],
)
def test_what_is_allowed_passes(source: str, name: str) -> None:
    assert faults(source, name) == []
