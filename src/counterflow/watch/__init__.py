"""Early warning on harm and supply: what is starting, where, how sure, and who must be told first."""
