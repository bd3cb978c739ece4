"""The source of libc10 (PyTorch), and how scripts build it: what ci/compare-libc10 and ci/noise-matrix share."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = pathlib.Path(os.environ.get("DEBUG_LIBRARIES", ROOT / "target/debug-libraries")).resolve()
SOURCE = FOLDER / "pytorch-2.6.0"
FLAGS = "-std=c++17 -fPIC -DNDEBUG -D_GLIBCXX_USE_CXX11_ABI=1 -fvisibility=hidden -DC10_BUILD_MAIN_LIB -w".split()


def run(*command, cwd=None, timeout=None, env=None):
    done = subprocess.run([str(c) for c in command], cwd=cwd, timeout=timeout, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def bring_source():
    if not (SOURCE / "c10/macros/cmake_macros.h").exists():
        run(ROOT / "ci/debug-libraries", FOLDER, "source")


def units(source=SOURCE):
    """Names of its translation units, below `source`."""
    parts = ["core", "core/impl", "mobile", "util"]
    found = [path for part in parts for path in sorted((source / "c10" / part).glob("*.cpp"))]
    return [path.relative_to(source) for path in found if "thread_pool" not in path.name]


def release_build():
    lines = run("cargo", "build", "--release", "--locked", "--message-format=json-render-diagnostics", cwd=ROOT)
    artifacts = [json.loads(line) for line in lines.splitlines()]
    return next(artifact["executable"] for artifact in artifacts if artifact.get("executable"))
