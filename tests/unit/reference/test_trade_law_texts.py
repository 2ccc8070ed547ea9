"""Trade law against the texts: what was typed from laws and rules as read, not from the tables."""

from datetime import date

import pytest

from counterflow.reference.trade_law import load_trade_law

LAW = load_trade_law()
TODAY = date(2026, 11, 22)
KG = 1000.0

# Regulation (EC) No 273/2004, annex II; Delegated Regulation (EU) 2015/1011, annex I; 21 CFR 1310.04(f) of January 2025;
# SOR/2002-359, schedule; LFCPQ, article 6. Quantities in grams or litres, None where the law leaves it to an agreement.
QUANTITIES = [
    ("EU", "acetic-anhydride", "domestic", 100.0, "l", "year"),
    ("EU", "potassium-permanganate", "domestic", 100 * KG, "g", "year"),
    ("EU", "anthranilic-acid", "intra-union", 1 * KG, "g", "year"),
    ("EU", "phenylacetic-acid", "domestic", 1 * KG, "g", "year"),
    ("EU", "piperidine", "domestic", 0.5 * KG, "g", "year"),
    ("EU", "red-phosphorus", "domestic", 0.1 * KG, "g", "year"),
    ("EU", "acetone", "export", 50 * KG, "g", "year"),
    ("EU", "ethyl-ether", "export", 20 * KG, "g", "year"),
    ("EU", "methyl-ethyl-ketone", "export", 50 * KG, "g", "year"),
    ("EU", "toluene", "export", 50 * KG, "g", "year"),
    ("EU", "sulphuric-acid", "export", 100 * KG, "g", "year"),
    ("EU", "hydrochloric-acid", "export", 100 * KG, "g", "year"),
    ("EU", "piperonal", "domestic", 0.0, "g", "transaction"),
    ("US", "n-acetylanthranilic-acid", "domestic", 40 * KG, "g", "month"),
    ("US", "anthranilic-acid", "export", 30 * KG, "g", "month"),
    ("US", "benzaldehyde", "domestic", 4 * KG, "g", "month"),
    ("US", "benzyl-cyanide", "import", 1 * KG, "g", "month"),
    ("US", "ergometrine", "domestic", 10.0, "g", "month"),
    ("US", "ergotamine", "domestic", 20.0, "g", "month"),
    ("US", "ethylamine", "domestic", 1 * KG, "g", "month"),
    ("US", "hydriodic-acid", "domestic", 1.7 * KG, "g", "month"),
    ("US", "isosafrole", "domestic", 4 * KG, "g", "month"),
    ("US", "methylamine", "domestic", 1 * KG, "g", "month"),
    ("US", "pmk", "domestic", 4 * KG, "g", "month"),
    ("US", "n-methylephedrine", "domestic", 1 * KG, "g", "month"),
    ("US", "n-methylpseudoephedrine", "domestic", 1 * KG, "g", "month"),
    ("US", "nitroethane", "domestic", 2.5 * KG, "g", "month"),
    ("US", "norpseudoephedrine", "domestic", 2.5 * KG, "g", "month"),
    ("US", "phenylacetic-acid", "domestic", 1 * KG, "g", "month"),
    ("US", "piperidine", "domestic", 500.0, "g", "month"),
    ("US", "piperonal", "domestic", 4 * KG, "g", "month"),
    ("US", "propionic-anhydride", "domestic", 1.0, "g", "month"),
    ("US", "safrole", "domestic", 4 * KG, "g", "month"),
    ("US", "acetic-anhydride", "domestic", 1023 * KG, "g", "month"),
    ("US", "acetic-anhydride", "import", 1023 * KG, "g", "month"),
    ("US", "acetone", "import", 1500 * KG, "g", "month"),
    ("US", "benzyl-chloride", "export", 4 * KG, "g", "month"),
    ("US", "benzyl-chloride", "domestic", 1 * KG, "g", "month"),
    ("US", "ethyl-ether", "export", 1364 * KG, "g", "month"),
    ("US", "ethyl-ether", "domestic", 135.8 * KG, "g", "month"),
    ("US", "potassium-permanganate", "import", 500 * KG, "g", "month"),
    ("US", "potassium-permanganate", "domestic", 55 * KG, "g", "month"),
    ("US", "methyl-ethyl-ketone", "export", 1455 * KG, "g", "month"),
    ("US", "toluene", "import", 1591 * KG, "g", "month"),
    ("US", "sodium-permanganate", "export", 500 * KG, "g", "month"),
    ("US", "sodium-permanganate", "domestic", 55 * KG, "g", "month"),
    ("US", "hydrochloric-acid", "export", 27 * KG, "g", "month"),
    ("US", "acetone", "domestic", 150 * KG, "g", "transaction"),  # (f)(2)(iii): not cumulative
    ("US", "methyl-ethyl-ketone", "domestic", 145 * KG, "g", "transaction"),
    ("US", "toluene", "domestic", 159 * KG, "g", "transaction"),
    ("US", "toluene", "domestic", 189.271, "l", "transaction"),  # 50 US gallons
    ("US", "acetic-anhydride", "domestic", 946.353, "l", "month"),  # 250 US gallons
    ("US", "hydriodic-acid", "domestic", 1.0, "l", "month"),
    ("US", "sulphuric-acid", "export", 189.271, "l", "month"),
    ("US", "hydrochloric-acid", "domestic", 0.0, "g", "transaction"),  # anhydrous
    ("US", "methyl-isobutyl-ketone", "export", 1523 * KG, "g", "month"),
    ("US", "methyl-isobutyl-ketone", "export", 1892.706, "l", "month"),  # 500 US gallons
    ("US", "red-phosphorus", "domestic", 0.0, "g", "transaction"),
    ("US", "pseudoephedrine", "export", 0.0, "g", "transaction"),
    ("US", "gbl", "domestic", 0.0, "g", "transaction"),
    ("US", "4-ap", "export", 0.0, "g", "transaction"),
    ("US", "benzylfentanyl", "domestic", 0.0, "g", "transaction"),
    ("US", "1-boc-4-ap", "import", 0.0, "g", "transaction"),
    ("US", "bmk-glycidic-acid", "domestic", 0.0, "g", "transaction"),
    ("CA", "acetic-anhydride", "domestic", 1000 * KG, "g", "transaction"),
    ("CA", "n-acetylanthranilic-acid", "domestic", 1 * KG, "g", "transaction"),
    ("CA", "anthranilic-acid", "domestic", 1 * KG, "g", "transaction"),
    ("CA", "ephedrine", "domestic", 0.4, "g", "transaction"),
    ("CA", "pseudoephedrine", "domestic", 3.0, "g", "transaction"),
    ("CA", "ergometrine", "domestic", 0.0, "g", "transaction"),
    ("CA", "isosafrole", "domestic", 0.5 * KG, "g", "transaction"),
    ("CA", "phenylacetic-acid", "domestic", 1 * KG, "g", "transaction"),
    ("CA", "piperidine", "domestic", 0.5 * KG, "g", "transaction"),
    ("CA", "piperonal", "domestic", 0.5 * KG, "g", "transaction"),
    ("CA", "potassium-permanganate", "domestic", 50 * KG, "g", "transaction"),
    ("CA", "safrole", "domestic", 0.25 * KG, "g", "transaction"),
    ("CA", "norfentanyl", "domestic", 0.0, "g", "transaction"),
    ("CA", "gbl", "domestic", 0.0, "g", "transaction"),
    ("CN", "piperidine", "domestic", 0.0, "g", "transaction"),
    ("CN", "toluene", "export", 0.0, "g", "transaction"),
    ("MX", "propionyl-chloride", "domestic", 0.0, "g", "transaction"),
    ("MX", "acetone", "domestic", None, "g", "transaction"),
    ("MX", "red-phosphorus", "import", None, "g", "transaction"),
]


@pytest.mark.parametrize(("jurisdiction", "substance", "direction", "quantity", "unit", "period"), QUANTITIES)
def test_a_quantity_is_that_of_the_text(jurisdiction, substance, direction, quantity, unit, period):
    held = LAW.thresholds_on(TODAY, jurisdiction, substance, direction=direction)
    found = [(t.quantity, t.unit, t.period) for t in held if t.read == "text" and t.status == "in force"]
    assert (quantity, unit, period) in found


# Changes with their days: the day before and the first day, as dated by the texts.
CHANGES = [
    ("US", "4-ap", "2020-05-14", 0, 1),  # 85 FR 20822, effective 15 May 2020
    ("US", "benzylfentanyl", "2020-05-14", 0, 1),
    ("US", "1-boc-4-ap", "2020-05-14", 0, 1),  # "regulated ... since May 15, 2020, as a carbamate"
    ("US", "4-piperidone", "2023-05-11", 0, 1),  # effective 12 May 2023
    ("US", "1-boc-4-piperidone", "2023-05-11", 0, 1),  # "since May 12, 2023"
    ("US", "mapa", "2021-12-19", 0, 1),  # 1310.09(r)
    ("US", "apaa", "2021-06-08", 0, 1),  # 86 FR 24703, effective 9 June 2021
    ("US", "bmk-glycidic-acid", "2026-05-03", 0, 1),  # effective 4 May 2026
    ("US", "4-ap", "2023-11-29", 1, 2),  # halides, effective 30 Nov. 2023
    ("EU", "red-phosphorus", "2021-01-12", 0, 1),  # Del. Reg. (EU) 2020/1737, from 13 January 2021
    ("EU", "acetic-anhydride", "2005-08-17", 0, 1),  # Regulation 273/2004, art. 18
    ("EU", "norfentanyl", "2023-02-19", 0, 1),
    ("EU", "4-piperidone", "2025-08-13", 0, 1),
    ("CN", "4-ap", "2024-08-31", 0, 1),
    ("CN", "norfentanyl", "2024-08-31", 0, 1),
    ("CN", "4-piperidone", "2025-07-19", 0, 1),
    ("MX", "4-ap", "2021-05-12", 0, 1),  # DOF 13-05-2021
    ("MX", "propionic-anhydride", "2021-05-12", 0, 1),
    ("MX", "npp", "2017-07-17", 0, 1),  # DOF 18-07-2017
]


@pytest.mark.parametrize(("jurisdiction", "substance", "eve", "before", "after"), CHANGES)
def test_a_change_takes_effect_on_its_day(jurisdiction, substance, eve, before, after):
    last = date.fromisoformat(eve)
    counts = [
        sum(t.status == "in force" for t in LAW.thresholds_on(day, jurisdiction, substance))
        for day in (last, date.fromordinal(last.toordinal() + 1))
    ]
    assert counts == [before, after]


# Duties: who is asked (jurisdiction, substance or list), direction, kind, days that the law counts, from a text.
DUTIES = [
    ("EU", "piperonal", "domestic", "customer licence", None),  # 273/2004, art. 3(3)
    ("EU", "piperonal", "domestic", "customer declaration", None),  # art. 4(1)
    ("EU", "potassium-permanganate", "intra-union", "customer declaration", (365, "calendar")),  # art. 4(2)
    ("EU", "acetic-anhydride", "domestic", "label", None),  # art. 7
    ("EU", "acetic-anhydride", "domestic", "responsible person", None),  # art. 3(1)
    ("EU", "ephedrine", "export", "pre-export notice", (15, "working")),  # 111/2005, art. 11
    ("EU", "acetic-anhydride", "export", "export permit", None),  # art. 12
    ("EU", "safrole", "import", "import permit", None),  # art. 20
    ("EU", "safrole", "import", "record", (3, "years")),  # art. 4
    ("DE", "safrole", "domestic", "report", (3, "calendar")),  # GÜG § 4 Abs. 2
    ("DE", "fentanyl", "domestic", "customer licence", None),  # BtMG § 12 Abs. 1
    ("DE", "fentanyl", "domestic", "second person", (3, "years")),  # BtMG § 16 Abs. 1
    ("US", "safrole", "export", "pre-export notice", (15, "calendar")),  # 21 U.S.C. 971(a)
    ("US", "acetone", "import", "pre-export notice", (15, "calendar")),
    ("US", "acetone", "export", "report", (30, "calendar")),  # 971(g)
    ("US", "acetone", "domestic", "record", (2, "years")),  # 830(a)(1)
    ("US", "safrole", "domestic", "supplier licence", None),  # 822(a)(1)
    ("US", "safrole", "domestic", "report", (15, "calendar")),  # 1310.05(a)(1)
    ("US", "acetone", "domestic", "identity proof", None),  # 830(a)(3)
    ("US", "oxycodone", "domestic", "order form", None),  # 828(a)
    ("US", "oxycodone", "domestic", "report", (1, "working")),  # 70 FR 47094
    ("US", "methadone", "domestic", "monitoring", None),  # 832(a)(1)
    ("CN", "ephedrine", "domestic", "customer licence", (10, "calendar")),  # Decree 445, arts. 14 and 15
    ("CN", "toluene", "domestic", "customer licence", None),  # art. 17
    ("CN", "toluene", "domestic", "record", (2, "years")),  # art. 19
    ("CN", "ephedrine", "domestic", "report", (5, "calendar")),  # art. 19
    ("CN", "acetic-anhydride", "domestic", "transport permit", (3, "calendar")),  # arts. 20 and 21
    ("CN", "acetone", "export", "export permit", (20, "calendar")),  # arts. 26 and 27
    ("MX", "4-ap", "domestic", "record", (1, "calendar")),  # art. 12, 24 hours
    ("MX", "4-ap", "domestic", "record", (5, "years")),  # art. 13
    ("MX", "acetone", "domestic", "report", (60, "calendar")),  # art. 11
    ("MX", "acetone", "domestic", "identity proof", None),  # art. 13
    ("CA", "4-piperidone", "domestic", "supplier licence", None),  # s. 6
    ("CA", "piperonal", "domestic", "customer declaration", None),  # s. 8
    ("CA", "piperonal", "domestic", "report", (3, "calendar")),  # s. 90(2)(b), 72 hours
    ("CA", "acetone", "export", "export permit", None),  # s. 57(4)
    ("UN", "acetic-anhydride", "export", "pre-export notice", None),  # 1988 Convention, art. 12(10)(a)
]


@pytest.mark.parametrize(("jurisdiction", "substance", "direction", "kind", "days"), DUTIES)
def test_a_duty_is_that_of_the_text(jurisdiction, substance, direction, kind, days):
    held = LAW.duties_on(TODAY, jurisdiction, substance=substance, direction=direction)
    found = [(d.days, d.day_kind) if d.days else None for d in held if d.kind == kind and d.read == "text"]
    assert days in found


# Duties that the law does not have: nothing may be asked for that no text asks for.
NOT = [
    ("US", "acetone", "domestic", "supplier licence"),  # List II needs no registration
    ("US", "acetone", "domestic", "customer licence"),
    ("US", "acetone", "domestic", "pre-export notice"),
    ("EU", "acetone", "domestic", "customer declaration"),  # category 3
    ("EU", "acetone", "domestic", "supplier licence"),
    ("EU", "acetic-anhydride", "import", "import permit"),  # category 2
    ("CN", "ephedrine", "domestic", "registration"),  # filing is for categories 2 and 3
    ("CA", "acetone", "domestic", "customer declaration"),  # Class B
    ("UN", "acetone", "export", "pre-export notice"),  # Table II
]


@pytest.mark.parametrize(("jurisdiction", "substance", "direction", "kind"), NOT)
def test_nothing_is_asked_that_the_text_does_not_ask(jurisdiction, substance, direction, kind):
    held = LAW.duties_on(TODAY, jurisdiction, substance=substance, direction=direction)
    assert kind not in [d.kind for d in held]


def test_duties_of_the_statute_on_suspicious_orders_begin_with_it():
    eve, day = (
        {d.id for d in LAW.duties_on(on, "US", schedule="Schedule II")}
        for on in (date(2018, 10, 23), date(2018, 10, 24))
    )
    assert day - eve == {"us-832-system", "us-832-report"}


def test_the_mexican_register_of_activities_begins_the_day_after_the_decree():
    eve, day = (
        {d.kind for d in LAW.duties_on(on, "MX", substance="4-ap", direction="export") if d.form == "SISUS"}
        for on in (date(2023, 5, 3), date(2023, 5, 4))
    )
    assert day - eve == {"record", "export permit"}


@pytest.mark.parametrize(
    ("jurisdiction", "substance", "kind", "percent"),
    [
        ("EU", "safrole", "mixture", None),  # no percentage in the text
        ("EU", "acetic-anhydride", "quantity", None),
        ("CN", "gbl", "mixture", 60.0),
        ("CN", "gbl", "mixture", 20.0),
        ("CN", "ephedrine", "sample", None),
        ("CN", "potassium-permanganate", "quantity", None),
        ("US", "acetone", "mixture", None),  # 1310.08(l)
        ("US", "acetone", "mixture", 35.0),  # 1310.12(c), exports
        ("US", "potassium-permanganate", "mixture", 15.0),
        ("US", "red-phosphorus", "mixture", 80.0),
        ("US", "phenylacetic-acid", "mixture", 40.0),
        ("US", "gbl", "mixture", 70.0),
        ("DE", "fentanyl", "pharmacy", None),
    ],
)
def test_an_exemption_is_that_of_the_text(jurisdiction, substance, kind, percent):
    held = LAW.exemptions_on(TODAY, jurisdiction, substance=substance)
    assert (kind, percent) in [(e.kind, e.percent) for e in held if e.read == "text"]
