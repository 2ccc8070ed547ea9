"""The work that follows an alarm, a flag or a held order: queue, dossier, questions, decisions, reports, outcomes.

* `queue`: what is open, ordered by what waiting would cost.
* `dossier`: all that is known of one customer and product, with what would clear it.
* `questions`: due diligence asked and answered.
* `decisions`: what a named person decides, sealed before it takes effect; `dispositions`: how that turned out.
* `reports`: drafts for an authority; a person files them. `year`: the firm's year, which an outsider can check.
* `checklist`: points of the voluntary codes, and what the workspace shows for each.

Nothing here holds, releases, refuses, reports or sends by itself.
"""
