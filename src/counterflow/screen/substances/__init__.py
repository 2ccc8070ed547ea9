"""Does this goods text name a controlled substance or a listed precursor; where exactly, and under which law?

`mentions.py` finds names and CAS numbers, `context.py` reads the words beside them, `strength.py` holds the
rules by which a strength follows from the evidence, `check.py` makes the findings. `law.py` says what the law of a
place makes of a substance on a day, `items.py` reads the fields of single items, and `lookup.py` answers them: for the
command line and for Python. The method is on the page `docs/methods/substances.md`.
"""

from counterflow.screen.substances.check import SubstanceCheck, make
from counterflow.screen.substances.law import Verdict
from counterflow.screen.substances.lookup import SubstanceLookup

__all__ = ["SubstanceCheck", "SubstanceLookup", "Verdict", "make"]
