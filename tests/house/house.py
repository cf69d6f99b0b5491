"""The rules of the house that no compiler checks. One line a finding; exit 1 if there is one.

usage: house.py RULE BUILD      BUILD: the folder of compile_commands.json
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["lib", "daemon", "tests", "bench", "deploy", "systemd", "helm", ".ci"]
LINES_MAX = 300  # of a source file outside tests and bench


def files(*suffixes):
    """The sources, in or out of a repository; of all suffixes if none is named."""
    found = [each for each in ROOT.iterdir() if each.is_file()]
    for folder in FOLDERS:
        found += [each for each in (ROOT / folder).rglob("*") if each.is_file()]
    found = [each for each in found if "__pycache__" not in each.parts]
    return sorted(each for each in found if not suffixes or each.suffix in suffixes)


def name(path):
    return str(path.relative_to(ROOT))


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(work, items):
            yield from findings


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


def check_format(_build):
    """clang-format has nothing to change."""

    def check(path):
        problem = run("clang-format-19", "--dry-run", "-Werror", name(path))
        return [f"{problem.splitlines()[0]}; run clang-format-19 -i"] if problem else []

    return in_parallel(check, files(".cpp", ".hpp"))


def first_include(path):
    found = re.search(r'^#include [<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def proven_by_the_build(commands):
    """Headers that a source without a precompiled header includes before everything else."""
    out = set()
    for each in commands:
        source = pathlib.Path(each["file"])
        header = source.with_suffix(".hpp")
        if "cmake_pch" in each["command"] or not header.exists():
            continue
        if str(header).endswith("/" + first_include(source)):
            out.add(header)
    return out


def check_headers(build):
    """Every header compiles alone, without what others include before it."""
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    options, flags = ["-std=c++20"], ("-I", "-D")
    for each in commands:
        words = shlex.split(each["command"])
        for i, word in enumerate(words):
            if word == "-isystem":
                options.append(f"-isystem{words[i + 1]}")
            elif word.startswith(flags):
                options.append(word)
    options = list(dict.fromkeys(options))

    def check(path):
        problem = run("clang++-19", *options, "-fsyntax-only", "-Wno-pragma-once-outside-header",
                      "-x", "c++", str(path))  # fmt: skip
        return [f"{name(path)}: does not compile alone: {problem.splitlines()[0]}"] if problem else []

    proven = proven_by_the_build(commands)
    return in_parallel(check, [each for each in files(".hpp") if each not in proven])


def check_scripts(_build):
    """Scripts are free of syntax errors and can be run."""
    for path in files():
        try:
            head = path.open().readline()
        except UnicodeDecodeError:
            continue
        if head.startswith("#!"):
            if not os.access(path, os.X_OK):
                yield f"{name(path)}: has no run bit; chmod +x"
            shell = re.search(r"\b(bash|sh)$", head.strip())
            if shell and (problem := run(shell.group(1), "-n", str(path))):
                yield problem
        if path.suffix == ".py":
            try:
                compile(path.read_text(), name(path), "exec")
            except SyntaxError as error:
                yield f"{name(path)}:{error.lineno}: {error.msg}"


def check_words(_build):
    """No marks of unfinished work, no checks that cannot fail."""
    # In pieces, so that this file does not find itself.
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
    empty = re.compile(r"\b(REQUIRE|CHECK)\( *true *\)|\bSUC" + r"CEED\(")
    for path in files(".cpp", ".hpp", ".py", ".sh", ".yaml", ".txt", ".md", ".service"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if found := marks.search(line) or empty.search(line):
                yield f"{name(path)}:{number}: '{found.group(0)}'; finish it, or write an issue"


def check_awaits(_build):
    """co_await stands alone: g++ 12 destroys what is awaited inside a condition twice when the way
    leads out of the statement from there."""
    inside = re.compile(r"\b(if|while|switch) \(.*co_await|\bfor \(.*: co_await|(&&|\|\||[?:]) !?co_await")
    for path in files(".cpp", ".hpp"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if inside.search(line.split("//")[0]):
                yield f"{name(path)}:{number}: co_await in a condition; name its result first"


def check_files(_build):
    """Every source is built, every header is used, and none is too long."""
    lists = "\n".join(path.read_text() for path in files(".txt"))
    includes = set()
    for path in files(".cpp", ".hpp"):
        includes |= set(re.findall(r'^#include [<"](?:[^>"]*/)?([^>"/]+)[>"]', path.read_text(), re.M))
    for path in files(".cpp", ".hpp"):
        if path.suffix == ".cpp" and not re.search(rf"\b{re.escape(path.name)}\b", lists):
            yield f"{name(path)}: no CMakeLists.txt names it; build it or delete it"
        if path.suffix == ".hpp" and path.name not in includes | {"asio_precompiled.hpp"}:
            yield f"{name(path)}: nobody includes it; use it or delete it"
        lines = path.read_text().count("\n")
        if lines > LINES_MAX and path.relative_to(ROOT).parts[0] not in ("tests", "bench"):
            yield f"{name(path)}: {lines} lines; {LINES_MAX} is the limit: look for a cut"


def holds(path, what):
    """Whether a file of tests has a test, or for a header a word, of that name."""
    text = path.read_text()
    if path.suffix == ".py":
        group, _, test = what.partition(".")
        body = re.search(rf"^class {re.escape(group)}\b.*\n((?:[ \t].*\n|\n)*)", text, re.M)
        return body and (not test or re.search(rf"^    def {re.escape(test)}\(", body.group(1), re.M))
    if path.suffix == ".hpp":
        return re.search(rf"\b{re.escape(what)}\b", text)
    return f'"{what}"' in re.sub(r'"\s*\n\s*"', "", text)  # a long name is cut in pieces


def check_faults(_build):
    """Every fault that we answer is forced by a test that exists."""
    page = ROOT / "tests" / "faults.md"
    numbers = []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        row = re.match(r"\| ([A-E]\d+) \|", line)
        if not row:
            continue
        numbers.append(row.group(1))
        tests = re.findall(r'`([\w./]+)`((?: "[^"]+",?)*)', line)
        if not tests and "later:" not in line:
            yield f"{name(page)}:{number}: {row.group(1)} names no test; add one, or say what it waits for"
        for file, names in tests:
            path = page.parent / file
            if not path.is_file():
                yield f"{name(page)}:{number}: tests/{file} does not exist"
                continue
            for each in re.findall(r'"([^"]+)"', names):
                if not holds(path, each):
                    yield f"{name(page)}:{number}: tests/{file} has no '{each}'"
    for each in {each for each in numbers if numbers.count(each) > 1}:
        yield f"{name(page)}: {each} stands there twice"
    for letter in "ABCDE":
        there = {int(each[1:]) for each in numbers if each[0] == letter}
        for gone in sorted(set(range(1, max(there, default=1) + 1)) - there):
            yield f"{name(page)}: {letter}{gone} is not there"


RULES = {
    "format": check_format,
    "headers": check_headers,
    "scripts": check_scripts,
    "words": check_words,
    "awaits": check_awaits,
    "files": check_files,
    "faults": check_faults,
}

if __name__ == "__main__":
    findings = sorted(RULES[sys.argv[1]](sys.argv[2]))
    print("\n".join(findings) if findings else "nothing found")
    sys.exit(1 if findings else 0)
