"""One alarm on one page: what, where, since when, how sure, and what usually follows."""
