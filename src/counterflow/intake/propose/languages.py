"""Header names in German, French and Spanish, folded as `names.fold` does: no accents, single underscores.

Common usage in carriers' and customs brokers' exports, written from general knowledge; a proposal is read by a person
before it is used, and a name that means two things is left out.
"""

from __future__ import annotations

__all__ = ["OTHER_LANGUAGES"]

OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "record_id": (
        "sendungsnummer", "sendungs_nr", "anmeldungsnummer", "vorgangsnummer", "numero_d_envoi", "numero_envoi",
        "numero_de_declaration", "numero_de_envio", "numero_de_declaracion",
    ),
    "item_id": ("paketnummer", "frachtbriefnummer", "containernummer", "numero_de_suivi", "numero_de_seguimiento"),
    "declared_on": ("anmeldedatum", "datum", "anmeldetag", "date_de_declaration", "fecha", "fecha_de_declaracion"),
    "posted_at": ("aufgabedatum", "einlieferungsdatum", "versanddatum", "date_d_envoi", "date_de_depot",
        "fecha_de_envio"),
    "arrived_at": ("ankunftsdatum", "eingangsdatum", "ankunft", "date_d_arrivee", "fecha_de_llegada"),
    "sender": ("datenlieferant", "spediteur", "frachtfuhrer", "transporteur", "transportista"),
    "office": ("zollstelle", "zollamt", "dienststelle", "bureau", "bureau_de_douane", "oficina", "aduana"),
    "lane": ("verkehrszweig", "mode_de_transport", "modo_de_transporte"),
    "departure": ("versendungsland", "versandland", "abgangsland", "pays_d_expedition", "pays_de_provenance",
                  "pais_de_expedicion", "pais_de_procedencia"),
    "origin": ("ursprungsland", "herkunftsland", "pays_d_origine", "pais_de_origen"),
    "destination": ("bestimmungsland", "zielland", "pays_de_destination", "pais_de_destino"),
    "mass_kg": ("bruttogewicht", "rohmasse", "gewicht", "gewicht_kg", "bruttogewicht_kg", "poids_brut", "poids",
                "poids_kg", "masse_brute", "peso_bruto", "peso", "peso_kg"),
    "value": ("warenwert", "zollwert", "wert", "valeur", "valeur_declaree", "valor", "valor_declarado"),
    "currency": ("wahrung", "devise", "monnaie", "moneda", "divisa"),
    "pieces": ("packstucke", "anzahl_packstucke", "stuckzahl", "nombre_de_colis", "colis", "bultos",
        "numero_de_bultos"),
    "goods.description": ("warenbezeichnung", "warenbeschreibung", "beschreibung", "inhalt", "designation",
                          "designation_des_marchandises", "contenu", "descripcion", "descripcion_de_mercancias",
                          "contenido", "mercancia"),
    "goods.hs": ("warennummer", "zolltarifnummer", "hs_nummer", "code_sh", "code_douanier", "codigo_sa",
                 "codigo_arancelario", "partida_arancelaria"),
    "goods.quantity": ("menge", "quantite", "cantidad"),
    "goods.unit": ("einheit", "masseinheit", "unite", "unidad"),
    "goods.mass_kg": ("eigenmasse", "nettogewicht", "poids_net", "masse_nette", "peso_neto"),
    "party.consignor.name": ("absender", "versender", "name_absender", "absendername", "expediteur", "nom_expediteur",
                             "remitente", "expedidor", "nombre_remitente"),
    "party.consignor.address": ("absenderadresse", "adresse_absender", "anschrift_absender", "adresse_expediteur",
                                "direccion_remitente"),
    "party.consignor.country": ("absenderland", "land_absender", "pays_expediteur", "pais_remitente"),
    "party.consignee.name": ("empfanger", "name_empfanger", "empfangername", "destinataire", "nom_destinataire",
                             "destinatario", "nombre_destinatario"),
    "party.consignee.address": ("empfangeradresse", "adresse_empfanger", "anschrift_empfanger",
                                "adresse_destinataire", "direccion_destinatario"),
    "party.consignee.country": ("empfangerland", "land_empfanger", "pays_destinataire", "pais_destinatario"),
    "party.importer.name": ("einfuhrer", "importateur", "importador"),
    "party.seller.name": ("verkaufer", "vendeur", "vendedor"),
}  # fmt: skip
