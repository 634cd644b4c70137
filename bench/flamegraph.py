#!/usr/bin/env python3
"""Draws a flame graph from what `perf script` prints: one SVG file, no other tools.

  perf script -i perf.data | bench/flamegraph.py --title "…" > docs/img/….svg
  perf script -i perf.data | bench/flamegraph.py --top 40        # the frames by inclusive share, as text

A box's width is its share of the samples, the root is at the bottom. Names of .NET methods are cut to Type.Method; frames of the
runtime's plumbing (stubs, thunks) are left out. Colours tell who runs: Nave, the .NET libraries, the runtime, native libraries, the kernel.
"""
import argparse
import collections
import html
import re
import sys

FRAME_HEIGHT = 16
WIDTH = 1400
MIN_PIXELS = 0.4

NAVE, DOTNET, RUNTIME, NATIVE, KERNEL, ROOT = "nave", "dotnet", "runtime", "native", "kernel", "root"
COLOURS = {NAVE: "#f6a06a", DOTNET: "#8fc1e3", RUNTIME: "#b9a6d9", NATIVE: "#a8d5a2", KERNEL: "#d9d4c7", ROOT: "#e8e8e8"}
LEGEND = {NAVE: "Nave", DOTNET: ".NET libraries", RUNTIME: "runtime, GC, JIT", NATIVE: "native libraries", KERNEL: "kernel"}

MANAGED = re.compile(r"(?:^|\s)\[([A-Za-z][\w.]*)\] ([^\s:]\S*?)::([\w.<>|$\-\[\],]+)\(")
ASYNC_METHOD = re.compile(r"^(.*?)\+(?:<>c\w*\+)?<+([\w.]+)>")

# The machinery of async methods between two of them says nothing about where time goes.
PLUMBING = re.compile(r"AsyncStateMachineBox|AsyncTaskMethodBuilder|AsyncValueTaskMethodBuilder|AsyncMethodBuilderCore|AwaitTaskContinuation|ExecutionContext\.")


def without_arguments(type_name):
    """Cuts generic arguments and arities out of a type's name."""
    out, level = [], 0
    for letter in type_name:
        level += letter == "["
        if level == 0:
            out.append(letter)
        level -= letter == "]"
    return re.sub(r"`\d+", "", "".join(out))


def kind_and_name(symbol, library):
    """Tells who a frame belongs to, and what to call it; no name = leave it out."""
    managed = MANAGED.search(symbol)
    if managed:
        assembly, type_name, method = managed.groups()
        name = without_arguments(type_name)
        namespace_end = name.split("+")[0].rfind(".")
        name = name[namespace_end + 1 :]
        owner = ASYNC_METHOD.match(name)
        if owner:
            name = f"{owner.group(1)}.{owner.group(2)}" + ("" if method == "MoveNext" else " (lambda)")
        elif name.startswith("dynamicClass"):
            return RUNTIME, "P/Invoke"
        else:
            name = f"{name}.{method}"
        kind = NAVE if assembly.startswith("Nave") or assembly == "nave" else DOTNET
        return (kind, None) if PLUMBING.search(name) else (kind, name)
    if library.startswith("[kernel") or library.startswith("[guest"):
        return KERNEL, symbol
    if "libcoreclr" in library or "libclrjit" in library or "libclrgc" in library:
        base = "clrjit" if "libclrjit" in library else "coreclr"
        return RUNTIME, base if symbol.startswith("[unknown") or re.match(r"^(0x)?[0-9a-f]+$", symbol) else symbol
    if "JIT" in library or "doublemapper" in library or "perf-" in library:
        return RUNTIME, None
    short = re.sub(r"\.so[\d.]*$", "", library.rsplit("/", 1)[-1])
    if library.endswith(".dll"):
        return DOTNET, short
    return NATIVE, None if "[unknown]" in short else short if symbol.startswith("[unknown") else symbol


def read(lines):
    """Yields (thread, frames from the root on) for each sample."""
    thread, frames = None, []
    for line in lines:
        if not line.strip():
            if thread is not None:
                yield thread, frames[::-1]
            thread, frames = None, []
        elif not line[0].isspace():
            thread = re.match(r"(.*?)\s+\d+(?:/\d+)?\s", line).group(1).strip()
        else:
            match = re.match(r"\s+[0-9a-f]+ (.*) \((.*)\)\s*$", line)
            if match:
                symbol, library = match.groups()
                symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol)
                kind, name = kind_and_name(symbol, library)
                if name and not (frames and frames[-1] == (kind, name)):
                    frames.append((kind, name))
    if thread is not None:
        yield thread, frames[::-1]


class Node:
    __slots__ = ("count", "children")

    def __init__(self):
        self.count, self.children = 0, {}


def build(samples, skip):
    root = Node()
    for thread, frames in samples:
        if any(word in thread for word in skip):
            continue
        root.count += 1
        node = root
        for frame in [(ROOT, thread)] + frames:
            node = node.children.setdefault(frame, Node())
            node.count += 1
    return root


def depth(node):
    return 1 + max((depth(child) for child in node.children.values()), default=0)


def draw(root, title, out):
    levels = depth(root)
    height = (levels + 4) * FRAME_HEIGHT
    per_sample = WIDTH / max(root.count, 1)
    out.write(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="Verdana, sans-serif" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{WIDTH / 2}" y="18" text-anchor="middle" font-size="14">{html.escape(title)} ({root.count} samples)</text>\n')
    x = 10
    for kind, text in LEGEND.items():
        out.write(f'<rect x="{x}" y="26" width="12" height="12" fill="{COLOURS[kind]}"/><text x="{x + 16}" y="36">{text}</text>\n')
        x += 28 + 7 * len(text)

    def visit(node, left, level):
        for (kind, name), child in sorted(node.children.items(), key=lambda item: item[0][1]):
            width = child.count * per_sample
            if width >= MIN_PIXELS:
                y = height - (level + 1) * FRAME_HEIGHT
                share = 100 * child.count / root.count
                letters = int((width - 4) / 6.4)
                label = name if len(name) <= letters else name[: letters - 1] + "…" if letters > 3 else ""
                out.write(
                    f'<g><title>{html.escape(name)}: {share:.2f} %</title>'
                    f'<rect x="{left:.1f}" y="{y}" width="{max(width - 0.3, 0.3):.1f}" height="{FRAME_HEIGHT - 1}" fill="{COLOURS[kind]}"/>'
                    + (f'<text x="{left + 2:.1f}" y="{y + 11}">{html.escape(label)}</text>' if label else "")
                    + "</g>\n")
                visit(child, left, level + 1)
            left += width

    visit(root, 0.0, 0)
    out.write("</svg>\n")


def print_top(samples, skip, count):
    inclusive, own, total = collections.Counter(), collections.Counter(), 0
    for thread, frames in samples:
        if any(word in thread for word in skip):
            continue
        total += 1
        inclusive.update({(ROOT, thread), *frames})
        if frames:
            own[frames[-1]] += 1
    for (kind, name), hits in inclusive.most_common(count):
        print(f"{100 * hits / total:6.2f} % incl {100 * own[kind, name] / total:6.2f} % self  {kind:8} {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--title", default="where the time goes")
    parser.add_argument("--skip", action="append", default=[], help="leave out threads whose name contains this")
    parser.add_argument("--top", type=int, help="print so many frames by inclusive share in place of the picture")
    arguments = parser.parse_args()
    samples = read(sys.stdin)
    if arguments.top:
        print_top(samples, arguments.skip, arguments.top)
    else:
        draw(build(samples, arguments.skip), arguments.title, sys.stdout)


if __name__ == "__main__":
    main()
