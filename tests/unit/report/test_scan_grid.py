"""Scans on the board: the target stands beside the share, and a scan is never shown as a result."""

from counterflow.report.board import scan_grid, scan_words

ROW = {
    "port": "*", "vehicle_class": "*", "crossings": 1_200, "scanned_share": 0.25, "at_most_share": 0.25,
    "entering_share": None, "target_share": None, "unreadable": 3, "unrecorded": 0,
}  # fmt: skip
TARGET = {"share": 1.0, "due": "2027-01-05", "law": "The Act", "recalled": "`due`: from memory"}


def test_the_grid_is_compact_and_leaves_no_doubt_unsaid():
    sure = scan_grid({"scans": [ROW, ROW | {"port": "P"}, ROW | {"vehicle_class": "bus", "target_share": 1.0}]})
    assert [row[0] for row in sure.rows] == ["all crossings", "P", "bus"]
    assert "at_most_share" not in {column.key for column in sure.columns}
    assert sure.rows[0][:4] == ("all crossings", "1\u202f200", "25.0\u202f%", "–")
    assert sure.rows[2][4] == "100\u202f%"
    doubted = scan_grid({"scans": [ROW | {"unrecorded": 12, "at_most_share": 0.26}]})
    assert {"Scanned, at most", "Does not say"} <= {column.label for column in doubted.columns}


def test_the_words_say_what_a_scan_is_not_and_what_was_only_recalled():
    assert "an input, not a result" in scan_words({})
    said = scan_words({"scan_target": TARGET})
    assert "100\u202f% of what enters by 2027-01-05 (the day is recalled" in said
    assert "recalled" not in scan_words({"scan_target": TARGET | {"recalled": ""}})
