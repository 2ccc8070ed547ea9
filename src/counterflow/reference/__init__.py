"""What law and lists say, shipped as versioned data: substances, words about goods, HS headings.

The data are CSV files that a person can review line by line; every line names its source, every source its
citation and whether its text was at hand when the line was written. Lists that a user loads are not here:
they are tables of the workspace.
"""
