"""Fitting the model to public series: what data say of each parameter, and what they leave open.

In order: which series, and how far each can be trusted (`targets`); how likely they are given a run (`likelihood`);
what is known beforehand (`space`); a broad screen (`screen`), many descents (`search`), an ensemble of walkers
(`ensemble`) that is judged before it is believed (`diagnostics`); what was learnt (`learnt`); what the model still
gets wrong (`errors`); and whether the whole finds known truth again (`recovery`).
Method and limits: docs/methods/strategy-calibration.md.
"""
