"""A SYNTHETIC year of officers' decisions, some of them colluding with traders, with the truth beside it.

Nobody ever took these decisions. The year has what makes honest officers look odd: some are lenient, some find more,
some work a special lane, at night, with a dog or half days; some swap shifts' work and have firms that they know.

A colluding officer takes consignments of one to three firms into his own hands by swapping assignments, lets them go
although inspection was recommended, and looks those firms up outside his shift. How often he does each is drawn anew
for each officer, so that no year is like another, and weak collusion is part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["COLUMNS", "OfficerYear", "YearPlan", "officer_year", "write_year"]

COLUMNS = (
    "time",
    "officer",
    "trader",
    "lane",
    "shift",
    "risk",
    "assignment",
    "event",
    "recommended",
    "hit",
    "later_found",
    "on_shift",
)
_LANES = ("parcels", "containers", "trucks", "air", "rail", "cold")
_SHIFTS = ("day", "evening", "night")
_START = (6, 14, 22)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class YearPlan:
    """What a year is made of.

    Args:
        officers: how many there are.
        colluding: how many of them collude.
        consignments: decisions in the year.
        traders: firms.
        random_share: share of consignments that lot assigns to an officer, as opposed to a choice.
        strength: 1 as the doubt about collusion says; 0.4 weak, 0 only on paper.
        odd: whether some honest officers work a special lane, nights, with a dog, or half days.
    """

    officers: int = 60
    colluding: int = 2
    consignments: int = 24_000
    traders: int = 240
    random_share: float = 0.25
    strength: float = 1.0
    odd: bool = True


@dataclass(frozen=True)
class OfficerYear:
    """The events of a year, column by column, and who colluded with whom.

    Args:
        rows: `COLUMNS`, each of as many values as there are events, in order of time.
        colluding: officer to the firms that he favours.
        odd: honest officers with special work, and which.
    """

    rows: dict[str, list[str]]
    colluding: dict[str, tuple[str, ...]]
    odd: dict[str, str]


def officer_year(seed: int, plan: YearPlan | None = None) -> OfficerYear:
    """Return one year.

    Args:
        seed: of every draw.
        plan: what it is made of.
    """
    return _Year(seed, plan or YearPlan()).made()


class _Year:
    """The making of one year, step by step; each step draws from a stream of its own."""

    def __init__(self, seed: int, plan: YearPlan) -> None:
        self.plan, self.seed = plan, seed
        rng = self._rng("people")
        n, t = plan.officers, plan.traders
        self.names = [f"K{code:03d}" for code in rng.permutation(900)[:n] + 100]
        self.firms = [f"F{code:04d}" for code in rng.permutation(9000)[:t] + 1000]
        self.home = rng.integers(0, len(_LANES) - 1, n)
        self.shift = rng.choice(3, n, p=[0.5, 0.3, 0.2])
        self.pace = np.ones(n)
        self.lenient = rng.normal(0, 0.35, n)
        self.skill = rng.normal(0, 0.25, n)
        self.curious = rng.normal(0, 0.5, n)
        self.firm_lane = rng.integers(0, len(_LANES) - 1, t)
        self.firm_shift = rng.choice(3, t, p=[0.55, 0.3, 0.15])
        self.firm_size = rng.lognormal(0, 0.9, t)
        self.firm_risk = rng.beta(1.3, 9, t)
        self.odd: dict[str, str] = {}
        self._make_odd(rng)
        self._make_colluding(self._rng("collusion"))

    def _rng(self, purpose: str) -> np.random.Generator:
        return generator(self.seed, "officer-year", purpose)

    def _make_odd(self, rng: np.random.Generator) -> None:
        if not self.plan.odd or self.plan.officers < 16:
            return
        cold, night, *dogs = (int(i) for i in rng.permutation(self.plan.officers)[:4])
        self.home[cold] = len(_LANES) - 1
        self.firm_lane[rng.permutation(self.plan.traders)[:8]] = len(_LANES) - 1
        self.shift[night] = 2
        self.skill[dogs] += 0.9
        halves = [int(i) for i in rng.permutation(self.plan.officers)[: self.plan.officers // 6]]
        self.pace[halves] = rng.uniform(0.25, 0.55, len(halves))
        self.odd = {self.names[i]: "half days" for i in halves}
        self.odd |= {self.names[cold]: "special lane", self.names[night]: "nights only"}
        self.odd |= {self.names[dog]: "dog team" for dog in dogs}

    def _make_colluding(self, rng: np.random.Generator) -> None:
        plan = self.plan
        plain = [i for i in range(plan.officers) if self.names[i] not in self.odd]
        chosen = [int(i) for i in rng.permutation(plain)[: plan.colluding]]
        sized = np.argsort(-self.firm_size)[: max(plan.traders // 2, 3)]
        self.favoured: dict[int, Ints] = {}
        self.steer, self.let_go, self.peek = np.zeros(plan.officers), np.zeros(plan.officers), np.zeros(plan.officers)
        for officer in chosen:
            self.favoured[officer] = rng.choice(sized, int(rng.integers(1, 4)), replace=False)
            self.steer[officer] = plan.strength * rng.uniform(0.4, 0.9)
            self.let_go[officer] = plan.strength * rng.uniform(0.5, 0.95)
            self.peek[officer] = plan.strength * rng.uniform(5, 25)
            self.firm_risk[self.favoured[officer]] = rng.uniform(0.15, 0.4, self.favoured[officer].size)

    def made(self) -> OfficerYear:
        work = self._work()
        found = self._decide(work)
        looks = self._look_ups()
        rows = {name: [*found[name], *looks[name]] for name in COLUMNS}
        order = np.argsort(np.array(rows["time"]), kind="stable")
        rows = {name: [values[i] for i in order] for name, values in rows.items()}
        colluding = {self.names[o]: tuple(self.firms[f] for f in firms) for o, firms in self.favoured.items()}
        return OfficerYear(rows, colluding, self.odd)

    def _work(self) -> dict[str, Any]:
        """Draw the consignments and who works on each."""
        rng, plan = self._rng("work"), self.plan
        share = self.firm_size / self.firm_size.sum()
        firm = rng.choice(plan.traders, plan.consignments, p=share)
        lane, shift = self.firm_lane[firm], self.firm_shift[firm]
        stray = rng.random(plan.consignments) < 0.25
        shift = np.where(stray, rng.integers(0, 3, plan.consignments), shift)
        lot = rng.random(plan.consignments) < plan.random_share
        habit = rng.gamma(4.0, 0.25, (plan.officers, plan.traders))
        officer = np.empty(plan.consignments, np.int64)
        for here in range(len(_LANES)):
            for now in range(3):
                self._assign(rng, officer, (lane == here) & (shift == now), (here, now), firm, lot, habit)
        swapped = ~lot & (rng.random(plan.consignments) < 0.04)
        officer[swapped] = rng.integers(0, plan.officers, int(swapped.sum()))
        for one, firms in self.favoured.items():
            mine = np.isin(firm, firms) & ~lot & (rng.random(plan.consignments) < self.steer[one])
            officer[mine] = one
        day = rng.integers(0, 365, plan.consignments)
        minute = (np.array(_START)[shift] * 60 + rng.integers(0, 480, plan.consignments)) % 1440
        return {"firm": firm, "lane": lane, "shift": shift, "lot": lot, "officer": officer, "at": day * 1440 + minute}

    def _assign(self, rng: np.random.Generator, officer: Ints, here: npt.NDArray[np.bool_], cell: tuple[int, int],
                firm: Ints, lot: npt.NDArray[np.bool_], habit: Floats) -> None:  # fmt: skip
        lane, shift = cell
        at_home = np.where(self.home == lane, 6.0, 0.4 if lane < len(_LANES) - 1 else 0.05)
        weight = self.pace * at_home * np.where(self.shift == shift, 1.0, 0.08)
        drawn = np.flatnonzero(here & lot)
        officer[drawn] = rng.choice(self.plan.officers, drawn.size, p=weight / weight.sum())
        chosen = np.flatnonzero(here & ~lot)
        if chosen.size:
            heavy = np.cumsum(weight[:, None] * habit[:, firm[chosen]], axis=0)
            officer[chosen] = (heavy < rng.random(chosen.size) * heavy[-1]).sum(axis=0)

    def _decide(self, work: dict[str, Any]) -> dict[str, list[str]]:
        """Draw risk, recommendation, decision and result of every consignment."""
        rng = self._rng("decisions")
        n = work["firm"].size
        bad = rng.random(n) < self.firm_risk[work["firm"]] * 0.6
        risk = _share(rng.normal(0, 1, n) + 1.1 * bad + 2.0 * self.firm_risk[work["firm"]] - 0.6)
        recommended = risk > 0.55
        wish = -1.4 + self.lenient[work["officer"]] - 1.2 * (risk - 0.7)
        go = rng.random(n) < np.where(recommended, _share(wish), 0.85)
        for one, firms in self.favoured.items():
            own = (work["officer"] == one) & np.isin(work["firm"], firms)
            go |= own & (rng.random(n) < self.let_go[one])
        hit = ~go & bad & (rng.random(n) < _share(1.0 + self.skill[work["officer"]]))
        later = go & bad & (rng.random(n) < 0.15)
        event = np.where(go, np.where(recommended, "override", "release"), "inspect")
        return {
            "time": _when(work["at"]), "officer": [self.names[i] for i in work["officer"]],
            "trader": [self.firms[i] for i in work["firm"]], "lane": [_LANES[i] for i in work["lane"]],
            "shift": [_SHIFTS[i] for i in work["shift"]], "risk": [f"{r:.2f}" for r in risk],
            "assignment": np.where(work["lot"], "random", "chosen").tolist(), "event": event.tolist(),
            "recommended": np.where(recommended, "yes", "no").tolist(),
            "hit": np.where(go, "", np.where(hit, "1", "0")).tolist(),
            "later_found": np.where(go, np.where(later, "1", "0"), "").tolist(), "on_shift": ["yes"] * n,
        }  # fmt: skip

    def _look_ups(self) -> dict[str, list[str]]:
        """Draw look-ups: everybody's in the shift, some outside, and those of firms that are favoured."""
        rng, plan = self._rng("look-ups"), self.plan
        many = rng.poisson(60 * self.pace * np.exp(self.curious * 0.6))
        out = rng.binomial(many, _share(-2.6 + 0.5 * rng.normal(size=plan.officers)))
        extra = rng.poisson(self.peek)
        officer = np.repeat(np.arange(plan.officers), many + extra)
        firm = rng.choice(plan.traders, officer.size, p=self.firm_size / self.firm_size.sum())
        away = np.zeros(officer.size, bool)
        start = 0
        for one in range(plan.officers):
            away[start : start + out[one]] = True
            end = start + many[one] + extra[one]
            if extra[one]:
                firm[end - extra[one] : end] = rng.choice(self.favoured[one], extra[one])
                away[end - extra[one] : end] = rng.random(extra[one]) < 0.8
            start = end
        hours = np.array(_START)[self.shift[officer]] * 60 + rng.integers(0, 480, officer.size)
        minute = (hours + np.where(away, rng.integers(500, 900, officer.size), 0)) % 1440
        n = officer.size
        return {
            "time": _when(rng.integers(0, 365, n) * 1440 + minute), "officer": [self.names[i] for i in officer],
            "trader": [self.firms[i] for i in firm], "lane": [""] * n,
            "shift": [_SHIFTS[i] for i in self.shift[officer]], "risk": [""] * n, "assignment": [""] * n,
            "event": ["lookup"] * n, "recommended": [""] * n, "hit": [""] * n,
            "later_found": [""] * n, "on_shift": np.where(away, "no", "yes").tolist(),
        }  # fmt: skip


def write_year(year: OfficerYear, path: Path) -> None:
    """Write the events of a year as CSV; the truth is not in it."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*(year.rows[name] for name in COLUMNS), strict=True))


def _share(logit: Floats) -> Floats:
    return 1 / (1 + np.exp(-logit))


def _when(minutes: Ints) -> list[str]:
    start = np.datetime64("2025-01-01T00:00", "m")
    return [f"{t}:00" for t in (start + minutes.astype("timedelta64[m]")).astype(str)]
