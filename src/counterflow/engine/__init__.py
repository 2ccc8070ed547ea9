"""Where pure stages run: in this process or in a pool of processes, with the same rows out.

A stage never opens a store; an engine never knows what a stage is for.
"""

from counterflow.engine.stages import Stage, run_stage

__all__ = ["Stage", "run_stage"]
