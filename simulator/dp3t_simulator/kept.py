"""Compiled functions that are kept on the disk, loaded without what only compiling needs.

numba gets ready to compile before it looks whether it has to, keeps with each function a form of it
to put into others, which it reads every time, and imports what the function was compiled from:
together most of what loading takes. Here all of it waits until something is compiled. With a numba
that is made otherwise inside, its own way is taken.
"""

import pickle
import sys
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, lookup_environment
from numba.core.runtime import rtsys


class QuickCache(FunctionCache):  # type: ignore[misc]  # numba has no types
    """What numba keeps of a function, in the same files and under the same conditions."""

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return what is kept for a signature; where it is nothing, numba is ready to compile."""
        try:
            rtsys.initialize(target)
            found = self._kept(signature, target)
        except (AttributeError, OSError, TypeError, ValueError):  # another inside, or a lost file
            found = None
        try:
            return found or super().load_overload(signature, target)
        except (AttributeError, ImportError):  # it names what another version had
            self.flush()
            return None

    def _kept(self, signature: Any, target: Any) -> Any:
        files = self._cache_file
        name = files._load_index().get(self._index_key(signature, target.codegen()))
        if name is None:
            return None
        with Path(files._data_path(name)).open("rb") as file:
            data = _Reader(file).load()
        return CompileResult._rebuild(_Loading(target), *data)._replace(target_context=target)


class _Reader(pickle.Unpickler):
    """Reads what numba keeps, without importing whose constants a function uses."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numba.core.environment", "_rebuild_env"):
            return _constants
        return super().find_class(module, name)


def _constants(module: str, constants: list[Any], name: str) -> Any:
    """Return the constants of a function; its module's names are for interpreted code alone."""
    found = lookup_environment(name)
    if found is None:
        loaded = sys.modules.get(module)
        found = Environment(vars(loaded) if loaded else {"__name__": module})
        found.consts[:] = constants
        found.env_name = name
        Environment._memo[name] = found
    return found


class _Loading:
    """The target of a function that is loaded, and its own maker of libraries."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def codegen(self) -> "_Loading":
        return self

    def unserialize_library(self, kept: Any) -> "_Library":
        name, _, (machine_code, bitcode) = kept
        return _Library(self._target.codegen(), name, machine_code, bitcode)


class _Library(JITCodeLibrary):  # type: ignore[misc]  # numba has no types
    """Machine code, with the form to put into others unread."""

    _shared_module: Any

    def __init__(self, codegen: Any, name: str, machine_code: bytes, bitcode: bytes) -> None:
        super().__init__(codegen, name)
        self._bitcode = bitcode
        self.enable_object_caching()
        self._set_compiled_object(machine_code)
        self._finalize_final_module()

    def get_pointer_to_function(self, name: str) -> Any:
        return self._codegen._engine.get_function_address(name)

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = binding.parse_bitcode(self._bitcode)
            self._codegen._engine._load_defined_symbols(self._shared_module)
        return self._shared_module
