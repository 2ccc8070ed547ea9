"""People who work here, their roles, sessions and tokens, acts that need two, overrides, and what was read.

Roles, requests, overrides and reads are append-only; of people, sessions and tokens a row holds the present state.
Everything but the names and grounds is ids: a person who leaves can be erased, and the rest still adds up. The ledger
holds ids, acts, and digests of these rows.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = [
    "ACCESS_OVERRIDE",
    "ACCESS_PERSON",
    "ACCESS_READ",
    "ACCESS_REQUEST",
    "ACCESS_REQUEST_ACT",
    "ACCESS_ROLE",
    "ACCESS_SESSION",
    "ACCESS_TOKEN",
]

#: One person who may sign in.
ACCESS_PERSON = table_of(
    ("person", pa.string(), "id; stands in the ledger"),
    ("name", pa.string(), "name they sign in with and act under; no two read alike"),
    ("secret", pa.string(), "argon2id digest of the password; empty for people who sign in elsewhere"),
    ("issuer", pa.string(), "address of the service where they sign in; empty for people with a password"),
    ("subject", pa.string(), "their id there"),
    ("must_change", pa.bool_(), "whether the password was given to them and has to be changed"),
    ("state", pa.string(), "open | closed"),
    ("made_by", pa.string(), "person id, or command-line"),
    ("made_at", INSTANT, "when"),
    ("changed_at", INSTANT, "when the password was last set"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("person", "name", "must_change", "state", "made_by", "made_at"),
)

#: A role given to a person, or taken from them.
ACCESS_ROLE = table_of(
    ("person", pa.string(), "person id"),
    ("act", pa.string(), "give | take"),
    ("role", pa.string(), "viewer | analyst | officer | supervisor | inspector | auditor | admin"),
    ("by", pa.string(), "person id, or command-line"),
    ("at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("person", "act", "role", "by", "at"),
)

#: One session of a browser.
ACCESS_SESSION = table_of(
    ("session", pa.string(), "id; what the browser holds is another, of which only the digest is kept"),
    ("digest", pa.string(), "SHA-256 of what the browser holds"),
    ("person", pa.string(), "person id"),
    ("purpose", pa.string(), "what they say they are working for"),
    ("how", pa.string(), "password | issuer | training"),
    ("begun_at", INSTANT, "when"),
    ("seen_at", INSTANT, "last asked for something, to some minutes"),
    ("ends_at", INSTANT, "ends then at the latest"),
    ("ended_at", INSTANT, "when it was ended; empty while it may go on"),
    ("why_ended", pa.string(), "signed-out | changed-password | closed | withdrawn"),
    required=("session", "digest", "person", "purpose", "how", "begun_at", "seen_at", "ends_at"),
)

#: A token that a person gave to a program.
ACCESS_TOKEN = table_of(
    ("token", pa.string(), "id; the token itself was shown once, only its digest is kept"),
    ("digest", pa.string(), "SHA-256 of the token"),
    ("person", pa.string(), "person id, in whose name the program acts"),
    ("label", pa.string(), "what it is for, in words"),
    ("scopes", pa.list_(pa.string()), "what it may do at most, as resource:action"),
    ("purpose", pa.string(), "purpose of all it does"),
    ("made_by", pa.string(), "person id, or command-line"),
    ("made_at", INSTANT, "when"),
    ("ends_at", INSTANT, "ends then"),
    ("used_at", INSTANT, "last used, to some minutes"),
    ("revoked_at", INSTANT, "when it was taken back"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("token", "digest", "person", "label", "scopes", "purpose", "made_by", "made_at", "ends_at"),
)

#: An act that waits for a second person.
ACCESS_REQUEST = table_of(
    ("request", pa.string(), "id"),
    ("act", pa.string(), "what is asked for, as erase-records"),
    ("subject", pa.string(), "what it is about: an id"),
    ("payload", pa.string(), "JSON: all that the act needs; what is agreed to is exactly this"),
    ("ground", pa.string(), "why, in words"),
    ("asked_by", pa.string(), "person id"),
    ("asked_in", pa.string(), "session or token in which it was asked"),
    ("asked_at", INSTANT, "when"),
    ("ends_at", INSTANT, "nobody can agree after that"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("request", "act", "subject", "payload", "ground", "asked_by", "asked_in", "asked_at", "ends_at"),
)

#: What became of it.
ACCESS_REQUEST_ACT = table_of(
    ("request", pa.string(), "request"),
    ("act", pa.string(), "agree | refuse | withdraw | override"),
    ("ground", pa.string(), "why, in words"),
    ("by", pa.string(), "person id"),
    ("session", pa.string(), "session or token in which it was done"),
    ("at", INSTANT, "when"),
    ("result", pa.string(), "JSON: what the act gave"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("request", "act", "by", "session", "at"),
)

#: An act done by one person in an emergency, or its review.
ACCESS_OVERRIDE = table_of(
    ("override", pa.string(), "id"),
    ("act", pa.string(), "use | review"),
    ("request", pa.string(), "request that was done alone"),
    ("verdict", pa.string(), "of a review: justified | not-justified"),
    ("ground", pa.string(), "why, in words"),
    ("by", pa.string(), "person id"),
    ("session", pa.string(), "session in which it was done"),
    ("at", INSTANT, "when"),
    ("due_at", INSTANT, "of a use: another person reviews it by then"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("override", "act", "request", "ground", "by", "session", "at"),
)

#: One look at what can name a person or a case, or one that was refused.
ACCESS_READ = table_of(
    ("read", pa.string(), "id"),
    ("at", INSTANT, "when"),
    ("person", pa.string(), "person id"),
    ("roles", pa.string(), "roles held then, joined by blanks"),
    ("purpose", pa.string(), "purpose stated"),
    ("resource", pa.string(), "kind of thing"),
    ("action", pa.string(), "read | act | decide | export | manage"),
    ("via", pa.string(), "session or token"),
    ("ids", pa.list_(pa.string()), "records or cases shown, at most 100 by name"),
    ("count", pa.int32(), "how many were shown; more than `ids` holds where it was a long list"),
    ("query", pa.string(), "keyed digest of what was asked for; the words themselves are not kept"),
    ("allowed", pa.bool_(), "whether it was allowed"),
    ("reason", pa.string(), "rule that allowed it, or why not"),
    ("ledger_seq", pa.int64(), "ledger entry that holds the digest of the group it was written in"),
    required=("read", "at", "person", "roles", "purpose", "resource", "action", "via", "allowed", "reason"),
)
