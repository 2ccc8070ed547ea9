"""Copy the console's browser assets from exact npm versions into the package, with licences and hashes.

    python tools/vendor_assets.py                        # refresh src/counterflow/console/static/vendor
    python tools/vendor_assets.py --check                # re-hash what is there, network not needed
    python tools/vendor_assets.py --test-assets DIR      # axe-core for the browser tests, never shipped

Versions stand in `ASSETS` below; `VENDOR.toml` beside the files says what was copied (package, version,
licence, SHA-256). Packages come through `npm pack`, so a closed site points npm at its own mirror. Pointers
to source maps are cut off, as the maps are not shipped. A test re-hashes every file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

VENDOR = Path(__file__).resolve().parents[1] / "src" / "counterflow" / "console" / "static" / "vendor"
MANIFEST = "VENDOR.toml"
_SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=[^\n]*\n?$")


@dataclass(frozen=True)
class Asset:
    """One npm package: its exact version, its licence, and which of its files go where."""

    package: str
    version: str
    licence: str
    files: dict[str, str]
    licence_file: str = "LICENSE"

    @property
    def slug(self) -> str:
        """The package's name as a file name."""
        return self.package.strip("@").replace("/", "-")


_ICONS = (
    "activity", "arrow-right", "badge-check", "book-open", "chart-line", "circle-help", "clipboard-list", "download",
    "file-check", "file-search", "flask-conical", "gauge", "graduation-cap", "hand-helping", "inbox", "key-round",
    "keyboard", "layout-dashboard", "list-filter", "log-out", "map", "menu", "moon", "package-search", "printer",
    "scale", "scroll-text", "search", "settings", "shield-alert", "shield-check", "shopping-cart", "sun", "target",
    "upload", "user-search", "users",
)  # fmt: skip

ASSETS = (
    Asset("vega", "6.4.0", "BSD-3-Clause", {"build/vega.min.js": "vega.min.js"}),
    Asset("vega-lite", "6.4.3", "BSD-3-Clause", {"build/vega-lite.min.js": "vega-lite.min.js"}),
    Asset("vega-embed", "7.3.0", "BSD-3-Clause", {"build/vega-embed.min.js": "vega-embed.min.js"}),
    Asset("htmx.org", "2.0.11", "0BSD", {"dist/htmx.min.js": "htmx.min.js"}),
    Asset(
        "@fontsource-variable/public-sans",
        "5.3.0",
        "OFL-1.1",
        {"files/public-sans-latin-wght-normal.woff2": "public-sans-latin-wght-normal.woff2"},
    ),
    Asset(
        "@fontsource/ibm-plex-mono",
        "5.3.0",
        "OFL-1.1",
        {"files/ibm-plex-mono-latin-400-normal.woff2": "ibm-plex-mono-latin-400-normal.woff2"},
    ),
    Asset("lucide-static", "1.62.0", "ISC", {f"icons/{i}.svg": f"icons/{i}.svg" for i in _ICONS}),
    # One file with counties and states, Puerto Rico among them, which the ready-projected files leave out.
    Asset(
        "us-atlas",
        "3.0.1",
        "ISC",
        {"counties-10m.json": "us-counties-10m.json", "states-10m.json": "us-states-10m.json"},
    ),
    # 1:50m: Hong Kong, Macao and Singapore are not on the smaller map.
    Asset("world-atlas", "2.0.2", "ISC", {"countries-50m.json": "world-countries-50m.json"}),
)

TEST_ASSETS = (Asset("axe-core", "4.14.1", "MPL-2.0", {"axe.min.js": "axe.min.js"}),)


def unpacked(asset: Asset) -> dict[str, bytes]:
    """Return the package's files by path, as npm gives that exact version."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "npm",
            "pack",
            "--silent",
            "--pack-destination",
            folder,
            f"{asset.package}@{asset.version}",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        content = archive.read_bytes()
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is not None:
                files[str(PurePosixPath(*PurePosixPath(member.name).parts[1:]))] = stream.read()
    said = json.loads(files["package.json"])["license"]
    if said != asset.licence:
        sys.exit(f"{asset.package} {asset.version} says licence {said!r}, expected {asset.licence!r}")
    return files


def cleaned(name: str, content: bytes) -> bytes:
    """Return a script without its pointer to a source map; anything else as it is."""
    return _SOURCE_MAP.sub(b"\n", content) if name.endswith(".js") else content


def copy(assets: tuple[Asset, ...], into: Path) -> list[dict[str, str]]:
    """Copy the assets and their licence texts; return one manifest row per file."""
    rows = []
    for asset in assets:
        files = unpacked(asset)
        wanted = asset.files | {asset.licence_file: f"licences/{asset.slug}.txt"}
        for source, target in wanted.items():
            content = cleaned(source, files[source])
            (into / target).parent.mkdir(parents=True, exist_ok=True)
            (into / target).write_bytes(content)
            rows.append(
                {
                    "file": target,
                    "package": asset.package,
                    "version": asset.version,
                    "licence": asset.licence,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
    return rows


def manifest_text(rows: list[dict[str, str]]) -> str:
    """Return VENDOR.toml: one `[[asset]]` per file, in order of name."""
    lines = ["# Written by tools/vendor_assets.py; a test re-hashes every file.\n"]
    for row in sorted(rows, key=lambda r: r["file"]):
        lines += ["\n[[asset]]\n", *(f'{key} = "{value}"\n' for key, value in row.items())]
    return "".join(lines)


def wrong_files(folder: Path) -> list[str]:
    """Return what differs between VENDOR.toml and the folder: changed, missing and unlisted files."""
    listed = {r["file"]: r["sha256"] for r in tomllib.loads((folder / MANIFEST).read_text())["asset"]}
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    there = {p.relative_to(folder).as_posix(): p for p in files}
    wrong = [f"missing: {name}" for name in sorted(listed.keys() - there.keys())]
    wrong += [f"not listed: {name}" for name in sorted(there.keys() - listed.keys())]
    for name in sorted(listed.keys() & there.keys()):
        if hashlib.sha256(there[name].read_bytes()).hexdigest() != listed[name]:
            wrong.append(f"changed: {name}")
    return wrong


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only re-hash what is there")
    parser.add_argument("--test-assets", type=Path, metavar="DIR", help="copy what only the browser tests need")
    chosen = parser.parse_args()
    if chosen.check:
        wrong = wrong_files(VENDOR)
        sys.exit("\n".join(wrong) if wrong else 0)
    if chosen.test_assets is not None:
        copy(TEST_ASSETS, chosen.test_assets)
        return
    (VENDOR / MANIFEST).write_text(manifest_text(copy(ASSETS, VENDOR)))


if __name__ == "__main__":
    main()
