"""Where and since when more happens than elsewhere: a prospective space-time scan."""

from counterflow.watch.clusters.circles import Coordinates
from counterflow.watch.clusters.cluster import Cluster, Scan
from counterflow.watch.clusters.files import Counts, read_coordinates, read_counts
from counterflow.watch.clusters.scan import Asked, scan

__all__ = ["Asked", "Cluster", "Coordinates", "Counts", "Scan", "read_coordinates", "read_counts", "scan"]
