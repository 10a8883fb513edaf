"""The engine against what else writes many variants of one brief, in one run: the same weights, the same work.

    pip install openvino-genai==2026.4.1        # for the table's line of that name; left out where it is not installed
    python -m benchmarks.generation [--model small] [--only ours,matmul] [--json FILE]

The work is 8 segments x 16 variants x exactly 24 tokens after a brief of 200, as token ids. Each side runs in a process
of its own, in turns, so that its peak memory is its own. The matrix products alone are those of every linear layer at
the same batch, once a token: what no engine on these weights can do without. `int8` is ours with products of 8 bits.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.generation_sides import RUN

ROUNDS = 3
ONCE = {"large", "campaign"}  # long, and compared with nothing from another process


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small", help="default, medium or small")
    parser.add_argument("--only", type=_sides, default=[*RUN], help=f"some of {','.join(RUN)}; all by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each side takes its turn")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_side(given.side, given.model)))
        return
    turns = [[side for side in given.only if number == 0 or side not in ONCE] for number in range(given.rounds)]
    numbers = table((side, _apart(side, given.model)) for turn in turns for side in turn)
    for name, value in numbers.items():
        print(f"{name:32} {value:10.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _sides(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in RUN]:
        raise argparse.ArgumentTypeError(f'"{unknown[0]}" is none of {", ".join(RUN)}')
    return names


def _apart(side: str, model: str) -> dict[str, float]:
    """One side in a process of its own; nothing where it says that it cannot run here."""
    command = [sys.executable, "-m", "benchmarks.generation", "--side", side, "--model", model]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{side}: left out: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{side}: {found}", file=sys.stderr)
    return found


def table(runs: Iterable[tuple[str, dict[str, float]]]) -> dict[str, float]:
    """Of each side its best round; what is compared is best with best, what grows is compared within a round."""
    best: dict[str, float] = {}
    others: dict[str, list[float]] = {}
    for side, found in runs:
        if "rate" in found:
            best[side] = max(best.get(side, 0.0), found["rate"])
        if side == "large" and found:
            others["peak_gb"] = [found["peak_gb"]]
        for name in found.keys() - {"rate", "peak_gb"}:
            others.setdefault(name, []).append(found[name])
    rates = {f"{side}_variants_a_second": rate for side, rate in best.items()}
    ratios = {
        f"{own}_over_{side}": best[own] / rate
        for own in ("ours", "int8")
        for side, rate in best.items()
        if own in best and side not in {"ours", "int8"}
    }
    return {**rates, **ratios, **{name: statistics.median(values) for name, values in sorted(others.items())}}


def _side(side: str, model: str) -> dict[str, float]:
    """What a side measures, and the peak memory of its process."""
    found = RUN[side](model)
    return {**found, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


if __name__ == "__main__":
    main()
