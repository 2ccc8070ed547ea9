"""The Merkle root: the published vectors, the definition of RFC 9162, and a frontier taken up again."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.store.ledger.merkle import Frontier, leaf_hash

# The leaves and roots that Certificate Transparency implementations test themselves with (tree sizes 0 to 8).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_over(entries: list[bytes]) -> bytes:
    frontier = Frontier()
    for entry in entries:
        frontier.push(leaf_hash(entry))
    return frontier.root()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(verifier, size):
    leaves = [bytes.fromhex(leaf) for leaf in LEAVES[:size]]
    tree = verifier.Tree()
    for leaf in leaves:
        tree.push(leaf)
    assert root_over(leaves).hex() == ROOTS[size] == tree.root()


def by_definition(entries: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_definition(entries[:split]) + by_definition(entries[split:])).digest()


@given(st.lists(st.binary(max_size=5), max_size=70))
def test_the_frontier_gives_the_root_of_the_definition(entries):
    assert root_over(entries) == by_definition(entries)


@given(st.lists(st.binary(max_size=5), max_size=40), st.integers(0, 40))
def test_a_frontier_taken_up_again_goes_on_the_same(entries, cut):
    first = Frontier()
    for entry in entries[:cut]:
        first.push(leaf_hash(entry))
    again = Frontier(first.size, first.peaks)
    for entry in entries[cut:]:
        again.push(leaf_hash(entry))
    assert again.root() == root_over(entries)


def test_a_frontier_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="full subtrees"):
        Frontier(3, [b"x" * 32])
