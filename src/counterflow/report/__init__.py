"""How results are shown: tables into exports, Vega-Lite charts, and sheets that print. No room draws its own.

* `export`: a table as CSV, JSON, Parquet or text for a terminal.
* `numbers`: shares, counts and intervals as people read them.
* `charts`: tables into Vega-Lite dictionaries, each with a sentence and its numbers beside it.
* `board`: the tiles and charts of the board.
* `sheet`: the inspection sheet of an office and lane as one HTML file.
"""
