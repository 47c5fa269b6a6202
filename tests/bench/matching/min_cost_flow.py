"""Solves every DIMACS minimum-cost-flow file of a folder with OR-Tools' SimpleMinCostFlow.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python min_cost_flow.py [--runs N] [--json] FOLDER

Prints, for each *.min file and in total, nodes, arcs, the cost of the best flow and the CPU seconds that solve() took, the
median of so many runs; reading and building the network are not counted. The cost is summed from the flow of each arc, in
integers without bound. Where a file has a remark "c optimum N", the cost is compared with it. With --json it prints one
object a line instead: file, arcs, cost as text or null, and the seconds of each run.
Ends with 1 if a file has no flow or another cost than its remark says.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy
from ortools.graph.python import min_cost_flow


def read(path):
    """The number of nodes, the supplies by node, the columns of the arcs, and the known optimum or None."""
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


def solve(path, runs):
    """Nodes, arcs, cost, the seconds of each run and the known optimum of a file; the cost is None if there is no flow."""
    nodes, supplies, (tails, heads, _, capacities, costs), optimum = read(path)
    seconds = []
    for _ in range(runs):
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tails - 1, heads - 1, capacities, costs)
        for node, supply in supplies.items():
            flow.set_node_supply(node, supply)
        begin = time.process_time()
        status = flow.solve()
        seconds.append(time.process_time() - begin)
    solved = status == flow.OPTIMAL
    cost = sum(each * units for each, units in zip(costs.tolist(), flow.flows(arcs).tolist())) if solved else None
    return nodes, len(tails), cost, seconds, optimum


def main():
    parser = argparse.ArgumentParser(description="Solves DIMACS minimum-cost-flow files with OR-Tools.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("*.min"))
    if not files:
        sys.exit(f"error: no *.min files in {arguments.folder}")
    if not arguments.json:
        print("| file | nodes | arcs | cost | known optimum | CPU seconds |\n|---|---|---|---|---|---|")
    faults, totals = 0, [0, 0, 0, 0.0]
    for path in files:
        nodes, arcs, cost, seconds, optimum = solve(path, arguments.runs)
        known = "-" if optimum is None else "equal" if cost == optimum else f"differs: {optimum}"
        faults += cost is None or known.startswith("differs")
        median = statistics.median(seconds)
        if arguments.json:
            told = None if cost is None else str(cost)
            print(json.dumps({"file": path.name, "arcs": arcs, "cost": told, "seconds": seconds}))
        else:
            print(f"| {path.name} | {nodes} | {arcs} | {cost} | {known} | {median:.6f} |")
        totals = [sum(pair) for pair in zip(totals, (nodes, arcs, cost or 0, median))]
    if not arguments.json:
        print("| total | {} | {} | {} | - | {:.6f} |".format(*totals))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
