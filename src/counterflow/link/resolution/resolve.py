"""Putting records together: forms, pairs, probabilities, clusters, and which record belongs to which entity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.link.resolution.blocking import candidate_pairs
from counterflow.link.resolution.cluster import LINK, clusters_of
from counterflow.link.resolution.compare import Vectors, compare
from counterflow.link.resolution.decisions import Decided
from counterflow.link.resolution.fields import Forms, forms_of
from counterflow.link.resolution.kernels import pairs_in_groups
from counterflow.link.resolution.weights import Weights, learn, probability

__all__ = ["Resolved", "resolve_records"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: no answer of a program is certain
SUREST = 0.9999
_ROUNDS = 5  # of looking for contradictions that no pair had shown


@dataclass(frozen=True)
class Links:
    """Pairs of nodes with what was found.

    A node is a form, or a record that a person decided on and that shares its form with others.
    """

    left: Small
    right: Small
    probability: Floats
    apart: Flags
    together: Flags

    def beside(self, other: Links) -> Links:
        """Return these pairs and the others."""
        return Links(
            np.concatenate([self.left, other.left]), np.concatenate([self.right, other.right]),
            np.concatenate([self.probability, other.probability]), np.concatenate([self.apart, other.apart]),
            np.concatenate([self.together, other.together]),
        )  # fmt: skip


@dataclass(frozen=True)
class Resolved:
    """What was found.

    Args:
        forms: what the records say.
        cluster: of each record, a number; records of one entity share it.
        probability: of each record, the chance that it belongs where it stands.
        weights: what was learnt.
        node: of each record, its node; -1 for a record that says too little to be put together even with its like.
        links: pairs of nodes that were compared.
        form_of_node: the form of each node.
        same: of each node, the chance that two records that say just this are one party.
        pairs: how many pairs of forms were compared.
        cut: groups too large to compare each with each.
    """

    forms: Forms
    cluster: Ints
    probability: Floats
    weights: Weights
    node: Ints
    links: Links
    form_of_node: Small
    same: Floats
    pairs: int
    cut: int


def resolve_records(records: pa.Table, decided: Decided | None = None, link: float = LINK) -> Resolved:
    """Put records together that name one party; the same whatever their order.

    Args:
        records: text columns as `fields.forms_of` takes them.
        decided: pairs of rows that a person called the same or different.
        link: probability from which two records are linked.
    """
    decided = decided or Decided.none()
    forms = forms_of(records)
    blocked = candidate_pairs(forms)
    vectors = compare(forms, blocked.left, blocked.right)
    weights = learn(vectors, _sizes(forms), len(forms))
    chance = _told(vectors, probability(vectors, weights, len(forms)))
    every = np.arange(len(forms), dtype=np.int32)
    itself = compare(forms, every, every)
    same = _told(itself, probability(itself, weights, len(forms)))
    node, form_of_node = _nodes(forms, decided)
    links = _between_nodes(blocked.left, blocked.right, chance, _contradict(vectors), same, form_of_node, len(forms))
    links = _overruled(links, _decisions(decided, node), len(form_of_node))
    # Records that say so little that two of their like are no more probably one party than two stand alone.
    lonely = (np.bincount(node, minlength=len(form_of_node)) > 1) & (same[form_of_node] < link)
    usable = ~(lonely[links.left] | lonely[links.right])
    links = _taken(links, usable)
    label = _without_contradictions(forms, form_of_node, links, link)
    alone = lonely[node]
    cluster = np.where(alone, len(form_of_node) + np.arange(len(node)), label[node])
    chance_of_record = _chances(label, node, links, same[form_of_node], alone)
    return Resolved(
        forms, cluster, chance_of_record, weights, np.where(alone, -1, node), links, form_of_node,
        same[form_of_node], len(blocked.left), blocked.cut,
    )  # fmt: skip


def _sizes(forms: Forms) -> dict[str, Floats]:
    name, place = forms.column("name"), forms.column("address")
    return {"name": forms.names.weight[name[name >= 0]], "place": forms.places.weight[place[place >= 0]]}


def _told(vectors: Vectors, chance: Floats) -> Floats:
    """Take away what only rests on a place: an address without a name or a number is nobody's."""
    numbers = [vectors.band(what) == 2 for what in ("phone", "email", "identifier")]
    answer: Floats = np.where((vectors.band("name") >= 0) | np.any(numbers, axis=0), chance, 0.0)
    return answer


def _contradict(vectors: Vectors) -> Flags:
    """Pairs that cannot be one party: papers of one kind with other numbers, births in other years."""
    found: Flags = (vectors.band("identifier") == 1) | (vectors.band("born") == 0)
    return found


def _nodes(forms: Forms, decided: Decided) -> tuple[Ints, Small]:
    """Return the node of each record and the form of each node: a decided record with its like stands apart."""
    node = forms.of_record.astype(np.int64)
    rows = decided.rows()
    extra = rows[forms.count[node[rows]] > 1]
    form_of_node = np.concatenate([np.arange(len(forms)), node[extra]]).astype(np.int32)
    node[extra] = len(forms) + np.arange(len(extra))
    return node, form_of_node


def _between_nodes(
    left: Small, right: Small, chance: Floats, apart: Flags, same: Floats, form_of_node: Small, forms: int
) -> Links:
    """Pairs of forms as pairs of nodes: those that stand apart from their form take part in all its pairs."""
    every = Links(left, right, chance, apart, np.zeros(len(left), np.bool_))
    forms_apart = form_of_node[forms:]
    near = np.isin(left, forms_apart) | np.isin(right, forms_apart)
    links = _taken(every, near)
    for extra in range(forms, len(form_of_node)):
        links = links.beside(_as_its_form(links, extra, int(form_of_node[extra]), float(same[form_of_node[extra]])))
    return _taken(every, ~near).beside(links)


def _as_its_form(links: Links, node: int, form: int, same: float) -> Links:
    """Pairs of a node that stands apart from its form: those of the form, and the one with the form itself."""
    rows = np.flatnonzero((links.left == form) | (links.right == form))
    other = np.where(links.left[rows] == form, links.right[rows], links.left[rows])
    nobody = np.zeros(len(rows) + 1, np.bool_)
    apart = nobody.copy()
    apart[:-1] = links.apart[rows]
    return Links(
        np.append(other, form).astype(np.int32), np.full(len(nobody), node, np.int32),
        np.append(links.probability[rows], same), apart, nobody,
    )  # fmt: skip


def _decisions(decided: Decided, node: Ints) -> Links:
    left, right = node[decided.left].astype(np.int32), node[decided.right].astype(np.int32)
    return Links(left, right, np.where(decided.same, SUREST, 0.0), ~decided.same, decided.same.copy())


def _overruled(links: Links, decisions: Links, total: int) -> Links:
    """Return the pairs with those that a person decided on in place of what was computed for them."""
    keys = [
        np.minimum(of.left, of.right).astype(np.int64) * total + np.maximum(of.left, of.right)
        for of in (links, decisions)
    ]
    return _taken(links, ~np.isin(keys[0], keys[1])).beside(decisions)


def _taken(links: Links, rows: Flags | Ints) -> Links:
    return Links(links.left[rows], links.right[rows], links.probability[rows], links.apart[rows], links.together[rows])


def _without_contradictions(forms: Forms, form_of_node: Small, links: Links, link: float) -> Ints:
    """Return clusters in which no two members contradict each other, though they were never compared."""
    papers, born = forms.column("identifier")[form_of_node], forms.column("born")[form_of_node]
    telling = np.flatnonzero((papers >= 0) | (born >= 0))
    for _ in range(_ROUNDS):
        label = clusters_of(
            len(form_of_node), links.left, links.right, links.probability, links.apart, links.together, link
        )
        rows = telling[np.argsort(label[telling], kind="stable")]
        begins = np.append(np.flatnonzero(np.diff(label[rows], prepend=-1)), len(rows)).astype(np.int64)
        pairs = rows[pairs_in_groups(begins, 500, 500)[0]]
        left, right = form_of_node[pairs[:, 0]], form_of_node[pairs[:, 1]]
        against = pairs[_contradict(compare(forms, left, right))]
        if not len(against):
            break
        links = links.beside(_never(against))
    return label


def _never(pairs: Ints) -> Links:
    yes = np.ones(len(pairs), np.bool_)
    left, right = pairs.astype(np.int32).T
    return Links(left.copy(), right.copy(), np.zeros(len(pairs)), yes, ~yes)


def _chances(label: Ints, node: Ints, links: Links, same: Floats, alone: Flags) -> Floats:
    """Return for each record its strongest link within its entity; for one that stands alone, 1 less its strongest."""
    within = label[links.left] == label[links.right]
    inside, outside = np.zeros(len(label)), np.zeros(len(label))
    for ends in (links.left, links.right):
        np.maximum.at(inside, ends[within], links.probability[within])
        np.maximum.at(outside, ends[~within], np.where(links.apart, 0.0, links.probability)[~within])
    several = np.bincount(node, minlength=len(label)) > 1
    inside = np.where(several, np.maximum(inside, same), inside)
    members = np.bincount(label[node[~alone]], minlength=len(label))[label]
    chance = np.where(members > 1, inside, 1.0 - outside)[node]
    chance[alone] = 1.0 - same[node[alone]]
    answer: Floats = np.clip(chance, 1.0 - SUREST, SUREST)
    return answer
