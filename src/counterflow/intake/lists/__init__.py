"""Official lists: read whole, every row accounted for, kept as versions that never change.

One loader per publisher's format (`ofac.py`, `ofac_xml.py`, `un.py`, `bis.py`, `ftm.py`) and `csv_list.py` for any list
in columns, each into a `ListLoad`; `store.py` writes it and compares versions; `update.py` brings new editions from
their official addresses. The checks that use lists know nothing of where they came from.
"""

from counterflow.intake.lists.bis import load_bis
from counterflow.intake.lists.csv_list import ListColumns, load_list_csv, read_list_map
from counterflow.intake.lists.ftm import load_ftm
from counterflow.intake.lists.load import ListLoad
from counterflow.intake.lists.ofac import load_ofac
from counterflow.intake.lists.ofac_xml import load_ofac_xml
from counterflow.intake.lists.store import diff, find_version, show_entries, show_versions, store_list
from counterflow.intake.lists.un import load_un
from counterflow.intake.lists.update import UpdateOptions, check_plausible, fetch_list

__all__ = [
    "ListColumns",
    "ListLoad",
    "UpdateOptions",
    "check_plausible",
    "diff",
    "fetch_list",
    "find_version",
    "load_bis",
    "load_ftm",
    "load_list_csv",
    "load_ofac",
    "load_ofac_xml",
    "load_un",
    "read_list_map",
    "show_entries",
    "show_versions",
    "store_list",
]
