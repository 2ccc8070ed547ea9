"""How a structure is related to a listed substance, and whether an entry of law reaches that far.

An entry reaches what it extends to: salts, isomers, esters, ethers. What the text of an instrument does not decide is
`None` (unclear) and never a silent yes or no. Readings (of 22 November 2026) where the words are open:

* **Drawn without stereo**: most public lists of structures draw none. Read as the listed substance; unclear where a
  medicine that the law excludes and the registry knows (dextromethorphan), or a substance listed otherwise, has the
  same flat structure.
* **Drawn with stereo that the listed structure leaves open**: a name without stereo names every stereoisomer.
* **Mirror image** of the listed structure: reached where the entry extends to isomers. **Another stereoisomer** than
  the one that is listed: unclear even then, since those are isomers "within the specific chemical designation" (Single
  Convention, Schedule I; 21 CFR 1308.11(d)).
* **Stereoisomers in Germany**: the BtMG lists them only where they are to be misused as narcotics (Anlage I, last
  paragraphs), which no structure tells: unclear.
* **Isotopes**: covered where the law exempts preparations of isotope-marked substances, which would need no exemption
  if the entry did not reach them (BtMG, Anlagen I to III, lit. a; 21 CFR 1308.24); else unclear.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["CONDITIONS", "ISOTOPES_READ", "LeftOut", "Match"]

#: Instruments whose own exemptions show that isotope-marked substances are covered, with the reading in words.
ISOTOPES_READ = {
    "de-btmg": "BtMG exempts some preparations of isotope-modified substances, so the entry reaches them",
    "us-csa": "21 CFR 1308.24 exempts reference standards with isotopes by name, so the entry reaches them (recalled)",
}
#: What an instrument extends to under a condition that a structure does not show.
CONDITIONS = {
    ("de-btmg", "isomers"): "BtMG lists stereoisomers only where they are to be misused as narcotics (Anlage I)",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an instrument leaves out by name: a medicine that is an isomer or a derivative of a listed substance.

    Args:
        instrument: id of the instrument that says so.
        name: name of what is left out.
        citation: where it says so.
        words: the words, or what they say.
    """

    instrument: str
    name: str
    citation: str
    words: str


@dataclass(frozen=True, slots=True)
class Match:
    """A listed substance that a structure is, or is a form of.

    Args:
        substance: id of the substance.
        relation: same | no-stereo | stereoisomer | tautomer | ester | ether.
        standing: two | one | none, how far the listed structure can be relied on.
        words: how it was found, for a reason.
        needs: what an entry has to extend to, all of it: isomers, salts, isotopes, esters, ethers.
        doubt: why the structure alone does not tell, even where the entry extends so far; empty where it does.
        left_out: what instruments leave out by name and the structure is.
        by_name: whether the listed substance is that very one, so that only those instruments leave it out.
    """

    substance: str
    relation: str
    standing: str
    words: str
    needs: tuple[str, ...] = ()
    doubt: str = ""
    left_out: tuple[LeftOut, ...] = ()
    by_name: bool = False

    def reached_by(self, instrument: str, extends_to: Collection[str]) -> tuple[bool | None, str]:
        """Say whether an entry reaches this form: True, False (left out by name) or None (unclear), and why.

        Args:
            instrument: id of the instrument of the entry.
            extends_to: what the entry covers beside the substance, as `Control.extends_to`.
        """
        for left in self.left_out:
            if left.instrument == instrument:
                return False, f"{left.name} is left out: {left.words} ({left.citation})"
        if self.left_out and not self.by_name:
            left = self.left_out[0]
            return None, f"{left.name} is left out elsewhere ({left.citation}); the entry does not speak of it"
        lacking = [need for need in self.needs if need not in extends_to]
        read = ISOTOPES_READ.get(instrument, "") if "isotopes" in lacking else ""
        lacking = [need for need in lacking if not (read and need == "isotopes")]
        if lacking:
            return None, f"the entry does not say that it extends to {' and '.join(lacking)}"
        conditions = [CONDITIONS[instrument, need] for need in self.needs if (instrument, need) in CONDITIONS]
        if conditions:
            return None, conditions[0]
        if self.standing == "none":
            return None, "the sources of the structure disagree; it waits for a person"
        return (None, self.doubt) if self.doubt else (True, read)
