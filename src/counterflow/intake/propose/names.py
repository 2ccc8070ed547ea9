"""Header names that sources use for our fields, folded: lower case, letters and digits, single underscores.

Order matters within a field: the first is the clearest. Only names that mean one thing are listed; the rest is left to
the person who reads the proposal.
"""

from __future__ import annotations

import re
import unicodedata

from counterflow.intake.propose.languages import OTHER_LANGUAGES

__all__ = ["LABEL_NAMES", "NAMES", "fold", "likeness"]

_SENDER = ("sender", "shipper", "consignor", "exporter")
_RECIPIENT = ("recipient", "consignee", "receiver", "addressee")


def _with(prefixes: tuple[str, ...], *endings: str) -> tuple[str, ...]:
    return tuple(f"{p}_{e}" if e else p for e in endings for p in prefixes)


_ENGLISH: dict[str, tuple[str, ...]] = {
    "record_id": ("record_id", "declaration_id", "declaration_no", "declaration_number", "entry_number", "mrn", "id",
                  "message_item_id", "shipment_id", "reference", "house_bill", "hawb", "bill_of_lading",
                  "waybill", "waybill_no", "waybill_number"),
    "item_id": ("item_id", "s10", "tracking_number", "tracking_no", "tracking", "item_identifier", "barcode",
                "container_no", "container_number", "awb", "mail_item_id"),
    "declared_on": ("declared_on", "declaration_date", "date", "entry_date", "day", "accepted_on", "filing_date",
                    "sent", "date_sent", "sent_on", "ship_date", "shipping_date", "shipment_date", "shipped",
                    "ship_dt", "decl_date"),
    "posted_at": ("posted_at", "posting_date", "mailed_at", "mailing_date", "date_of_mailing", "shipped_at"),
    "advance_at": ("advance_at", "advance_data_at", "aed_received_at", "message_at", "data_received_at"),
    "due_at": ("due_at", "advance_data_due_at", "data_due_at", "loading_at", "departure_at"),
    "arrived_at": ("arrived_at", "arrival_date", "arrival", "received_at"),
    "sender": ("data_sender", "sent_by", "origin_post", "operator", "carrier", "declarant_id", "declarant", "broker"),
    "office": ("office", "office_id", "customs_office", "office_of_exchange", "port", "port_of_entry", "station"),
    "lane": ("lane", "mode_of_transport", "mode", "transport_mode", "hall", "channel"),
    "direction": ("direction",),
    "kind": ("kind", "record_kind"),
    "departure": ("departure_country", "country_of_departure", "departure", "origin_country_code", "from_country",
                  "country_of_export", "export_country", "dispatch_country", "orig"),
    "origin": ("country_of_origin", "origin_country", "origin", "made_in"),
    "destination": ("destination_country", "country_of_destination", "destination", "to_country", "dest",
                    "dest_country"),
    "mass_kg": ("gross_mass_kg", "gross_mass", "gross_weight", "gross_weight_kg", "total_weight", "weight", "weight_kg",
                "mass", "mass_kg", "weight_g", "gross_mass_g", "weight_lb", "wt", "wt_kg", "gross_wt", "gross_wt_kg"),
    "value": ("declared_value", "customs_value", "total_value", "value", "invoice_value", "item_price", "val",
              "decl_value"),
    "currency": ("currency", "currency_code", "value_currency", "curr", "ccy"),
    "pieces": ("pieces", "number_of_pieces", "piece_count", "packages", "colli", "pcs", "no_of_pieces"),
    "goods.description": ("description", "goods_description", "item_description", "content", "contents", "commodity",
                          "description_of_goods", "product"),
    "goods.hs": ("hs", "hs_code", "hs6", "hs6_code", "hs_number", "hts", "hts_code", "tariff_code", "commodity_code"),
    "goods.quantity": ("quantity", "qty", "units"),
    "goods.unit": ("unit", "unit_of_measure", "uom", "quantity_unit"),
    "goods.mass_kg": ("net_mass_kg", "net_mass", "net_weight", "net_weight_kg"),
    "party.consignor.name": _with(_SENDER, "name", ""),
    "party.consignor.address": _with(_SENDER, "address", "addr"),
    "party.consignor.country": _with(_SENDER, "country", "country_code"),
    "party.consignor.identifier": _with(_SENDER, "id", "number"),
    "party.consignee.name": _with(_RECIPIENT, "name", ""),
    "party.consignee.address": _with(_RECIPIENT, "address", "addr"),
    "party.consignee.country": _with(_RECIPIENT, "country", "country_code"),
    "party.consignee.identifier": _with(_RECIPIENT, "id", "number"),
    "party.importer.name": ("importer_name", "importer"),
    "party.importer.identifier": ("importer_id", "importer_number"),
    "party.seller.name": ("seller_name", "seller"),
    "party.seller.identifier": ("seller_id",),
    "party.courier.identifier": ("courier_id", "courier"),
}  # fmt: skip
NAMES: dict[str, tuple[str, ...]] = {
    target: (*names, *OTHER_LANGUAGES.get(target, ())) for target, names in _ENGLISH.items()
}

#: columns that say what an inspection found: they are proposed as labels and never as data
LABEL_NAMES = re.compile(r"(^|_)(fraud|label|target|outcome|seized|seizure|illicit|hit|inspection_result|found)(_|$)")


def fold(name: str) -> str:
    """Return a header as names are compared: `"Gross Weight (kg)"` becomes `gross_weight_kg`.

    >>> fold("HSCode"), fold("Gross Weight (kg)"), fold("Empfänger")
    ('hs_code', 'gross_weight_kg', 'empfanger')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("ß", "ss")) if not unicodedata.combining(c))
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def likeness(header: str, target: str) -> float:
    """Return how much a folded header looks like a name of `target`: 1 is its clearest name, 0 nothing in common.

    >>> likeness("hs_code", "goods.hs") > likeness("commodity_hs_code_declared", "goods.hs") > 0
    True
    """
    best = 0.0
    for place, name in enumerate(NAMES.get(target, ())):
        if header == name:
            best = max(best, 1.0 - 0.005 * place)
        elif len(name) > 3 and re.search(rf"(^|_){re.escape(name)}(_|$)", header):
            best = max(best, 0.6 * len(name) / len(header))
    return best
