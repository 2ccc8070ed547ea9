"""Did it work? Treated units beside what would have happened without the measure, with placebos and their limits."""
