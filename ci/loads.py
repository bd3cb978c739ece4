"""loads.py TOLD RELEASE TORCH CONSUMERS: what ci/compare-loading does for one release of torch, which is importable.

TOLD is what `abigate consumers --range --format json` wrote, RELEASE the stored release, TORCH the folder of what is
installed, and CONSUMERS has a folder with the shared objects of each consumer.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

told_file, release, torch, folder = sys.argv[1:]
told = json.load(open(told_file))
at = told["releases"].index(release)
libraries = sorted({str(path.parent) for path in pathlib.Path(torch).rglob("lib*.so*")})
PYTHON = "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"


def traced(path, beside):
    """Symbols and libraries that the loader does not find for this file, its package's other files being beside it."""
    environment = {
        "LD_TRACE_LOADED_OBJECTS": "1",
        "LD_WARN": "yes",
        "LD_BIND_NOW": "yes",
        "LD_PRELOAD": PYTHON,
        "LD_LIBRARY_PATH": ":".join(libraries + beside),
    }
    run = subprocess.run(["/lib64/ld-linux-x86-64.so.2", path], env=environment, capture_output=True, text=True)
    symbols, absent = set(), set()
    for line in (run.stdout + run.stderr).splitlines():
        found = re.match(r"undefined symbol: ([^\s,]+).*\((.*)\)", line.strip())
        if found and os.path.realpath(found[2]) == os.path.realpath(path):
            symbols.add(found[1])
        found = re.match(r"(\S+) => not found", line.strip())
        if found:
            absent.add(found[1])
    return symbols, absent


OPEN = """
import ctypes, sys, torch
left, errors = sys.argv[1:], ["?"]
while left:
    # A package's own code loads some of its files before others.
    errors, rest = [], []
    for path in left:
        print("opening", path, flush=True)
        try:
            ctypes.CDLL(path, ctypes.RTLD_GLOBAL)
        except OSError as error:
            errors.append(str(error)); rest.append(path)
    if len(rest) == len(left): break
    left = rest
for error in errors if left else []: print("error", error)
"""


def opened(paths):
    """What dlopen says of the files in a Python that has imported torch, and whether the process survived it."""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", OPEN, *paths], capture_output=True, text=True)
    errors = [line[6:] for line in run.stdout.splitlines() if line.startswith("error ")]
    return errors, run.returncode >= 0


everything = (one for consumer in told["consumers"] for missing in consumer["missing"] for one in missing)
known_libraries = {one["name"] for one in everything if one["kind"] == "library"}
bad = 0
for consumer in sorted(os.listdir(folder)):
    name = consumer.replace("-", " ")
    ours = next(one for one in told["consumers"] if one["consumer"] == name)["missing"][at]
    ours = {one["name"] for one in ours if one["kind"] != "version"}
    # Libraries that only others of the package need are bundled beside it.
    files = [path for path in pathlib.Path(folder, consumer).rglob("*.so") if ".libs" not in str(path)]
    files = sorted(map(str, files))
    beside = sorted({os.path.dirname(path) for path in files})
    real, here = set(), []
    for path in files:
        symbols, absent = traced(path, beside)
        # What other packages have, such as FFmpeg, is not installed here, and `abigate` leaves it aside.
        if absent <= known_libraries:
            real |= symbols | absent
            here.append(path)
    errors, survived = opened(here)
    same = real == ours
    if survived:
        # dlopen names the first that it misses; what needs a file that did not load is told by that file's name.
        same = same and bool(errors) == bool(ours) and (not ours or any(one in error for one in ours for error in errors))
    bad += not same
    verdict = "loads" if not ours else f"lacks {len(ours)}"
    after = "" if survived else " (its constructors end the process)"
    print(f"{release} {name}: {verdict}, {len(here)} of {len(files)} files, {'as it really does' if same else 'WRONG'}{after}", flush=True)
    if not same:
        print("  only told:", sorted(ours - real)[:5], "\n  only real:", sorted(real - ours)[:5], "\n  dlopen:", errors[:3])
sys.exit(bad > 0)
