"""Names of the law made readable for OPSIN, which reads English systematic names only.

The laws print names with line breaks, brackets around other names and, in German, with German endings. Nothing here
changes what a name means: `spellings` returns ways to write the same name, the printed one first; a name that OPSIN
still cannot read is respelled by hand in `structures_respelled.csv`, where the change can be reviewed.
"""

from __future__ import annotations

import re

__all__ = ["is_systematic", "one_spelling", "spellings"]

#: Trivial parents on which OPSIN puts a group where it likes, if the name does not say where ("dihydromorphine").
_TRIVIAL = re.compile(
    r"(morphin|morphine|codein|codeine|morphinon|morphinone|codeinon|codeinone|testosteron|testosterone|fentanyl)$"
    r"|pyrrolidino|amphetamine?\b|cathinone?\b|androstenedi|oripavine|morphinol$|methaqualone?$",
    re.IGNORECASE,
)

#: Line breaks of the printed law inside locants and brackets.
_BREAKS = (
    (r"([(\[{])\s+", r"\1"),
    (r"(\d['′]?[a-z]?)\s+(RS|SR|R|S|H|Z|E)\b", r"\1\2"),
    (r"\s*-\s*", "-"),
    (r"(?<=\d),\s+(?=\d)", ","),
    (r"\]\s+\[", "]["),
    (r"α", "alpha"),
    (r"β", "beta"),
    (r"(?<=\d)Alpha", "alpha"),
    (r"´", "'"),
)
_STEMS = (
    ("carbonsäure", "carboxylic acid"),
    ("säure", "ic acid"),
    ("chinazolin", "quinazolin"),
    ("chinolin", "quinolin"),
    ("ethinyl", "ethynyl"),
    (r"azol(?=\[)", "azolo"),
    (r"cyan(?=-)", "cyano"),
    (r"fluor(?=[^aeiouy]|$)", "fluoro"),
    (r"chlor(?=[^aeiouy]|$)", "chloro"),
    (r"brom(?=[^aeiouy]|$)", "bromo"),
    (r"iod(?=[^aeiouy]|$)", "iodo"),
    (r"fluor(?=ethyl|ethoxy)", "fluoro"),
    (r"chlor(?=ethyl|ethoxy)", "chloro"),
    (r"azan\b", "azane"),
)
#: German endings of a whole name or of its last part; inside a name ("-1-yl", "amido") OPSIN reads either spelling.
_ENDINGS = (
    *((rf"{e}\b(?!-)", f"{e}e") for e in ("nitril", "amidin", "amid", "amin", "oxid", "azin", "azol", "dion", "on")),
    *((rf"{e}\b(?!-)", f"{e}e") for e in ("hydrochlorid", "idin", "olin", "erin", "trien", "dien", "phenon")),
    (r"at\b(?!-)", "ate"),
)
#: OPSIN places "17beta-hydroxy-17alpha-methyl", but not "3beta,17beta-dihydroxy-17alpha-methyl", on a steroid.
_STEROID = re.compile(r"(\d+(?:alpha|beta)?),(17(?:alpha|beta))-di(hydroxy|methyl)")
#: "(alcohol-yl)acetat": read as one word, OPSIN takes it for a substituted acetate ion.
_ESTER = re.compile(r"^[(\[{](?P<alcohol>.*)[)\]}]\s*(?P<acid>[a-z]+at)e?$")
_ALKYL_FIRST = re.compile(r"^(?P<alkyl>Methyl|Ethyl|Propyl)\s*(?P<rest>[\[({].*)$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^(?P<first>\S.*?) ?[\[(](?:also known as )?(?P<second>.+)[\])]$", re.IGNORECASE)


def one_spelling(text: str) -> str:
    """Return a name with the law's line breaks and Greek letters written in one way."""
    for pattern, written in _BREAKS:
        text = re.sub(pattern, written, text)
    return text.strip()


def is_systematic(text: str) -> bool:
    """Say whether a name says itself where each group stands: it has locants and no trivial parent.

    Only such a name may contradict another source; what OPSIN makes of others can only confirm.

    >>> [is_systematic(name) for name in ("Bromdimethoxyphenethylamin", "1-(4-Bromo-2,5-dimethoxyphenyl)ethanamine")]
    [False, True]
    """
    printed = one_spelling(text)
    return bool(re.search(r"\d|\balpha|\b[NO]-", printed)) and not _TRIVIAL.search(printed) and ";" not in printed


def _english(text: str) -> str:
    for pattern, written in (*_STEMS, *_ENDINGS):
        text = re.sub(pattern, written, text, flags=re.IGNORECASE)
    return text


def spellings(text: str, lang: str) -> tuple[str, ...]:
    """Return ways to write one name of a law, the printed one first, without repeats.

    Args:
        text: the name as the registry holds it.
        lang: `de` for the names of German law, whose endings are then written in English too.

    >>> spellings("( RS)-1-Phenylpropan-2-ylazan", "de")
    ('(RS)-1-Phenylpropan-2-ylazan', '(RS)-1-Phenylpropan-2-ylazane')
    """
    printed = one_spelling(text)
    ways = [printed, printed.replace("(n)-", "")]
    if match := _IN_BRACKETS.match(printed):
        ways += [match["second"], match["first"]]
    ways += [_STEROID.sub(r"\1-\3-\2-\3", way) for way in ways]
    if lang == "de":
        ways += [_english(way) for way in ways]
    ways += [f"{m['alkyl'].lower()} {_english(m['rest'])}" for way in ways[:1] if (m := _ALKYL_FIRST.match(way))]
    if lang == "de" and (ester := _ESTER.match(printed)):
        ways = [f"{_english(ester['alcohol'])} {ester['acid']}e"]
    return tuple(dict.fromkeys(way.strip() for way in ways if way.strip()))
