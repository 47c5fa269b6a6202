"""Solves every DIMACS minimum-cost-flow file of a folder with OR-Tools' SimpleMinCostFlow.

    python3 -m venv .venv && .venv/bin/pip install ortools
    .venv/bin/python min_cost_flow.py FOLDER

Prints, for each *.min file and in total, nodes, arcs, the cost of the best flow and the seconds that solve() took;
reading and building the network are not counted. Where a file has a remark "c optimum N", the cost is compared with it.
Ends with 1 if a file has no flow or another cost than its remark says.
"""

import sys
import time
from pathlib import Path

import numpy
from ortools.graph.python import min_cost_flow


def read(path):
    """The supplies by node, the columns of the arcs, and the known optimum or None."""
    supplies, arcs, nodes, optimum = {}, [], 0, None
    for line in path.read_text().splitlines():
        kind, *fields = line.split()
        if kind == "a":
            arcs.append(fields)
        elif kind == "n":
            supplies[int(fields[0]) - 1] = int(fields[1])
        elif kind == "p":
            nodes = int(fields[1])
        elif fields[:1] == ["optimum"]:
            optimum = int(fields[1])
    columns = numpy.array(arcs, dtype=numpy.int64).T
    if columns[2].any():
        sys.exit(f"error: {path} has arcs with a lower bound, expected none")
    return nodes, supplies, columns, optimum


def solve(path):
    """Nodes, arcs, cost, seconds and the known optimum of a file; the cost is None if there is no flow."""
    nodes, supplies, (tails, heads, _, capacities, costs), optimum = read(path)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(tails - 1, heads - 1, capacities, costs)
    for node, supply in supplies.items():
        flow.set_node_supply(node, supply)
    begin = time.perf_counter()
    status = flow.solve()
    seconds = time.perf_counter() - begin
    cost = flow.optimal_cost() if status == flow.OPTIMAL else None
    return nodes, len(tails), cost, seconds, optimum


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: min_cost_flow.py FOLDER")
    files = sorted(Path(sys.argv[1]).glob("*.min"))
    if not files:
        sys.exit(f"error: no *.min files in {sys.argv[1]}")
    print("| file | nodes | arcs | cost | known optimum | seconds |\n|---|---|---|---|---|---|")
    faults, totals = 0, [0, 0, 0, 0.0]
    for path in files:
        nodes, arcs, cost, seconds, optimum = solve(path)
        known = "-" if optimum is None else "equal" if cost == optimum else f"differs: {optimum}"
        faults += cost is None or known.startswith("differs")
        print(f"| {path.name} | {nodes} | {arcs} | {cost} | {known} | {seconds:.6f} |")
        totals = [sum(pair) for pair in zip(totals, (nodes, arcs, cost or 0, seconds))]
    print("| total | {} | {} | {} | - | {:.6f} |".format(*totals))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
