"""The points of a customer's file: what is missing, over, at odds; what the law asks; never more than it says."""

import datetime as dt
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.orders.customers.conftest import NOW, ON, WHOLE, rows

from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, CUSTOMER_OWNER
from counterflow.orders.customers import HIT, POINT, PRODUCT, newest, per_customer, review
from counterflow.orders.customers.points import ASK, NOTE, STANDINGS, STOPS, WEIGHTS
from counterflow.reference.registry import load_registry

LICENCE = {
    "record_id": "C1", "kind": "registration", "number": "AB1234563", "authority": "DEA", "country": "US",
    "covers": "Schedules II-V", "expires_on": dt.date(2028, 1, 31), "checked_on": dt.date(2026, 3, 1),
}  # fmt: skip
EXPECTED = {"record_id": "C1", "item": "methadone", "quantity": 500.0, "unit": "tablets", "period": "month"}
OWNER = {"record_id": "C1", "name": "City of Springfield", "schema": "Organization", "share_pct": 100.0}


class Law:
    """Trade law with one duty on everything that is asked."""

    registry = load_registry()

    def __init__(self, kind="customer licence", *, above_threshold=False, status="in force", grams=None, **threshold):
        self.duty = SimpleNamespace(
            kind=kind, status=status, above_threshold=above_threshold, unverified=True, instrument="x",
            words="Only a holder of a licence may be supplied.", citation="Act 1, s. 2",
        )  # fmt: skip
        held = {"unit": "g", "period": "month", "scope": "", "instrument": "x"} | threshold
        held["status"] = "proposed" if held.pop("pending", False) else "in force"
        self.thresholds = (
            SimpleNamespace(
                quantity=grams, any_amount=grams == 0, substance="methadone", unverified=False, citation="s. 3", **held
            ),
        )

    def thresholds_on(self, day, jurisdiction, substance, *, direction):
        return self.thresholds

    def density_of(self, substance):
        return None

    def duties_on(self, day, jurisdiction, *, substance, direction):
        return (self.duty,)


def product(**more):
    held = {"customer_id": "C1", "item": "methadone", "substance": "methadone", "jurisdiction": "US"}
    held |= {"verdict": "controlled", "list": "US CSA", "schedule": "Schedule II", "kilos": None} | more
    return pa.Table.from_pylist([held], schema=PRODUCT)


def work(points):
    return [p for p in points if p["weight"] in (STOPS, ASK)]


def named(points, name):
    return [p for p in points if p["point"] == name]


def test_a_whole_file_asks_for_nothing(reviewed):
    points = reviewed(
        [WHOLE], [LICENCE], [EXPECTED], [OWNER], law=Law(), products=product(), hits=HIT.empty_table(), lists="x"
    )
    assert [p for p in points if p["weight"]] == []
    assert len(points) > 15


MISSING = {
    "name": "legal name", "registration": "registration or tax number", "address": "address", "country": "country",
    "site_type": "site type", "business_line": "business line", "end_use": "declared end use",
    "bank_country": "bank country", "forwarder": "forwarder", "refusals": "prior refusals", "visited_on": "visit",
}  # fmt: skip


@pytest.mark.parametrize("empty", [None, "  "])
def test_what_is_missing_is_said(reviewed, empty):
    customers = [WHOLE | {"record_id": column, column: None if column == "visited_on" else empty} for column in MISSING]
    points = reviewed(customers)
    for column, point in MISSING.items():
        (found,) = named([p for p in points if p["customer_id"] == column], point)
        assert (found["standing"], bool(found["to_do"])) == ("missing", True)
        assert found["weight"] in (ASK, NOTE)
        others = named([p for p in points if p["customer_id"] != column], point)
        assert {p["standing"] for p in others} == {"ok"}


LICENCES = [
    ([LICENCE], ("ok", "")),
    ([], ("missing", STOPS)),
    ([LICENCE | {"expires_on": dt.date(2026, 11, 21)}], ("expired", STOPS)),
    ([LICENCE | {"expires_on": ON}], ("expiring", ASK)),
    ([LICENCE | {"valid_from": dt.date(2027, 1, 1)}], ("missing", STOPS)),
    ([LICENCE | {"covers": "Schedule V"}], ("missing", STOPS)),
    ([LICENCE | {"covers": "methadone"}], ("ok", "")),
    ([LICENCE | {"country": "CA"}], ("missing", STOPS)),
    # What is not said is asked about and taken for nothing.
    ([LICENCE | {"covers": None}], ("missing", ASK)),
    ([LICENCE | {"covers": "see annex"}], ("missing", ASK)),
    # One that covers it is enough, whatever else lies there.
    ([LICENCE | {"covers": "Schedule V"}, LICENCE | {"line": 2}], ("ok", "")),
]


def test_licence_that_the_law_asks_for(reviewed):
    customers = [WHOLE | {"record_id": str(n)} for n in range(len(LICENCES))]
    licences = [one | {"record_id": str(n)} for n, (held, _) in enumerate(LICENCES) for one in held]
    products = pa.concat_tables([product(customer_id=str(n)) for n in range(len(LICENCES))])
    found = named(reviewed(customers, licences, law=Law(), products=products), "licence for what it buys")
    standing = {p["customer_id"]: (p["standing"], p["weight"]) for p in found}
    assert standing == {str(n): wanted for n, (_, wanted) in enumerate(LICENCES)}


def test_a_duty_above_a_threshold_or_a_proposed_one_stops_nothing_in_a_file(reviewed):
    def standing(law):
        found = named(reviewed([WHOLE], law=law, products=product()), "licence for what it buys")
        return [(p["standing"], p["weight"]) for p in found]

    assert standing(Law(above_threshold=True)) == [("missing", ASK)]
    assert standing(Law(status="proposed")) == []


@pytest.mark.parametrize(
    ("law", "weight"),
    [
        ({"grams": 1000.0}, STOPS),
        ({"grams": 3000.0}, ASK),
        ({"grams": 12_000.0, "period": "year"}, STOPS),
        ({"grams": 36_000.0, "period": "year"}, ASK),
        ({"grams": 0}, STOPS),
        ({"grams": 1000.0, "period": "transaction"}, ASK),
        ({"grams": 1000.0, "unit": "l"}, ASK),
        ({"grams": 1000.0, "pending": True}, ASK),
        ({"grams": 1000.0, "scope": "tablets"}, ASK),
        ({"grams": 1000.0, "instrument": "another"}, ASK),
        ({"grams": None}, ASK),
    ],
)
def test_a_declared_volume_above_the_threshold_brings_the_duty_on(reviewed, law, weight):
    points = reviewed([WHOLE], law=Law(above_threshold=True, **law), products=product(kilos=2.0))
    (found,) = named(points, "licence for what it buys")
    assert found["weight"] == weight
    assert ("2 kg a month are bought or expected" in found["words"]) == (weight == STOPS)
    assert ("s. 3" in found["citation"]) == (weight == STOPS)


def test_nobody_is_asked_for_a_paper_for_what_is_not_listed(reviewed):
    points = reviewed([WHOLE], law=Law(), products=product(verdict="none", substance=None))
    assert named(points, "licence for what it buys") == []
    assert [p for p in points if p["weight"] == STOPS] == []


def test_customer_declaration_and_identity(reviewed):
    def standing(kind, **more):
        found = reviewed([WHOLE | more], law=Law(kind), products=product())
        return [(p["point"], p["standing"], p["weight"]) for p in found if p["citation"].startswith("Act 1")]

    assert standing("customer declaration") == [("customer declaration", "ok", "")]
    assert standing("customer declaration", end_use=None) == [("customer declaration", "missing", STOPS)]
    assert standing("customer declaration", end_use_to=dt.date(2026, 1, 1)) == [
        ("customer declaration", "expired", STOPS)
    ]
    assert standing("identity proof", visited_on=None) == [("proof of identity", "missing", ASK)]


def test_validity_of_each_licence(reviewed):
    def standing(*licences):
        found = named(reviewed([WHOLE], [LICENCE | {"line": n} | one for n, one in enumerate(licences, 1)]), "validity")
        return [(p["standing"], p["weight"]) for p in found]

    assert standing({}) == [("ok", "")]
    assert standing({"expires_on": dt.date(2027, 1, 21)}) == [("expiring", ASK)]
    assert standing({"expires_on": dt.date(2027, 1, 22)}) == [("ok", "")]
    assert standing({"expires_on": dt.date(2026, 11, 21)}) == [("expired", ASK)]
    # An old one beside its renewal is a fact, not a task.
    assert sorted(standing({"expires_on": dt.date(2026, 11, 21)}, {})) == [("expired", NOTE), ("ok", "")]
    assert standing({"valid_from": dt.date(2029, 1, 1)}) == [("contradictory", ASK)]


def test_numbers_are_checked_where_their_form_is_public(reviewed):
    (wrong,) = named(reviewed([WHOLE], [LICENCE | {"number": "AB1234567"}]), "number of the licence")
    assert (wrong["standing"], wrong["weight"]) == ("contradictory", ASK)
    assert (
        named(reviewed([WHOLE], [LICENCE | {"authority": "State board", "number": "77"}]), "number of the licence")
        == []
    )
    (vat,) = named(reviewed([WHOLE | {"country": "DE", "tax_id": "DE136695978"}]), "tax number")
    assert vat["standing"] == "contradictory"


@pytest.mark.parametrize(
    ("change", "point", "weight"),
    [
        ({"bank_country": "CY"}, "bank and site", NOTE),
        ({"address": "P.O. Box 12, Springfield"}, "post box", ASK),
        ({"customer_since": dt.date(1980, 1, 1)}, "days", ASK),
        ({"visited_on": dt.date(2027, 1, 1)}, "days", ASK),
        ({"end_use_on": dt.date(2027, 6, 1)}, "declaration of use", ASK),
        ({"refusals": "refused by another supplier, 2024"}, "prior refusals", ASK),
    ],
)  # fmt: skip
def test_what_does_not_go_together(reviewed, change, point, weight):
    assert weight in [p["weight"] for p in named(reviewed([WHOLE | change]), point)]
    assert weight not in [p["weight"] for p in named(reviewed([WHOLE]), point)]


def test_home_that_expects_drums(reviewed):
    home = WHOLE | {"site_type": "residence", "business_line": "hobby supplies"}
    small, large = (
        named(reviewed([home], expected=[EXPECTED | {"item": "acetone", "quantity": kilos, "unit": "kg"}]), "site")
        for kilos in (1.0, 200.0)
    )
    assert [(p["standing"], p["weight"]) for p in small] == [("told", NOTE)]
    assert [(p["standing"], p["weight"]) for p in large] == [("contradictory", ASK)]


def test_line_of_business_and_products(reviewed):
    precursor = {"item": "acetic anhydride", "substance": "acetic-anhydride", "verdict": "listed_precursor"}
    cases = [
        ("Paint factory", {}, True),
        ("Retail pharmacy", {}, False),
        ("Paint factory", precursor, False),
        ("Hairdresser", precursor, True),
        ("Retail pharmacy", precursor | {"kilos": 0.1}, False),
        ("Retail pharmacy", precursor | {"kilos": 50.0}, True),
        ("something nobody heard of", precursor, False),
    ]
    lines = {str(n): line for n, (line, _, _) in enumerate(cases)}
    customers = [WHOLE | {"record_id": n, "business_line": line, "site_type": "office"} for n, line in lines.items()]
    products = pa.concat_tables([product(customer_id=str(n), **more) for n, (_, more, _) in enumerate(cases)])
    points = reviewed(customers, products=products, law=Law(status="proposed"))
    asked = {p["customer_id"] for p in named(points, "line of business and products")}
    assert asked == {str(n) for n, (_, _, wanted) in enumerate(cases) if wanted}


@pytest.mark.parametrize(
    ("shares", "weight"), [([100.0], ""), ([60.0, 60.0], ASK), ([60.0], NOTE), ([None], NOTE), ([40.0, 40.0], "")]
)
def test_shares_of_owners(reviewed, shares, weight):
    owners = [OWNER | {"line": n, "name": f"Owner {n}", "share_pct": share} for n, share in enumerate(shares, 1)]
    (found,) = named(reviewed([WHOLE], owners=owners), "owners")
    assert found["weight"] == weight


def test_resale_and_vague_use_are_asked_about(reviewed):
    points = reviewed([WHOLE | {"resells": True, "end_use": "Resale."}])
    assert {p["point"] for p in work(points)} >= {"resale", "vague end use"}
    assert named(reviewed([WHOLE | {"resells": True}]), "resale")[0]["weight"] == ""


def test_hits_on_lists(reviewed):
    def hit(**more):
        held = {"customer_id": "C1", "role": "owner", "name": "A", "list": "x", "entry": "x:1", "listed_name": "A A"}
        held |= {"score": 0.9, "corroboration": 0.0, "alert": 1, "strong": 0, "cleared": "", "explanation": "e"} | more
        return pa.Table.from_pylist([held], schema=HIT)

    def weights(**more):
        return [(p["standing"], p["weight"]) for p in named(reviewed([WHOLE], **more), "official lists")]

    assert weights(hits=hit(), lists="x") == [("listed", ASK)]
    assert weights(hits=hit(strong=1), lists="x") == [("listed", STOPS)]
    assert weights(hits=hit(alert=0, cleared="C-1 by Ann until 2027"), lists="x") == [("ok", "")]
    assert weights(hits=HIT.empty_table(), lists="x") == [("ok", "")]
    assert weights() == [("missing", NOTE)]


def test_one_licence_in_two_files(reviewed):
    second = WHOLE | {"record_id": "C2", "name": "Other Clinic"}
    both = [LICENCE, LICENCE | {"record_id": "C2", "number": "ab 1234563"}]
    assert len(named(reviewed([WHOLE, second], both), "one licence, several customers")) == 2
    chain = second | {"name": WHOLE["name"]}
    assert named(reviewed([WHOLE, chain], both), "one licence, several customers") == []


def test_country_is_a_fact_and_no_reason():
    """The same file in another country gives the same points, but for those that compare two declared places."""

    def points(country):
        customer = WHOLE | {"country": country, "bank_country": country}
        file = newest(rows(CUSTOMER, [customer]))
        found = review(file.customers, file.licences, file.expected, file.owners, on=ON)
        return [(p["point"], p["standing"], p["weight"]) for p in found.to_pylist()]

    assert points("US") == points("AF") == points("CO") == points("DE")


_TEXT = st.none() | st.text(max_size=12)
_DAY = st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))


@settings(max_examples=20)
@given(
    customers=st.lists(
        st.fixed_dictionaries(
            {
                "record_id": st.sampled_from(["a", "b", "c'"]), "name": _TEXT, "country": _TEXT, "address": _TEXT,
                "site_type": _TEXT, "business_line": _TEXT, "end_use": _TEXT, "tax_id": _TEXT, "refusals": _TEXT,
                "visited_on": _DAY, "established_on": _DAY, "customer_since": _DAY, "end_use_on": _DAY, "end_use_to": _DAY,
                "resells": st.none() | st.booleans(), "research": st.none() | st.booleans(),
            }
        ),
        min_size=1, max_size=4, unique_by=lambda row: row["record_id"],
    ),
    number=_TEXT, covers=_TEXT, ends=_DAY, share=st.none() | st.floats(0, 1e6),
)  # fmt: skip
def test_any_file_is_reviewed(customers, number, covers, ends, share):
    own = customers[0]["record_id"]
    licence = {"record_id": own, "number": number, "covers": covers, "expires_on": ends, "authority": "DEA"}
    points = review(
        rows(CUSTOMER, customers),
        rows(CUSTOMER_LICENCE, [licence]),
        rows(CUSTOMER_EXPECTED, [EXPECTED | {"record_id": own, "unit": number}]),
        rows(CUSTOMER_OWNER, [OWNER | {"record_id": own, "share_pct": share}]),
        on=ON, law=Law(), products=product(customer_id=own),
    )  # fmt: skip
    assert points.schema == POINT
    told = points.to_pylist()
    assert {p["customer_id"] for p in told} == {c["record_id"] for c in customers}
    assert {p["standing"] for p in told} <= set(STANDINGS)
    assert {p["weight"] for p in told} <= set(WEIGHTS)
    # What does not stand well has words and something to do; what does has neither weight nor task.
    assert all(bool(p["to_do"]) == (p["standing"] != "ok") and p["words"] for p in told)
    assert all(not p["weight"] for p in told if p["standing"] == "ok")
    assert per_customer(rows(CUSTOMER, customers), points).num_rows == len(customers)


def test_what_the_law_shipped_asks(reviewed):
    """The shipped law can be asked for any country, also for one that it does not hold."""
    products = pa.concat_tables([product(), product(jurisdiction="XX")])
    assert reviewed([WHOLE], products=products)


def test_words(reviewed):
    points = reviewed([WHOLE | {"address": None}], products=product(), law=Law())
    table = pa.Table.from_pylist(points, schema=POINT)
    (row,) = per_customer(rows(CUSTOMER, [WHOLE]), table).to_pylist()
    assert row["in_words"] == "2 things to ask, 1 that stops a sale"
    assert row["first_words"].startswith("methadone: no licence on file covers it")
    assert NOW.date() == ON
