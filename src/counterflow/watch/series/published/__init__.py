"""Readers of official tables, one file per published form; each says for which edition it was checked."""

from __future__ import annotations

from counterflow.watch.series.published.cbp import read_cbp
from counterflow.watch.series.published.dose import read_dose
from counterflow.watch.series.published.nflis import read_nflis
from counterflow.watch.series.published.prices import read_prices
from counterflow.watch.series.published.vsrr import read_vsrr
from counterflow.watch.series.published.vsrr_county import read_vsrr_county
from counterflow.watch.series.published.wonder import read_wonder
from counterflow.watch.series.reader import Reader

__all__ = ["READERS"]

#: name of a form, as `watch load --as` takes it, to its reader
READERS: dict[str, Reader] = {
    "cbp-seizures": read_cbp,
    "cdc-dose": read_dose,
    "cdc-vsrr": read_vsrr,
    "cdc-vsrr-county": read_vsrr_county,
    "cdc-wonder": read_wonder,
    "nflis": read_nflis,
    "prices": read_prices,
}
