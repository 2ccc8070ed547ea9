"""The tables that the rooms meet as: one Arrow schema each, with what every column holds.

Units stand in names (`mass_kg`) or in a column beside (`value`, `currency`). Times are UTC instants, dates are the
source's own calendar days. Facts are append-only and bitemporal: an event's own time, and `first_seen`, the instant
we first held it. `source` + `record_id` name a record everywhere; `record_id` is the source's own id as text.

Tables marked *personal* live in erasable form only (never in `facts/`, never in the ledger).
The documentation page of every table is `docs/tables.md`; a test keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = [
    "ACTION",
    "BATCH",
    "CONSIGNMENT",
    "COVERAGE",
    "CROSSING",
    "DRAW",
    "FINDING",
    "FINDING_ROW",
    "GOODS_LINE",
    "INDICATOR_VALUE",
    "INSTANT",
    "LIST_ADDRESS",
    "LIST_ENTRY",
    "LIST_VERSION",
    "LOOKOUT",
    "NOTICE",
    "OUTCOME",
    "PARTY",
    "PAYLOAD",
    "PLAN",
    "QUARANTINE",
    "RUN_STEP",
    "SCREENING",
    "TABLES",
    "TableSpec",
    "conform",
    "empty",
]

INSTANT = pa.timestamp("us", tz="UTC")


def _schema(*fields: tuple[str, pa.DataType, str], required: tuple[str, ...] = ()) -> pa.Schema:
    return pa.schema(
        [pa.field(name, kind, nullable=name not in required, metadata={"doc": doc}) for name, kind, doc in fields]
    )


_KEY: tuple[tuple[str, pa.DataType, str], ...] = (
    ("source", pa.string(), "who the records come from, as named at load"),
    ("record_id", pa.string(), "the source's own id, as text; unique per source"),
)
_BATCH_FIELD = ("batch", pa.string(), "the load that brought it")
_KEY_REQUIRED = ("source", "record_id")

#: What travels, once per record.
CONSIGNMENT = _schema(
    *_KEY,
    _BATCH_FIELD,
    ("kind", pa.string(), "parcel | express | letter | declaration | container | bill"),
    ("item_id", pa.string(), "transport identifier: S10, ISO 6346 container, air waybill, bill of lading"),
    ("declared_on", pa.date32(), "day of the declaration; plans and periods go by it"),
    ("posted_at", INSTANT, "when it was posted or handed over"),
    ("advance_at", INSTANT, "when its advance electronic data reached us"),
    ("due_at", INSTANT, "when advance data was due (as a rule: before loading)"),
    ("arrived_at", INSTANT, "when it reached the office"),
    ("first_seen", INSTANT, "when we first held this record"),
    ("sender", pa.string(), "who sent the data: post, carrier, declarant, broker"),
    ("office", pa.string(), "office that could inspect it"),
    ("lane", pa.string(), "lane, hall or mode within the office"),
    ("direction", pa.string(), "inbound | outbound"),
    ("departure", pa.string(), "country it left, ISO 3166-1 alpha-2"),
    ("origin", pa.string(), "country of origin of the goods, ISO 3166-1 alpha-2"),
    ("destination", pa.string(), "country it goes to, ISO 3166-1 alpha-2"),
    ("mass_kg", pa.float64(), "gross mass in kilograms"),
    ("value", pa.float64(), "declared value in `currency`"),
    ("currency", pa.string(), "ISO 4217 code"),
    ("pieces", pa.int32(), "number of pieces"),
    ("missing", pa.list_(pa.string()), "required fields that the source left empty"),
    ("attributes", pa.map_(pa.string(), pa.string()), "the source's other fields, named as there"),
    required=(*_KEY_REQUIRED, "batch", "declared_on", "first_seen"),
)

#: What is said to be inside, once per line.
GOODS_LINE = _schema(
    *_KEY,
    _BATCH_FIELD,
    ("line", pa.int32(), "line number within the record, from 1"),
    ("description", pa.string(), "goods text as declared"),
    ("hs", pa.string(), "Harmonized System code as declared, digits only, 2 to 10"),
    ("quantity", pa.float64(), "quantity in `unit`"),
    ("unit", pa.string(), "unit of quantity as declared"),
    ("mass_kg", pa.float64(), "net mass of the line in kilograms"),
    ("value", pa.float64(), "value of the line in `currency`"),
    ("currency", pa.string(), "ISO 4217 code"),
    ("origin", pa.string(), "country of origin of the goods, ISO 3166-1 alpha-2"),
    required=(*_KEY_REQUIRED, "batch", "line"),
)

#: Who is named on a record (personal).
PARTY = _schema(
    *_KEY,
    _BATCH_FIELD,
    ("role", pa.string(), "consignor | consignee | declarant | importer | seller | courier | notify"),
    ("name", pa.string(), "name as written"),
    ("address", pa.string(), "address as written, one text"),
    (
        "country",
        pa.string(),
        "country of the address, ISO 3166-1 alpha-2; corroborates a list hit, never a score",
    ),
    ("identifier", pa.string(), "the source's identifier of the party"),
    required=(*_KEY_REQUIRED, "batch", "role"),
)

#: One vehicle through one lane. There is no field for a driver or an owner, on purpose.
CROSSING = _schema(
    *_KEY,
    _BATCH_FIELD,
    ("port", pa.string(), "port of entry or exit"),
    ("lane", pa.string(), "lane"),
    ("hour", INSTANT, "the hour of the crossing"),
    ("direction", pa.string(), "inbound | outbound"),
    ("vehicle_class", pa.string(), "passenger | freight | bus | rail"),
    ("scan_state", pa.string(), "not_scanned | scanned | unreadable"),
    ("result", pa.string(), "none | anomaly | found"),
    required=(*_KEY_REQUIRED, "batch", "port", "hour"),
)

#: One name on an official list; an entry with three names has three rows.
LIST_ENTRY = _schema(
    ("list", pa.string(), "list, for example ofac-sdn"),
    ("version", pa.string(), "version of the list: the first 12 hex digits of its SHA-256"),
    ("entry_id", pa.string(), "the list's own id, as ofac:12345"),
    ("name", pa.string(), "one name as printed"),
    ("name_kind", pa.string(), "primary | alias | weak_alias"),
    ("schema", pa.string(), "Person | Organization | Vessel | Aircraft"),
    ("program", pa.string(), "programmes, space-separated"),
    ("narcotics", pa.bool_(), "true for a narcotics programme (SDNT, SDNTK, ILLICIT-DRUGS-EO14059)"),
    ("country", pa.string(), "countries of its addresses as printed, `; `-joined"),
    ("remarks", pa.string(), "remarks as printed"),
    required=("list", "version", "entry_id", "name", "name_kind"),
)

LIST_ADDRESS = _schema(
    ("list", pa.string(), "list"),
    ("version", pa.string(), "version of the list"),
    ("entry_id", pa.string(), "the list's own id"),
    ("address", pa.string(), "address as printed"),
    ("country", pa.string(), "country as printed"),
    required=("list", "version", "entry_id"),
)

LIST_VERSION = _schema(
    ("list", pa.string(), "list"),
    ("version", pa.string(), "version: the first 12 hex digits of its SHA-256"),
    ("sha256", pa.string(), "SHA-256 of the files, in the order they were named"),
    ("files", pa.string(), "file names, `; `-joined"),
    ("published", pa.date32(), "day of publication, where the file or the user says"),
    ("loaded_at", INSTANT, "when it was loaded here"),
    ("read", pa.int64(), "rows read"),
    ("accepted", pa.int64(), "rows parsed"),
    ("rejected", pa.int64(), "rows refused, each with a reason in quarantine"),
    required=("list", "version", "sha256", "loaded_at", "read", "accepted", "rejected"),
)

_EVIDENCE: tuple[tuple[str, pa.DataType, str], ...] = (
    ("code", pa.string(), "what was found, as listed by the check"),
    ("kind", pa.string(), "deterministic | calibrated"),
    ("strength", pa.float64(), "0 < strength < 1; re-derives from the evidence"),
    ("meaning", pa.string(), "what the strength means"),
    ("harm_class", pa.string(), "drug | precursor | equipment | party | declaration | data"),
    ("field", pa.string(), "column the evidence stands in"),
    ("start", pa.int32(), "first character of the span, from 0; empty when the whole field speaks"),
    ("end", pa.int32(), "one past the last character of the span"),
    ("matched", pa.string(), "the text met"),
    ("reference", pa.string(), "row of the reference met, as list:id"),
    ("reference_text", pa.string(), "what that row says"),
    ("reference_version", pa.string(), "version of the list or table met"),
    ("citation", pa.string(), "law, list or method the finding rests on"),
    ("sentence", pa.string(), "the finding in words a person can read"),
)
_EVIDENCE_REQUIRED = ("code", "kind", "strength", "meaning", "sentence")

#: What a check gives back: evidence on rows of its input batch.
FINDING_ROW = _schema(
    ("row", pa.int64(), "value of `row` in the check's input"),
    *_EVIDENCE,
    required=("row", *_EVIDENCE_REQUIRED),
)

#: A finding on a record (may be personal: evidence can quote a name).
FINDING = _schema(
    *_KEY,
    ("part", pa.string(), "line number or party role the finding is on; empty for the record"),
    ("check", pa.string(), "check that found it"),
    ("check_version", pa.string(), "version of that check"),
    *_EVIDENCE,
    ("run", pa.string(), "screening run"),
    required=(*_KEY_REQUIRED, "part", "check", "check_version", *_EVIDENCE_REQUIRED, "run"),
)

#: Which load has been through which version of which check; a changed version makes the load wait again.
SCREENING = _schema(
    ("run", pa.string(), "screening run"),
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "load"),
    ("check", pa.string(), "check"),
    ("check_version", pa.string(), "its version, with the versions of the lists it rests on"),
    ("screened_at", INSTANT, "when"),
    required=("run", "source", "batch", "check", "check_version", "screened_at"),
)

#: One plan: an act of choosing for a period.
PLAN = _schema(
    ("plan", pa.string(), "id of the plan"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day, included"),
    ("seed", pa.int64(), "seed of its draws"),
    ("random_share", pa.float64(), "share of minutes given to the random arm"),
    ("capacity_sha256", pa.string(), "SHA-256 of the capacity file"),
    ("made_at", INSTANT, "when it was made"),
    ("ledger_seq", pa.int64(), "ledger entry that holds the draw, written before any outcome"),
    required=("plan", "starts", "ends", "seed", "random_share", "made_at"),
)

#: The frame of a plan: every eligible record with its probability, drawn or not.
DRAW = _schema(
    ("plan", pa.string(), "id of the plan"),
    *_KEY,
    ("office", pa.string(), "office"),
    ("lane", pa.string(), "lane"),
    ("day", pa.date32(), "day planned for"),
    ("arm", pa.string(), "mandatory | random | targeted; empty when not selected"),
    ("rank", pa.int32(), "order on the sheet of its office, lane and day, from 1; empty when not selected"),
    ("inclusion_probability", pa.float64(), "probability of the random arm, over all seeds; 0 < p <= 1"),
    ("resource", pa.string(), "who or what inspects"),
    ("service_minutes", pa.float64(), "minutes one inspection takes"),
    ("detection_rate", pa.float64(), "chance that the resource finds what is there"),
    ("expected_harm", pa.float64(), "expected harm found by inspecting it, in severity points"),
    ("reasons", pa.string(), "reasons in words, `; `-joined"),
    required=("plan", *_KEY_REQUIRED, "day", "arm", "inclusion_probability", "expected_harm"),
)

LOOKOUT = _schema(
    ("lookout", pa.string(), "id"),
    ("field", pa.string(), "record_id | item_id | party | office | lane | hs"),
    ("value", pa.string(), "value looked for"),
    ("ground", pa.string(), "stated ground"),
    ("person", pa.string(), "who set it"),
    ("set_at", INSTANT, "when it was set"),
    ("expires_at", INSTANT, "when it ends, at most 72 hours later"),
    ("reviewed_by", pa.string(), "who reviewed it the next day; never the one who set it"),
    ("reviewed_at", INSTANT, "when it was reviewed"),
    ("verdict", pa.string(), "upheld | withdrawn; empty until reviewed"),
    required=("lookout", "field", "value", "ground", "person", "set_at", "expires_at"),
)

#: What happened to a drawn record. Later rows supersede earlier ones; none is changed.
OUTCOME = _schema(
    *_KEY,
    ("plan", pa.string(), "plan whose draw it answers"),
    ("state", pa.string(), "not_presented | presented | held | inspected"),
    ("confirmation", pa.string(), "suspected | presumptive | confirmed | refuted | none"),
    ("harm_class", pa.string(), "what was found: a class of the severity table; empty when nothing"),
    ("time", INSTANT, "when it happened"),
    ("recorded_at", INSTANT, "when it was recorded here"),
    ("recorded_by", pa.string(), "who recorded it"),
    ("ledger_seq", pa.int64(), "ledger entry"),
    required=(*_KEY_REQUIRED, "plan", "state", "confirmation", "time", "recorded_at"),
)

#: Who was told what, so that a refutation reaches everyone who received the suspicion.
NOTICE = _schema(
    *_KEY,
    ("recipient", pa.string(), "office or partner that was told"),
    ("told", pa.string(), "suspected | presumptive | confirmed | refuted"),
    ("about", pa.string(), "what was said, in words"),
    ("told_at", INSTANT, "when"),
    required=(*_KEY_REQUIRED, "recipient", "told", "told_at"),
)

COVERAGE = _schema(
    ("sender", pa.string(), "who sent the data; * over all"),
    ("departure", pa.string(), "country it left; * over all"),
    ("lane", pa.string(), "lane; * over all"),
    ("period", pa.string(), "month as YYYY-MM; * over all"),
    ("expected", pa.int64(), "records expected by an announcement or count; empty when nobody said"),
    ("received", pa.int64(), "records received"),
    ("unscreenable", pa.int64(), "records with neither goods text, HS code nor a party name"),
    ("complete_share", pa.float64(), "share with every required field present"),
    ("valid_share", pa.float64(), "rows accepted over rows read"),
    (
        "on_time_share",
        pa.float64(),
        "share whose advance data came before it was due; of those with both times",
    ),
    required=("received", "unscreenable"),
)

INDICATOR_VALUE = _schema(
    ("indicator", pa.string(), "indicator id"),
    ("type", pa.string(), "input | output | outcome | counter"),
    ("area", pa.string(), "place"),
    ("period", pa.string(), "period, ISO 8601"),
    ("value", pa.float64(), "point estimate"),
    ("low", pa.float64(), "lower end"),
    ("high", pa.float64(), "upper end"),
    ("level", pa.float64(), "coverage of the interval"),
    ("method", pa.string(), "method"),
    ("unit", pa.string(), "unit"),
    ("source", pa.string(), "source"),
    ("as_of", pa.date32(), "as-of date"),
    required=("indicator", "type", "period", "low", "high", "level", "method", "unit", "source", "as_of"),
)

#: Something we set out to do, with what we expect of it, sealed in the ledger before it starts.
ACTION = _schema(
    ("action", pa.string(), "id"),
    ("kind", pa.string(), "campaign | operation | listing | scheduling | takedown"),
    ("title", pa.string(), "title"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day"),
    ("resources", pa.string(), "what goes in, in words and minutes or money"),
    ("forecast", pa.string(), "expected effect: JSON of an Estimate"),
    ("evaluation_design", pa.string(), "how its effect will be judged, in words"),
    ("sealed_seq", pa.int64(), "ledger entry that sealed it"),
    ("sealed_at", INSTANT, "when it was sealed; before `starts`"),
    required=("action", "kind", "title", "starts", "ends", "resources", "forecast", "evaluation_design"),
)

#: The manifest: one row per load, the only proof that its rows are in.
BATCH = _schema(
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "id of the load"),
    ("content_sha256", pa.string(), "SHA-256 of the canonical content; the same content is loaded once"),
    ("file", pa.string(), "file name as given, without its folder"),
    ("mapping", pa.string(), "mapping and its version"),
    ("received_at", INSTANT, "when it reached us"),
    ("read", pa.int64(), "rows read"),
    ("accepted", pa.int64(), "rows accepted"),
    ("rejected", pa.int64(), "rows in quarantine"),
    ("reasons", pa.string(), "JSON: reason to count"),
    ("tables", pa.string(), "JSON: table to rows written"),
    required=("source", "batch", "content_sha256", "received_at", "read", "accepted", "rejected"),
)

#: A row that could not be taken, kept whole until repaired or discarded (personal).
QUARANTINE = _schema(
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "load"),
    ("row", pa.int64(), "row of the file, from 1, header not counted"),
    ("line", pa.int64(), "line of the file where one is known"),
    ("column", pa.string(), "column that would not do"),
    ("value", pa.string(), "its value, cut at 200 characters"),
    ("reason", pa.string(), "reason code"),
    ("hint", pa.string(), "what to do"),
    ("raw", pa.string(), "JSON of the row as read"),
    ("sender", pa.string(), "who sent the data, where the row said so readably"),
    ("departure", pa.string(), "country it left, where readable; coverage counts refused rows by these four"),
    ("lane", pa.string(), "lane, where readable"),
    ("declared_on", pa.date32(), "day of the declaration, where readable"),
    ("state", pa.string(), "open | reloaded | discarded"),
    required=("source", "batch", "row", "reason", "state"),
)

#: What ties erasable personal rows to the ledger: a salted digest per record. Erasing drops rows and salt; the
#: digest stays, can no longer be guessed at, and the ledger stays whole.
PAYLOAD = _schema(
    *_KEY,
    _BATCH_FIELD,
    ("salt", pa.string(), "random salt; empty once the payload is erased"),
    ("digest", pa.string(), "SHA-256 of the salt, a unit separator and the payload, hex"),
    ("erased_at", INSTANT, "when it was erased"),
    required=(*_KEY_REQUIRED, "batch", "digest"),
)

RUN_STEP = _schema(
    ("run", pa.string(), "run"),
    ("position", pa.int32(), "order within the run, from 0"),
    ("step", pa.string(), "name of the step"),
    ("state", pa.string(), "done; a step that was cut off leaves no row and is run again"),
    ("detail", pa.string(), "JSON: what it counted"),
    ("ended_at", INSTANT, "when it was done"),
    required=("run", "position", "step", "state"),
)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A stored table: its schema, and what may be done with it.

    Args:
        schema: Arrow schema.
        month_of: column whose month partitions it under `facts/`; None keeps it out of `facts/`.
        personal: True where rows can name a person: erasable, never in `facts/` or the ledger.
    """

    schema: pa.Schema
    month_of: str | None = None
    personal: bool = False


TABLES: dict[str, TableSpec] = {
    "consignment": TableSpec(CONSIGNMENT, month_of="declared_on"),
    "goods_line": TableSpec(GOODS_LINE),
    "party": TableSpec(PARTY, personal=True),
    "crossing": TableSpec(CROSSING, month_of="hour"),
    "list_version": TableSpec(LIST_VERSION),
    "list_entry": TableSpec(LIST_ENTRY),
    "list_address": TableSpec(LIST_ADDRESS),
    "finding": TableSpec(FINDING, personal=True),
    "screening": TableSpec(SCREENING),
    "plan": TableSpec(PLAN),
    "draw": TableSpec(DRAW),
    "lookout": TableSpec(LOOKOUT, personal=True),
    "outcome": TableSpec(OUTCOME),
    "notice": TableSpec(NOTICE),
    "indicator_value": TableSpec(INDICATOR_VALUE),
    "action": TableSpec(ACTION),
    "batch": TableSpec(BATCH),
    "payload": TableSpec(PAYLOAD),
    "quarantine": TableSpec(QUARANTINE, personal=True),
    "run_step": TableSpec(RUN_STEP),
}


def empty(schema: pa.Schema) -> pa.Table:
    """Return a table of `schema` with no rows."""
    return schema.empty_table()


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return `table` with exactly the columns of `schema`, in its order and types; absent ones are filled with nulls.

    Raises:
        ValueError: a column is unknown, does not cast, or a required one holds a null.
    """
    unknown = set(table.column_names) - set(schema.names)
    if unknown:
        raise ValueError(f"columns not in the schema: {', '.join(sorted(unknown))}")
    columns: list[pa.ChunkedArray | pa.Array] = []
    for field in schema:
        if field.name in table.column_names:
            column = table.column(field.name)
            columns.append(column if column.type == field.type else column.cast(field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
        if not field.nullable and columns[-1].null_count:
            raise ValueError(f"column {field.name!r} must not be empty")
    return pa.Table.from_arrays(columns, schema=schema)
