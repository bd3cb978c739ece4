"""The cells of ci/noise-matrix: one build each, of one source, by one compiler, at one level, in one form of debug info."""

import dataclasses
import hashlib
import itertools
import os
import pathlib
import random
import re
import shutil
import subprocess

import libc10

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
DWARF = [4, 5]
# Forms, and the compilation that each is made of.
FORMS = {
    "plain": "plain",
    "types": "types",
    "split": "split",
    "dwp": "split",
    "dwz": "plain",
    "gz": "plain",
    "lto": "lto",
    "sections": "sections",
    "icf": "sections",
}
PLACES = {"here": "here", "elsewhere": "elsewhere", "order": "here"}
COMPILE = {
    "plain": [],
    "types": ["-fdebug-types-section"],
    "split": ["-gsplit-dwarf"],
    "lto": ["-flto"],
    "sections": ["-ffunction-sections", "-fdata-sections"],
}
TOOL_TIMEOUT = 60
PACK_TIMEOUT = 20
LINK_TIMEOUT = 600


class Refused(Exception):
    """A tool that does not make what a cell needs."""


@dataclasses.dataclass(frozen=True)
class Compiler:
    name: str  # as it is shown
    program: str
    version: int

    @property
    def is_clang(self):
        return self.name.startswith("Clang")

    def tool(self, stem):
        """The tool of this very version, else the newest: older ones do not read what newer compilers write."""
        found = [tool for tool in programs(stem) if version_of(tool) == self.version] or programs(stem)
        return found[-1] if found else None


def programs(stem):
    """Programs of this name, with and without a version behind it; the newest is last."""
    folders = [pathlib.Path(folder) for folder in os.environ["PATH"].split(":") if folder]
    pattern = re.compile(rf"{re.escape(stem)}(-\d+)?")
    found = {path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if pattern.fullmatch(path.name)}
    return sorted(found, key=lambda name: (version_of(name), name))


VERSIONS = {}


def version_of(program):
    if program not in VERSIONS:
        said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        VERSIONS[program] = int((re.search(r"(?:version|LLD|\)) (\d+)\.", said) or [0, 0])[1])
    return VERSIONS[program]


def compilers():
    """GCC 12, Clang 14 and what is installed that is newer."""
    found = {}
    for name, stem, oldest in [("GCC", "g++", 12), ("Clang", "clang++", 14)]:
        for program in programs(stem):
            version = version_of(program)
            if version >= oldest:
                found.setdefault((name, version), Compiler(f"{name} {version}", program, version))
    return list(found.values())


def not_installed(compilers):
    """Packages of newer compilers that Debian offers and that are not here."""
    if not shutil.which("apt-cache"):
        return []
    offered = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True).stdout.split()
    known = {(compiler.name.split()[0], compiler.version) for compiler in compilers}
    missing = []
    for name, pattern, oldest in [("GCC", r"g\+\+-(\d+)", 12), ("Clang", r"clang-(\d+)", 14)]:
        versions = sorted(int(found[1]) for package in offered if (found := re.fullmatch(pattern, package)))
        missing += [f"{name} {version}" for version in versions if version >= oldest and (name, version) not in known]
    return missing


@dataclasses.dataclass(frozen=True)
class Group:
    """What is compiled at once: several cells are made of it."""

    compiler: Compiler
    level: str
    dwarf: int
    form: str
    where: str

    def cells(self):
        forms = [form for form, made_of in FORMS.items() if made_of == self.form]
        places = [place for place, made_of in PLACES.items() if made_of == self.where]
        return [Cell(self.compiler, self.level, self.dwarf, form, place) for form in forms for place in places]


@dataclasses.dataclass(frozen=True)
class Cell:
    compiler: Compiler
    level: str
    dwarf: int
    form: str
    place: str

    @property
    def name(self):
        compiler = self.compiler.name.replace(" ", "")
        return f"{compiler}{self.level}-{self.dwarf}-{self.form}-{self.place}"

    @property
    def group(self):
        return Group(self.compiler, self.level, self.dwarf, FORMS[self.form], PLACES[self.place])

    def values(self):
        return (self.compiler, self.level, self.dwarf, self.form, self.place)

    def reference(self):
        return Cell(self.compiler, "-O2", 5, "plain", "here")


def all_groups(compilers):
    product = itertools.product(compilers, LEVELS, DWARF, COMPILE, ["here", "elsewhere"])
    return [Group(*values) for values in product]


def covering(groups, at_least):
    """Groups of which the cells show every two values of any two dimensions together, and more of them up to a number.

    The first ones are those that the references are made of."""
    pairs = lambda cell: itertools.combinations(enumerate(cell.values()), 2)
    new = {group: {pair for cell in group.cells() for pair in pairs(cell)} for group in groups}
    chosen = [group for group in groups if (group.level, group.dwarf, group.form, group.where) == ("-O2", 5, "plain", "here")]
    missing = set().union(*new.values()) - set().union(*(new[group] for group in chosen))
    left = [group for group in groups if group not in chosen]
    random.Random(1).shuffle(left)
    while missing:
        best = max(left, key=lambda group: len(new[group] & missing))
        missing -= new[best]
        left.remove(best)
        chosen.append(best)
    return chosen + left[: max(0, at_least - len(chosen))]


@dataclasses.dataclass
class Library:
    file: str
    units: list  # sources below the folder
    link: list


@dataclasses.dataclass
class Source:
    """Libraries that are built from one folder."""

    name: str
    folder: pathlib.Path
    libraries: list
    flags: list
    copied: list  # what of the folder another folder gets
    is_in_c: bool = False

    def driver(self, compiler):
        """What compiles and links it: g++-12 or gcc-12, clang++ or clang."""
        if not self.is_in_c:
            return compiler.program
        cxx, c = ("clang++", "clang") if compiler.is_clang else ("g++", "gcc")
        return compiler.program.replace(cxx, c)

    def stamp(self):
        """Of the text of the sources: what was built of another text is built anew."""
        digest = hashlib.sha256(repr((self.flags, self.libraries)).encode())
        for part in self.copied:
            path = self.folder / part
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    digest.update(file.read_bytes())
        return digest.hexdigest()[:12]


def read_source(folder):
    """A folder with a build.txt: in each line a library, its sources and how it is linked."""
    libraries = []
    for line in (folder / "build.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        file, *words = line.split()
        units = [word for word in words if word.endswith((".cpp", ".c"))]
        libraries.append(Library(file, units, [absolute(word, folder) for word in words if word not in units]))
    is_in_c = all(unit.endswith(".c") for library in libraries for unit in library.units)
    standard = "-std=gnu11" if is_in_c else "-std=c++17"
    return Source(folder.name, folder, libraries, [standard, "-fPIC", "-w"], ["."], is_in_c)


def absolute(option, folder):
    """An option that names a file of the source's folder, with the whole path."""
    head, equals, file = option.rpartition("=")
    return f"{head}={folder / file}" if equals and (folder / file).is_file() else option


def read_libc10():
    """libc10 in two units: whole folders of its sources at once, which takes a tenth of the time."""
    libc10.bring_source()
    names = [str(name) for name in libc10.units()]
    util = [name for name in names if not name.startswith("c10/core")]
    # Specialises what the others use.
    util.sort(key=lambda name: "no_gflags" not in name)
    for unit, parts in [("core", [name for name in names if name not in util]), ("util", util)]:
        text = "".join(f'#include "{name}"\n' for name in parts)
        path = libc10.SOURCE / f"{unit}_unity.cpp"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    units = ["core_unity.cpp", "util_unity.cpp"]
    library = Library("libc10.so", units, ["-lpthread", "-ldl"])
    return Source("libc10", libc10.SOURCE, [library], libc10.FLAGS, ["c10", *units])


class Broken(Exception):
    """A compiler or linker that fails where none may."""


def run(command, cwd, timeout=None):
    """Runs a command that has to succeed; with a time limit, one that may refuse."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Refused(f"{command[0]} does not end") from None
    if done.returncode and timeout:
        raise Refused(f"{command[0]}: {short(done.stderr.strip() or f'exit {done.returncode}')}")
    if done.returncode:
        raise Broken(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")


def pack(cell, split, package, out):
    """Split units in one file, by the first packager that makes it: some never end on what GCC optimized, and GNU's knows
    only what came before DWARF 5, of which it makes an empty package without a word."""
    own = [cell.compiler.tool("llvm-dwp")] if cell.compiler.is_clang else programs("llvm-dwp")[::-1]
    why = Refused("no llvm-dwp and no dwp")
    for packer in filter(None, [*own, cell.dwarf < 5 and shutil.which("dwp") and "dwp"]):
        try:
            return run([packer, *split, "-o", package], out, PACK_TIMEOUT)
        except Refused as refusal:
            why = why if str(why).startswith("llvm-dwp") else refusal
    raise why


def short(said):
    """The first line of a complaint, without names of files."""
    return re.sub(r"\S+: ", "", said.splitlines()[0])[:60]


def build(source, group, root):
    """Builds what is missing of a group; the folders of its cells, or why there is none."""
    done, refused = {}, {}
    missing = []
    for cell in group.cells():
        folder = root / "cells" / cell.name
        if (folder / "refused").exists():
            refused[cell] = (folder / "refused").read_text()
        elif folder.exists():
            done[cell] = folder
        else:
            missing.append(cell)
    if missing:
        objects = compile_units(source, group, root / "objects")
        for cell in missing:
            folder = root / "cells" / cell.name
            draft = folder.with_name(folder.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            try:
                link(source, cell, objects, draft)
                done[cell] = folder
            except Refused as why:
                refused[cell] = str(why)
                (draft / "refused").write_text(str(why))
            draft.rename(folder)
        shutil.rmtree(objects)
    return done, refused


def compile_units(source, group, root):
    """The folder of the objects, named after the sources; split units are in its folder `dwo`."""
    folder = root / Cell(group.compiler, group.level, group.dwarf, group.form, group.where).name
    shutil.rmtree(folder, ignore_errors=True)
    objects = folder / "objects"
    (objects / "dwo").mkdir(parents=True)
    work, named = objects, source.folder
    if group.where == "elsewhere":
        # A copy of the source, and names that are relative to it.
        work = folder / "another/place/source"
        for part in source.copied:
            copy = shutil.copytree if (source.folder / part).is_dir() else shutil.copyfile
            (work / part).parent.mkdir(parents=True, exist_ok=True)
            copy(source.folder / part, work / part)
        named = pathlib.Path(".")
    flags = [*source.flags, group.level, f"-gdwarf-{group.dwarf}", *COMPILE[group.form]]
    for unit in {unit: None for library in source.libraries for unit in library.units}:
        built = objects / (unit.replace("/", "_") + ".o")
        run([source.driver(group.compiler), *flags, f"-I{named}", "-c", named / unit, "-o", built], work)
    for split in objects.glob("*.dwo"):
        split.rename(objects / "dwo" / split.name)
    return folder


def link(source, cell, folder, out):
    """The libraries of a cell, with what belongs beside them."""
    objects = folder / "objects"
    options = ["-shared", "-Wl,--build-id"]
    if cell.form == "lto":
        options += ["-flto", cell.level, "-g"]
        if cell.compiler.is_clang:
            options += lld(cell)
    if cell.form == "icf":
        options += [*lld(cell), "-Wl,--icf=all"]
    if cell.form == "sections":
        options.append("-Wl,--gc-sections")
    if cell.form == "gz":
        options.append(f"-Wl,--compress-debug-sections={'zlib' if cell.dwarf == 4 else 'zstd'}")
    for split in (objects / "dwo").iterdir():
        os.link(split, out / split.name)
    for library in source.libraries:
        files = [objects / (unit.replace("/", "_") + ".o") for unit in library.units]
        if cell.place == "order":
            files.reverse()
        soname = f"-Wl,-soname,{library.file}"
        limit = LINK_TIMEOUT if cell.form == "lto" else None
        run([source.driver(cell.compiler), *options, soname, "-o", library.file, *files, *library.link], out, limit)
    for library in source.libraries:
        finish(cell, library, out)
    if cell.form == "dwp":
        for split in out.glob("*.dwo"):
            split.unlink()


def lld(cell):
    """Options for LLVM's linker: GCC takes none but what is called ld.lld."""
    linker = cell.compiler.tool("ld.lld") if cell.compiler.is_clang else shutil.which("ld.lld")
    if not linker:
        raise Refused("no ld.lld")
    return [f"--ld-path={shutil.which(linker)}"] if cell.compiler.is_clang else ["-fuse-ld=lld"]


def finish(cell, library, out):
    """What comes after the linker."""
    file = library.file
    if cell.form == "dwp":
        split = [unit.replace("/", "_") + ".dwo" for unit in library.units]
        pack(cell, split, f"{file}.dwp", out)
    elif cell.form == "dwz":
        if not shutil.which("dwz"):
            raise Refused("no dwz")
        run(["dwz", file], out, TOOL_TIMEOUT)
