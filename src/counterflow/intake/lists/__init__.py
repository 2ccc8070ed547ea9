"""Official lists: read whole, every row accounted for, kept as versions that never change.

`ofac.py` reads the Treasury's files and `csv_list.py` any other list in columns, both into a `ListLoad`;
`store.py` writes it and compares versions. The checks that use lists know nothing of where they came from.
"""

from counterflow.intake.lists.csv_list import ListColumns, load_list_csv
from counterflow.intake.lists.load import ListLoad
from counterflow.intake.lists.ofac import load_ofac
from counterflow.intake.lists.store import diff, find_version, show_entries, show_versions, store_list

__all__ = [
    "ListColumns",
    "ListLoad",
    "diff",
    "find_version",
    "load_list_csv",
    "load_ofac",
    "show_entries",
    "show_versions",
    "store_list",
]
