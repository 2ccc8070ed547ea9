"""What the page of strategy is asked for, read from its address: sliders or the text of a mix, and what to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from counterflow.flow.strategy_desk import FIRST_START, MOST_MIXES, Mix, variable_of
from counterflow.flow.strategy_mix import SLIDER, number, pulls_of_sliders, pulls_of_text, text_of_pulls

__all__ = ["USUAL_RAMP", "Asked", "AskedFor"]

USUAL_RAMP = 3.0
_LONGEST = 3000
_Text = Annotated[str, Query(max_length=_LONGEST)]
_Word = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as text: nothing is judged before `mix` is called.

    Args:
        text: of the mix, where no slider was sent.
        sliders: `s.` and the lever's name to its strength.
        start: year in which all sliders begin.
        ramp: years until they have their full strength.
        scenario: of the drivers.
        variable: which fan is shown.
        beside: texts of mixes that were put aside to be compared.
    """

    text: str
    sliders: Mapping[str, str]
    start: str
    ramp: str
    scenario: str
    variable: str
    beside: tuple[str, ...]

    def mix(self) -> Mix:
        """Return the mix.

        Raises:
            CounterflowError: what was asked for cannot be; says the valid range.
        """
        variable_of(self.variable)
        if not self.sliders:
            return Mix(pulls_of_text(self.text), self.scenario)
        start, ramp = number(self.start, "The start"), number(self.ramp, "The ramp")
        return Mix(pulls_of_sliders(self.sliders, start, ramp), self.scenario)

    def others(self) -> tuple[Mix, ...]:
        """Return the mixes that were put aside, in order, under the same scenario."""
        return tuple(Mix(pulls_of_text(text), self.scenario) for text in self.beside)

    def address(self, mix: Mix, path: str = "/strategy", *, beside: Sequence[str] | None = None) -> str:
        """Return the address that gives the same again, for whoever follows it."""
        told = {"mix": text_of_pulls(mix.pulls), "scenario": mix.scenario, "variable": self.variable}
        pairs = [(name, value) for name, value in told.items() if value]
        others = self.beside if beside is None else beside
        return f"{path}?{urlencode([*pairs, *(('beside', text) for text in others)])}"


def _asked(
    request: Request,
    mix: _Text = "",
    scenario: _Word = "base",
    variable: _Word = "overdose_deaths",
    start: _Word = str(FIRST_START),
    ramp: _Word = f"{USUAL_RAMP:g}",
) -> Asked:
    sent = request.query_params
    sliders = {name: value[:40] for name, value in sent.items() if name.startswith(SLIDER)}
    beside = tuple(text[:_LONGEST] for text in sent.getlist("beside")[: MOST_MIXES - 1] if text.strip())
    return Asked(mix, sliders, start, ramp, scenario, variable, beside)


AskedFor = Annotated[Asked, Depends(_asked)]
