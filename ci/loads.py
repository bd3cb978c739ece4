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


def traced(path):
    """Symbols and libraries that the loader does not find for this file."""
    environment = {
        "LD_TRACE_LOADED_OBJECTS": "1",
        "LD_WARN": "yes",
        "LD_BIND_NOW": "yes",
        "LD_PRELOAD": PYTHON,
        "LD_LIBRARY_PATH": ":".join(libraries),
    }
    run = subprocess.run(["/lib64/ld-linux-x86-64.so.2", path], env=environment, capture_output=True, text=True)
    missing = set()
    for line in (run.stdout + run.stderr).splitlines():
        found = re.match(r"undefined symbol: ([^\s,]+).*\((.*)\)", line.strip())
        if found and os.path.realpath(found[2]) == os.path.realpath(path):
            missing.add(found[1])
        found = re.match(r"(\S+) => not found", line.strip())
        if found:
            missing.add(found[1])
    return missing


def opened(path):
    """What dlopen says in a Python that has imported torch; nothing: it loads."""
    code = "import sys, torch, ctypes\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: print(error); sys.exit(1)"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code, path], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout.strip() or run.stderr.strip() or "it fell over"


bad = 0
for consumer in sorted(os.listdir(folder)):
    name = consumer.replace("-", " ")
    ours = next(one for one in told["consumers"] if one["consumer"] == name)["missing"][at]
    ours = {one["name"] for one in ours if one["kind"] != "version"}
    # Libraries that only others of the package need are bundled beside it.
    files = [path for path in pathlib.Path(folder, consumer).rglob("*.so") if ".libs" not in str(path)]
    real, errors = set(), []
    for path in map(str, sorted(files)):
        real |= traced(path)
        error = opened(path)
        errors += [error] if error else []
    same = real == ours and bool(errors) == bool(ours)
    same = same and all(any(one in error for one in ours) for error in errors)
    bad += not same
    verdict = "loads" if not ours else f"lacks {len(ours)}"
    print(f"{release} {name}: {verdict}, {len(files)} files, {'as it really does' if same else 'WRONG'}")
    if not same:
        print("  only told:", sorted(ours - real)[:5], "\n  only real:", sorted(real - ours)[:5], "\n  dlopen:", errors[:3])
sys.exit(bad > 0)
