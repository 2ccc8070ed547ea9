"""Packs of targets with one fault planted in each: what share is found, and how often a pack that holds is blamed.

Packs are drawn in many shapes: spellings of keys, dates, amounts, tables; so that a check that knows one spelling only
would be found out. Time per pack stands beside.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from counterflow.account.indicators.pack_read import pack_of_text
from counterflow.core.seeds import generator

UNITS = ("deaths", "kg", "percent", "doses", "people", "deaths per 100,000 people")


@dataclass(frozen=True)
class Drawn:
    """One target, before it is written down in some spelling."""

    unit: str
    kind: str
    up: bool
    base: float
    goal: float
    start: int
    end: int
    fiscal: bool
    change: str = ""
    steps: tuple[tuple[int, float], ...] = ()
    actuals: tuple[tuple[int, float, str], ...] = ()
    definition: str = "1"
    base_definition: str = "1"
    source: str = "Plan"
    sdg: str = "3.5"
    lock: str = ""
    quote: str = ""
    deadline: str = ""
    leave_out: tuple[str, ...] = ()
    extra: str = ""
    pairs: dict[str, str] = field(default_factory=lambda: {"outcome": "o", "counter": "c", "rate": "r"})


def draw(rng: np.random.Generator) -> Drawn:
    """Return a target that holds."""
    unit = str(rng.choice(UNITS))
    up = bool(rng.random() < 0.5)
    base = round(float(rng.uniform(20, 45)), 1) if unit == "percent" else round(float(rng.uniform(50, 5000)))
    share = int(rng.integers(5, 60))
    goal = base * (1 + (share if up else -share) / 100)
    start, years = int(rng.integers(2018, 2026)), int(rng.integers(3, 8))
    steps = tuple((start + n, base + (goal - base) * n / years) for n in range(1, years)) if rng.random() < 0.6 else ()
    actuals = tuple((start + n, base * float(rng.uniform(0.8, 1.2)), "") for n in range(1, 3))
    kind = str(rng.choice(["outcome", "output", "input"]))
    change = f"{share if up else -share} %" if rng.random() < 0.6 else ""
    return Drawn(unit, kind, up, base, goal, start, start + years, bool(rng.random() < 0.3), change, steps,
                 actuals if unit != "percent" else (), lock=f"{start}-03-31")  # fmt: skip


def written(one: Drawn, rng: np.random.Generator) -> str:  # noqa: C901 - one line for each spelling
    """Return the pack in one of many spellings."""

    def pick(*names: str) -> str:
        return str(rng.choice(list(names)))

    def year(value: int) -> str:
        if one.fiscal:
            return pick(f'"FY {value}"', f'"FY{value}"', f'"fiscal year {value}"')
        return pick(str(value), f'"{value}"', f"{value}-12-31", f'"{value}-12-31"', f'"31 December {value}"')

    def amount(value: float) -> str:
        return pick(repr(float(value)), f'"{value:,.6f} {one.unit}"', f'{{ value = {value!r}, unit = "{one.unit}" }}')

    lines = ["[pack]", 'name = "drawn"'] if rng.random() < 0.7 else ['name = "drawn"']
    for name, kind in (("o", "outcome"), ("c", "counter"), ("r", "rate")):
        lines += ["[[indicator]]", f'id = "{name}"', f'kind = "{kind}"', 'unit = "x"', 'direction = "down"',
                  'source = "s"']  # fmt: skip
    keys = {
        "indicator": 'indicator = "measured"', "unit": f'unit = "{one.unit}"',
        "kind": f'{pick("kind", "type")} = "{one.kind}"',
        "direction": f'{pick("direction", "better")} = "{pick("up", "increase") if one.up else pick("down", "reduce")}"',
        "source": f'{pick("source", "citation")} = "{one.source}"', "definition": f'definition_version = "{one.definition}"',
        "owner": f'{pick("owner", "agency")} = "Office"', "sdg": f'sdg = ["{one.sdg}"]',
        "value": f"{pick('value', 'target_value', 'goal')} = {amount(one.goal)}",
        "deadline": f"{pick('deadline', 'by', 'due')} = {one.deadline or year(one.end)}",
        "baseline": f'baseline = {{ value = {one.base!r}, date = {year(one.start)}, definition_version = "'
                    f'{one.base_definition}" }}',
    }  # fmt: skip
    if rng.random() < 0.3 and "baseline" not in one.leave_out:
        keys["baseline"] = f"baseline_value = {one.base!r}\nbaseline_date = {year(one.start)}"
        keys["baseline"] += f'\nbaseline_definition = "{one.base_definition}"'
    if one.change:
        keys["change"] = f'change = "{one.change}"'
    if one.steps:
        keys["steps"] = "milestones = [" + ", ".join(
            f"{{ {pick('date', 'year')} = {year(at)}, value = {value!r} }}" for at, value in one.steps) + "]"  # fmt: skip
    if one.lock:
        keys["lock"] = f"lock = {one.lock}"
    if one.quote:
        keys["quote"] = f'quote = "{one.quote}"'
    if one.kind == "output":
        keys |= {part: f'{part} = "{name}"' for part, name in one.pairs.items()}
    body = [text for name, text in keys.items() if name not in one.leave_out]
    if one.extra:
        body.append(one.extra)
    rng.shuffle(body)
    shape = pick("[[target]]", "[[targets]]", "[target.T]")
    lines += [shape, *([] if shape == "[target.T]" else ['id = "T"']), *body]
    for at, value, unit in one.actuals:
        lines += ["[[actual]]", 'indicator = "measured"', f"period = {year(at)}",
                  f'value = "{value:.4f} {unit or one.unit}"']  # fmt: skip
    return "\n".join(lines) + "\n"


def other_unit(one: Drawn) -> str:
    """Return a unit that is not the target's."""
    return "tonnes" if one.unit != "kg" else "pounds"


FAULTS: dict[str, tuple[Callable[[Drawn], Drawn], tuple[str, ...]]] = {
    "no source": (lambda d: replace(d, leave_out=("source",)), ("no-source",)),
    "no kind": (lambda d: replace(d, leave_out=("kind",), kind="input"), ("no-kind",)),
    "no direction": (lambda d: replace(d, leave_out=("direction",)), ("no-direction",)),
    "no deadline": (lambda d: replace(d, leave_out=("deadline",)), ("no-deadline",)),
    "no baseline": (lambda d: replace(d, leave_out=("baseline",), steps=(), change=""), ("no-baseline",)),
    "deadline before baseline": (lambda d: replace(d, end=d.start - 1, steps=(), lock=""),
                                 ("deadline-before-baseline",)),
    "two deadlines": (lambda d: replace(d, deadline=f'["{d.end}", "FY {d.end + 3}"]'), ("two-deadlines",)),
    "two deadlines in one text": (lambda d: replace(d, deadline=f'"by {d.end}, in FY {d.end + 3}"'),
                                  ("ambiguous-date",)),
    "two deadlines in the quote": (lambda d: replace(d, quote=f"by {d.end}, to 5 units in FY {d.end + 4}"),
                                   ("two-deadlines",)),
    "percentage and numbers": (lambda d: replace(d, change=f"{77 if d.up else -77} %"), ("percent-and-numbers",)),
    "direction and values": (lambda d: replace(d, up=not d.up, change="", steps=()), ("direction-and-values",)),
    "milestones out of order": (lambda d: replace(d, steps=((d.start + 2, d.base * 0.4 + d.goal * 0.6),
                                                            (d.start + 1, d.base * 0.2 + d.goal * 0.8))),
                                ("milestones-out-of-order",)),
    "milestone off the path": (lambda d: replace(d, steps=((d.start + 1, d.goal + (d.goal - d.base)),)),
                               ("milestone-off-path",)),
    "unit of a series": (lambda d: replace(d, actuals=((d.start + 1, d.base, d.unit),
                                                       (d.start + 2, d.base, other_unit(d)))), ("unit-change",)),
    "definition": (lambda d: replace(d, base_definition="0"), ("definition-differs",)),
    "locked after the actual": (lambda d: replace(d, actuals=((d.start + 1, d.base, ""),), lock=f"{d.start + 2}-06-30"),
                                ("lock-after-actual",)),
    "unknown goal": (lambda d: replace(d, sdg="3.59"), ("unknown-sdg",)),
    "output without outcome": (lambda d: replace(d, kind="output", leave_out=("outcome",)), ("no-outcome",)),
    "output without counter": (lambda d: replace(d, kind="output", leave_out=("counter",)), ("no-counter",)),
    "output without rate": (lambda d: replace(d, kind="output", leave_out=("rate",)), ("no-rate",)),
    "misspelt key": (lambda d: replace(d, extra='ownerr = "x"'), ("unknown-key",)),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    each = 10 if parser.parse_args().quick else 200
    found: Counter[str] = Counter()
    blamed = count = 0
    start = time.process_time()
    for number in range(each * 5):
        rng = generator(1, "clean", number)
        errors = [p for p in pack_of_text(written(draw(rng), rng)).problems if p.severity == "error"]
        blamed += bool(errors)
        count += 1
        if errors and blamed <= 3:
            print("blamed:", errors[0])
    for name, (plant, codes) in FAULTS.items():
        for number in range(each):
            rng = generator(1, name, number)
            problems = pack_of_text(written(plant(draw(rng)), rng)).problems
            found[name] += any(p.code in codes for p in problems)
            count += 1
    spent = time.process_time() - start
    print(f"packs that hold, blamed for an error: {blamed} of {each * 5}")
    for name in FAULTS:
        print(f"{name}: found {found[name]} of {each}")
    print(f"all faults: found {sum(found.values())} of {each * len(FAULTS)}; {1000 * spent / count:.2f} ms a pack")


if __name__ == "__main__":
    main()
