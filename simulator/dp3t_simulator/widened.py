"""Compiled functions that take whole numbers in one width, whatever width their callers hold.

numba compiles a function anew for each combination of widths, for a constant, and for what it takes
a variable to be before it knows better. It calculates in 64 bits anyway: more than a half of what
was compiled differed in nothing else. Numbers without a sign keep their width, which says what
becomes of them when they meet others; so do the fields of named tuples.
"""

from typing import Any

from numba import types


def widen(function: Any) -> None:
    """Let a function that is compiled for its callers be compiled for widened arguments alone."""
    template_of, type_of = function.get_call_template, function.typeof_pyval

    def get_call_template(arguments: Any, named: dict[str, Any]) -> Any:
        return template_of(
            [_wide(each) for each in arguments],
            {name: _wide(each) for name, each in named.items()},
        )

    function.get_call_template = get_call_template
    function.typeof_pyval = lambda value: _wide(type_of(value))


def _wide(kind: Any) -> Any:
    kind = types.unliteral(kind)
    if isinstance(kind, types.Integer) and kind.signed:
        return types.int64
    if type(kind) is types.UniTuple:
        return types.UniTuple(_wide(kind.dtype), kind.count)
    if type(kind) is types.Tuple:
        return types.Tuple([_wide(each) for each in kind])
    return kind
