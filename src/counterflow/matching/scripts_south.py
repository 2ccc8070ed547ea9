"""South Asian scripts and Thai in Latin letters, with the vowels that readers supply; see `scripts`."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from counterflow.matching.scripts import script_tables

__all__ = ["south_asian"]

_KEPT = 1 << 14  # words kept as they were read last
_INDIC_RUN = re.compile("[\u0900-\u0d7f]+")
_THAI_RUN = re.compile("[\u0e00-\u0e7f]+")


def south_asian(blob: str) -> str:
    """Write every South Asian and Thai word in Latin letters.

    >>> south_asian("नरेन्द्र मोदी")
    'narendra modi'
    >>> south_asian("สมชาย")
    'somchai'
    """
    blob = _INDIC_RUN.sub(lambda m: _indic(m[0]), blob.replace("\u200c", ""))
    return _THAI_RUN.sub(lambda m: _thai(m[0]), blob)


# ---- South Asian scripts: consonants carry an a unless another vowel or the sign of none follows

#: Stands for the unwritten a until it is known whether it is spoken.
_A = "ə"
_FINAL_A = re.compile(rf"(?<=[aeiou{_A}])([nm]?(?:chh|[bcdfghjklmnpqrstvyz]h?)){_A}$")
_MEDIAL_A = re.compile(rf"(?<=[aeiou{_A}])(h|[bcdfgjklmnpqrstvyz]h?){_A}(?=[bcdfgjklmnpqrstvyz]h?[ryv]?[aeiou])")
#: Tamil writes one letter for a voiced and a voiceless sound: voiced behind a nasal, voiceless doubled.
_TAMIL = 0x0B80
_TAMIL_SOUNDS = (("nth", "nd"), ("nk", "ng"), ("mp", "mb"), ("ns", "nj"), ("ss", "ch"), ("thth", "th"))


@cache
def _places() -> dict[int, tuple[str, bool]]:
    """Code point to its letters and whether it is a consonant, for all scripts of the layout."""
    table = script_tables()["indic"]
    found: dict[int, tuple[str, bool]] = {}
    for block in table["blocks"]:
        for first, part in ((0x05, "vowels"), (0x15, "consonants"), (0x3E, "signs")):
            found |= {block + first + i: (s, part == "consonants") for i, s in enumerate(table[part])}
        if block == _TAMIL:
            found |= {ord(letter): (latin, True) for letter, latin in table["tamil"].items()}
        found |= {block + place: (str(place - 0x66), False) for place in range(0x66, 0x70)}
        found |= {block + 0x01: ("n", False), block + 0x02: ("n", False), block + 0x03: ("h", False)}
        found |= {block + 0x4D: ("", False), block + 0x3C: ("", False), block + 0x70: ("n", False)}
    return found


@lru_cache(_KEPT)
def _indic(word: str) -> str:
    places, dotted = _places(), script_tables()["indic"]["dotted"]
    out: list[str] = []
    for place, character in enumerate(word):
        code = ord(character)
        letters, consonant = places.get(code, ("", False))
        after = ord(word[place + 1]) if place + 1 < len(word) else 0
        if after & 0x7F == 0x3C:
            letters = dotted.get(letters, letters)
            after = ord(word[place + 2]) if place + 2 < len(word) else 0
        takes_a = consonant and not 0x3E <= after & 0x7F <= 0x4D
        out.append(letters + _A if takes_a else letters)
    text = "".join(out).replace("nb", "mb").replace("np", "mp")
    if (ord(word[0]) & ~0x7F) == _TAMIL:
        for written, spoken in _TAMIL_SOUNDS:
            text = text.replace(written, spoken)
        text = text.replace("dd", "tt")
    if (ord(word[0]) & ~0x7F) in script_tables()["indic"]["drops_final_a"]:
        text = _MEDIAL_A.sub(r"\1", _FINAL_A.sub(r"\1", text))
    return text.replace(_A, "a")


# ---- Thai: vowels stand before, above, below and behind their consonant, and some are not written

#: A silent h that gives a sonorant its tone, a w that is the vowel ua, an r that is not spoken at the end.
_LEADING = re.compile("ห(?=[งญนมยรลว][ก-ฮะ-ูเ-ไ])")
_UA = re.compile("(?<=[ก-ฮ])ว(?=[ก-ฮ](?![ะ-ู]))")
_SILENT_R = re.compile("(?<=[ะ-ู][ตทชก])ร$|(?<=[ะ-ู]ก)ษ$")
_SILENT = re.compile("[ก-ฮ][ิุ]?์")
_TONE = re.compile("[\u0e47-\u0e4b\u0e4e\u0e3a]")
_BEFORE = re.compile(
    "(เ)([กขคตปผพ][รลว](?=[ก-ฮะาิีื])|ห[งญนมยรลว](?=[ก-ฮะาิีื])|[ก-ฮ])"
    "|([แโใไ])([กขคตปผพ][รลว](?![ะ-ู])|ห[งญนมยรลว](?![ะ-ู])|[ก-ฮ])"
)
#: Vowels of several signs, after those that stand before their consonant have changed places with it.
_VOWELS = (
    ("เียว", "iao"), ("เีย", "ia"), ("เือ", "uea"), ("เาะ", "o"), ("เา", "ao"), ("เิ", "oe"), ("เอ", "oe"),
    ("เย", "oei"), ("ัว", "ua"), ("ือ", "ue"), ("ัย", "ai"), ("ํา", "am"), ("ำ", "am"), ("รร", "an"), ("ไย", "ai"),
    ("เ", "e"), ("แ", "ae"), ("โ", "o"), ("ใ", "ai"), ("ไ", "ai"), ("ะ", "a"), ("า", "a"), ("ั", "a"), ("ิ", "i"),
    ("ี", "i"), ("ึ", "ue"), ("ื", "ue"), ("ุ", "u"), ("ู", "u"), ("ฤ", "rue"),
)  # fmt: skip
_PARTS = re.compile("[ก-ฮ]+|[^ก-ฮ]+")
_CLUSTER = re.compile("(?:[กขคตปผพ][รลว]|[ก-ฮ])$")


@lru_cache(_KEPT)
def _thai(word: str) -> str:
    text = _LEADING.sub("", _SILENT_R.sub("", _TONE.sub("", _SILENT.sub("", word))))
    text = _UA.sub("ua", _BEFORE.sub(_turned, text))
    for signs, latin in _VOWELS:
        text = text.replace(signs, latin)
    # An o carrier between consonants is the vowel o; at the beginning of a syllable it is silent.
    text = re.sub("(?<=[ก-ฮ])อ(?![a-z])", "o", text)
    parts = _PARTS.findall(text)
    out = ""
    for number, part in enumerate(parts):
        if "ก" <= part[0] <= "ฮ":
            out += _consonants(part, begins=number == 0, ends=number == len(parts) - 1)
        else:
            out += (
                part if part.isascii() else "".join(str(int(c)) if c.isdigit() else "" for c in part if c not in "ๆฯ")
            )
    return out


def _turned(match: re.Match[str]) -> str:
    return f"{match[2]}{match[1]}" if match[1] else f"{match[4]}{match[3]}"


def _consonants(run: str, *, begins: bool, ends: bool) -> str:
    """Consonants between vowels: the first ends a syllable, the last begins one, those between get their vowel."""
    tables = script_tables()["thai"]
    first, last = [dict(zip(_THAI_LETTERS, tables[part], strict=True)) for part in ("first", "last")]
    out = ""
    if not begins and (len(run) > 1 or ends) and not (ends and len(run) == 2):
        out, run = last[run[0]], run[1:]
    onset = "" if ends else _CLUSTER.findall(run)[-1]
    middle = run[: len(run) - len(onset)]
    open_first = ends and len(middle) % 2 == 1 and len(middle) > 1
    if open_first:  # the last syllable is closed
        out, middle = out + first[middle[0]] + "a", middle[1:]
    for place in range(0, len(middle) - 1, 2):
        out += f"{first[middle[place]]}o{last[middle[place + 1]]}"
    if len(middle) % 2:
        out += first[middle[-1]] + "a"
    return out + "".join(first[c] for c in onset)


_THAI_LETTERS = [chr(code) for code in range(0x0E01, 0x0E2F)]
