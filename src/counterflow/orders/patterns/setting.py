"""What the flags go by: how rare, how long, how near. One place, with the reason of each figure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HouseLimit", "Setting"]


@dataclass(frozen=True, slots=True)
class HouseLimit:
    """A quantity that the house itself looks at, beside those of the law.

    Args:
        product: substance id or item, as in the column `product`; empty for every product of that measure.
        quantity: the quantity, in `measure`.
        measure: units | g | l.
        period: transaction | month.
    """

    product: str
    quantity: float
    measure: str
    period: str

    @property
    def words(self) -> str:
        """The limit, for sentences."""
        return f"the house limit of {self.quantity:,.10g} {self.measure} a {self.period}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What makes something stand out.

    Where a figure can be taken from the peers, it is: `rare` and `rare_share` are places in their distribution over the
    four calendar quarters before, never quantities. The rest are periods, named by guidance or ours.

    Args:
        stands: days for which a flag stands.
        window: days over which a mix, addresses, a basket or returns are looked at.
        recent: days over which frequency and bunching are looked at.
        rare: share of peers' orders that stand out as far; 0.005 is one of 200.
        material: rise below which nothing is told of a quantity, however rare it is; twice it is told as more.
        rare_share: share of peers below which buying, paying or mixing so is uncommon among them.
        least_peers: customers below which the peers say nothing, and all customers stand in for them.
        least_orders: observations below which a place in the distribution says nothing.
        settled: days for which somebody has been a customer before a change of theirs can be seen.
        earlier: orders before which a customer has no pattern of its own.
        band: share of a threshold from which an order is "just below" it.
        bunching: probability, were the peers' habit theirs too, below which a number of orders in that band is told.
        far_out: multiple of the interquartile range beyond the quartile that is far out (Tukey 1977, section 2D).
        least_spread: smallest interquartile range taken for prices, as a ratio, so that a price list is no
          distribution.
        tolerance: share above a declared expectation that is not told.
        depot: customers beyond which a shared address is taken for a depot and not told.
        house: limits of the house.
    """

    stands: int = 180
    window: int = 180
    recent: int = 90
    rare: float = 0.005
    material: float = 1.5
    rare_share: float = 0.05
    least_peers: int = 8
    least_orders: int = 100
    settled: int = 180
    earlier: int = 5
    band: float = 0.8
    bunching: float = 0.01
    far_out: float = 3.0
    least_spread: float = 1.05
    tolerance: float = 0.25
    depot: int = 10
    house: tuple[HouseLimit, ...] = ()
