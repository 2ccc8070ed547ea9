"""Learning which records hold something: forests on features of the past, calibrated, and one default order."""
