"""Names and places of the compiled loop agree with the tables."""

from __future__ import annotations

from counterflow.strategy.model import positions as at
from counterflow.strategy.model.parameters import parameters


def test_constants_stand_where_their_names_stand() -> None:
    for place, name in enumerate(at.TAKES):
        assert getattr(at, name.upper()) == place
    for place, name in enumerate(at.DRIVERS):
        assert getattr(at, f"D_{name.upper()}") == place


def test_every_parameter_taken_is_in_the_tables_and_every_one_there_is_taken() -> None:
    own = {row.name for row in parameters().rows if row.group != "lever"}
    assert set(at.TAKES) <= own
    assert len(set(at.TAKES)) == len(at.TAKES)


def test_blocks_of_places_do_not_overlap() -> None:
    starts = sorted(
        (value, 9 if name.endswith("_PM") else 3)
        for name, value in vars(at).items()
        if name.startswith("W_") and name.endswith(("_P", "_M", "_PM")) and isinstance(value, int) and value > 50
    )
    ends = [value + width for value, width in starts]
    assert all(end <= following for end, (following, _) in zip(ends, starts[1:], strict=False))
    assert ends[-1] == at.WORK


def test_blocks_that_the_loop_counts_through_stand_together() -> None:
    """The loop adds a pathway (rx, both, illicit) or a medication (buprenorphine, methadone, naltrexone) to a place."""
    by_pathway = ("mme", "start", "start_methadone", "start_early", "start_stable", "arrest")
    blocks = [tuple(f"{stem}_{way}" for way in ("rx", "both", "illicit")) for stem in by_pathway]
    blocks += [tuple(f"{stem}_on_{m}" for m in ("buprenorphine", "methadone", "naltrexone"))
               for stem in ("od", "other_death", "mme")]  # fmt: skip
    blocks += [tuple(f"{stem}_{m}" for m in ("bup", "met", "nal")) for stem in ("stay", "remitted")]
    for block in blocks:
        first = at.TAKES.index(block[0])
        assert at.TAKES[first : first + 3] == block
