"""The training world, week by week: records go out, what was caught comes in, and the schemes shift.

world = World(WorldOptions(records=20_000, weeks=8, seed=3))
tables = world.week(0)                    # what intake may see
tables = world.week(1, caught=["TW-…"])   # the schemes know what did not arrive
world.truth                               # nothing but scoring reads this
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.demo.announcements import Announcements
from counterflow.demo.crossings import CROSSING_TRUTH, draw_crossings
from counterflow.demo.dirt import DIRT, soiled
from counterflow.demo.harm import HarmCounts
from counterflow.demo.options import WorldOptions
from counterflow.demo.parties import make_parties
from counterflow.demo.places import make_places
from counterflow.demo.punctuality import make_punctuality
from counterflow.demo.rendering import Pools, rendered
from counterflow.demo.schemes import CHOICES, Scheme, load_kinds, make_schemes, scheme_traffic
from counterflow.demo.texts import make_texts
from counterflow.demo.traffic import Draft, draw_lanes, draw_traffic, joined
from counterflow.demo.watchlist import make_watch_list

__all__ = ["TRUTH", "WeekTables", "World"]

#: the truth: one row for each consignment that hides something
TRUTH = pa.schema(
    [
        ("record_id", pa.string()), ("week", pa.int32()), ("lane", pa.string()), ("scheme", pa.string()),
        ("harm_class", pa.string()), ("hidden_kg", pa.float64()), ("area", pa.string()),
    ]
)  # fmt: skip
#: kilograms that a vehicle with something in it carries, in the truth
_VEHICLE_KG = 0.5


@dataclass(frozen=True)
class WeekTables:
    """What the outside sees of one week; no column of it tells the truth.

    Args:
        week: number from 0.
        monday: its first day.
        consignments: rows as text, columns of `rendering.COLUMNS`.
        crossings: one row for each vehicle.
        harm: events reported this week.
        expected: announcements up to now.
    """

    week: int
    monday: dt.date
    consignments: pa.Table
    crossings: pa.Table
    harm: pa.Table
    expected: pa.Table


@dataclass
class _Sent:
    """What one scheme sent in one week, kept so that it can learn from losses."""

    scheme: int
    chosen: dict[str, np.ndarray]
    moved: np.ndarray


class World:
    """A training world; weeks are asked for in order, because the schemes remember.

    Args:
        options: how it is made.
    """

    def __init__(self, options: WorldOptions) -> None:
        self.options = options
        self.places = make_places(options)
        self.watch_list = make_watch_list(options)
        parties = make_parties(options, self.places, self.watch_list)
        texts = make_texts(options, {kind.name: kind.plain for kind in load_kinds()})
        self.pools = Pools(self.places, parties, texts)
        self.schemes: list[Scheme] = make_schemes(options, self.places, parties, texts)
        self._punctuality = make_punctuality(options, self.places)
        self._announcements = Announcements(options, self.places)
        self._harm = HarmCounts(options, self.places, self._usual_drug_kg())
        self._history = self._harm.history()
        self._next = 0
        self._serial = 1
        self._sent: dict[str, tuple[_Sent, int]] = {}
        self._caught: set[str] = set()
        self._truth: list[pa.Table] = []
        self._dirt: list[pa.Table] = []
        self._crossings: list[pa.Table] = []

    @property
    def truth(self) -> pa.Table:
        """Every consignment so far that hides something (`TRUTH`); for scoring and the inspector alone."""
        return pa.concat_tables([TRUTH.empty_table(), *self._truth])

    @property
    def moved(self) -> list[str]:
        """Ids of hidden consignments so far sent a way that their scheme turned to after losses (`Scheme.moved`)."""
        return [record for record, (sent, row) in self._sent.items() if sent.moved[row]]

    @property
    def dirt(self) -> pa.Table:
        """Every row so far that was broken on purpose (schema `dirt.DIRT`)."""
        return pa.concat_tables([DIRT.empty_table(), *self._dirt])

    @property
    def hidden_crossings(self) -> pa.Table:
        """Every vehicle so far that carried something (schema `crossings.CROSSING_TRUTH`)."""
        return pa.concat_tables([CROSSING_TRUTH.empty_table(), *self._crossings])

    @property
    def harm_history(self) -> pa.Table:
        """What was reported of overdoses before the first week (schema `harm.HARM`)."""
        return self._history

    @property
    def outbreak(self) -> pa.Table:
        """Where overdoses really rose (schema `harm.OUTBREAK`); for scoring alone."""
        return self._harm.outbreak()

    def week(self, week: int, caught: Iterable[str] = ()) -> WeekTables:
        """Return what `week` brings, after the schemes learned that the records `caught` were lost to them.

        Args:
            week: number from 0; weeks come in order.
            caught: ids of records in which something was found; ids named before, or of honest records, change nothing.

        Raises:
            UsageError: the weeks are not asked for in order, or there is no such week.
        """
        if week != self._next or week >= self.options.weeks:
            raise UsageError(
                f"Week {week} cannot come now: the next is {self._next} of {self.options.weeks}, from 0.",
                hint="Ask for the weeks in order, each once.",
            )
        self._learn(week, caught)
        self._next += 1
        monday = self.options.monday(week)
        table, draft = self._consignments(week)
        self._announcements.add(draft, monday)
        crossings, hidden = draw_crossings(self.options, self.places, week)
        harm = self._harm.week(week, self._undetected_kg(week - 1))
        self._crossings.append(hidden)
        return WeekTables(week, monday, table, crossings, harm, self._announcements.table())

    def _learn(self, week: int, caught: Iterable[str]) -> None:
        """Tell each scheme which of its consignments were lost, in an order of our own."""
        new = sorted(set(caught) - self._caught)
        self._caught.update(new)
        by_scheme: dict[int, list[tuple[_Sent, int]]] = {}
        for sent, row in (self._sent[record] for record in new if record in self._sent):
            by_scheme.setdefault(sent.scheme, []).append((sent, row))
        for number, losses in sorted(by_scheme.items()):
            scheme = self.schemes[number]
            chosen = {choice: np.array([sent.chosen[choice][row] for sent, row in losses]) for choice in CHOICES}
            rng = generator(self.options.seed, "world", "learn", week, scheme.kind.name)
            scheme.note_lost(chosen, self.pools.parties, rng)

    def _consignments(self, week: int) -> tuple[pa.Table, Draft]:
        """Return the week's rows, honest and hidden shuffled together, and the numbers behind them."""
        options, pools = self.options, self.pools
        rng = generator(options.seed, "world", "traffic", week)
        hidden, sent, payload = self._hidden(week)
        count = options.records_in(week) - sum(len(draft["lane"]) for draft in hidden)
        lanes = draw_lanes(self.places, rng, count)
        draft = joined([draw_traffic(pools.places, pools.parties, pools.texts, rng, lanes), *hidden])
        order = rng.permutation(len(draft["lane"]))
        draft = {name: column[order] for name, column in draft.items()}
        self._punctuality.apply(draft, week, self.places, rng)
        table = rendered(draft, pools, options.monday(week), self._serial, all_distinct=options.all_distinct)
        self._serial += table.num_rows
        self._keep_truth(week, table, order, count, sent, payload)
        first_row = self._serial - table.num_rows
        table, dirt = soiled(table, generator(options.seed, "world", "dirt", week), options.dirt_share, week, first_row)
        self._dirt.append(dirt)
        return table, draft

    def _hidden(self, week: int) -> tuple[list[Draft], list[_Sent], np.ndarray]:
        """Return what each scheme sends, what it chose, and the kilograms hidden in each consignment."""
        drafts, sent, payloads = [], [], [np.zeros(0)]
        pools = self.pools
        for number, scheme in enumerate(self.schemes):
            rng = generator(self.options.seed, "world", "scheme", scheme.kind.name, week)
            count = int(rng.binomial(self.options.records_in(week), scheme.share))
            chosen = scheme.choose(self.options, rng, count)
            sent.append(_Sent(number, chosen, scheme.moved(chosen, self.options)))
            scheme.note_sent(chosen)
            draft, payload = scheme_traffic(scheme, chosen, (pools.places, pools.parties, pools.texts), rng)
            drafts.append(draft)
            payloads.append(payload)
        return drafts, sent, np.concatenate(payloads)

    def _keep_truth(
        self,
        week: int,
        table: pa.Table,
        order: np.ndarray,
        honest: int,
        sent: list[_Sent],
        payload: np.ndarray,
    ) -> None:
        """Note which rows hide what, under the ids that they were given (before any row is broken)."""
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        rows = place[honest:]
        of_scheme = np.repeat([one.scheme for one in sent], [len(one.chosen["lane"]) for one in sent]).astype(np.int64)
        kinds = [scheme.kind for scheme in self.schemes]
        areas = generator(self.options.seed, "world", "areas", week).integers(0, len(self._harm.areas), len(rows))
        ids = table.column("record_id").take(pa.array(rows)).to_pylist()
        self._truth.append(
            pa.table(
                {
                    "record_id": ids,
                    "week": np.full(len(rows), week, np.int32),
                    "lane": table.column("lane").take(pa.array(rows)),
                    "scheme": [kinds[i].name for i in of_scheme],
                    "harm_class": [kinds[i].harm_class for i in of_scheme],
                    "hidden_kg": np.round(payload, 4),
                    "area": [self._harm.areas[i] for i in areas],
                },
                schema=TRUTH,
            ).sort_by("record_id")
        )
        pairs = [(one, row) for one in sent for row in range(len(one.chosen["lane"]))]
        self._sent.update(zip(ids, pairs, strict=True))

    def _undetected_kg(self, week: int) -> np.ndarray:
        """Return the drug mass of `week` that reached each area: not caught, and what vehicles brought."""
        areas = self._harm.areas
        if week < 0:
            return np.zeros(len(areas))
        truth = self._truth[week]
        caught = pa.array(sorted(self._caught), pa.string())
        through = pc.and_(pc.equal(truth["harm_class"], "drug"), pc.invert(pc.is_in(truth["record_id"], caught)))
        rows = truth.filter(through)
        number = [areas.index(area) for area in rows["area"].to_pylist()]
        declared = np.bincount(number, weights=rows["hidden_kg"].to_numpy(), minlength=len(areas)) if number else 0.0
        vehicles = pc.sum(pc.not_equal(self._crossings[week]["result"], "found"), min_count=0).as_py()
        through_kg: np.ndarray = declared + vehicles * _VEHICLE_KG / len(areas) * np.ones(len(areas))
        return through_kg

    def _usual_drug_kg(self) -> float:
        """Return the drug mass that an average week sends: declared trade and vehicles."""
        weekly = self.options.records / self.options.weeks
        drugs = [scheme for scheme in self.schemes if scheme.kind.harm_class == "drug"]
        declared = sum(s.share * s.kind.payload_kg[0] * np.exp(s.kind.payload_kg[1] ** 2 / 2) for s in drugs)
        shares = np.array([lane["share"] for lane in self.places.vehicles])
        illicit = np.array([lane["illicit"] for lane in self.places.vehicles]) @ shares / shares.sum()
        return float(weekly * (declared + self.options.crossings_per_record * illicit * _VEHICLE_KG))
