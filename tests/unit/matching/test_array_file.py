"""A file of arrays: what comes back is what went in, or the file is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.matching.array_file import read_arrays, write_arrays

KIND = "example of arrays 1"
ARRAYS = {
    "numbers": np.arange(100, dtype=np.int64),
    "flags": np.array([True, False]),
    "none": np.zeros(0, np.uint16),
    "table": np.arange(6, dtype=np.float64).reshape(2, 3),
}


@pytest.fixture
def path(tmp_path):
    write_arrays(tmp_path / "a", KIND, ARRAYS)
    return tmp_path / "a"


def test_arrays_come_back_as_they_went_in_and_cannot_be_changed(path):
    found = read_arrays(path, KIND)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    with pytest.raises(ValueError, match="read-only"):
        found["numbers"][0] = 1
    assert list(path.parent.iterdir()) == [path]


def test_no_arrays_are_a_file_too(tmp_path):
    write_arrays(tmp_path / "a", KIND, {})
    assert read_arrays(tmp_path / "a", KIND) == {}


def test_another_kind_of_file_is_refused(path):
    with pytest.raises(ValueError, match="is not a file of example of arrays 2"):
        read_arrays(path, "example of arrays 2")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_wherever_it_was_hit(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "a"
    write_arrays(path, KIND, ARRAYS)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    hurt = bytearray(whole)
    if data.draw(st.booleans()):
        del hurt[at:]
    else:
        hurt[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(hurt))
    with pytest.raises(ValueError, match=r"damaged|not a file"):
        read_arrays(path, KIND)
