"""Did it go elsewhere? What an operation moved next door, against places that it could not reach."""

from counterflow.account.displacement.quotient import Counts, Displacement, displacement
from counterflow.account.displacement.read import read_counts

__all__ = ["Counts", "Displacement", "displacement", "read_counts"]
