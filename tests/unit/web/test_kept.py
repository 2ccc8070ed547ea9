"""A board is made again when something changed, and not for every visitor."""

from counterflow.web.kept import Kept


def test_it_is_made_again_when_the_state_changes_and_only_then():
    state, made = ["a"], []
    kept = Kept(lambda: made.append(1) or len(made), lambda: state[0], seconds=60)
    assert [kept(), kept()] == [1, 1]
    state[0] = "b"
    assert [kept(), kept()] == [2, 2]


def test_it_is_made_again_when_it_is_old():
    made = []
    kept = Kept(lambda: made.append(1) or len(made), lambda: None, seconds=-1)
    assert [kept(), kept()] == [1, 2]


def test_a_failure_is_not_kept():
    answers = iter([ZeroDivisionError(), "board"])

    def make():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(make, lambda: None, seconds=60)
    try:
        kept()
    except ZeroDivisionError:
        assert kept() == "board"
    else:
        raise AssertionError("the failure was swallowed")
