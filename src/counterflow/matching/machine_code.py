"""Compiled loops without the compiler: made once with numba, kept as machine code, loaded in milliseconds.

Importing numba and what it needs to call a compiled function takes a second and 90 MB, more than looking a name up.
So a kernel is compiled when it is first needed, its object code is kept on disk, and from then on only llvmlite's
linker is loaded. The code is kept under a digest of the kernel's sources, of numba's version and of the processor:
whatever of these changes, it is made anew.

A kernel is one function of arrays. `njit` marks what it calls; called from Python a marked function runs as plain
Python, which tests and doctests use.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import metadata
from importlib.machinery import ExtensionFileLoader
from importlib.resources import files
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar, cast, overload

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError

__all__ = ["Array", "Kernel", "Marked", "compiled", "njit"]

Array = npt.NDArray[Any]

Function = TypeVar("Function", bound=Callable[..., Any])
_FORMAT = 1
#: No arrays are made in compiled code (`_nrt`), and nothing raises: a division by zero is infinity or nan.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
_EXCEPTIONS = (StopIteration, SystemError, RuntimeError, ValueError, IndexError, MemoryError, OverflowError)


class Marked:
    """A function to be compiled where a kernel calls it; from Python it runs as it is written."""

    def __init__(self, function: Callable[..., Any], inline: Literal["never", "always"]) -> None:
        self.function = function
        self.inline = inline
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self.__wrapped__ = function

    def __call__(self, *arguments: Any) -> Any:
        """Run as plain Python."""
        return self.function(*arguments)

    @cached_property
    def compiled(self) -> Any:
        """The function as numba takes it, for a caller that is compiled by numba itself."""
        import numba

        _marked_known_to_numba()
        options: dict[str, Any] = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        return numba.njit(inline=self.inline, **options)(self.function)


@overload
def njit(function: Function) -> Function: ...


@overload
def njit(*, inline: Literal["never", "always"]) -> Callable[[Function], Function]: ...


def njit(function: Callable[..., Any] | None = None, *, inline: Literal["never", "always"] = "never") -> Any:
    """Mark a function that kernels call.

    It must be something numba compiles: numbers, tuples, loops, and arrays that are handed in. It makes no arrays of
    its own, assigns to single places and not to slices, and raises nothing.

    Args:
        function: the function.
        inline: ``always`` for a few lines within an inner loop.
    """
    if function is None:
        return lambda f: Marked(f, inline)
    return Marked(function, inline)


def compiled(function: Callable[..., Any]) -> Any:
    """Return a function that `njit` marked as numba's own, for code that is compiled by numba elsewhere."""
    if not isinstance(function, Marked):
        raise TypeError(f"{function} is not marked to be compiled")
    return function.compiled


@dataclass(frozen=True)
class Kernel:
    """One compiled function of arrays, callable from Python without numba.

    Args:
        name: what its code is kept under.
        function: takes the arrays in order and returns a whole number; itself no `njit`, compiled here.
        takes: dtype of each array, one- or two-dimensional by its shape here: ``("u4", 1)``.
        sources: modules that the function is made of.
    """

    name: str
    function: Callable[..., int]
    takes: Sequence[tuple[str, int]]
    sources: Sequence[str]
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def __call__(self, *arrays: Array) -> int:
        """Run on `arrays`; other threads run meanwhile.

        Raises:
            TypeError: an array is not what the kernel takes; it would read beyond its end.
        """
        if len(arrays) != len(self.takes):
            raise TypeError(f"{self.name} takes {len(self.takes)} arrays, not {len(arrays)}")
        table = np.empty((len(arrays), 3), dtype=np.int64)
        for place, (array, (dtype, dimensions)) in enumerate(zip(arrays, self.takes, strict=True)):
            if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
                raise TypeError(
                    f"array {place} of {self.name} is {array.dtype} in {array.ndim} dimensions, not {dtype}"
                )
            table[place] = array.ctypes.data, len(array), array.shape[1] if dimensions == 2 else 1
        return int(self._address(table.ctypes.data))

    @property
    def _address(self) -> Callable[[int], int]:
        # A frozen dataclass keeps what it has loaded in its dictionary.
        found = self.__dict__.get("_loaded")
        if found is None:
            with self._lock:
                found = self.__dict__.get("_loaded") or _linked(self._code())
                self.__dict__["_loaded"] = found
        return cast("Callable[[int], int]", found[0])

    def _code(self) -> _Code:
        file = f"{self.name}-{_machine()}-{self._digest()}.code"
        for folder in cache_folders():
            code = _read(folder / file)
            if code is not None:
                return code
        code = _compiled(self)
        for folder in cache_folders():
            if _written(code, folder / file):
                break
        return code

    def _digest(self) -> str:
        texts = [_source(module) for module in (*self.sources, __name__)]
        said = repr((_FORMAT, metadata.version("numba"), metadata.version("llvmlite"), tuple(self.takes)))
        return hashlib.sha256(b"\0".join([said.encode(), *texts])).hexdigest()[:16]

    def make_ready(self) -> bool:
        """Compile, keep and load it where that was not done; return whether it had to be compiled.

        An installation calls this, so that the first user does not wait.
        """
        file = f"{self.name}-{_machine()}-{self._digest()}.code"
        kept = any(_read(folder / file) is not None for folder in cache_folders())
        _ = self._address
        return not kept


@dataclass(frozen=True, slots=True)
class _Code:
    """Object code, and the name under which its entry is found in it."""

    entry: str
    code: bytes


def _source(module: str) -> bytes:
    package, _, name = module.rpartition(".")
    return (files(package) / f"{name}.py").read_bytes()


def cache_folders() -> list[Path]:
    """Where code is kept: beside the sources where they may be written to, else in the user's cache."""
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [Path(__file__).parent / "__pycache__", Path(user) / "counterflow"]


def _machine() -> str:
    """Return a short name of this processor and Python: code made for another may not run here."""
    from llvmlite import binding

    said = (binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten(), sysconfig.get_platform())
    return hashlib.sha256(repr((*said, sys.implementation.cache_tag)).encode()).hexdigest()[:8]


def _read(path: Path) -> _Code | None:
    """Return the code kept at `path`; None where there is none or it is damaged."""
    try:
        head, _, code = path.read_bytes().partition(b"\n")
        said = json.loads(head)
    except (OSError, ValueError):
        return None
    whole = said.get("sha256") == hashlib.sha256(code).hexdigest() if isinstance(said, dict) else False
    return _Code(said["entry"], code) if whole else None


def _written(code: _Code, path: Path) -> bool:
    """Keep `code`, and drop what older sources left; return whether it could be written."""
    room = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    head = json.dumps({"entry": code.entry, "sha256": hashlib.sha256(code.code).hexdigest()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        room.write_bytes(head.encode() + b"\n" + code.code)
        room.replace(path)
        for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-*.code"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        room.unlink(missing_ok=True) if os.access(path.parent, os.W_OK) else None
        return False
    return True


@cache
def _marked_known_to_numba() -> None:
    """Tell numba what a marked function is where a compiled one calls it."""
    from numba import types
    from numba.extending import typeof_impl

    @typeof_impl.register(Marked)
    def _of_marked(marked: Marked, _context: object) -> Any:
        return types.Dispatcher(marked.compiled)


def _compiled(kernel: Kernel) -> _Code:
    """Compile a kernel as a C function of one table: address, length and width of each array."""
    import numba
    from numba import types

    _marked_known_to_numba()
    entry = _entry(kernel)
    signature: Any = types
    made: Any = numba.cfunc(signature.int64(signature.CPointer(types.int64)), **_OPTIONS)(entry)
    library = made._library  # noqa: SLF001 - numba is pinned; there is no public way to its object code
    _require_known({f.name for f in library._final_module.functions if f.is_declaration})  # noqa: SLF001
    return _Code(made._wrapper_name, library._get_compiled_object())  # noqa: SLF001


def _entry(kernel: Kernel) -> Callable[..., Any]:
    """Return the function that takes a table of arrays apart and calls the kernel's own."""
    room: dict[str, Any] = {"function": kernel.function}
    arrays = []
    for place, of in enumerate(kernel.takes):
        room[f"array_{of[0].strip('?') or 'b1'}_{of[1]}"] = _array_at(*of)
        arrays.append(f"array_{of[0].strip('?') or 'b1'}_{of[1]}(table, {place})")
    # The text is made of the kernel's own dtypes alone.
    exec(f"def entry(table):\n    return function({', '.join(arrays)})\n", room)  # noqa: S102
    return cast("Callable[..., Any]", room["entry"])


def _array_at(dtype: str, dimensions: int) -> Any:
    """Return what makes an array of a row of the table, for compiled code: no copy, and nothing to be counted."""
    from numba import from_dtype, types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    make_array: Any = arrayobj.make_array
    populate_array: Any = arrayobj.populate_array
    array_type = types.Array(from_dtype(np.dtype(dtype)), dimensions, "C")
    item = np.dtype(dtype).itemsize

    @intrinsic
    def array_at(_context: Any, table: Any, place: Any) -> Any:
        def lowered(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            def said(column: int) -> Any:
                at = builder.add(builder.mul(arguments[1], _int(3)), _int(column))
                return builder.load(builder.gep(arguments[0], [at]))

            def _int(number: int) -> Any:
                return cgutils.intp_t(number)

            array = make_array(array_type)(context, builder)
            shape = [said(column) for column in range(1, dimensions + 1)]
            strides = [_int(item)] if dimensions == 1 else [builder.mul(shape[1], _int(item)), _int(item)]
            data = builder.inttoptr(said(0), array.data.type)
            populate_array(array, data=data, shape=shape, strides=strides, itemsize=_int(item), meminfo=None)
            return array._getvalue()  # noqa: SLF001

        return array_type(table, place), lowered

    return array_at


def _linked(code: _Code) -> tuple[Callable[[int], int], Any]:
    """Link object code into this process; return its entry, and what must stay alive for it."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name, address in _symbols().items():
        binding.add_symbol(name, address)
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    engine.add_object_file(binding.ObjectFileRef.from_data(code.code))
    engine.finalize_object()
    entry = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(engine.get_function_address(code.entry))
    return entry, engine


def _require_known(names: set[str]) -> None:
    """Refuse code that calls what would not be found when it is linked: the linker would end the process.

    Raises:
        EngineError: it calls something that is not ours to give.
    """
    known, process = _symbols(), ctypes.CDLL(None)
    lacking = [n for n in names if not n.startswith("llvm.") and n not in known and not hasattr(process, n)]
    if lacking:
        raise EngineError(
            f"The compiled name search calls {', '.join(sorted(lacking))}, which cannot be linked.",
            hint="Install the pinned version of numba: `pip install -c constraints.txt counterflow`.",
        )


def _symbols() -> dict[str, int]:
    """Return the addresses that numba's code may call: its own C functions, and Python's exceptions."""
    found = {f"numba_{name}": address for name, address in _numba_part("_helperlib").c_helpers.items()}
    for name, address in _numba_part("core", "runtime", "_nrt_python").c_helpers.items():
        found[name if name.startswith("_") else f"NRT_{name}"] = address
    return found | {f"PyExc_{e.__name__}": id(e) for e in _EXCEPTIONS} | {"_Py_NoneStruct": id(None)}


def _numba_part(*path: str) -> ModuleType:
    """Load one of numba's C modules without numba."""
    spec = find_spec("numba")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("numba is not installed", name="numba")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    file = Path(spec.submodule_search_locations[0]).joinpath(*path[:-1], path[-1] + suffix)
    name = ".".join(("numba", *path))
    found = spec_from_file_location(name, file, loader=ExtensionFileLoader(name, str(file)))
    if found is None or found.loader is None:
        raise ModuleNotFoundError(f"numba has no {path[-1]}", name=name)
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
