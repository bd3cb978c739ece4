"""The published table of pairs that ci/debian-pairs and ci/wheel-pairs write: what was measured, and a reason that a person gave."""


class PairsTable:
    """Lines by the name in their first column; the last column is the reason, which is kept when a line is measured again."""

    def __init__(self, path, header):
        self.path, self.header = path, header
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        self.known = {line.split("\t")[0]: line.split("\t") for line in lines}

    def with_reason(self, row):
        """A measured line, with the reason that it had."""
        return [*row, self.known.get(row[0], [""])[-1]]

    def verdict(self, name):
        """The verdict of a pair, in the fourth column; nothing where it is not in the table."""
        return self.known[name][3] if name in self.known else ""

    def record(self, rows):
        """Writes lines in the place of those of the same names."""
        merged = {**self.known, **{row[0]: row for row in rows}}
        lines = [self.header, *(merged[name] for name in sorted(merged))]
        self.path.write_text("".join("\t".join(line) + "\n" for line in lines))
