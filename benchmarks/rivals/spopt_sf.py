"""Optima of spopt (0.7.0, CBC) on its San Francisco set: p-median and people within 5 km, p = 1 to 8.

python -m venv R && R/bin/pip install spopt==0.7.0
R/bin/python benchmarks/rivals/spopt_sf.py FOLDER     # with the CSV of spopt's tests
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pulp
from spopt.locate import MCLP, PMedian

FILE = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"


def main():
    rows = pd.read_csv(Path(sys.argv[1]) / FILE)
    cost = rows.pivot_table(values="distance", index="DestinationName", columns="name")
    people = rows.drop_duplicates("DestinationName").set_index("DestinationName").demand.reindex(cost.index).to_numpy()
    for new in range(1, 9):
        quiet = pulp.PULP_CBC_CMD(msg=False)
        median = PMedian.from_cost_matrix(cost.to_numpy(), people, p_facilities=new).solve(quiet)
        cover = MCLP.from_cost_matrix(cost.to_numpy(), people, 5000, p_facilities=new).solve(quiet)
        print(new, pulp.value(median.problem.objective), abs(pulp.value(cover.problem.objective)))


if __name__ == "__main__":
    main()
