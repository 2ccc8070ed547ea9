"""What a mix of supply and demand measures would do, over years, with its doubt.

One compiled model of people, harm and supply (`model`), what a policy can pull (`levers`), fitted to public series
(`calibrate`), its doubt taken apart (`doubt`), mixes weighed (`compare`), what is likely next (`forecast`), and every
claim tested (`validate`). Method and limits: docs/methods/strategy-model.md.
"""
