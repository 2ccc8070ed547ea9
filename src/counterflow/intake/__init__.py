"""Intake: what did who send, how complete, how late, and what was wrong with it?

    file ─► readers (text with line numbers) ─► mapping (TOML) ─► convert (tables of the house)
                       │                                             │
                       └────────────► quarantine ◄───────────────────┘        every row is accepted or in quarantine
                                          │
    load: one file = one batch ─► spool ─► store, with a receipt ─► coverage: who sends, how complete, how late

`load.py` is the only module that writes records to a workspace; `quarantine.py` changes the state of refused rows.
"""
