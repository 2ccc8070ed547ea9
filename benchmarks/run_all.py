"""Run every benchmark, one after another, and print what each prints. `--quick` makes each a rehearsal."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that each runs")
    quick = ["--quick"] if parser.parse_args().quick else []
    failed = []
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n== {path.name} ==", flush=True)
        if subprocess.run([sys.executable, str(path), *quick], check=False).returncode:
            failed.append(path.name)
    print("\nfailed: " + ", ".join(failed) if failed else "\nall ran")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
