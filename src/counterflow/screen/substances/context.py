"""The words beside a name: what makes it more sure that the substance itself is meant, and what less.

"fentanyl test strips" and "codeine free" hold the names and not the goods. The phrases and their factors are
data (`reference/goods/context.csv`); only the few words around a hit are read, so a long text costs no more
than a short one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from counterflow.reference.goods_tables import load_goods_tables

__all__ = ["Context", "read_context"]

_WINDOW = 48
#: Kinds that speak from anywhere in the window, with what they say.
_LOWERING = {
    "test": "a test for it, it seems",
    "standard": "a reference standard, it seems",
    "object": "an object that bears the name, it seems",
    "product": "a product made with it, it seems",
}
_LOWERING_PLANTS = _LOWERING | {"plant-fibre": "fibre, seed or food of the plant, it seems"}
_WORD = re.compile(r"\w+")
_FREE = re.compile(r"[\s-]*(?:free\b(?!\s*base)|frei\b)")
_OF_PURITY = frozenset({"purity", "assay"})
_QUANTITY = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)?\s?(?:(?:kgs?|g|gr|grams?|mg|mcg|[uµμ]g|ml|l|ltr|lit(?:er|re)s?|drums?|tabs?|tablets?|pills?|caps)\b"
    r"|公斤|千克|克|毫克|升|毫升|吨|片|粒)"
)
#: What parts two goods of one line; a comma inside a figure does not.
_BETWEEN_GOODS = re.compile(r"[;|\n+&，；、]|,(?!\d)|\b(?:and|plus|y|und|et)\b")
#: "without X, Y or": a negation reaches over names joined to the hit by "or".
_OR = re.compile(r"\s*(?:[^\W\d][\w-]*[ ,/]+){1,5}(?:or|nor|o|ni|oder|noch|ou)\s+")
_REACHING = 3
#: Scripts that put no space between words: kana and Han.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_DIGIT = re.compile(r"\d")
_SMALL = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?\s?(?:g|gr|grams?|mg|tabs?|tablets?|pills?)\b")
#: "CAS No:" in front of a number is its label, not a negation.
_LABEL = re.compile(r"\bcas[\s.:#=(№º°_]*(?:(?:rn|reg|registry|number|num|no|nr|nº|n°)[\s.:#=(№º°_]*)*$")
#: Pieces of chemical names that make another substance of what follows; stereo prefixes (d-, dextro-, rac-) do not.
_PIECE_OF_NAME = re.compile(
    r"(?:yl|oxy|dioxy|fluoro|chloro|bromo|iodo|nitro|amino|imino|oxo|keto|thio|aza|hydro|nor|cyano|sulfo|phospho)\)?[-)]$"
)
_LONGER_NAME = 0.60
#: Right behind or right before a name: what is meant is another substance, from which that one is made.
_ITS_PRECURSOR = re.compile(r"\s*[-–]?\s*(?:precursors?|precursores|vorläufer|前体)(?!\w)")
_PRECURSOR_OF = re.compile(r"(?<!\w)(?:precursors?|precursores|vorläufer)\s+(?:of|for|to|de|del|von|für)\s+$")
_PRECURSOR = 0.60
#: Han characters that make another substance of the name behind or before them: 二甲苯 (xylene) is not 甲苯 (toluene),
#: 硫酸铜 (copper sulphate) and 盐酸利多卡因 (lidocaine hydrochloride) are no acids. What may follow an acid is goods.
_HAN_BEFORE = frozenset("二三四五六七八九邻间氯溴碘氟硝氨甲乙丙丁戊己苯羟亚过焦异叔仲磺酰聚环硫去苄萘基")
_HAN_BEHIND = frozenset("酸酯钠钾钙镁铁铜锌铝铵钡银铅镍钴锰锂盐酰胺醛醇烯炔烷酚腈磺基氯溴碘氟硝化肟腙二三异")
_HAN_BEHIND_ACID = frozenset("溶试水液桶瓶罐工分化学纯约共和或与及用级清腐槽泵厂品生产原优废除浓稀的")
_OTHER_CHEMICAL = 0.30
_OF_LONGER_NAME = "part of a longer chemical name, it seems: another substance"
_PURITY = re.compile(r"(?<!\d)\d{2}(?:[.,]\d+)?\s?%|\bpurity\b|\bassay\b")


@dataclass(frozen=True, slots=True)
class Context:
    """What stands beside one hit.

    Args:
        factor: product of the factors of the phrases that lower, at most one per kind; 1.0 where none does.
        lowered_by: what lowers, in words.
        salt: the salt named right behind the hit; empty where none is.
        form: whether a form (powder, tablets) is named.
        chemical: whether words of the chemical trade are named.
        quantity: whether a quantity of substance is given.
        small: whether it is one of grams or tablets.
        purity: whether a purity is given.
    """

    factor: float
    lowered_by: tuple[str, ...]
    salt: str
    form: bool
    chemical: bool
    quantity: bool
    small: bool
    purity: bool


@cache
def _pattern(*kinds: str) -> re.Pattern[str]:
    """Return an alternation of the phrases of some kinds, longest first; whole words where the script has words."""
    context = load_goods_tables().context
    phrases = sorted((p for kind in kinds for p in context.get(kind, {})), key=len, reverse=True)
    spaced = "|".join(re.escape(p) for p in phrases if not _UNSPACED.search(p))
    unspaced = "".join(f"|{re.escape(p)}" for p in phrases if _UNSPACED.search(p))
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w){unspaced}")


@cache
def _openers(*kinds: str) -> frozenset[str]:
    """Return the first words of the phrases of some kinds: a text that holds none of them holds none of the phrases."""
    context = load_goods_tables().context
    first = (_WORD.search(phrase) for kind in kinds for phrase in context.get(kind, {}))
    return frozenset(met.group() for met in first if met)


@cache
def _factor(kind: str, phrase: str) -> float:
    return float(load_goods_tables().context[kind][phrase])


@dataclass(frozen=True, slots=True)
class _Window:
    """What stands before and behind a hit, folded, and its words; a sieve, for most phrases are not there."""

    before: str
    after: str
    around: str
    words: frozenset[str]
    unspaced: bool

    def find(self, *kinds: str) -> str:
        """Return the first phrase of some kinds around the hit; empty where none is."""
        if self.words.isdisjoint(_openers(*kinds)) and not self.unspaced:
            return ""
        met = _pattern(*kinds).search(self.around)
        return met.group() if met else ""


def read_context(
    text: str, start: int, end: int, *, plant: bool = False, wide: bool = False, drug: bool = False
) -> Context:
    """Read the words within 48 characters of the hit `text[start:end]`.

    Args:
        text: the text as written.
        start: first character of the hit.
        end: one past its last.
        plant: whether the hit names a plant.
        wide: whether it names a chemical of wide lawful trade, whose name stands inside those of many others.
        drug: whether it names a drug: "precursor" beside it means another substance.
    """
    before = text[max(0, start - _WINDOW) : start].casefold()
    if "cas" in before:
        before = _LABEL.sub("", before)
    after = text[end : end + _WINDOW].casefold()
    around = f"{before} | {after}"
    words = frozenset(_WORD.findall(around))
    window = _Window(before, after, around, words, not around.isascii() and bool(_UNSPACED.search(around)))
    factor, lowered_by = _lowering(window, _LOWERING_PLANTS if plant else _LOWERING)
    if window.unspaced and _in_longer_han_name(text[start:end], before[-1:], after[:1], wide=wide):
        factor *= _OTHER_CHEMICAL if wide else _LONGER_NAME
        lowered_by = (*lowered_by, _OF_LONGER_NAME)
    if drug and (_ITS_PRECURSOR.match(after) or _PRECURSOR_OF.search(before)):
        factor *= _PRECURSOR
        lowered_by = (*lowered_by, "a precursor of it, it seems: another substance")
    salt = _pattern("salt").search(after[:24]) if window.find("salt") else None
    figures = bool(_DIGIT.search(around))
    return Context(
        factor=factor,
        lowered_by=lowered_by,
        salt=salt.group() if salt else "",
        form=bool(window.find("form")),
        chemical=bool(window.find("chemical")),
        quantity=figures and bool(_QUANTITY.search(around)),
        small=figures and bool(_SMALL.search(around)),
        purity=(figures or not words.isdisjoint(_OF_PURITY)) and bool(_PURITY.search(around)),
    )


def _lowering(window: _Window, kinds: dict[str, str]) -> tuple[float, tuple[str, ...]]:
    factor, said = 1.0, []
    if _negated(window):
        factor *= 0.15
        said.append("the text says that it is absent")
    if _in_longer_name(window.before):
        factor *= _LONGER_NAME
        said.append(_OF_LONGER_NAME)
    if not window.find(*kinds):
        return factor, tuple(said)
    lowering = [(kind, phrase) for kind in kinds if (phrase := window.find(kind))]
    own = _own_goods(window.before, window.after)
    for kind, phrase in lowering:
        if not own or _pattern(kind).search(own):
            factor *= _factor(kind, phrase)
            said.append(f"“{phrase}”: {kinds[kind]}")
    return factor, tuple(said)


def _in_longer_name(before: str) -> bool:
    """Whether a piece of a chemical name is tied to the front of the hit: `2,5-dimethoxy-amphetamine` is another."""
    return before.endswith(("-", ")")) and _PIECE_OF_NAME.search(before) is not None


def _in_longer_han_name(hit: str, before: str, behind: str, *, wide: bool) -> bool:
    """Whether a Han character right beside a Han name makes another substance of it.

    Salts are written behind drugs (苯巴比妥钠), so that there only what stands before counts.
    """
    if before in _HAN_BEFORE and _UNSPACED.match(hit):
        return True
    if not wide or not _UNSPACED.match(hit[-1:]) or not _UNSPACED.match(behind):
        return False
    return behind not in _HAN_BEHIND_ACID if hit.endswith("酸") else behind in _HAN_BEHIND


def _own_goods(before: str, after: str) -> str:
    """Return the words of the line about the hit alone, where they give it a quantity of its own; else nothing.

    "Test kit 50 pcs and fentanyl 100 g" names two goods, and what is said of one does not lower the other.
    """
    starts = [met.end() for met in _BETWEEN_GOODS.finditer(before)]
    end = _BETWEEN_GOODS.search(after)
    own = f"{before[starts[-1] if starts else 0 :]} | {after[: end.start() if end else None]}"
    return own if _QUANTITY.search(own) else ""


def _negated(window: _Window) -> bool:
    """Whether a negation touches the hit: the last words before it, over an "or" too, or a `free` right behind it."""
    if _FREE.match(window.after):
        return True
    if not window.find("negates-before"):
        return False
    for met in _pattern("negates-before").finditer(window.before):
        rest = window.before[met.end() :]
        if not rest.strip(" :") or (len(met.group()) >= _REACHING and _OR.fullmatch(rest)):
            return True
    return False
