"""What programs find done that are forked: modules loaded, and the commands of each built.

The commands of both languages: a program takes a fifth of a second to build them, and half of one
to load them in another language than the process it was forked from.
"""

import os
import sys
from importlib import import_module
from types import ModuleType

import typer.main

from command_trees import build_each_once
from dp3t.cli.language import language

_OF_TERMINALS = ("dp3t.cli", "dp3t_server.cli")
_PROGRAMS = ("dp3t.cli.commands", "dp3t_server.cli")
_MORE = (
    "dp3t.cli.demo.declarations.run",
    "dp3t.cli.demo.presence.run",
    "dp3t.cli.demo.run",
)
_LOADED = dict[str, dict[str, ModuleType]]()
"""The modules of terminals, by the language of their help."""


def speak(tongue: str) -> None:
    """Put the modules of terminals in place whose help is in a language."""
    for name in _names():
        del sys.modules[name]
    sys.modules.update(_LOADED[tongue])
    for name in _OF_TERMINALS:
        package, _, member = name.rpartition(".")
        setattr(import_module(package), member, sys.modules[name])


def _names() -> list[str]:
    inside = tuple(f"{name}." for name in _OF_TERMINALS)
    return [name for name in sys.modules if f"{name}.".startswith(inside)]


def _load() -> None:
    for name in _PROGRAMS:
        typer.main.get_command(vars(import_module(name))["app"])
    for name in _MORE:
        import_module(name)
    _LOADED[language()] = {name: sys.modules[name] for name in _names()}


def _load_all() -> None:
    """Load the commands in each language, and at last in the usual one."""
    build_each_once()
    usual, before = language(), os.environ.get("DP3T_LANG")
    _load()
    os.environ["DP3T_LANG"] = "vi" if usual == "en" else "en"
    for name in _names():
        del sys.modules[name]
    _load()
    if before is None:
        del os.environ["DP3T_LANG"]
    else:
        os.environ["DP3T_LANG"] = before
    speak(usual)


_load_all()
