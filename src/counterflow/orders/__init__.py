"""Orders: may this customer have this chemical, in this quantity, for this use; has their ordering changed?

The customer file (`customers/`), the answer before goods leave (`ship/`), ordering that stops looking like itself
(`monitor/`, `patterns/`), the work that follows (`cases/`), matching between firms (`across/`) and trying a setting
before it goes live (`plan/`). Everything takes and returns tables of `counterflow.core.tables`; what a substance is
and who is on a list comes in as tables too, from the rooms that know (`flow.orders` joins them).
"""
