"""Records of shippers and consignees whose true entity is known: names and addresses of listed entities, written badly.

Each entity of the OFAC lists (2021, and the aliases and addresses of 2025) gives one record for each of its names or
addresses, whichever are more; each record is one name with one address of that entity. Names are then written as
manifests write them: mistyped, in another order, cut off, abbreviated, with what a carrier adds around them; addresses
lose their street, their town or their postcode. A quarter of the entities get a telephone number and some an e-mail
address, made up. These are synthetic records over public facts: nobody sent them.

Many aliases have nothing in common with the primary name and stand at another address: no method finds those, so the
recall of a perfect method is well below 1. Entities are divided in two halves by their number: `dev` is what defaults
are set on, `other` is what is reported.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from public_data import rows_of

from counterflow.core.seeds import generator

COLUMNS = ("record_id", "name", "schema", "address", "city", "country", "phone", "email")
_SCHEMA = {"individual": "Person", "vessel": "Vessel", "aircraft": "Vessel", "": "Organization"}
_ABBREVIATIONS = {
    "TRADING": "TRDG", "COMPANY": "CO", "LIMITED": "LTD", "INTERNATIONAL": "INTL", "CORPORATION": "CORP",
    "INDUSTRIES": "INDS", "INDUSTRIAL": "IND", "GENERAL": "GEN", "SERVICES": "SVCS", "SHIPPING": "SHPG",
    "GROUP": "GRP", "ENTERPRISES": "ENT", "DEVELOPMENT": "DEV", "ENGINEERING": "ENGG", "TRANSPORT": "TRANSP",
    "INVESTMENT": "INV", "STREET": "ST", "AVENUE": "AVE", "AVENIDA": "AV", "CALLE": "CL", "CARRERA": "CRA",
    "ROAD": "RD", "BUILDING": "BLDG", "FLOOR": "FL", "NUMBER": "NO", "DISTRICT": "DIST", "BOULEVARD": "BLVD",
}  # fmt: skip
_NOISE = (
    "ATTN {}",
    "{} TEL {phone}",
    "C/O {}",
    "{} REF {digits}",
    "M/S {}",
    "{} P.O. BOX {digits}",
    "{} ATTN: SALES DEPT",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def entities(folder: Path) -> dict[str, dict[str, list]]:
    """Return each entity's schema, names (with the primary one where known) and addresses."""
    found: dict[str, dict[str, list]] = defaultdict(lambda: {"schema": [], "names": [], "places": []})
    for row in rows_of(folder / "ofac_sdn_2021.csv.gz"):
        found[row["ent_num"]]["names"].append(row["name"])
        found[row["ent_num"]]["schema"].append(_SCHEMA.get(row["type"], "Organization"))
    known = set(found)
    for year in ("2021", "2025"):
        for row in rows_of(folder / f"ofac_alt_{year}.csv.gz"):
            if year == "2021" or row["ent_num"] not in known:
                found[row["ent_num"]]["names"].append(row["alt_name"])
        for row in rows_of(folder / f"ofac_add_{year}.csv.gz"):
            if year == "2021" or row["ent_num"] not in known:
                found[row["ent_num"]]["places"].append((row["address"], row["city_state_zip"], row["country"]))
    return {number: entity for number, entity in found.items() if entity["names"]}


def half_of(number: str) -> str:
    """Which half an entity is in; both hold entities of all years."""
    return "other" if int(number) // 2 % 2 else "dev"


class Writer:
    """Writes an entity's names and addresses as manifests do."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def records(self, entity: dict[str, list]) -> list[dict[str, str]]:
        names = list(dict.fromkeys(entity["names"]))[:8]
        places = [p for p in dict.fromkeys(entity["places"]) if any(p)][:6] or [("", "", "")]
        self.rng.shuffle(places)
        count = max(len(names), len(places)) + int(self.chance(0.3))
        phone, email = self.phone() if self.chance(0.25) else "", self.email(names[0]) if self.chance(0.15) else ""
        schema = entity["schema"][0] if entity["schema"] else ""
        return [self.record(names[k % len(names)], places[k % len(places)], phone, email, schema) for k in range(count)]

    def record(self, name: str, place: tuple[str, str, str], phone: str, email: str, schema: str) -> dict[str, str]:
        street, town, country = place
        if self.chance(0.15):
            street = ""
        if self.chance(0.10):
            street = town = ""
        if self.chance(0.15):
            country = ""
        if self.chance(0.2):
            town = re.sub(r"[\s,]*\b[A-Z]{0,2}-?\d[\d\- ]{2,}\b", "", town)
        return {
            "name": self.name(name), "schema": schema if self.chance(0.7) else "",
            "address": self.address(street), "city": self.address(town), "country": country,
            "phone": self.phone_as_written(phone) if self.chance(0.6) else "",
            "email": email if self.chance(0.6) else "",
        }  # fmt: skip

    def name(self, text: str) -> str:
        if "," in text and self.chance(0.5):
            last, _, first = text.partition(",")
            text = f"{first.strip()} {last.strip()}"
        if self.chance(0.35):
            return text
        for _ in range(1 + int(self.chance(0.25))):
            change = self.rng.choice(["typo", "order", "cut", "noise", "short", "case", "drop"], p=_SHARES)
            text = getattr(self, f"_{change}")(text)
        return text

    def _typo(self, text: str) -> str:
        for _ in range(1 + int(self.chance(0.3))):
            places = [i for i, c in enumerate(text) if c.isalpha()]
            if len(places) < 4:
                return text
            i = int(self.rng.choice(places))
            letter = _LETTERS[self.rng.integers(26)]
            letter = letter.upper() if text[i].isupper() else letter
            kind = self.rng.integers(4)
            swapped = text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]
            text = (text[:i] + letter + text[i + 1 :], text[:i] + text[i + 1 :], text[:i] + letter + text[i:], swapped)[
                kind
            ]
        return text

    def _order(self, text: str) -> str:
        words = text.replace(",", " ").split()
        self.rng.shuffle(words)
        return " ".join(words)

    def _cut(self, text: str) -> str:
        return text[: int(self.rng.choice([17, 24, 30, 35]))].rstrip()

    def _noise(self, text: str) -> str:
        pattern = str(self.rng.choice(_NOISE))
        return pattern.format(text, phone=self.phone(), digits=self.rng.integers(10_000, 999_999))

    def _short(self, text: str) -> str:
        return " ".join(_ABBREVIATIONS.get(w.strip(",.").upper(), w) for w in text.split())

    def _case(self, text: str) -> str:
        return text.upper() if self.chance(0.5) else text.title()

    def _drop(self, text: str) -> str:
        words = text.split()
        if len(words) < 3:
            return text
        del words[int(self.rng.integers(len(words)))]
        return " ".join(words)

    def address(self, text: str) -> str:
        if not text:
            return text
        if self.chance(0.2):
            text = self._short(text)
        if self.chance(0.15):
            text = self._typo(text)
        return text.upper() if self.chance(0.3) else text

    def phone(self) -> str:
        return f"+{self.rng.integers(1, 99)} {self.rng.integers(10, 999)} {self.rng.integers(1_000_000, 9_999_999)}"

    def phone_as_written(self, phone: str) -> str:
        if not phone or self.chance(0.4):
            return phone
        digits = re.sub(r"\D", "", phone)
        if self.chance(0.1):
            i = int(self.rng.integers(len(digits)))
            digits = digits[:i] + str(self.rng.integers(10)) + digits[i + 1 :]
        return str(
            self.rng.choice([digits, f"00{digits}", f"{digits[:-7]}-{digits[-7:-4]}-{digits[-4:]}", digits[-9:]])
        )

    def email(self, name: str) -> str:
        word = re.sub(r"[^a-z]", "", name.lower())[:10] or "office"
        domain = str(self.rng.choice(["gmail.com", "yahoo.com", "hotmail.com", f"{word}.com"]))
        return f"{self.rng.choice(['info', 'sales', word])}{self.rng.integers(1, 999)}@{domain}"


#: of the changes in `Writer.name`, in its order
_SHARES = [0.30, 0.15, 0.12, 0.15, 0.13, 0.10, 0.05]


def gold(folder: Path, half: str, seed: int = 3) -> tuple[list[dict[str, str]], list[str]]:
    """Return the records of one half, in an order that tells nothing, and the true entity of each."""
    rng = generator(seed, "resolution gold", half)
    writer = Writer(rng)
    rows = [
        (number, record)
        for number, entity in sorted(entities(folder).items(), key=lambda e: int(e[0]))
        if half_of(number) == half
        for record in writer.records(entity)
    ]
    order = rng.permutation(len(rows)).tolist()
    records = [{"record_id": f"r{place:06d}"} | rows[k][1] for place, k in enumerate(order)]
    return records, [rows[k][0] for k in order]


def write(folder: Path, half: str, records: list[dict[str, str]], truth: list[str]) -> None:
    """Write `records_HALF.csv` and `gold_HALF.csv` (record_id, entity)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"records_{half}.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        rows.writerows(records)
    with (folder / f"gold_{half}.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("record_id", "entity"))
        lines.writerows((r["record_id"], t) for r, t in zip(records, truth, strict=True))
