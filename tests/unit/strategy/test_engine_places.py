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
