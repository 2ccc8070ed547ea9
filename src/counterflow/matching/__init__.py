"""Kernels that several rooms need: text normaliser, term automaton, name index, name score.

Nothing here knows a list by name, a store or a workspace: text and arrays in, matches and scores out.
"""
