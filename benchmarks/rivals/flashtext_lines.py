"""Look for terms in lines with flashtext or flashtext2: hits only, no spans, context, numbers, misspellings or law.

Runs in the environment of requirements-flashtext.txt. Reads terms.txt and lines.txt (UTF-8, one a line) of a folder and
prints one JSON object: seconds of CPU to build and to look, lines, hits, peak MB.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", choices=("flashtext", "flashtext2"))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    terms = (asked.folder / "terms.txt").read_text(encoding="utf-8").split("\n")
    lines = (asked.folder / "lines.txt").read_text(encoding="utf-8").split("\n")
    started = time.process_time()
    processor = importlib.import_module(asked.program).KeywordProcessor(case_sensitive=False)
    for term in terms:
        processor.add_keyword(term, term)
    built = time.process_time()
    hits = sum(len(processor.extract_keywords(line)) for line in lines)
    looked = time.process_time()
    status = Path("/proc/self/status").read_text(encoding="ascii").split()
    peak = int(status[status.index("VmHWM:") + 1]) / 1024
    told = {"build_s": built - started, "look_s": looked - built, "lines": len(lines), "hits": hits, "peak_mb": peak}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
