"""The fields of orders, customers and stock that a mapping can feed, and how each is read.

They are apart from those of consignments because a firm that sells chemicals records other things; `targets` joins the
two. Groups that a customer has several of (licences, what it said it would buy, owners) stand under `[fields.licence]`,
or once per group of columns under `[[licence]]`.
"""

from __future__ import annotations

from counterflow.core.units import fold_unit

__all__ = [
    "CUSTOMER_GROUPS",
    "CUSTOMER_TARGETS",
    "ORDER_CHOICES",
    "ORDER_TARGETS",
    "STOCK_TARGETS",
    "WORDS",
    "word_of",
]

ORDER_TARGETS: dict[str, str] = {
    "record_id": "text", "line": "integer", "kind": "word", "status": "word",
    "supplier_id": "text", "supplier_type": "text", "customer_id": "text",
    "customer_type": "text", "region": "text", "ordered_on": "date", "item": "text",
    "cas": "text", "product_code": "text", "grade": "text", "purity_pct": "share", "density_kg_l": "number",
    "quantity": "amount", "unit": "text", "pack": "amount", "pack_unit": "text", "packs": "number",
    "pack_count": "number", "units": "number", "strength_mg": "number", "active_g": "number", "price": "number",
    "currency": "currency", "ship_from": "country",
    "ship_to": "text", "ship_to_country": "country", "bill_to": "text", "bill_to_country": "country",
    "forwarder": "text", "channel": "word", "payment": "word", "end_use": "text", "declaration": "text",
    "notice_on": "date", "permit": "text", "corrects": "text",
}  # fmt: skip

#: groups that a customer may have several of, with the field that says that there is one
CUSTOMER_GROUPS: dict[str, dict[str, str]] = {
    "licence": {
        "number": "text", "kind": "text", "authority": "text", "country": "country", "covers": "text",
        "valid_from": "date", "expires_on": "date", "checked_on": "date",
    },
    "expected": {
        "item": "text", "quantity": "amount", "unit": "text", "period": "word", "declared_on": "date",
    },
    "owner": {
        "name": "text", "schema": "word", "country": "country", "born": "text", "share_pct": "share",
    },
}  # fmt: skip
CUSTOMER_TARGETS: dict[str, str] = {
    "record_id": "text", "name": "text", "trade_name": "text", "registration": "text", "tax_id": "text",
    "address": "text", "country": "country", "region": "text", "site_type": "word", "business_line": "text",
    "established_on": "date", "customer_since": "date", "end_use": "text", "end_use_on": "date", "end_use_to": "date",
    "resells": "yes-no", "research": "yes-no", "bank_country": "country", "forwarder": "text", "contact": "text",
    "refusals": "text", "visited_on": "date",
    **{f"{group}.{name}": kind for group, fields in CUSTOMER_GROUPS.items() for name, kind in fields.items()},
}  # fmt: skip

STOCK_TARGETS: dict[str, str] = {
    "record_id": "text", "kind": "word", "site": "text", "item": "text", "happened_on": "date", "quantity": "amount",
    "unit": "text", "pack": "amount", "pack_unit": "text", "packs": "number", "units": "number",
    "explanation": "text", "reported": "text",
}  # fmt: skip

#: per table and field: our word, and the words that sources write for it
WORDS: dict[str, dict[str, dict[str, str]]] = {
    "order": {
        "kind": {
            "sale": "s sales sold order ordered invoice invoiced supply shipment shipped dispatch delivery verkauf "
            "auftrag vente venta pedido",
            "return": "r returned returns refund refunded credit credit_note rma retoure rückgabe gutschrift retour "
            "devolución devolucion",
            "purchase": "p purchased bought buy receipt goods_receipt einkauf achat compra",
            "loss": "lost theft stolen missing lost_in_transit verlust diebstahl perte vol pérdida perdida robo",
            "other": "adjustment transfer sample samples destruction destroyed",
        },
        "status": {
            "live": "open new active confirmed accepted approved placed received pending processing in_process "
            "released shipped partially_shipped delivered complete completed closed invoiced paid fulfilled picked "
            "packed dispatched booked backorder backordered offen neu bestätigt geliefert erledigt versandt "
            "ouverte ouvert confirmée confirmé livrée livré expédiée abierto abierta confirmado "
            "confirmada entregado enviado",
            "cancelled": "canceled cancel void voided deleted withdrawn annulled rejected storniert storno annulliert "
            "annulée annulé annulee annule cancelado cancelada anulado anulada",
        },
        "channel": {
            "account": "sales_rep representative rep account_manager edi portal",
            "web": "website online web_shop webshop internet shop e_commerce ecommerce e_shop",
            "mail": "email e_mail letter post",
            "phone": "telephone tel call phone_call",
            "counter": "walk_in walkin over_the_counter pick_up pickup collected in_person",
            "marketplace": "market_place platform third_party_marketplace amazon ebay alibaba",
        },
        "payment": {
            "account": "invoice on_account credit net_30 net30 terms open_account rechnung auf_rechnung sur_compte "
            "factura a_cuenta",
            "transfer": "wire bank_transfer bank wire_transfer sepa ach swift überweisung virement transferencia",
            "card": "credit_card debit_card creditcard kreditkarte carte carte_bancaire tarjeta",
            "cash": "cash_on_delivery cod banknotes bar barzahlung nachnahme espèces especes efectivo contado",
            "crypto": "bitcoin btc cryptocurrency usdt tether ethereum eth crypto_currency",
            "third party": "third_party 3rd_party other_party",
        },
    },
    "customer": {
        "site_type": {
            "plant": "factory manufacturing manufacturer production_site",
            "laboratory": "lab research_laboratory laboratories",
            "pharmacy": "retail_pharmacy chain_pharmacy drugstore chemist",
            "hospital": "clinic hospital_clinic",
            "practice": "practitioner doctor surgery",
            "warehouse": "depot store storage distribution_centre distribution_center",
            "office": "offices headquarters",
            "shop": "retail retail_shop",
            "residence": "residential home private_address house apartment",
            "virtual office": "virtual_office mail_drop po_box mailbox",
        },
        "period": {
            "month": "monthly per_month m months a_month mo monat monatlich mois mensuel mes mensual",
            "quarter": "quarterly per_quarter q quartal trimestre trimestral trimestriel",
            "year": "yearly annual annually per_year y a_year per_annum pa p_a yr jahr jährlich an année annuel año "
            "anual",
        },
        "schema": {
            "Person": "person individual natural_person",
            "Organization": "organisation company firm legal_entity entity",
        },
    },
    "stock": {
        "kind": {
            "count": "counted inventory stock_count stocktake stock_take opening closing opening_balance balance",
            "receipt": "received purchase goods_receipt delivery_in in",
            "return": "returned returns customer_return",
            "loss": "lost missing shortage",
            "theft": "stolen robbery burglary",
            "spillage": "spilled spilt leak leakage breakage",
            "destruction": "destroyed disposal disposed waste",
            "sample": "samples sampling",
        },
    },
}
#: fields whose unknown words are refused; in the others they stay as written, and are counted
ORDER_CHOICES = frozenset({("order", "kind"), ("stock", "kind"), ("customer", "period"), ("customer", "schema")})


def _folded(words: dict[str, str]) -> dict[str, str]:
    return {alias: word for word, aliases in words.items() for alias in (fold_unit(word), *aliases.split())}


_BY_ALIAS = {(table, field): _folded(words) for table, fields in WORDS.items() for field, words in fields.items()}


def word_of(table: str, field: str, text: str) -> str | None:
    """Return our word for what a source writes, or None where none is known.

    >>> word_of("order", "payment", "Bank transfer"), word_of("order", "kind", "Credit Note")
    ('transfer', 'return')
    """
    return _BY_ALIAS[table, field].get(fold_unit(text.replace("/", " ")))
