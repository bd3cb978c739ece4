"""gone_symbols.py OLD NEW REPORT: is every symbol that is gone in exactly one finding?

OLD and NEW are folders of shared objects, REPORT is what `abigate diff --format json` says about them. What counts is
the release: a symbol is gone from a library of OLD when nm shows it, under that version, in no library of NEW. It may
then be in the `members` of one finding only, whether that is a root or follows from one. The symbol that GNU ld makes
for each version node (type A) is no member of anything: the finding that the node is gone has it as its subject.

The report names a library by its file name. Where two have the same (Python modules called _C), a symbol that both
lost has to be in as many findings as there are libraries.

Prints one line of counts, then the symbols in no finding and in several; exit code 1 if there are any.
"""

import collections
import json
import pathlib
import subprocess
import sys


def exports(folder):
    """How often each (library, symbol with version) occurs."""
    found = collections.Counter()
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            nm = ["nm", "-D", "--defined-only", "--with-symbol-versions", str(path)]
            lines = subprocess.run(nm, capture_output=True, text=True, check=True).stdout.splitlines()
            found.update((path.name, line.split()[-1]) for line in lines)
    return found


def findings_of(report):
    """The rules of the findings that each (library, symbol) of the old release is in."""
    found = collections.defaultdict(list)
    for finding in json.loads(pathlib.Path(report).read_text())["findings"]:
        rule, subject = finding["rule"], finding["subject"]
        if rule == "symbol-added":  # its members are the new release's
            continue
        for member in finding["members"]:
            found[member["library"], member["symbol"]].append(rule)
        if rule == "version-node-removed":
            found[subject["library"], subject["name"]].append(rule)
    return found


def main(old, new, report):
    before, after, findings = exports(old), exports(new), findings_of(report)
    left = {symbol for _, symbol in after}
    gone = {key: times for key, times in before.items() if key[1] not in left}
    none = [key for key, times in gone.items() if len(findings[key]) < times]
    several = [key for key, times in gone.items() if len(findings[key]) > times]
    print(
        f"{before.total()} symbols, {sum(gone.values())} gone, "
        f"{len(none)} of them in no finding, {len(several)} in several"
    )
    for key in none + several:
        print(f"  {key[0]} {key[1]}: {', '.join(findings[key]) or 'in no finding'}")
    return 1 if none or several else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
