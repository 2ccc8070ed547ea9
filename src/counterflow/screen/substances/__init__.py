"""Does this goods text name a controlled substance or a listed precursor; where exactly, and under which law?

`mentions.py` finds names and CAS numbers, `context.py` reads the words beside them, `strength.py` holds the
rules by which a strength follows from the evidence, `check.py` makes the findings. The method is on the
page `docs/methods/substances.md`.
"""

from counterflow.screen.substances.check import SubstanceCheck, make

__all__ = ["SubstanceCheck", "make"]
