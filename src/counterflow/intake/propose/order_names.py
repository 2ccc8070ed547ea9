"""Header names that firms use for the fields of orders, customers and stock, folded as `names.fold` does.

The first of a field is the clearest. Names are matched whole; what matches nothing is told and left out. Written from
common usage of order books, price lists and customer forms.
"""

from __future__ import annotations

from collections.abc import Iterable

from counterflow.intake.propose.order_languages import OTHER_ORDER_LANGUAGES

__all__ = ["NAMES_OF", "TITLES"]


def _ids(*things: str) -> tuple[str, ...]:
    """Return the ways in which the number of a thing is headed."""
    endings = ("_id", "_no", "_number", "_nr", "_num", "_code", "_ref", "_reference", "", "_key")
    return tuple(f"{thing}{ending}" for ending in endings for thing in things)


def _of(things: Iterable[str], *endings: str) -> tuple[str, ...]:
    return tuple(f"{thing}_{ending}" if ending else thing for ending in endings for thing in things)


_TO = ("ship_to", "shipto", "deliver_to", "delivery", "shipping", "destination", "consignee", "recipient")
_FROM = (
    "ship_from", "shipfrom", "origin", "dispatch", "supplier", "seller", "vendor", "exporter", "from", "departure",
    "loading", "warehouse",
)  # fmt: skip
_BILL = ("bill_to", "billto", "billing", "invoice_to", "payer", "sold_to", "invoice")
_LICENCE = (
    "licence", "license", "registration", "lic", "dea", "permit", "authorisation", "authorization",
    "dea_registration", "dea_licence", "dea_license", "precursor_licence", "precursor_license",
)  # fmt: skip
_OWNER = ("beneficial_owner", "owner", "ubo", "beneficial_owners", "owners", "ubos", "shareholder", "ultimate_owner")
_COUNTRY = ("country", "country_code", "ctry", "country_iso", "iso", "iso2", "cc")

_ORDER: dict[str, tuple[str, ...]] = {
    "record_id": (
        *_ids("order", "sales_order", "purchase_order", "po", "so", "transaction", "invoice"),
        "id", "order_line_id", "transaction_id", "reference", "ref", "document_no", "document_number", "doc_no",
        "record_id", "ordernumber", "orderid", "orderno",
    ),
    "line": (
        "line", "line_no", "line_number", "line_nr", "order_line", "position", "pos", "item_no", "item_line",
        "line_id", "order_line_no", "order_line_number",
    ),
    "kind": (
        "kind", "order_type", "transaction_type", "transaction_code", "movement_type", "movement", "type",
        "record_type", "doc_type", "document_type",
    ),
    "status": (
        "status", "order_status", "line_status", "state_of_order", "fulfilment_status", "fulfillment_status",
    ),
    "supplier_id": _ids("supplier", "seller", "vendor", "distributor"),
    "supplier_type": (
        "supplier_type", "seller_type", "vendor_type",
    ),
    "customer_id": (
        *_ids("customer", "buyer", "client", "cust", "account", "purchaser", "customer_account", "sold_to_party"),
        "customerid", "buyerid", *_ids("pharmacy", "registrant", "hospital", "practice", "dispenser"),
        "buyer_dea_no", "buyer_dea", "customer_dea", "ship_to_dea", "dea_no", "dea_number", "dea",
        "customer_name", "buyer_name", "client_name", "company", "company_name",
        "account_name",
    ),
    "customer_type": (
        "customer_type", "buyer_type", "client_type", "customer_category", "customer_class",
    ),
    "region": (
        "region", "state", "province", "county", "buyer_state", "customer_state", "ship_to_state",
    ),
    "ordered_on": (
        "ordered_on", "order_date", "date", "date_ordered", "ordered", "date_of_order", "order_day", "sale_date",
        "date_of_sale", "transaction_date", "invoice_date", "day", "ordered_at", "order_datetime", "order_time",
        "created_at", "created_on", "ship_date", "shipped_on", "delivery_date", "posting_date", "orderdate",
        "dated", "month",
    ),
    "item": (
        "item", "product", "substance", "chemical", "item_name", "product_name", "substance_name", "chemical_name",
        "description", "item_description", "product_description", "goods", "goods_description", "material",
        "material_description", "drug", "drug_name", "medicine", "article", "article_name", "commodity", "compound",
        "name_of_substance", "productname", "ingredient", "reagent",
    ),
    "cas": (
        "cas", "cas_no", "cas_number", "cas_nr", "cas_rn", "casrn", "cas_registry_number", "casno", "cas_code",
    ),
    "product_code": (
        "product_code", "item_code", "sku", "ndc", "ndc_no", "ndc_code", "catalogue_no", "catalog_no",
        "catalog_number", "catalogue_number", "article_no", "article_number", "material_no", "material_number",
        "product_id", "item_id", "item_number", "part_no", "part_number", "product_no", "product_number", "gtin",
        "ean",
    ),
    "grade": (
        "grade", "quality", "product_grade", "purity_grade",
    ),
    "purity_pct": (
        "purity_pct", "purity_percent", "purity", "concentration", "concentration_pct", "conc", "assay",
        "strength_pct", "percent", "content_pct", "concentration_percent", "pct",
    ),
    "density_kg_l": (
        "density_kg_l", "density", "density_g_ml", "density_kg_per_l", "specific_gravity",
    ),
    "quantity": (
        "quantity", "qty", "amount", "order_quantity", "order_qty", "quantity_ordered", "qty_ordered",
        "ordered_quantity", "ordered_qty", "mass", "weight", "net_weight", "volume", "net_quantity",
        "total_quantity", "net_mass", "quant", "ordered_amount", "shipped_quantity", "qty_shipped",
        "quantity_shipped", "how_much",
    ),
    "unit": (
        "unit", "uom", "unit_of_measure", "units_of_measure", "measure", "quantity_unit", "qty_unit", "amount_unit",
        "unit_of_measurement", "mass_unit", "weight_unit", "um", "u_m", "unit_code",
        "units",
    ),
    "pack": (
        "pack", "pack_size", "package_size", "packaging", "pack_content", "packsize", "container_size", "size",
        "unit_size", "package", "packing", "pack_quantity",
    ),
    "pack_unit": ("pack_unit", "pack_uom", "pack_size_unit", "package_unit", "package_size_unit"),
    "pack_count": (
        "packs", "pack_count", "number_of_packs", "no_of_packs", "packages", "number_of_packages", "drums",
        "containers", "number_of_containers", "no_of_packages", "package_count", "num_packs",
    ),
    "units": (
        "dosage_units", "dosage_unit", "dose_units", "tablet_count", "pill_count", "pills", "tablets",
        "units",
    ),
    "strength_mg": (
        "strength_mg", "dosage_strength", "strength_per_unit_mg", "dos_str",
    ),
    "active_g": (
        "active_g", "active_grams", "calc_base_wt_in_gm", "active_weight_g",
    ),
    "price": (
        "price", "total_price", "line_total", "line_price", "value", "total", "order_value", "total_value",
        "net_price", "line_value", "total_amount", "invoice_value", "price_total", "order_total", "sales_value",
    ),
    "currency": (
        "currency", "currency_code", "curr", "ccy", "price_currency",
    ),
    "ship_from": (
        *_of(_FROM, "country", "country_code", "ctry"),
        "ship_from", "origin", "country_of_origin", "country_of_dispatch", "export_country", "country_from",
        "dispatch_from", "from",
    ),
    "ship_to_country": (
        *_of(_TO, "country", "country_code", "ctry", "country_iso"),
        "country_of_destination", "destination", "country", "country_to", "to_country", "import_country",
        "country_code", "dest",
    ),
    "ship_to": (
        *_of(_TO, "address", "site", "location", "addr", "name"),
        "ship_to", "shipto", "deliver_to", "delivery_place", "delivered_to", "address", "place_of_delivery",
        "destination", "dest", "to",
    ),
    "bill_to_country": _of(_BILL, "country", "country_code", "ctry"),
    "bill_to": (
        *_of(_BILL, "name", "address", "party", "addr"),
        "bill_to", "billto", "payer", "paid_by", "invoice_to",
    ),
    "forwarder": (
        "forwarder", "carrier", "freight_forwarder", "shipping_agent", "haulier", "transporter", "courier",
        "collected_by", "transport_company", "shipper",
    ),
    "channel": (
        "channel", "sales_channel", "order_channel", "ordered_via", "source_channel", "ordered_by_channel", "via",
    ),
    "payment": (
        "payment", "payment_method", "payment_type", "method_of_payment", "pay_method", "paid_with",
        "payment_terms", "payment_mode",
    ),
    "end_use": (
        "end_use", "use", "purpose", "declared_use", "intended_use", "stated_use", "enduse", "application",
        "declared_end_use",
    ),
    "declaration": (
        "declaration", "customer_declaration", "declaration_no", "declaration_number", "declaration_id",
        "declaration_ref", "end_use_declaration", "eud", "declaration_on_file", "declaration_date",
    ),
    "notice_on": (
        "notice_on", "pre_export_notice", "pre_export_notification", "notice_date", "pen", "pen_date",
        "pre_export_notice_date", "pen_sent", "notification_date", "pre_export_notification_date", "notice_sent",
        "pen_sent_on", "notice_sent_on", "pre_export_notice_on", "pre_export_notice_sent",
    ),
    "permit": (
        "permit", "permit_no", "permit_number", "order_form", "order_form_no", "order_form_number", "dea_222",
        "form_222", "dea_form_222", "csos", "csos_number", "export_permit", "import_permit",
        "authorisation", "authorization",
        "export_authorisation", "export_authorization", "export_licence", "export_license", "import_licence",
        "import_license", "import_export_permit", "permits", "export_permit_no", "import_permit_no",
    ),
    "corrects": (
        "corrects", "correction_of", "corrects_order", "replaces", "replaces_order", "amends", "amended_order",
        "original_order", "original_order_id", "correction",
    ),
}  # fmt: skip

_CUSTOMER: dict[str, tuple[str, ...]] = {
    "record_id": (
        *_ids("customer", "buyer", "client", "cust", "account", "purchaser"),
        "id", "customerid", "record_id", "number", "no",
    ),
    "name": (
        "name", "legal_name", "customer_name", "company", "company_name", "registered_name", "firm", "firm_name",
        "business_name", "client_name", "buyer_name", "organisation", "organization", "full_name", "entity_name",
        "legal_entity", "account_name",
    ),
    "trade_name": (
        "trade_name", "trading_name", "trading_as", "dba", "doing_business_as", "brand",
    ),
    "registration": (
        "company_registration", "company_number", "company_no", "company_registration_number",
        "commercial_register", "register_number", "registration_no_company", "lei", "duns", "crn", "company_reg_no",
        "incorporation_number", "trade_register", "company_id", "business_registration",
        "registration",
    ),
    "tax_id": (
        "tax_id", "vat", "vat_no", "vat_number", "vat_id", "tin", "ein", "tax_number", "tax_no", "eori",
    ),
    "address": (
        "address", "site_address", "street_address", "full_address", "registered_address", "business_address",
        "location", "addr", "ship_to", "ship_to_address",
    ),
    "country": (
        *_COUNTRY,
        *_of(("customer", "site", "address", "buyer", "company", "ship_to", "registered"), "country", "country_code"),
        "country_of_registration", "country_of_incorporation", "jurisdiction",
    ),
    "region": (
        "region", "state", "province", "county",
    ),
    "site_type": (
        "site_type", "type_of_site", "premises", "premises_type", "location_type", "address_type", "site",
        "facility_type", "site_kind",
    ),
    "business_line": (
        "business_line", "business_type", "line_of_business", "industry", "sector", "business", "activity",
        "business_activity", "type", "customer_type", "type_of_business", "nature_of_business", "trade", "segment",
        "buyer_type",
    ),
    "established_on": (
        "established_on", "established", "founded", "founded_on", "incorporated_on", "incorporation_date",
        "date_established", "date_of_incorporation", "registered_on",
    ),
    "customer_since": (
        "customer_since", "since", "onboarded", "onboarded_on", "onboarding_date", "account_opened", "opened_on",
        "first_order", "account_open_date", "date_opened",
    ),
    "end_use": (
        "end_use", "declared_use", "use", "intended_use", "purpose", "stated_use", "enduse", "application",
        "declared_end_use", "end_use_statement",
    ),
    "end_use_on": (
        "end_use_on", "end_use_date", "declaration_date", "declared_on", "declaration_on",
        "end_use_declaration_date", "eud_date", "declaration_signed", "date_of_declaration",
        "customer_declaration_date", "declaration", "end_use_declared_on", "customer_declaration",
        "end_use_declaration", "declaration_from", "declaration_signed_on",
    ),
    "end_use_to": (
        "end_use_to", "declaration_expires", "declaration_expiry", "declaration_valid_to",
        "declaration_valid_until", "end_use_valid_to", "end_use_expires", "declaration_to",
        "end_use_declaration_expiry", "declaration_expires_on", "customer_declaration_expiry",
        "declaration_expiry_date",
    ),
    "resells": (
        "resells", "reseller", "resale", "is_reseller", "wholesaler",
    ),
    "research": (
        "research", "is_research", "research_use", "research_registered", "research_exemption", "researcher",
        "research_institution",
    ),
    "bank_country": (
        "bank_country", "bank_account_country", "country_of_bank", "account_country", "paying_bank_country",
        "bank_country_code",
    ),
    "forwarder": (
        "forwarder", "freight_forwarder", "carrier", "shipping_agent", "usual_forwarder",
    ),
    "contact": (
        "contact", "contact_person", "contact_name", "responsible_person", "responsible_officer",
    ),
    "refusals": (
        "refusals", "prior_refusals", "previous_refusals", "refused", "refusal", "prior_refusal", "past_refusals",
    ),
    "visited_on": (
        "visited_on", "last_visit", "site_visit", "site_visit_date", "visit_date", "last_visited", "visited",
    ),
    "licence.number": (
        "licence_number", "licence_no", "license_number", "license_no", "licence", "license", "registration",
        *_of(_LICENCE, "no", "number", "nr", "num", "id", "", "ref"),
        "licences", "licenses", "licence_numbers", "license_numbers",
    ),
    "licence.authority": (
        *_of(_LICENCE, "authority", "issuer", "issued_by", "issuing_authority"),
        "authority", "issuing_authority", "issued_by", "licensing_authority",
    ),
    "licence.expires_on": (
        *_of(_LICENCE, "expiry", "expires", "expires_on", "expiry_date", "expiration", "expiration_date", "valid_to"),
        *_of(_LICENCE, "valid_until", "exp", "exp_date", "end", "to", "end_date", "valid_till"),
        "expiry", "expires", "expiry_date", "expires_on", "expiration_date", "valid_to", "valid_until",
        "expiration",
    ),
    "licence.valid_from": (
        *_of(_LICENCE, "valid_from", "from", "issued", "issued_on", "issue_date", "start", "date", "start_date"),
        "valid_from", "issued_on", "issue_date",
    ),
    "licence.kind": _of(_LICENCE, "type", "kind", "class", "category"),
    "licence.covers": (
        *_of(_LICENCE, "covers", "scope", "substances", "schedules", "categories", "products", "covering"),
        "covers", "licensed_substances", "licensed_for", "schedules", "authorised_substances",
        "authorized_substances",
    ),
    "licence.country": _of(_LICENCE, "country"),
    "licence.checked_on": _of(_LICENCE, "checked", "checked_on", "verified", "verified_on", "check_date"),
    "expected.item": (
        "expected_item", "expected_product", "expected_products", "expected_items", "expected_substance",
        "expected_substances", "declared_product", "declared_products", "declared_substance", "declared_substances",
        "expected_chemical", "expected_chemicals", "products", "substances",
    ),
    "expected.quantity": (
        "expected_quantity", "expected_volume", "declared_quantity", "declared_volume", "expected_qty",
        "expected_quantities", "expected_volumes", "expected_amount", "estimated_quantity", "expected_usage",
        "estimated_volume", "forecast", "declared_amount", "expected_consumption", "expected",
    ),
    "expected.unit": (
        "expected_unit", "expected_quantity_unit", "expected_volume_unit", "declared_unit", "expected_uom",
        "expected_units", "unit", "uom",
    ),
    "expected.period": (
        "expected_period", "expected_quantity_period", "expected_per", "declared_period", "period", "per",
    ),
    "expected.declared_on": (
        "expected_declared_on", "expected_date", "expected_on",
    ),
    "owner.name": _of(_OWNER, "name", "", "names"),
    "owner.country": _of(_OWNER, "country", "country_of_residence", "residence"),
    "owner.born": _of(_OWNER, "born", "dob", "date_of_birth", "birth_date", "year_of_birth", "birth_year"),
    "owner.share_pct": _of(_OWNER, "share", "share_pct", "pct", "percent", "shareholding", "share_percent"),
    "owner.schema": _of(_OWNER, "type", "schema", "kind"),
}  # fmt: skip

_STOCK: dict[str, tuple[str, ...]] = {
    "record_id": (
        *_ids("event", "movement", "stock_event", "transaction", "document"),
        "id", "record_id", "reference", "ref",
    ),
    "kind": (
        "kind", "event", "event_type", "type", "movement_type", "movement", "transaction_type", "reason_code",
        "action",
    ),
    "site": (
        "site", "warehouse", "store", "location", "depot", "site_id", "warehouse_id",
    ),
    "item": _ORDER["item"],
    "happened_on": (
        "happened_on", "date", "event_date", "day", "count_date", "counted_on", "date_of_discovery",
        "discovered_on", "movement_date", "transaction_date", "as_of", "posting_date",
    ),
    "quantity": (
        *_ORDER["quantity"],
        "counted", "stock", "on_hand", "balance", "count",
    ),
    "unit": _ORDER["unit"],
    "pack": _ORDER["pack"],
    "units": _ORDER["units"],
    "explanation": (
        "explanation", "reason", "remark", "remarks", "comment", "comments", "note", "notes", "details", "cause",
    ),
    "reported": (
        "reported", "reported_to", "report", "reported_on", "report_reference", "police_report",
    ),
}  # fmt: skip

#: by table: target to the folded names of its columns, the clearest first; other languages follow the English
NAMES_OF: dict[str, dict[str, tuple[str, ...]]] = {
    table: {target: (*known, *OTHER_ORDER_LANGUAGES[table].get(target, ())) for target, known in names.items()}
    for table, names in (("order", _ORDER), ("customer", _CUSTOMER), ("stock", _STOCK))
}

#: what a field is called when a person is told how a column was read, where its own name does not say it
TITLES: dict[str, str] = {
    "record_id": "number",
    "customer_id": "customer",
    "ordered_on": "day",
    "purity_pct": "purity",
    "pack": "size of a pack",
    "pack_count": "number of packs",
    "notice_on": "day of the pre-export notice",
    "active_g": "active substance in grams",
    "price": "price of the line",
    "end_use_on": "day of the end-use declaration",
    "end_use_to": "last day of the declaration",
    "happened_on": "day",
}
