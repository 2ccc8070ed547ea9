"""Derived severities: worked by hand, leaning on the coarser row, widening with age and doubt."""

import datetime as dt

import pytest

from counterflow.core.errors import InputError
from counterflow.target.severity.cells import Cell, cells_of, drawn
from counterflow.target.severity.counts import load_counts
from counterflow.target.severity.derive import Terms, derive

DAY = dt.date(2025, 12, 31)
CLASSES = {"drug": 100.0, "weapon": 60.0}


def cell(kind, middle, substance="", form="", route="", low=None, high=None, *, exact=False, aged=1.0):
    low, high = (middle, middle) if low is None else (low, high)
    return Cell("drug", (substance, form, route, ""), kind, low, middle, high, exact or low == high, aged, DAY)


def points(derived, **keys):
    asked = {"substance": "", "form": "", "route": "", "market": ""} | keys
    found = [r for r in derived.rows if all(getattr(r, k) == v for k, v in asked.items())]
    return found[0] if found else None


def derived_from(*counts, per="doses", **terms):
    exposures = [
        cell("doses", 1e6, "fentanyl", "powder", "mail"), cell("records", 100.0, "fentanyl", "powder", "mail"),
        cell("doses", 1e6, "fentanyl", "tablet", "mail"), cell("records", 1000.0, "fentanyl", "tablet", "mail"),
        cell("doses", 8e6, "cocaine", "powder", "sea"), cell("records", 900.0, "cocaine", "powder", "sea"),
        cell("doses", 90e6, "cannabis", "herb", "land"), cell("records", 8000.0, "cannabis", "herb", "land"),
    ]  # fmt: skip
    return derive(list(counts), exposures, CLASSES, Terms(per=per, **terms))


MANY = (cell("death", 8000, "fentanyl"), cell("death", 1600, "cocaine"), cell("death", 400, "cannabis"))


def test_points_are_the_harm_of_a_record_against_that_of_a_mean_record():
    # 10,000 deaths over 10,000 records: one each. Fentanyl: 8,000 over 1,100 records.
    derived = derived_from(*MANY)
    assert points(derived, substance="fentanyl").value == pytest.approx(100 * 8000 / 1100, rel=0.06)
    assert points(derived, substance="cocaine").value == pytest.approx(100 * 1600 / 900, rel=0.08)
    assert points(derived, substance="cannabis").value == pytest.approx(100 * 400 / 8000, rel=0.15)


def test_powder_by_mail_outranks_what_holds_fewer_doses_with_an_interval():
    derived = derived_from(*MANY)
    powder = points(derived, substance="fentanyl", form="powder")
    tablet = points(derived, substance="fentanyl", form="tablet")
    # a powder record holds 10,000 doses, a tablet record 1,000
    assert powder.value / tablet.value == pytest.approx(10, rel=0.15)
    assert powder.low > max(r.high for r in derived.rows if r.substance != "fentanyl")
    assert powder.low < powder.value < powder.high
    assert "doses in a record" in powder.said


def test_rows_that_add_nothing_to_the_coarser_one_are_not_written():
    assert points(derived_from(*MANY), substance="cocaine", form="powder") is None


def test_few_counts_lean_on_the_class_and_are_wide():
    few = derived_from(*MANY[:2], cell("death", 4, "cannabis", low=1, high=9), cell("death", 0, "ketamine", exact=True))
    cannabis = points(few, substance="cannabis")
    assert cannabis.high / cannabis.low > 5
    assert points(few, substance="ketamine") is None  # nobody knows how much of it there was


def test_outcomes_weigh_what_the_terms_say():
    counts = (*MANY, cell("nonfatal-overdose", 100_000, "cannabis"))
    usual = points(derived_from(*counts), substance="cannabis").value
    none = points(derived_from(*counts, weights={"death": 1.0, "nonfatal-overdose": 0.0}), substance="cannabis").value
    assert usual > 5 * none
    with pytest.raises(InputError, match="no weight"):
        derived_from(*counts, weights={"death": 1.0})


def test_older_counts_say_less_until_they_say_nothing():
    def width(aged):
        row = points(
            derived_from(*(cell("death", c.middle / 20, c.key[0], aged=aged) for c in MANY)), substance="cannabis"
        )
        return row.high / row.low

    assert width(0.3) > 1.2 * width(1.0)
    gone = derived_from(*(cell("death", c.middle, c.key[0], aged=1e-4) for c in MANY))
    assert gone.rows == ()
    assert "class's severity stands" in " ".join(gone.said)


def test_without_exposure_or_counts_the_class_stands_and_that_is_said():
    assert "no exposure in kg" in " ".join(derived_from(*MANY, per="kg").said)
    assert "no counts" in " ".join(derive([], [], CLASSES, Terms()).said)
    direct = derived_from(*MANY, per="records")
    assert points(direct, substance="fentanyl").value == pytest.approx(100 * 8000 / 1100, rel=0.06)


def test_the_same_seed_gives_the_same_points():
    assert derived_from(*MANY) == derived_from(*MANY)
    assert derived_from(*MANY) != derived_from(*MANY, seed=2)


def test_a_suppressed_cell_is_drawn_from_its_whole_range():
    from counterflow.core.seeds import generator

    values = drawn([cell("death", 5.0, low=1.0, high=9.0)], 4000, generator(1, "s"))[0]
    assert set(values.tolist()) == set(range(1, 10))


def test_a_later_count_supersedes_and_a_year_beside_its_months_counts_once(tmp_path, world_of_counts):
    store = world_of_counts(
        "2025-01-01,2025-12-31,death,100,fentanyl,C,2026-01-05", "2025-01-01,2025-12-31,death,120,fentanyl,C,2026-03-05",
        "2025-01-01,2025-06-30,death,50,cocaine,C,2026-01-05", "2025-07-01,2025-12-31,death,60,cocaine,C,2026-01-05",
        "2025-01-01,2025-12-31,death,110,cocaine,C,2026-01-05",
    ).store  # fmt: skip
    asked = {"half_life_days": 365.0}
    cells, said = cells_of(store, "harm_count", "outcome", on=dt.date(2026, 6, 1), **asked)
    assert sorted((c.key[0], c.middle) for c in cells) == [("cocaine", 50), ("cocaine", 60), ("fentanyl", 120)]
    assert "the parts count" in said[0]
    early, _ = cells_of(store, "harm_count", "outcome", on=dt.date(2026, 2, 1), **asked)
    assert ("fentanyl", 100) in [(c.key[0], c.middle) for c in early]
    assert cells_of(store, "harm_count", "outcome", on=dt.date(2025, 12, 1), **asked)[0] == []


@pytest.fixture
def world_of_counts(world):
    def make(*rows):
        head = "starts,ends,outcome,count,substance,source,as_of\n"
        load_counts(world, world.file(head + "".join(f"{row}\n" for row in rows)))
        return world

    return make
