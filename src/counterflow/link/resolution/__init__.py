"""Resolution: which records of shippers and consignees name the same party, and why."""
