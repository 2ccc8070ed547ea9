"""From the parsed tree to a rule, with every name, type, unit and value checked where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from counterflow.target.rules.conditions import (
    And,
    Between,
    Compare,
    Condition,
    Finding,
    Is,
    Key,
    Missing,
    New,
    Not,
    Or,
    Past,
    Place,
    Rule,
    Starts,
    Value,
)
from counterflow.target.rules.mistakes import RuleError
from counterflow.target.rules.names import ATTRIBUTES, Field, Unknown, Vocabulary, field_of, refused_code
from counterflow.target.rules.values import (
    bound_of,
    checked_number,
    checked_text,
    close_words,
    in_base_unit,
    inside,
    look_back,
    measure_of,
    place_of,
    strength_of,
    written,
)

__all__ = ["Builder"]

_NUMBERS = ("mass", "money", "price", "quantity", "count", "duration", "day")
_TEXTS = ("text", "code", "country", "choice", "attribute")
_LONGEST_TITLE = 120
#: brackets and nots within one another; deeper ones nobody reads
DEEPEST = 20
_SHORTEST_GROUND, _LONGEST_GROUND = 8, 500


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as met in the text, and what it stands for."""

    field: Field
    place: Place


class Builder:
    """Builds a `Rule`; raises `RuleError` at the first thing that cannot be used."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._depth = 0
        self._tests: dict[str, Callable[[Tree[Token]], Condition]] = {
            "all_of": lambda t: And(tuple(self._joined(t, And))),
            "any_of": lambda t: Or(tuple(self._joined(t, Or))),
            "negation": lambda t: Not(self.condition(t.children[-1])),
            "is_value": self._is, "one_of": self._is, "is_not": self._is_not, "none_of": self._is_not,
            "starts": self._starts, "missing": self._missing, "known": lambda t: Not(self._missing(t)),
            "compare": self._compare, "between": self._between, "new": self._new, "finding": self._finding,
            "finding_of": self._finding_of, "finds": self._finds, "rate": self._rate, "inspected": self._inspected,
        }  # fmt: skip

    def rule(self, tree: Tree[Token]) -> Rule:
        """Return the rule of a whole tree."""
        title, condition, *rest = tree.children
        minutes, cap, cap_by = self._action(rest, place_of(tree))
        because = [part for part in rest if isinstance(part, Tree) and part.data == "because"]
        ground = inside(because[0].children[0]).strip() if because else ""
        if because and not _SHORTEST_GROUND <= len(ground) <= _LONGEST_GROUND:
            hint = f"Say in {_SHORTEST_GROUND} to {_LONGEST_GROUND} characters what the rule rests on."
            raise RuleError("This ground cannot be reviewed.", place_of(because[0]), value=ground, hint=hint)
        name = " ".join(inside(title).split())
        if not name or len(name) > _LONGEST_TITLE:
            hint = f"Give it 1 to {_LONGEST_TITLE} characters that colleagues know it by."
            raise RuleError("A rule needs a title.", place_of(title), value=name[:40], hint=hint)
        return Rule(name, self.condition(condition), minutes, cap, cap_by, ground)

    def condition(self, node: Any) -> Condition:
        """Return the condition of a subtree."""
        self._depth += 1
        if self._depth > DEEPEST:
            hint = f"Brackets and nots stand {DEEPEST} deep at most; split the rule."
            raise RuleError("This rule nests too deep to be read.", place_of(node), hint=hint)
        made = self._tests[node.data](node)
        self._depth -= 1
        return made

    def _joined(self, tree: Tree[Token], kind: type[And | Or]) -> list[Condition]:
        """Return the parts; `a and (b and c)` is `a and b and c`."""
        parts: list[Condition] = []
        for child in tree.children:
            part = self.condition(child)
            parts += part.parts if isinstance(part, kind) else (part,)
        return parts

    def _action(self, rest: Sequence[Any], place: Place) -> tuple[Decimal, int | None, str]:
        minutes, cap, cap_by = None, None, ""
        seen: set[str] = set()
        for clause in (part for part in rest if isinstance(part, Tree) and part.data in {"minutes", "cap"}):
            if clause.data in seen:
                raise RuleError("This is said twice.", place_of(clause), value=clause.data, hint="Say it once.")
            seen.add(str(clause.data))
            if clause.data == "minutes":
                minutes = checked_number(clause.children[0], low=Decimal("0.01"), high=Decimal(10000), what="minutes")
            else:
                cap = int(checked_number(clause.children[0], low=Decimal(1), whole=True, what="hits a day"))
                cap_by = self._cap_by(clause)
        if minutes is None:
            hint = "Add: , 12 minutes each (what one inspection takes)."
            raise RuleError("A rule without minutes has no cost that could be weighed.", place, hint=hint)
        return minutes, cap, cap_by

    def _cap_by(self, clause: Tree[Token]) -> str:
        if len(clause.children) < 2 or clause.children[1] is None:
            return ""
        word = clause.children[1]
        if str(word) not in {"office", "lane"}:
            raise RuleError("A cap is in each office or lane.", place_of(word), value=word, hint="Write office.")
        return str(word)

    # --- names -------------------------------------------------------------------------------------------------

    def _names(self, tree: Any) -> list[_Name]:
        found = []
        for subject in tree.children:
            place = place_of(subject)
            parts = [str(part) for part in subject.children]
            written = ATTRIBUTES + inside(subject.children[1]) if subject.data == "attribute" else " per ".join(parts)
            field = field_of(written)
            if isinstance(field, Unknown):
                raise RuleError(field.message, place, value=written.removeprefix(ATTRIBUTES), hint=field.hint)
            if written == ATTRIBUTES:
                raise RuleError("An attribute has a name.", place, hint='Write attribute "tax_type".')
            found.append(_Name(field, place))
        return found

    def _one(self, tree: Any, types: Sequence[str], verb: str) -> _Name:
        """Return the single field of a test, of one of `types`."""
        named = self._names(tree)
        if len(named) > 1:
            hint = "Names are joined by with only before: is new, and after: by."
            raise RuleError(f"Only one field {verb}.", named[1].place, value=named[1].field.name, hint=hint)
        name = named[0]
        if name.field.type == "party" and "party" not in types:
            hint = (
                f"Ask whether {name.field.name} is new or missing, or what inspections by {name.field.name} found;"
                " a tip on one party is a lookout (72 hours, reviewed)."
            )
            raise RuleError("A rule names no party.", name.place, value=name.field.name, hint=hint)
        if name.field.type not in types:
            hint = f"As in: {name.field.example}." if name.field.example else ""
            message = f"{name.field.name} is a {name.field.type}: it cannot stand before {verb!r}."
            raise RuleError(message, name.place, value=name.field.name, hint=hint)
        return name

    def _key(self, tree: Any) -> Key:
        named = self._names(tree)
        for name in named:
            if name.field.type not in (*_TEXTS, "party"):
                hint = "Codes, places, attributes and parties do: importer with hs6."
                raise RuleError("A number does not tell records apart.", name.place, value=name.field.name, hint=hint)
        columns = tuple(name.field.name for name in named)
        if len(set(columns)) < len(columns):
            raise RuleError(
                "A name stands twice.", named[-1].place, value=" with ".join(columns), hint="Once is enough."
            )
        return columns

    # --- tests -------------------------------------------------------------------------------------------------

    def _is(self, tree: Tree[Token]) -> Condition:
        name = self._one(tree.children[0], _TEXTS, "is")
        values = self._texts(name.field, tree.children[1], whole=True)
        if tree.data == "is_value" and len(values) > 1:
            raise RuleError("is takes one text.", place_of(tree.children[1]), hint='Write is one of "a", "b".')
        return Is(name.field.name, values, name.place)

    def _is_not(self, tree: Tree[Token]) -> Condition:
        name = self._one(tree.children[0], _TEXTS, "is not")
        return Not(Is(name.field.name, self._texts(name.field, tree.children[1], whole=True), name.place))

    def _starts(self, tree: Tree[Token]) -> Condition:
        name = self._one(tree.children[0], ("text", "code", "attribute"), "starts with")
        return Starts(name.field.name, self._texts(name.field, tree.children[1], whole=False), name.place)

    def _texts(self, field: Field, tree: Any, *, whole: bool) -> tuple[str, ...]:
        said = []
        for child in tree.children:
            if child.data != "text":
                hint = f'Write it in quotes: is "{written(child)}".' if field.type in _TEXTS else ""
                raise RuleError(
                    f"{field.name} is compared with a text.", place_of(child), value=written(child), hint=hint
                )
            said.append(checked_text(field, inside(child.children[0]), place_of(child), whole=whole))
        return tuple(dict.fromkeys(said))

    def _missing(self, tree: Tree[Token]) -> Missing:
        every = (*_TEXTS, "party", "mass", "money", "price", "quantity", "count", "duration")
        name = self._one(tree.children[0], every, "is missing")
        if name.field.name in {"lines", "missing_fields", "weekday"}:
            raise RuleError("This is never missing.", name.place, value=name.field.name, hint="Leave the test out.")
        return Missing(name.field.name, name.place)

    def _compare(self, tree: Any) -> Condition:
        key, op, value = tree.children
        name = self._one(key, (*_NUMBERS, *_TEXTS), str(op))
        field = name.field
        if field.type in _TEXTS and not (field.type == "attribute" and value.data == "amount"):
            shown = written(value)
            hint = f'Write {field.name} is "{shown}".' if str(op) == "=" else f"As in: {field.example}."
            raise RuleError(f"{field.name} is a {field.type}, not a number.", name.place, value=op, hint=hint)
        return Compare(field.name, str(op), bound_of(field, value), name.place)

    def _between(self, tree: Tree[Token]) -> Condition:
        key, low, high = tree.children
        name = self._one(key, (*_NUMBERS, "attribute"), "between")
        upper = bound_of(name.field, high)
        lower = bound_of(name.field, low, like=upper)
        if isinstance(lower, Value) and isinstance(upper, Value):
            if measure_of(lower.unit) != measure_of(upper.unit):
                raise RuleError("The two ends measure different things.", place_of(high), value=written(high),
                                hint="Give both one unit.")  # fmt: skip
            crossed = in_base_unit(lower) > in_base_unit(upper)
        else:
            crossed = str(lower) > str(upper)
        if crossed:
            hint = f"Write between {written(high)} and {written(low)}."
            raise RuleError("The lower end stands above the upper one.", place_of(low), value=written(low), hint=hint)
        return Between(name.field.name, lower, upper, name.place)

    def _new(self, tree: Tree[Token]) -> Condition:
        key = self._key(tree.children[0])
        return New(key, look_back(tree.children[1]), place_of(tree))

    def _finding(self, tree: Tree[Token]) -> Condition:
        code, strength = tree.children[1], tree.children[2] if len(tree.children) > 2 else None
        text = inside(code).strip()
        why = refused_code(text)
        if why:
            raise RuleError(why.message, place_of(code), value=text, hint=why.hint)
        known = self._vocabulary.codes
        if not text or (known is not None and text not in known):
            hint = close_words(text, known or ()) or "`counterflow screen checks` lists the codes there are."
            raise RuleError("There is no such finding.", place_of(code), value=text, hint=hint)
        return Finding(text, "", strength_of(strength), place_of(tree))

    def _finding_of(self, tree: Tree[Token]) -> Condition:
        strength = tree.children[2] if len(tree.children) > 2 else None
        return Finding("", self._class(tree.children[1]), strength_of(strength), place_of(tree))

    def _class(self, token: Any, *, any_too: bool = False) -> str:
        known = self._vocabulary.classes
        name = str(token)
        if known is None or name in known or (any_too and name == "any"):
            return name
        hint = close_words(name, known) or f"There are: {', '.join(sorted(known))}{', any' if any_too else ''}."
        raise RuleError("There is no such harm class.", place_of(token), value=name, hint=hint)

    def _finds(self, tree: Tree[Token]) -> Condition:
        _, harm, key, days, _, op, bound = tree.children
        number = checked_number(bound, low=Decimal(0), whole=True, what="finds")
        return Past("finds", self._class(harm, any_too=True), self._key(key), look_back(days), str(op), number,
                    place=place_of(tree))  # fmt: skip

    def _rate(self, tree: Tree[Token]) -> Condition:
        _, harm, key, days, _, least, op, bound = tree.children
        number = checked_number(bound, low=Decimal(0), high=Decimal(100), what="per cent")
        enough = int(checked_number(least, low=Decimal(1), whole=True, what="inspections"))
        return Past("rate", self._class(harm, any_too=True), self._key(key), look_back(days), str(op), number, enough,
                    place_of(tree))  # fmt: skip

    def _inspected(self, tree: Tree[Token]) -> Condition:
        _, key, days, _, op, bound = tree.children
        number = checked_number(bound, low=Decimal(0), whole=True, what="inspections")
        return Past("inspections", "", self._key(key), look_back(days), str(op), number, place=place_of(tree))
