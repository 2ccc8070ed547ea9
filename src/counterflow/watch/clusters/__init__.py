"""Where and since when more happens than elsewhere: a prospective space-time scan."""
