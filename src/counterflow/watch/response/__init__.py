"""Who must be told of an alarm, what will run short, who was told, acknowledged and acted."""
