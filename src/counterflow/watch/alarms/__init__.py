"""Is this week's count more than was to be expected? Published detectors, number by number, and one default."""
