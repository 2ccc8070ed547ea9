"""The command line: one file per group of commands, each thin; data to stdout, words to stderr.

Exit codes: 0 ok, 1 findings when asked to fail on them, 2 usage, 3 input, 4 configuration, 5 engine, 6 access.
Nothing heavy is imported here: `counterflow --help` answers in well under half a second of CPU.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

__all__ = ["answer", "main"]


def main() -> None:
    """Run the program on this process's arguments and leave with its exit code."""
    # Reference tables are tens of thousands of objects that live as long as the process: walking them again and again
    # in search of garbage costs a short command a tenth of its time.
    gc.set_threshold(100_000, 50, 100)
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: Sequence[str]) -> int:
    """Run the program on `arguments` and return its exit code; every error becomes one clear message on stderr."""
    from counterflow.cli.errors import guarded

    return guarded(arguments)
