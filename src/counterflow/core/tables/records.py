"""What was sent: consignments, goods lines, the parties named on them, crossings; and what was announced."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["ANNOUNCEMENT", "CONSIGNMENT", "CROSSING", "GOODS_LINE", "PARTY"]

#: What travels, once per record.
CONSIGNMENT = table_of(
    *KEY,
    BATCH_FIELD,
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
    required=(*KEY_REQUIRED, "batch", "declared_on", "first_seen"),
)

#: What is said to be inside, once per line.
GOODS_LINE = table_of(
    *KEY,
    BATCH_FIELD,
    ("line", pa.int32(), "line number within the record, from 1"),
    ("description", pa.string(), "goods text as declared"),
    ("hs", pa.string(), "Harmonized System code as declared, digits only, 2 to 10"),
    ("quantity", pa.float64(), "quantity in `unit`"),
    ("unit", pa.string(), "unit of quantity as declared"),
    ("mass_kg", pa.float64(), "net mass of the line in kilograms"),
    ("value", pa.float64(), "value of the line in `currency`"),
    ("currency", pa.string(), "ISO 4217 code"),
    ("origin", pa.string(), "country of origin of the goods, ISO 3166-1 alpha-2"),
    required=(*KEY_REQUIRED, "batch", "line"),
)

#: Who is named on a record (personal).
PARTY = table_of(
    *KEY,
    BATCH_FIELD,
    ("role", pa.string(), "consignor | consignee | declarant | importer | seller | courier | notify"),
    ("name", pa.string(), "name as written"),
    ("address", pa.string(), "address as written, one text"),
    ("postcode", pa.string(), "postcode of the address"),
    ("country", pa.string(), "country of the address, ISO 3166-1 alpha-2; corroborates a list hit, never a score"),
    ("phone", pa.string(), "telephone number as written"),
    ("email", pa.string(), "e-mail address as written"),
    (
        "born",
        pa.string(),
        "day or year of birth, ISO 8601, where the source has it; corroborates a list hit, never a score",
    ),
    ("identifier", pa.string(), "the source's identifier of the party"),
    required=(*KEY_REQUIRED, "batch", "role"),
)

#: One vehicle through one lane. There is no field for a driver or an owner, on purpose.
CROSSING = table_of(
    *KEY,
    BATCH_FIELD,
    ("port", pa.string(), "port of entry or exit"),
    ("lane", pa.string(), "lane"),
    ("hour", INSTANT, "the hour of the crossing"),
    ("direction", pa.string(), "inbound | outbound"),
    ("vehicle_class", pa.string(), "passenger | freight | bus | rail"),
    ("scan_state", pa.string(), "not_scanned | scanned | unreadable"),
    ("result", pa.string(), "none | anomaly | found"),
    required=(*KEY_REQUIRED, "batch", "port", "hour"),
)

#: What senders said they would send, so that what did not come can be counted.
ANNOUNCEMENT = table_of(
    ("sender", pa.string(), "who will send the data; * for any"),
    ("departure", pa.string(), "country it leaves; * for any"),
    ("lane", pa.string(), "lane; * for any"),
    ("period", pa.string(), "month as YYYY-MM"),
    ("expected", pa.int64(), "records announced"),
    BATCH_FIELD,
    required=("period", "expected", "batch"),
)
