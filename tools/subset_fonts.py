"""Make the two fonts of the PDF brief: DejaVu Sans Condensed, cut down to Latin, Greek, Cyrillic and the signs we write.

DejaVu's licence allows it (see LICENCE.txt beside them). Run it with the folder that holds the whole fonts:
python tools/subset_fonts.py FOLDER. The same fonts give the same bytes; FONTS.toml says their digests.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

OUT = Path(__file__).parents[1] / "src" / "counterflow" / "report" / "pdf" / "fonts"
NAMES = ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf")
#: Latin to Latin Extended Additional, Greek, Cyrillic, punctuation, currency, arrows and a few signs
KEPT = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x2027),
    (0x202F, 0x203A), (0x20A0, 0x20BF), (0x2190, 0x2193), (0x2212, 0x2212), (0x2248, 0x2248), (0x2264, 0x2265),
    (0x25A0, 0x25A1), (0x25B2, 0x25B2), (0xFFFD, 0xFFFD),
)  # fmt: skip


def main(folder: Path) -> None:
    """Write the fonts and what they are."""
    told = ["# Written by tools/subset_fonts.py; a test re-hashes every file."]
    for name in NAMES:
        whole = (folder / name).read_bytes()
        font = TTFont(folder / name, recalcTimestamp=False)
        options = Options()
        options.hinting, options.layout_features, options.name_IDs = False, ["kern", "mark"], ["*"]
        options.recalc_timestamp = False
        cut = Subsetter(options)
        cut.populate(unicodes=[code for first, last in KEPT for code in range(first, last + 1)])
        cut.subset(font)
        font.save(OUT / name)
        made = (OUT / name).read_bytes()
        told += [
            "", "[[font]]", f'file = "{name}"', 'version = "2.37"', 'licence = "Bitstream Vera; changes public domain"',
            f'from_sha256 = "{hashlib.sha256(whole).hexdigest()}"', f'sha256 = "{hashlib.sha256(made).hexdigest()}"',
        ]  # fmt: skip
    (OUT / "FONTS.toml").write_text("\n".join(told) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
