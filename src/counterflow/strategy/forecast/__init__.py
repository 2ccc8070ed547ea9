"""What is likely next: forward runs on supply indicators, and forecasts of planned actions before they happen.

`forecast` runs the fitted model past the last year it was trained on. `action_forecast` says, before an action, what it
would change, in the form that the action record seals. Method and limits: docs/methods/strategy-forecasts.md.
"""
