"""Link: who is behind the records, as far as what they say of themselves tells.

An entity here is a claim that some records name the same party, with its grounds; a person decides, and every
claim can be taken back.
"""
