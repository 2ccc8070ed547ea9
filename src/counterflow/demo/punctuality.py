"""Which advance data came, how complete and how late: a profile for each sender and country.

The size of the gap is that of the time before the law was carried out: roughly six in ten items with advance
data, and origins between a third and nine in ten. Which country is which is dealt by the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places
from counterflow.demo.traffic import Draft

__all__ = ["Punctuality", "make_punctuality"]

#: fields that a sender may leave empty, and how often an ordinary one does where advance data came
BLANKABLE = {
    "consignor_name": 0.01,
    "consignor_address": 0.08,
    "consignee_name": 0.005,
    "consignee_address": 0.04,
    "description": 0.02,
    "hs": 0.06,
    "value": 0.04,
    "pieces": 0.05,
}
#: share of paper forms that somebody types in where no advance data came; the rest cannot be screened at all
_TYPED = 0.35
#: growth of the logit of advance data each week, and how fast gaps close
_WEEKLY_GAIN, _GAP_HALVING_WEEKS = 0.03, 60.0
_MAIL_LOGIT, _OTHER_LOGIT, _SPREAD = 0.5, 3.5, 0.9


@dataclass(frozen=True)
class Punctuality:
    """How each sender behaves; arrays are senders × countries.

    Args:
        logit: logit of the share with advance data in week 0.
        carelessness: multiplies the shares of `BLANKABLE`.
        lead_hours: mean hours between the data and the moment they were due; negative is late.
    """

    logit: np.ndarray
    carelessness: np.ndarray
    lead_hours: np.ndarray

    def apply(self, draft: Draft, week: int, places: Places, rng: np.random.Generator) -> None:
        """Add advance (bool), due (seconds after posting), lead (seconds before due), blank_<field>."""
        count = len(draft["lane"])
        cell = (draft["sender"], draft["country"])
        logit = self.logit[cell] + _WEEKLY_GAIN * week
        draft["advance"] = rng.random(count) < 1.0 / (1.0 + np.exp(-logit))
        draft["due"] = np.minimum(rng.integers(20, 72, count) * 3_600, draft["transit"] // 2)
        lead = rng.normal(self.lead_hours[cell] + 0.1 * week, 14.0)
        draft["lead"] = (np.clip(lead, -96, 96) * 3_600).astype(np.int64)
        silent = ~draft["advance"] & (rng.random(count) >= _TYPED) & _is_mail(places)[draft["lane"]]
        closing = 0.5 ** (week / _GAP_HALVING_WEEKS)
        for name, share in BLANKABLE.items():
            careless = np.minimum(share * self.carelessness[cell] * closing, 0.9)
            draft[f"blank_{name}"] = silent | (rng.random(count) < careless)


def _is_mail(places: Places) -> np.ndarray:
    return np.array([lane.base == "mail" for lane in places.lanes])


def make_punctuality(options: WorldOptions, places: Places) -> Punctuality:
    """Return the profiles of this world."""
    rng = generator(options.seed, "world", "punctuality")
    shape = (len(places.senders), len(places.countries))
    is_post = np.array([name.startswith("POST-") for name in places.senders])
    by_country = rng.normal(0.0, _SPREAD, shape[1])[None, :]
    base = np.where(is_post, _MAIL_LOGIT, _OTHER_LOGIT)[:, None]
    return Punctuality(
        logit=base + np.where(is_post[:, None], by_country, rng.normal(0.0, 0.5, shape)),
        carelessness=rng.lognormal(0.0, 0.6, shape),
        lead_hours=rng.normal(10.0, 8.0, shape) + np.where(is_post, -4.0, 4.0)[:, None],
    )
