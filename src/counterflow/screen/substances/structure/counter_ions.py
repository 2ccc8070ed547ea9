"""Acids, bases and solvents that pharmaceutical salts are commonly made with, as neutral structures without stereo.

Beside an organic substance they make a salt or a solvate of it, and are not asked about themselves; alone they are.
Structures are textbook ones of the acids and bases that names of medicines end with (maleate, besilate, olamine …).
Phenylacetic acid, anthranilic acid, methylamine and others that precursor lists name are left out on purpose: beside
another substance they are asked about.
"""

from __future__ import annotations

__all__ = ["COUNTER_IONS", "SOLVENTS"]

_ACIDS = (
    "O=CO CC(=O)O CCC(=O)O CCCC(=O)O OC(=O)C(=O)O OC(=O)CC(=O)O OC(=O)CCC(=O)O OC(=O)C=CC(=O)O "
    "OC(=O)C(O)C(O)C(=O)O OC(=O)CC(O)(CC(=O)O)C(=O)O CC(O)C(=O)O OC(=O)CC(O)C(=O)O OCC(=O)O O=CC(=O)O "
    "OC(=O)CCCCC(=O)O OC(=O)C(F)(F)F OC(=O)C(Cl)(Cl)Cl OC(=O)CCCCCCCCC(=O)O "
    "O=C(O)c1ccccc1 O=C(O)c1ccccc1O O=C(O)c1cccnc1 O=C(O)c1ccc2ccccc2c1O O=C(O)C(O)c1ccccc1 O=C(O)C=Cc1ccccc1 "
    "O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O O=C(O)c1cc(O)c(O)c(O)c1 O=C(O)c1cc(=O)[nH]c(=O)[nH]1 "
    "O=C(O)CNC(=O)c1ccccc1 NC(CC(=O)O)C(=O)O NC(CCC(=O)O)C(=O)O O=C1CCC(C(=O)O)N1 "
    "CS(=O)(=O)O CCS(=O)(=O)O OCCS(=O)(=O)O NCCS(=O)(=O)O OS(=O)(=O)CCS(=O)(=O)O OS(=O)(=O)C(F)(F)F "
    "O=S(=O)(O)c1ccccc1 Cc1ccc(S(=O)(=O)O)cc1 Cc1cc(C)cc(S(=O)(=O)O)c1 O=S(=O)(O)c1ccc(Cl)cc1 "
    "O=S(=O)(O)c1ccc2ccccc2c1 O=S(=O)(O)c1cccc2ccccc12 O=S(=O)(O)c1cccc2c(S(=O)(=O)O)cccc12 "
    "CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2 COS(=O)(=O)O CCOS(=O)(=O)O CCCCCCCCCCCCOS(=O)(=O)O O=C1NS(=O)(=O)c2ccccc12 "
    "CCCCCCCCCCCC(=O)O CCCCCCCCCCCCCCCC(=O)O CCCCCCCCCCCCCCCCCC(=O)O CCCCCCCC=CCCCCCCCC(=O)O C=CCCCCCCCCC(=O)O "
    "OCC(O)C(O)C(O)C(O)C(=O)O O=CC(O)C(O)C(O)C(O)C(=O)O OC(=O)C(O)C(O)C(O)C(O)C(=O)O OCC(O)C1OC(=O)C(O)=C1O "
    "OCC(O)C(OC1OC(CO)C(O)C(O)C1O)C(O)C(O)C(=O)O OC(=O)C1OC(O)C(O)C(O)C1O O=C(O)c1ccc(O)c(O)c1 O=C(O)c1ccc(O)cc1O "
    "Cn1c(=O)c2[nH]c(Cl)nc2n(C)c1=O OC(=O)C(=O)CCC(=O)O CC(=O)NCC(=O)O O=C(O)CCCCCCC(=O)O"
)
_BASES = (
    "NCCO OCCNCCO OCCN(CCO)CCO CCNCC NC(CO)(CO)CO CNCC(O)C(O)C(O)C(O)CO NCCCCC(N)C(=O)O N=C(N)NCCCC(N)C(=O)O "
    "C[N+](C)(C)CCO NCCN CCN(CC)CC CC(C)(C)N c1ccc(CNCCNCc2ccccc2)cc1 C1CNCCN1 c1c[nH]cn1 OCCN1CCCC1 "
    "c1ccc(CNCCc2ccccc2)cc1 CCN(CC)CCO C1COCCN1 C[N+](C)(C)C CCCC[N+](CCCC)(CCCC)CCCC CC[N+](CC)(CC)CC"
)
_SOLVENTS = "O [2H]O[2H] CO CCO CCCO CC(C)O CC#N CS(C)=O CN(C)C=O CCOC(C)=O OCCO CC(O)CO"

#: Acids and bases, canonical form left to the reader.
COUNTER_IONS = tuple((_ACIDS + " " + _BASES).split())
#: Water and solvents of crystals; those that precursor lists name are not among them.
SOLVENTS = tuple(s for s in _SOLVENTS.split() if "[2H]" not in s)
