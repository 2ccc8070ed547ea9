"""Text to rule: `parse` reads one rule, checks every name, type and unit, and says where and how to mend it.

    rule "cheap heavy resins by post"
    when hs starts with "3907" and lane is "mail" and value per kg < 2 USD per kg
      and consignor is new within 90 days and finding "stop-word-isolated" at least 0.5
    then inspect first, 12 minutes each, at most 20 a day
    because "Two seizures in May of resin declared below the price of its freight."

The grammar is `grammar.lark`; names and units are `names`; what can never be true is `possible`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from counterflow.target.rules.conditions import Place, Rule
from counterflow.target.rules.mistakes import RuleError
from counterflow.target.rules.names import Vocabulary

if TYPE_CHECKING:
    import lark

__all__ = ["LONGEST_RULE", "RuleError", "parse"]

#: longest text of a rule, in characters; longer ones nobody reviews
LONGEST_RULE = 8000

#: terminals of the grammar as a person would say them
_SAID = {
    "STRING": 'a text in "quotes"',
    "NUMBER": "a number",
    "DAY": "a day, as 2026-03-01",
    "NAME": "a name",
    "ATTRIBUTE": "attribute",
    "CURRENCY": "a currency, as USD",
    "PERCENT": "%",
    "DAYS": "days",
    "OP": "a comparison (<, <=, =, >=, >)",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "$END": "the end",
}


@cache
def _parser() -> lark.Lark:
    from lark import Lark

    grammar = (files("counterflow.target.rules") / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


def parse(text: str, vocabulary: Vocabulary | None = None) -> Rule:
    """Read one rule.

    Args:
        text: the rule.
        vocabulary: harm classes and finding codes there are; not checked where None.

    Raises:
        RuleError: the text does not parse, or a name, type, unit or value in it cannot be used.

    >>> parse('rule "r" when mass > 20 kg then inspect first, 12 minutes each').condition.value.unit
    'kg'
    """
    import lark

    from counterflow.target.rules.building import Builder
    from counterflow.target.rules.possible import require_possible

    if len(text) > LONGEST_RULE:
        hint = "Split it: several short rules can be read, tested and retired one by one."
        raise RuleError(f"A rule has at most {LONGEST_RULE} characters, not {len(text)}.", Place(1, 1), hint=hint)
    try:
        tree = _parser().parse(text)
    except lark.UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    rule = Builder(vocabulary or Vocabulary()).rule(tree)
    require_possible(rule)
    return rule


def _syntax_error(text: str, error: lark.UnexpectedInput) -> RuleError:
    import lark

    if isinstance(error, lark.UnexpectedToken) and error.token.type != "$END":
        place, met = Place(error.token.line or 1, error.token.column or 1), str(error.token)
        expected = set(error.accepts or error.expected)
    elif isinstance(error, lark.UnexpectedCharacters):
        place, met = Place(error.line, error.column), error.char
        expected = set(error.allowed or ())
    else:
        lines = text.splitlines() or [""]
        place, met = Place(len(lines), len(lines[-1]) + 1), "the end"
        expected = set(getattr(error, "accepts", None) or getattr(error, "expected", None) or ())
    wanted = sorted({_said(name) for name in expected})
    hint = _known_slip(text, place, met) or (f"Here may stand: {', '.join(wanted[:10])}." if wanted else "")
    return RuleError("This does not read as a rule.", place, value=met, hint=hint)


def _said(terminal: str) -> str:
    return _SAID.get(terminal, terminal.lower().replace("__", ""))


def _known_slip(text: str, place: Place, met: str) -> str:
    """Return a hint for what people often write instead."""
    lines = text.splitlines() or [""]
    line = lines[min(place.line, len(lines)) - 1]
    rest, before = line[place.column - 1 :], line[: place.column]
    doubled = ("==", "!=", "<>")
    slips = {
        "A quote is not closed on its line.": met == '"',
        'Texts stand in plain quotes: write "like this".': met in set("“”„«»‘’"),
        'Write = for numbers, is "…" and is not "…" for texts.': rest.startswith(doubled) or before.endswith(doubled),
        "Write and, or.": rest.startswith(("&", "|")),
        'Texts stand in "double quotes".': met == "'",
        "Words of the language and names are written small; currencies as USD.": met[:1].isupper() and met.isascii(),
        "Numbers are written without commas: 20000 or 0.5.": met == ",",
    }
    return next((hint for hint, it_is in slips.items() if it_is), "")
