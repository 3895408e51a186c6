"""Runs the twins and records what they do.

    record.py               write recorded.json and the trace files
    record.py --check       write nothing; fail when one of them is stale
    record.py --seeds FILE  write nothing; fail when a twin and its seed differ
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Behind the standard library, where asyncio needs the package `concurrent`,
# which is the name of a twin too.
sys.path = [entry for entry in sys.path if Path(entry).resolve() != HERE] + [str(HERE)]
sys.dont_write_bytecode = True

import argparse
import importlib.util
import itertools
import json
import re
from typing import NamedTuple

import twin

RECORDED = HERE / "recorded.json"
TRACES = HERE.parents[1] / "src" / "programs" / "traces"


class Sizes(NamedTuple):
    run: tuple  # every size that is recorded
    shown: tuple  # those that have a section in the trace file


PROGRAMS = {
    "nothing": Sizes((0, 1, 2, 7, 40), (0, 1)),
    "awaiting": Sizes((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4, 5, 6)),
    "sequential": Sizes((0, 1, 2, 7, 40), (2,)),
    "nested_await": Sizes((1,), (1,)),
    "concurrent": Sizes((0, 1, 2, 3, 4), (0, 1, 2, 3, 4)),
    "gather_results": Sizes((0, 1, 2, 7, 40), (2,)),
    "completion_order": Sizes((0, 1, 2, 7, 40), (2,)),
    "create_task": Sizes((1,), (1,)),
    "background_task": Sizes((1,), (1,)),
    "say_after": Sizes((1,), (1,)),
    "running_average": Sizes((0, 1, 2, 3, 7, 40), (3,)),
    "delegation": Sizes((0, 1, 2, 7, 40), (1,)),
    "countdown": Sizes((0, 1, 2, 3, 7, 40), (3,)),
    "round_robin": Sizes((0, 1, 2, 7, 40), (2,)),
    "ping_pong": Sizes((0, 1, 2, 7, 40), (2,)),
    "pipeline": Sizes((0, 1, 2, 7, 40), (7,)),
    "first_of_many": Sizes((0, 1, 2, 7, 40), (7,)),
    "deadline": Sizes((0, 1, 2, 7), (7,)),
    "cancel": Sizes((0, 1, 2, 7), (2,)),
    "siblings": Sizes((0, 1, 2, 7, 40), (7,)),
    "left_behind": Sizes((1,), (1,)),
    "ticker": Sizes((0, 1, 2, 7, 40), (2,)),
    "tree_walk": Sizes((0, 1, 2, 7, 40), (7,)),
}

# The number of a seed program, and the runs that play it, one after the other.
SEEDS = {
    "01": [("awaiting", 0)],
    "02": [("awaiting", 1)],
    "03": [("sequential", 2)],
    "04": [("concurrent", 0)],
    "05": [("concurrent", 1)],
    "06": [("nothing", 0)],
    "07": [("nothing", 1)],
    "08": [("awaiting", 2)],
    "09": [("concurrent", 2)],
    "10": [("gather_results", 2)],
    "11": [("completion_order", 2)],
    "12": [("awaiting", 3)],
    "13": [("concurrent", 3)],
    "14": [("create_task", 1)],
    "15": [("awaiting", 4)],
    "16": [("running_average", 3), ("delegation", 1), ("countdown", 3)],
    "17": [("nested_await", 1)],
    "18": [("background_task", 1)],
    "19": [("concurrent", 4)],
    "20": [("awaiting", 5)],
    "21": [("say_after", 1)],
    "22": [("awaiting", 6)],
}


def load(name):
    """The module of a twin, from its file: a plain import would find the
    standard library's `concurrent`."""
    spec = importlib.util.spec_from_file_location(f"twin_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_all():
    """{(program, size): Run}, sorted."""
    runs = {}
    for name, sizes in sorted(PROGRAMS.items()):
        program = load(name)
        for size in sorted(sizes.run):
            runs[name, size] = twin.run(program, size)
    return runs


# What the files hold.


def entry(name, size, run):
    trace = [list(line) for line in run.trace]
    return {"program": name, "size": size, "trace": trace, "value": run.value}


def one_per_line(items):
    lines = [json.dumps(item, separators=(",", ":")) for item in items]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def recorded_text(runs):
    return one_per_line(entry(name, size, run) for (name, size), run in runs.items())


def trace_line(ms, task, text):
    return f"{ms:>5} ms  {task:<9} {text}".rstrip()


def section(name, size, run):
    header = f"value {run.value}"
    if len(PROGRAMS[name].run) > 1:
        header = f"size {size}, {header}"
    lines = [trace_line(*line) for line in run.trace]
    return [header, *(lines or ["(prints nothing)"])]


def trace_lines(name, runs):
    """The lines of a trace file, each with the size it belongs to."""
    lines = []
    for size in PROGRAMS[name].shown:
        if lines:
            lines.append((size, ""))
        lines += [(size, line) for line in section(name, size, runs[name, size])]
    return lines


def trace_text(name, runs):
    return "".join(line + "\n" for _, line in trace_lines(name, runs))


def write(runs):
    TRACES.mkdir(parents=True, exist_ok=True)
    RECORDED.write_text(recorded_text(runs), encoding="utf-8", newline="\n")
    for name in PROGRAMS:
        path = TRACES / f"{name}.txt"
        path.write_text(trace_text(name, runs), encoding="utf-8", newline="\n")


# Whether the files are up to date. Every check yields its complaints.


def first_difference(kept, fresh):
    """Index and description of the first line that differs, or None."""
    pairs = itertools.zip_longest(kept, fresh, fillvalue="(no line)")
    for index, (old, new) in enumerate(pairs):
        if old != new:
            return index, f"line {index + 1}\n    is:        {old}\n    should be: {new}"
    return None


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def as_lines(entry):
    return [*(trace_line(*line) for line in entry["trace"]), f"value {entry['value']}"]


def check_recorded(runs):
    text = read(RECORDED)
    fresh_text = recorded_text(runs)
    if text == fresh_text:
        return
    try:
        kept = {(old["program"], old["size"]): as_lines(old) for old in json.loads(text)}
    except (ValueError, TypeError, KeyError):
        yield f"{RECORDED.name}: missing or unreadable"
        return
    same = True
    for (name, size), run in runs.items():
        if (name, size) not in kept:
            same = False
            yield f"{RECORDED.name}: {name}, size {size}: not recorded"
        elif found := first_difference(kept[name, size], as_lines(entry(name, size, run))):
            same = False
            yield f"{RECORDED.name}: {name}, size {size}: {found[1]}"
    for name, size in kept:
        if (name, size) not in runs:
            same = False
            yield f"{RECORDED.name}: {name}, size {size}: not in the table"
    if same:
        _, where = first_difference(text.split("\n"), fresh_text.split("\n"))
        yield f"{RECORDED.name}: the form differs: {where}"


def check_trace(name, runs):
    text = read(TRACES / f"{name}.txt")
    if not text:
        yield f"{name}.txt: missing or empty"
        return
    fresh = trace_text(name, runs)
    if found := first_difference(text.split("\n"), fresh.split("\n")):
        index, where = found
        sizes = [size for size, _ in trace_lines(name, runs)]
        size = sizes[min(index, len(sizes) - 1)]
        yield f"{name}.txt: {name}, size {size}: {where}"


def check(runs):
    yield from check_recorded(runs)
    for name in PROGRAMS:
        yield from check_trace(name, runs)
    for path in sorted(TRACES.glob("*.txt")):
        if path.stem not in PROGRAMS:
            yield f"{path.name}: no program of this name in the table"


# Whether the twins do what the seed programs do.


def read_seeds(path):
    """{name: (lines, returns, end_ms)}, from the long form or from seeds.json."""
    seeds = {}
    for seed in json.loads(path.read_text(encoding="utf-8")):
        if "seed" in seed:
            name, lines = seed["seed"], seed["lines"]
        else:
            name, lines = seed["name"], [(line["t_ms"], line["text"]) for line in seed["lines"]]
        seeds[name] = (lines, seed["returns"], seed["end_ms"])
    return seeds


def in_a_row(runs):
    """Lines, value and end of several runs that follow each other."""
    lines = []
    end_ms = 0
    for run in runs:
        lines += [(end_ms + ms, text) for ms, _, text in run.trace]
        end_ms += run.end_ms
    return lines, runs[-1].value, end_ms


def line_matches(seed_line, line):
    """<clock> in the text of a seed stands for any time of day."""
    (seed_ms, seed_text), (ms, text) = seed_line, line
    pattern = r"\d\d:\d\d:\d\d".join(map(re.escape, seed_text.split("<clock>")))
    return ms == seed_ms and re.fullmatch(pattern, text) is not None


def check_seeds(path, runs):
    seeds = read_seeds(path)
    numbers = [name[:2] for name in seeds]
    for number in SEEDS:
        if number not in numbers:
            yield f"seed {number}: not in {path.name}"
    for name, (seed_lines, returns, seed_end_ms) in seeds.items():
        if name[:2] not in SEEDS:
            yield f"{name}: no program plays it"
            continue
        lines, value, end_ms = in_a_row([runs[key] for key in SEEDS[name[:2]]])
        pairs = itertools.zip_longest(seed_lines, lines)
        for number, (old, new) in enumerate(pairs, start=1):
            if old is None or new is None or not line_matches(old, new):
                yield f"{name}: line {number}\n    seed: {old}\n    twin: {new}"
                break
        if returns is not None and value != returns:
            yield f"{name}: returns {value}, and the seed {returns}"
        if end_ms != seed_end_ms:
            yield f"{name}: ends at {end_ms} ms, and the seed at {seed_end_ms} ms"


def main():
    parser = argparse.ArgumentParser(description="Run the twins and record what they do.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="fail when a file is stale")
    mode.add_argument("--seeds", type=Path, metavar="FILE", help="compare with seed programs")
    arguments = parser.parse_args()

    runs = run_all()
    if arguments.check:
        complaints = list(check(runs))
    elif arguments.seeds:
        complaints = list(check_seeds(arguments.seeds, runs))
    else:
        write(runs)
        complaints = []
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
