"""The kinds of red flags: which group each belongs to, what would clear it, and which guidance names it.

"No individual indicator listed below is independently a suggestion that a given order is suspicious": the guidelines
of the Suspicious Orders Task Force (1997) ask for "the totality of any particular circumstances"
(deadiversion.usdoj.gov, Chemical Control Program, Suspicious Orders Reporting; read). Its single indicators are
recalled, and marked so here. Texts read: 21 CFR 1310.05(a)(1); Regulation (EU) No 98/2013, art. 9(3); Regulation (EC)
No 273/2004, art. 9.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]

_SIZE = "21 CFR 1301.74(b) (recalled): orders of unusual size; 21 CFR 1310.05(a)(1): an extraordinary quantity"
_PATTERN = "21 CFR 1301.74(b) (recalled): orders deviating substantially from a normal pattern"
_FREQUENCY = "21 CFR 1301.74(b) (recalled): orders of unusual frequency"
_WAY = "21 CFR 1310.05(a)(1): an uncommon method of payment or delivery"
_USE = "Regulation (EU) No 98/2013, art. 9(3)(a)-(b): use unclear or not plausibly explained"
_AMOUNTS = "Regulation (EU) No 98/2013, art. 9(3)(c): quantities, combinations or concentrations uncommon for the use"
_CASH = "Regulation (EU) No 98/2013, art. 9(3)(e): unusual methods of payment, including large amounts of cash"
_TASK_FORCE = "DEA Suspicious Orders Task Force (1997; the single indicator is recalled)"
_MACHINES = "21 U.S.C. 830(b)(1)(D), 21 CFR 1310.05(b)(2): tableting and encapsulating machines (recalled)"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of red flag.

    Args:
        name: as it stands in the column `kind`.
        group: identity | end use | product mix | quantity | price | payment | logistics | behaviour.
        title: what it is, for tables and pages.
        clears: what would clear it, in a sentence.
        citation: guidance or law that names it; empty where it is ours.
    """

    name: str
    group: str
    title: str
    clears: str
    citation: str


_ALL = (
    Kind(
        "order-size", "quantity", "An order far above what this customer ever ordered, as it hardly happens to peers",
        "A reason for the quantity that can be checked: a contract, a new declared expectation, a stock-out elsewhere.",
        _SIZE,
    ),
    Kind(
        "frequency", "behaviour", "Orders come much closer together than before",
        "A change of delivery rhythm agreed with the customer, or a declared expectation that covers the new total.",
        _FREQUENCY,
    ),
    Kind(
        "above-declared", "quantity", "More than the customer said it would buy",
        "A new declaration of the expected quantity, with its reason.",
        _PATTERN,
    ),
    Kind(
        "share-of-sales", "quantity", "The customer's share in all sales of a product rose as it hardly does for peers",
        "What grew at the customer: patients, contracts, sites, or another supplier that fell away.",
        _PATTERN,
    ),
    Kind(
        "split-below-threshold", "behaviour",
        "Orders bunch just below a quantity from which the law or the house looks",
        "A reason for the size that holds without the threshold, such as a pack, a tank or a budget;"
        " then judge the sum.",
        f"{_TASK_FORCE}; 21 CFR 1310.04(f): thresholds count cumulative transactions of a calendar month",
    ),
    Kind(
        "new-product", "end use", "A listed product that this customer never bought and hardly any of its peers buys",
        "What it is used for, by whom, and an expected quantity; research registrations and declarations are honoured.",
        _USE,
    ),
    Kind(
        "precursor-mix", "product mix",
        "Orders within 180 days cover several classes of one family of listed precursors",
        "The declared use that needs these classes together; a research or production registration that covers them.",
        _AMOUNTS,
    ),
    Kind(
        "tablet-equipment", "product mix", "Equipment to press tablets or fill capsules",
        "What is produced with it, under which manufacturing licence, at which site.",
        _MACHINES,
    ),
    Kind(
        "basket-share", "product mix",
        "Controlled items make up a larger share of the basket than with nearly all peers",
        "The customer's line of work (a clinic, a speciality), or where it buys the rest.",
        f"{_PATTERN}; share of controlled items: ours",
    ),
    Kind(
        "price", "price", "A price far outside what this firm takes for the product in that size",
        "A contract price, a wrong unit or currency in the row, a special pack.",
        _TASK_FORCE,
    ),
    Kind(
        "purity", "end use", "A purity or concentration uncommon in the customer's line of business",
        "The specification that asks for it.",
        _AMOUNTS,
    ),
    Kind(
        "payment", "payment", "Paid in a way that is uncommon in the customer's line of business",
        "Who pays and why so; payment from the customer's own account.",
        f"{_WAY}; {_CASH}",
    ),
    Kind(
        "ship-to-new", "logistics", "A listed product goes to an address not used by this customer before",
        "Confirmation by the customer's known contact that the site is theirs, and a licence that covers it.",
        _WAY,
    ),
    Kind(
        "ship-to-many", "logistics", "More delivery addresses than nearly all customers have",
        "A list of the customer's sites, confirmed by the customer.",
        _WAY,
    ),
    Kind(
        "ship-to-private", "logistics", "A listed product goes to a residence, a post box, a storage unit or a hotel",
        "The licensed site at that address, or delivery to the licensed site instead.",
        _TASK_FORCE,
    ),
    Kind(
        "places-differ", "logistics", "Site, payer and delivery are declared in different countries",
        "The relation between the places: a subsidiary, a project, a group's payments office. A fact, not a suspicion.",
        _TASK_FORCE,
    ),
    Kind(
        "forwarder-changed", "logistics", "A forwarder collects that is not the one in the customer file",
        "Confirmation by the customer's known contact; an update of the file.",
        _WAY,
    ),
    Kind(
        "shared-address", "identity", "Several customers have goods sent to one address",
        "How the customers are related; whether their quantities have to be summed.",
        _TASK_FORCE,
    ),
    Kind(
        "shared-contact", "identity", "Several customers answer through one contact",
        "How the customers are related; whether their quantities have to be summed.",
        _TASK_FORCE,
    ),
    Kind(
        "dormant-then-active", "behaviour", "After a long pause the customer orders more than ever before",
        "What happened in the pause (another supplier, a change of owner), and that owner and"
        " licence are still the same.",
        _PATTERN,
    ),
    Kind(
        "return-and-reorder", "behaviour", "Goods come back and are ordered again, as it hardly happens to peers",
        "Why the goods came back, and where they were in between.",
        "ours",
    ),
    Kind(
        "round-trip", "behaviour", "The same product is sold back and forth between two firms",
        "The contract behind both directions, and what moved in fact.",
        "ours",
    ),
)  # fmt: skip

#: kind by name
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
