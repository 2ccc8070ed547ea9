"""The rooms in order: a run is a list of named steps, recorded as each is done, resumable from where it stopped."""

from counterflow.flow.steps import Step, StepDone, run_steps

__all__ = ["Step", "StepDone", "run_steps"]
