"""Header names of orders, customers and stock in German, French and Spanish, folded as `names.fold` does.

Common usage in order books and customer forms, written from general knowledge. A name that means two things is left
out; what was read as what is said, and a person checks it.
"""

from __future__ import annotations

__all__ = ["OTHER_ORDER_LANGUAGES"]


def _de(*things: str) -> tuple[str, ...]:
    """Return the ways in which the number of a thing is headed in German."""
    endings = ("nummer", "_nummer", "nr", "_nr", "s_nr", "snummer", "s_nummer", "snr", "_id")
    return tuple(f"{thing}{ending}" for ending in endings for thing in things)


def _romance(*things: str) -> tuple[str, ...]:
    """Return the ways in which the number of a thing is headed in French and Spanish (`Nº pedido`)."""
    before = ("no", "n", "num", "numero", "ref", "reference", "referencia", "codigo", "code", "id")
    joins = ("_", "_de_", "_du_", "_del_")
    return tuple(f"{word}{join}{thing}" for word in before for join in joins for thing in things)


_ITEM = (
    "artikel", "artikelbezeichnung", "bezeichnung", "produkt", "produktname", "produktbezeichnung", "ware",
    "warenbezeichnung", "stoff", "stoffname", "substanz", "chemikalie", "wirkstoff", "arzneimittel", "artikelname",
    "produit", "nom_du_produit", "designation", "libelle", "marchandise", "substance_chimique", "medicament",
    "designation_du_produit", "producto", "nombre_del_producto", "nombre_producto", "sustancia", "articulo",
    "descripcion", "descripcion_del_producto", "mercancia", "medicamento", "sustancia_quimica", "quimico",
)  # fmt: skip
_QUANTITY = (
    "menge", "bestellmenge", "liefermenge", "anzahl", "gewicht", "nettogewicht", "volumen", "quantite",
    "quantite_commandee", "qte", "poids", "poids_net", "cantidad", "cantidad_pedida", "cant", "peso", "peso_neto",
)  # fmt: skip
_UNIT = ("einheit", "masseinheit", "mengeneinheit", "me", "unite", "unite_de_mesure", "unidad", "unidad_de_medida",
         "ud", "udm")  # fmt: skip
_PACK = ("gebinde", "gebindegrosse", "packungsgrosse", "packgrosse", "verpackung", "conditionnement", "emballage",
         "envase", "tamano_de_envase", "presentacion")  # fmt: skip
_CUSTOMER_ID = (
    *_de("kunde", "kunden", "debitor", "debitoren", "kaufer", "abnehmer"), *_romance("client", "cliente", "comprador"),
    "kunde", "debitor", "kaufer", "abnehmer", "besteller", "acheteur", "code_client", "cliente", "comprador",
    "kundenkonto", "compte_client",
)  # fmt: skip
_REGION = ("bundesland", "kanton", "departement", "provincia", "estado", "comunidad_autonoma")

_ORDER: dict[str, tuple[str, ...]] = {
    "record_id": (
        *_de("auftrag", "auftrags", "bestell", "bestellungs", "bestellung", "beleg", "rechnungs", "rechnung",
             "liefer", "lieferschein"),
        "auftrag", "bestellung", *_romance("commande", "facture", "pedido", "factura", "orden"),
        "commande", "pedido", "orden", "facture", "factura",
    ),
    "line": ("positionsnummer", "pos_nr", "zeile", "ligne", "no_ligne", "n_ligne", "linea", "no_linea", "posicion"),
    "status": ("auftragsstatus", "bestellstatus", "statut", "statut_commande", "estado_pedido", "estado_del_pedido"),
    "kind": ("auftragsart", "bewegungsart", "belegart", "vorgangsart", "type_de_mouvement", "tipo_de_movimiento"),
    "supplier_id": (*_de("lieferant", "lieferanten"), *_romance("fournisseur", "proveedor"), "lieferant",
                    "fournisseur", "proveedor"),
    "customer_id": (*_CUSTOMER_ID, "kundenname", "firma", "nom_du_client", "nom_client", "nombre_del_cliente",
                    "nombre_cliente", "empresa", "societe"),
    "customer_type": ("kundentyp", "kundenart", "type_de_client", "tipo_de_cliente"),
    "region": _REGION,
    "ordered_on": (
        "auftragsdatum", "bestelldatum", "datum", "rechnungsdatum", "belegdatum", "bestellt_am", "tag",
        "date_de_commande", "date_commande", "date_de_la_commande", "date_de_facture", "commande_le",
        "fecha_pedido", "fecha_de_pedido", "fecha_del_pedido", "fecha", "fecha_factura", "fecha_de_factura",
        "fecha_de_venta", "lieferdatum", "date_de_livraison", "fecha_de_entrega",
    ),
    "item": _ITEM,
    "cas": ("cas_nummer", "casnr", "casnummer", "no_cas", "n_cas", "numero_cas", "num_cas", "code_cas", "no_de_cas",
            "numero_de_cas"),
    "product_code": (*_de("artikel", "produkt", "material"), "pzn", *_romance("article", "produit", "producto",
                     "articulo"), "code_article", "code_produit"),
    "grade": ("qualitat", "reinheitsgrad", "qualite", "calidad", "grado"),
    "purity_pct": ("reinheit", "konzentration", "gehalt", "purete", "teneur", "pureza", "concentracion", "riqueza"),
    "density_kg_l": ("dichte", "densite", "masse_volumique", "densidad"),
    "quantity": _QUANTITY,
    "unit": _UNIT,
    "pack": _PACK,
    "pack_count": ("anzahl_gebinde", "gebindeanzahl", "packstucke", "nombre_de_colis", "nombre_d_emballages",
                   "numero_de_envases", "bultos", "envases"),
    "price": ("preis", "gesamtpreis", "betrag", "gesamtbetrag", "wert", "prix", "prix_total", "montant", "precio",
              "importe", "precio_total", "importe_total"),
    "currency": ("wahrung", "devise", "monnaie", "moneda", "divisa"),
    "ship_from": ("versandland", "herkunftsland", "absendeland", "abgangsland", "pays_d_expedition",
                  "pays_de_depart", "pays_d_origine", "pais_de_origen", "pais_origen", "pais_de_salida"),
    "ship_to_country": (
        "lieferland", "land_lieferung", "bestimmungsland", "empfangerland", "empfangsland", "zielland", "land",
        "pays_de_livraison", "pays_livraison", "pays_de_destination", "pays_destination", "pays",
        "pais_destino", "pais_de_destino", "pais_de_entrega", "pais_entrega", "pais",
    ),
    "ship_to": ("lieferadresse", "lieferanschrift", "empfanger", "adresse_de_livraison", "adresse_livraison",
                "lieu_de_livraison", "direccion_de_entrega", "direccion_entrega", "lugar_de_entrega", "adresse",
                "direccion"),
    "bill_to_country": ("rechnungsland", "pays_de_facturation", "pais_de_facturacion", "pais_facturacion"),
    "bill_to": ("rechnungsempfanger", "rechnungsadresse", "rechnungsanschrift", "adresse_de_facturation",
                "direccion_de_facturacion"),
    "forwarder": ("spediteur", "spedition", "frachtfuhrer", "transporteur", "transitaire", "transportista",
                  "transitario"),
    "channel": ("vertriebsweg", "bestellweg", "kanal", "canal", "canal_de_vente", "canal_de_venta"),
    "payment": ("zahlungsart", "zahlungsweise", "zahlung", "mode_de_paiement", "moyen_de_paiement", "paiement",
                "forma_de_pago", "metodo_de_pago", "pago"),
    "end_use": ("verwendungszweck", "verwendung", "endverwendung", "utilisation", "utilisation_finale",
                "usage_prevu", "usage_final", "uso", "uso_final", "uso_previsto", "uso_declarado"),
    "declaration": ("erklarung", "kundenerklarung", "endverbleibserklarung", "declaration_client",
                    "declaration_du_client", "declaracion", "declaracion_del_cliente"),
    "permit": ("genehmigung", "ausfuhrgenehmigung", "genehmigungsnummer", "autorisation",
               "autorisation_d_exportation", "permiso", "permiso_de_exportacion", "autorizacion",
               "autorizacion_de_exportacion"),
    "corrects": ("korrigiert", "ersetzt", "berichtigt", "corrige", "remplace", "reemplaza", "sustituye"),
}  # fmt: skip

_LICENCES = ("erlaubnis", "lizenz", "licencia", "agrement", "registrierung")
_CUSTOMER: dict[str, tuple[str, ...]] = {
    "record_id": _CUSTOMER_ID,
    "name": ("firmenname", "firma", "kundenname", "unternehmen", "nom", "raison_sociale", "nom_du_client",
             "nom_client", "societe", "nombre", "razon_social", "nombre_del_cliente", "nombre_cliente", "empresa"),
    "trade_name": ("handelsname", "nom_commercial", "nombre_comercial"),
    "registration": ("handelsregister", "handelsregisternummer", "hrb", "siren", "siret", "registro_mercantil",
                     "rcs"),
    "tax_id": ("ust_id", "ust_idnr", "ust_id_nr", "umsatzsteuer_id", "steuernummer", "tva", "no_tva", "n_tva",
               "numero_de_tva", "nif", "cif", "rfc", "numero_de_iva", "nit"),
    "address": ("adresse", "anschrift", "direccion", "domicilio"),
    "country": ("land", "pays", "pais", "sitzland", "pays_du_siege", "pais_de_registro"),
    "region": _REGION,
    "site_type": ("standortart", "betriebsstatte", "type_de_site", "tipo_de_local", "tipo_de_sede"),
    "business_line": ("branche", "geschaftszweig", "tatigkeit", "wirtschaftszweig", "secteur", "activite",
                      "secteur_d_activite", "actividad", "sector_de_actividad", "giro", "rubro", "kundentyp",
                      "type_de_client", "tipo_de_cliente"),
    "established_on": ("gegrundet", "grundungsdatum", "date_de_creation", "fecha_de_constitucion",
                       "fecha_de_creacion"),
    "customer_since": ("kunde_seit", "client_depuis", "cliente_desde"),
    "end_use": _ORDER["end_use"],
    "end_use_on": ("erklarungsdatum", "datum_der_erklarung", "kundenerklarung_vom", "date_de_declaration",
                   "date_de_la_declaration", "fecha_de_declaracion", "fecha_declaracion",
                   "fecha_de_la_declaracion"),
    "end_use_to": ("erklarung_gultig_bis", "declaration_valable_jusqu_au", "declaracion_valida_hasta"),
    "resells": ("wiederverkaufer", "weiterverkauf", "revendeur", "revendedor", "revende"),
    "research": ("forschung", "recherche", "investigacion"),
    "bank_country": ("bankland", "pays_de_la_banque", "pays_banque", "pais_del_banco", "pais_banco"),
    "forwarder": _ORDER["forwarder"],
    "contact": ("ansprechpartner", "verantwortliche_person", "personne_de_contact", "responsable", "contacto",
                "persona_de_contacto"),
    "refusals": ("ablehnungen", "refus", "rechazos", "denegaciones"),
    "visited_on": ("letzter_besuch", "besucht_am", "derniere_visite", "ultima_visita"),
    "licence.number": (
        *_de("erlaubnis", "lizenz", "genehmigungs", "registrierungs", "registrierung"),
        *_romance("licence", "licencia", "agrement", "registro", "autorizacion", "autorisation"), *_LICENCES,
        "genehmigung", "licencias", "autorisation", "autorizacion", "enregistrement",
    ),
    "licence.authority": ("erlaubnisbehorde", "behorde", "ausstellende_behorde", "autorite", "autorite_emettrice",
                          "autoridad", "autoridad_emisora"),
    "licence.expires_on": (
        "erlaubnis_bis", "erlaubnis_gultig_bis", "lizenz_gultig_bis", "gultig_bis", "ablaufdatum", "lauft_ab_am",
        "lizenz_ablauf", "erlaubnis_ablauf", "date_d_expiration", "expire_le", "expiration_licence",
        "date_d_expiration_licence", "validite_licence", "licence_valable_jusqu_au", "valable_jusqu_au",
        "fecha_de_vencimiento", "vencimiento", "vencimiento_licencia", "fecha_de_caducidad", "caducidad",
        "caducidad_licencia", "vence", "valida_hasta", "licencia_valida_hasta", "valido_hasta",
    ),
    "licence.valid_from": ("gultig_ab", "ausgestellt_am", "erlaubnis_vom", "delivree_le", "valable_a_partir_du",
                           "fecha_de_emision", "valida_desde", "emitida_el"),
    "licence.kind": ("erlaubnisart", "lizenzart", "type_de_licence", "tipo_de_licencia", "tipo_licencia"),
    "licence.covers": ("erlaubnis_fur", "erlaubnisumfang", "umfang", "substances_couvertes", "sustancias_autorizadas",
                       "sustancias_cubiertas", "alcance", "alcance_licencia"),
    "expected.item": ("erwartete_produkte", "erwartetes_produkt", "produits_attendus", "produit_attendu",
                      "produits_prevus", "productos_esperados", "producto_esperado", "productos_previstos"),
    "expected.quantity": ("erwartete_menge", "erwarteter_bedarf", "quantite_attendue", "quantite_prevue",
                          "cantidad_esperada", "cantidad_prevista", "consumo_esperado"),
    "expected.unit": ("erwartete_einheit", "unite_attendue", "unidad_esperada", *_UNIT),
    "expected.period": ("zeitraum", "periode", "periodo", "pro"),
    "owner.name": ("wirtschaftlich_berechtigter", "wirtschaftlich_berechtigte", "eigentumer", "inhaber",
                   "beneficiaire_effectif", "proprietaire", "titular_real", "beneficiario_final", "propietario"),
    "owner.country": ("land_eigentumer", "eigentumer_land", "pays_du_beneficiaire", "pais_del_titular",
                      "pais_titular_real"),
    "owner.share_pct": ("anteil", "beteiligung", "participation", "participacion"),
}  # fmt: skip

_STOCK: dict[str, tuple[str, ...]] = {
    "record_id": ("vorgangsnummer", "belegnummer", *_romance("mouvement", "movimiento"), "vorgang"),
    "kind": ("art", "bewegungsart", "ereignis", "evenement", "mouvement", "type_de_mouvement", "movimiento",
             "tipo_de_movimiento"),
    "site": ("lager", "lagerort", "standort", "entrepot", "magasin", "almacen", "deposito", "bodega"),
    "item": _ITEM,
    "happened_on": ("datum", "fecha", "date_de_comptage", "zahldatum", "fecha_de_recuento", "date_du_mouvement"),
    "quantity": (*_QUANTITY, "bestand", "existencias"),
    "unit": _UNIT,
    "pack": _PACK,
    "explanation": ("bemerkung", "grund", "begrundung", "remarque", "motif", "commentaire", "observaciones",
                    "motivo", "comentario"),
    "reported": ("gemeldet", "gemeldet_an", "signale", "declare_a", "notificado", "comunicado"),
}  # fmt: skip

#: by table: target to the folded names of its columns in other languages than English
OTHER_ORDER_LANGUAGES: dict[str, dict[str, tuple[str, ...]]] = {"order": _ORDER, "customer": _CUSTOMER, "stock": _STOCK}
