"""A check from outside: liquids declared in letters.

Letter post may carry liquids only in packing that a letter rarely has. The check reads the goods text and the
kind of the consignment, and names the word that it met.
"""

import re

import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources

WORDS = re.compile(r"\b(liquid|syrup|e-?liquid|oil|perfume|solution)\b", re.IGNORECASE)


class LiquidInLetter:
    """Liquids in letters."""

    id = "liquid-in-letter"
    version = "1"
    title = "A liquid is declared in a letter"
    subject = "goods_line"
    reads = ("description", "kind")
    codes = (Code("liquid-in-letter", "declaration", "the text names a liquid and the item is a letter"),)

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a finding on each letter whose goods text names a liquid."""
        found = FindingRows()
        columns = (batch.column(name).to_pylist() for name in ("row", "description", "kind"))
        for row, text, kind in zip(*columns, strict=True):
            met = WORDS.search(text or "") if kind == "letter" else None
            if met:
                found.add(
                    row,
                    code="liquid-in-letter",
                    strength=0.3,
                    meaning="judgement of our mail hall; no probability",
                    harm_class="declaration",
                    sentence=f"A letter is said to hold a liquid: “{met.group()}”.",
                    field="description",
                    start=met.start(),
                    end=met.end(),
                    matched=met.group(),
                    citation="Our hall's rule 7, after the Universal Postal Convention on liquids",
                )
        return found.batch()


def make(_resources: Resources) -> LiquidInLetter:
    """Return the check; the resources would bring lists and settings, of which it needs none."""
    return LiquidInLetter()
