"""Texts made to hurt a reader of structures: long, deep, ringed, forked, impossible, or no SMILES at all."""

from __future__ import annotations

from collections.abc import Iterator

_FULLERENE = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3"
    "c8c4c4c9c5c1c1c6c2c3c41"
)


def hostile_structures() -> dict[str, str]:
    """Return the texts by what each is."""
    return {
        **dict(_long()),
        **dict(_largest_that_pass()),
        **dict(_of_another_kind()),
        "1 MB of brackets": "[" * 1_000_000,
        "1 MB of words": "sodium chloride " * 65_536,
        "fullerene": _FULLERENE,
        "clique of 11 uranium atoms": _clique(11),
        "cage of 60 rings": _ladder(58),
        "64 components": ".".join(["CC(N)Cc1ccccc1"] * 64),
        "64 distinct components": ".".join("C" * n + "N" for n in range(1, 65) if n < 15) + ".C" * 40,
        "65 components": ".".join(["CCO"] * 65),
        "50 organic components": ".".join(f"CC(N)Cc1ccccc1{'C' * (n % 9)}" for n in range(50)),
    }


def _long() -> Iterator[tuple[str, str]]:
    yield "chain of 10,000 atoms", "C" * 10_000
    yield "chain of 1,000,000 atoms", "C" * 1_000_000
    yield "10,000 brackets deep", "C(" * 10_000 + "C" + ")" * 10_000
    yield "4,001 characters", "C" * 4_001


def _largest_that_pass() -> Iterator[tuple[str, str]]:
    yield "chain of 1,000 atoms", "C" * 1_000
    yield "1,000 brackets deep", "C(" * 999 + "C" + ")" * 999
    yield "999 aromatic atoms in one ring", "c1" + "c" * 996 + "1"
    yield "1,000 nitrogens in one ring", "n1" + "n" * 996 + "1"
    yield "polyether of 1,000 atoms", "CCO" * 333
    yield "polyester of 1,000 atoms", "CC(=O)O" * 199 + "C"
    yield "250 stereo centres", "C[C@H](O)" * 199 + "C"
    yield "double bonds with stereo", "F/C=C/" + "C=C/" * 240 + "F"
    yield "tree of methyls", _tree(5)
    yield "polyphenyl", "c1ccccc1" * 29
    yield "polypeptide", "NC(C)C(=O)" * 190 + "O"
    yield "isotopes everywhere", "[13CH2]" * 500
    yield "charges everywhere", "[NH2+]CC" * 250 + "C"
    yield "hydrogens written", "[C]([H])([H])" * 300
    yield "polyfentanyl", "CCC(=O)N(C1CCN(CC1)CCc2ccccc2)c3ccccc3" + "CCC(=O)N(C1CCN(CC1)CCc2ccccc2)c3ccccc3" * 15


def _of_another_kind() -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "blank", " \t\n"
    yield "NUL", "CC\x00O"
    yield "another script", "乙醇"
    yield "mojibake", "CC(=O)Ã©"
    yield "lone surrogate", "C\ud800C"
    yield "reaction", "CCO.CC(=O)O>>CCOC(C)=O"
    yield "R-group", "[R1]c1ccccc1"
    yield "star", "*c1ccccc1"
    yield "query", "[#6,#7]~[!#1]"
    yield "extended with labels", "*CC |$R1;;$|"
    yield "extended with a position variation", "CC.C |m:2:0.1|"
    yield "polymer of an extended text", "*CC* |Sg:n:1,2::ht|"
    yield "open bracket", "[C"
    yield "open ring", "C1CC"
    yield "unbalanced", "CC((("
    yield "five bonds", "CC(C)(C)(C)C"
    yield "no Kekulé form", "c1cccc1"
    yield "unknown element", "[Xx]"
    yield "huge charge", "[C+999999999]"
    yield "huge isotope", "[99999999999999999999C]"
    yield "huge ring number", "C%(99999)C%(99999)"
    yield "dots only", "....."
    yield "ring digits across dots", "C1.C12.C2"
    yield "a name", "fentanyl hydrochloride"
    yield "an InChI", "InChI=1S/CH4/h1H4"
    yield "formula injection", "=cmd|' /C calc'!A0"


def _clique(size: int) -> str:
    """Return uranium atoms bound each to each: no valence forbids it."""
    number = iter(range(10, 100))
    closing: dict[tuple[int, int], int] = {}
    atoms = []
    for here in range(size):
        text = "[U]" + "".join(f"%{closing[there, here]}" for there in range(here - 1))
        for there in range(here + 2, size):
            closing[here, there] = next(number)
            text += f"%{closing[here, there]}"
        atoms.append(text)
    return "".join(atoms)


def _ladder(rungs: int) -> str:
    return "".join(f"C%{10 + n}" for n in range(rungs)) + "".join(f"C%{9 + rungs - n}" for n in range(rungs))


def _tree(depth: int) -> str:
    return "C" if not depth else f"C({_tree(depth - 1)})({_tree(depth - 1)}){_tree(depth - 1)}"
