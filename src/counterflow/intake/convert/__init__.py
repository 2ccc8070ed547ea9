"""From rows as read to the tables of the house, column by column: no Python runs per row where values are sound."""
