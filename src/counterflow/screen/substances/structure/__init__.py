"""Structures of substances: read safely, found among the listed ones, judged by the class rules of the law.

Identification against public law only. Nothing here proposes, completes or varies a structure. RDKit is needed, and is
imported only by the modules of this package, which nothing imports before a structure is asked about.
"""

from __future__ import annotations

from importlib.util import find_spec

from counterflow.core.errors import ConfigError

if find_spec("rdkit") is None:
    raise ConfigError(
        "structures cannot be read: RDKit is not installed",
        hint="Install it with: pip install 'counterflow[chem]'. Names, CAS numbers and HS codes work without it.",
    )
