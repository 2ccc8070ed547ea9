"""From whatever went wrong to one message and one exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from typer.exceptions import TyperException

from counterflow.core.errors import CounterflowError, refused_by_system

__all__ = ["guarded"]

_REPORT = "Run again with COUNTERFLOW_TRACEBACK=1 and report what it prints."


def guarded(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - one way out for each kind of end
    """Run the commands on `arguments`; no traceback reaches the user (set COUNTERFLOW_TRACEBACK=1 to see one)."""
    import typer

    from counterflow.cli.app import tree

    try:
        code = tree()(args=list(arguments), prog_name="counterflow", standalone_mode=False, obj=list(arguments))
    except CounterflowError as error:
        return _tell(str(error), error.exit_code)
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _tell("Stopped. What was done is recorded; run the same command again to go on.", 130)
    except TyperException as error:
        words = _words(error)
        # Called without a command it has shown its help by now, and there is nothing more to say.
        return _tell(f"{words} (counterflow --help says how it is called)", 2) if words else 2
    except BrokenPipeError:
        # Whoever read our output has left (`… | head`): that is their right. Keep Python quiet about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        ours = refused_by_system(error)
        return _tell(str(ours), ours.exit_code)
    except Exception as error:
        if os.environ.get("COUNTERFLOW_TRACEBACK"):
            raise
        return _tell(f"Something here went wrong that should not have: {type(error).__name__}: {error}\n{_REPORT}", 5)
    return int(code) if isinstance(code, int) else 0


def _words(error: TyperException) -> str:
    said = getattr(error, "format_message", None)
    return str(said() if said else error)


def _tell(message: str, code: int) -> int:
    sys.stderr.write(f"counterflow: {message}\n")
    return code
