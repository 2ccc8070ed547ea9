"""What the program says when it is called wrongly."""

import pytest

from counterflow.cli.errors import guarded


def test_called_without_a_command_it_shows_its_help_and_complains_of_nothing(capsys):
    assert guarded([]) == 2
    told = capsys.readouterr()
    assert "Usage: counterflow" in told.out + told.err
    assert "says how it is called" not in told.err


@pytest.mark.parametrize("arguments", [["nonsense"], ["intake", "load"]])
def test_called_wrongly_it_says_how(arguments, capsys):
    assert guarded(arguments) == 2
    assert "counterflow --help says how it is called" in capsys.readouterr().err
