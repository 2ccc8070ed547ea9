"""Who buys, what was ordered, and what is in stock: the tables of a firm that sells chemicals or medicines.

A customer is a firm, a site or a practice. Nothing here rates a person: what is missing, expired or contradictory is
said in words, with the evidence.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["CUSTOMER", "CUSTOMER_EXPECTED", "CUSTOMER_LICENCE", "CUSTOMER_OWNER", "ORDER_LINE", "STOCK_EVENT"]

#: The customer file, once per customer; `record_id` is the firm's own customer number (personal).
CUSTOMER = table_of(
    *KEY,
    BATCH_FIELD,
    ("name", pa.string(), "legal name as registered"),
    ("trade_name", pa.string(), "name it trades under"),
    ("registration", pa.string(), "number in a register of companies, as country:number"),
    ("tax_id", pa.string(), "tax or VAT number"),
    ("address", pa.string(), "address of the site, one text"),
    ("country", pa.string(), "country of the site, ISO 3166-1 alpha-2; says which law holds, never a score"),
    ("region", pa.string(), "state, province or county of the site, where the source has it"),
    (
        "site_type",
        pa.string(),
        "plant | laboratory | pharmacy | hospital | practice | warehouse | office | shop | residence | virtual office",
    ),
    ("business_line", pa.string(), "what it does, in the firm's own words or the source's type; peers go by it"),
    ("established_on", pa.date32(), "day it was set up"),
    ("customer_since", pa.date32(), "day it became a customer"),
    ("end_use", pa.string(), "declared end use, in words"),
    ("end_use_on", pa.date32(), "day of that declaration"),
    ("end_use_to", pa.date32(), "last day on which that declaration holds"),
    ("resells", pa.bool_(), "whether it sells on what it buys"),
    ("research", pa.bool_(), "registered to do research; orders within the registration are not flagged for novelty"),
    ("bank_country", pa.string(), "country of the account it pays from, ISO 3166-1 alpha-2"),
    ("forwarder", pa.string(), "who collects or carries for it"),
    ("contact", pa.string(), "who answers there (personal)"),
    ("refusals", pa.string(), "prior refusals, ours or known from others, `; `-joined"),
    ("visited_on", pa.date32(), "day of the last visit or call that confirmed the site"),
    ("first_seen", INSTANT, "when we first held this row; a later row of the same id overrules it"),
    required=(*KEY_REQUIRED, "batch", "first_seen"),
)

#: A licence, registration or permit of a customer.
CUSTOMER_LICENCE = table_of(
    *KEY,
    BATCH_FIELD,
    ("line", pa.int32(), "number within the customer, from 1"),
    ("kind", pa.string(), "licence | registration | special licence | special registration | permit | research"),
    ("number", pa.string(), "number as issued"),
    ("authority", pa.string(), "authority that issued it"),
    ("country", pa.string(), "country it holds in, ISO 3166-1 alpha-2, or EU"),
    ("covers", pa.string(), "what it covers: substance ids, categories or schedules as written, `; `-joined"),
    ("valid_from", pa.date32(), "first day"),
    ("expires_on", pa.date32(), "last day"),
    ("checked_on", pa.date32(), "day on which somebody checked it with the authority"),
    required=(*KEY_REQUIRED, "batch", "line"),
)

#: What a customer said it would buy.
CUSTOMER_EXPECTED = table_of(
    *KEY,
    BATCH_FIELD,
    ("line", pa.int32(), "number within the customer, from 1"),
    ("item", pa.string(), "product or substance as declared"),
    ("quantity", pa.float64(), "declared quantity per `period`, in `unit`"),
    ("unit", pa.string(), "unit as declared"),
    ("period", pa.string(), "month | quarter | year"),
    ("declared_on", pa.date32(), "day of the declaration"),
    required=(*KEY_REQUIRED, "batch", "line"),
)

#: Who owns a customer in the end (personal).
CUSTOMER_OWNER = table_of(
    *KEY,
    BATCH_FIELD,
    ("line", pa.int32(), "number within the customer, from 1"),
    ("name", pa.string(), "name"),
    ("schema", pa.string(), "Person | Organization"),
    ("country", pa.string(), "country of residence or seat; corroborates a list hit, never a score"),
    ("born", pa.string(), "year or day of birth; corroborates a list hit, never a score"),
    ("share_pct", pa.float64(), "share held, in per cent"),
    required=(*KEY_REQUIRED, "batch", "line"),
)

#: One line of an order; `record_id` is the order's number at the firm (personal: it has addresses).
ORDER_LINE = table_of(
    *KEY,
    BATCH_FIELD,
    ("line", pa.int32(), "line within the order, from 1"),
    ("kind", pa.string(), "sale | return | purchase | loss | other: what moved; only sales are watched as orders"),
    ("supplier_id", pa.string(), "who sells: site or firm"),
    ("supplier_type", pa.string(), "the seller's type, as the source has it"),
    ("customer_id", pa.string(), "who buys; `record_id` of the customer file"),
    ("customer_type", pa.string(), "the buyer's type, as the source has it; stands in for the business line"),
    ("region", pa.string(), "state or county of the buyer, where the source has it"),
    ("ordered_on", pa.date32(), "day of the order"),
    ("item", pa.string(), "product or substance as written"),
    ("cas", pa.string(), "CAS number as written"),
    ("product_code", pa.string(), "NDC, catalogue or article number"),
    ("grade", pa.string(), "grade as written"),
    ("purity_pct", pa.float64(), "purity or concentration by mass, in per cent"),
    ("density_kg_l", pa.float64(), "density in kilograms per litre, where the source gives it"),
    ("quantity", pa.float64(), "quantity ordered, in `unit`; never negative"),
    ("unit", pa.string(), "unit as written"),
    ("quantity_text", pa.string(), "quantity, pack and unit as written"),
    ("packs", pa.float64(), "number of packs, where quantity is per pack"),
    ("mass_g", pa.float64(), "mass of the item in grams; empty where the unit does not give one"),
    ("volume_l", pa.float64(), "volume in litres; empty where the unit does not give one"),
    ("units", pa.float64(), "dosage units or pieces; empty where the unit does not give them"),
    ("strength_mg", pa.float64(), "milligrams of active substance per dosage unit"),
    ("active_g", pa.float64(), "grams of active substance, where the source gives them"),
    ("price", pa.float64(), "price of the line in `currency`"),
    ("currency", pa.string(), "ISO 4217 code"),
    ("ship_from", pa.string(), "country it leaves, ISO 3166-1 alpha-2"),
    ("ship_to", pa.string(), "where it goes, as written"),
    ("ship_to_country", pa.string(), "country it goes to, ISO 3166-1 alpha-2"),
    ("bill_to", pa.string(), "who pays, as written"),
    ("bill_to_country", pa.string(), "country of who pays, ISO 3166-1 alpha-2"),
    ("forwarder", pa.string(), "who collects or carries"),
    ("channel", pa.string(), "how the order came: account | web | mail | phone | counter | marketplace"),
    ("payment", pa.string(), "how it is paid: account | transfer | card | cash | crypto | third party"),
    ("end_use", pa.string(), "use declared with this order"),
    ("declaration", pa.string(), "number or day of the customer declaration that covers it"),
    ("notice_on", pa.date32(), "day on which a pre-export notice was sent"),
    ("permit", pa.string(), "number of the import or export permit, `; `-joined"),
    ("corrects", pa.string(), "`record_id` of the order that this row replaces"),
    ("first_seen", INSTANT, "when we first held this row; corrections after the month closed are seen by it"),
    required=(*KEY_REQUIRED, "batch", "line", "kind", "first_seen"),
)

#: What happened to stock beside sales: counts, losses, thefts, destruction, returns from customers.
STOCK_EVENT = table_of(
    *KEY,
    BATCH_FIELD,
    ("kind", pa.string(), "count | receipt | return | loss | theft | spillage | destruction | sample"),
    ("site", pa.string(), "store or warehouse"),
    ("item", pa.string(), "product or substance as written"),
    ("happened_on", pa.date32(), "day, or day of discovery"),
    ("quantity", pa.float64(), "quantity in `unit`; of a count, what was there"),
    ("unit", pa.string(), "unit as written"),
    ("mass_g", pa.float64(), "mass in grams; empty where the unit does not give one"),
    ("units", pa.float64(), "dosage units or pieces"),
    ("explanation", pa.string(), "what is said about it"),
    ("reported", pa.string(), "where and when it was reported, or empty"),
    ("first_seen", INSTANT, "when we first held this row"),
    required=(*KEY_REQUIRED, "batch", "kind", "first_seen"),
)
