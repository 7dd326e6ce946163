"""How a step's time and memory grow with the size of images, the objects in them, the classes and the threads.

    python3 kernels/bench/scaling.py [--depth 18] [--steps 5] [--svg FILE]

A program of its own for each line (preset bench-r18 or bench-r50, drawn images, fresh weights): the median seconds of the steps after
two, and the most memory it ever had. With --svg the growth of both is drawn, each against its first point, beside what grows in
proportion. The program must be built; `dotnet fsi build.fsx bench-scaling` builds it and gives it sleeping threads.
"""
import argparse
import math
import os
import statistics
import subprocess
import tempfile

import torch

from drawn_data import draw
from reference_model import faster_rcnn

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
CLASSES = 20
SIDES, OBJECTS, CLASS_COUNTS, THREADS = (160, 320, 480, 640, 800), (1, 10, 100, 500, 2000), (2, 20, 80, 320, 1000), (1, 2)
# Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072b2", "#d55e00")


def measure(folder, weights, options, mode, side=320, threads=2):
    """The median seconds of a step and megabytes that were resident at most."""
    command = [os.path.join(ROOT, "drcnn"), "bench", "--serve", "--data", folder, "--preset", f"bench-r{options.depth}",
               "--mode", mode, "--short-side", str(side), "--batch", "2", "--weights", weights, "--threads", str(threads)]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    seconds = []
    for _ in range(options.steps):
        program.stdin.write("step\n")
        line = program.stdout.readline()
        if not line:
            raise SystemExit(f"ended early: {' '.join(command)}")
        seconds.append(float(line))
    with open(f"/proc/{program.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    program.stdin.close()
    program.wait()
    return statistics.median(seconds), peak / 1024


def weights_of(folder, options, classes):
    torch.manual_seed(0)
    path = os.path.join(folder, f"{classes}.pth")
    torch.save(faster_rcnn(options.depth, 320, classes).state_dict(), path)
    return path


def series(options):
    """Pairs of a title and points (x, seconds, megabytes); each point is printed when it is known."""
    def points(title, unit, places):
        print(f"\n{title}\n\n| {unit} | seconds a step | resident at most |\n|---|---|---|", flush=True)
        found = []
        for x, make in places:
            found.append((x, *make()))
            print(f"| {x:,} | {found[-1][1]:.3f} | {found[-1][2]:,.0f} MB |", flush=True)
        return title, unit, found

    with tempfile.TemporaryDirectory() as folder:
        def data(name, **how):
            path = os.path.join(folder, name)
            if not os.path.isdir(path):
                os.mkdir(path)
                draw(path, classes=how.pop("classes", CLASSES), **how)
            return path

        weights = weights_of(folder, options, CLASSES)
        plain = data("plain")
        for mode in "train", "infer":
            yield points(f"Image size, {mode}", "pixels an image",
                         [(side * side * 4 // 3, lambda side=side: measure(plain, weights, options, mode, side)) for side in SIDES])
        yield points("Objects, train", "objects an image",
                     [(count, lambda count=count: measure(data(f"o{count}", objects=count), weights, options, "train"))
                      for count in OBJECTS])
        for mode in "train", "infer":
            yield points(f"Classes, {mode}", "classes", [
                (count, lambda count=count: measure(data(f"c{count}", classes=count), weights_of(folder, options, count), options, mode))
                for count in CLASS_COUNTS])
        for mode in "train", "infer":
            yield points(f"Threads, {mode}", "threads",
                         [(count, lambda count=count: measure(plain, weights, options, mode, threads=count)) for count in THREADS])


def panel(title, unit, found, left, top, width, height):
    """One panel, both axes logarithmic: seconds, megabytes, and in grey what grows in proportion."""
    first = found[0]
    lines = [[(point[0] / first[0], point[which] / first[which]) for point in found] for which in (1, 2)]
    most_x = found[-1][0] / first[0]
    low, high = 0.5, max([1.0] + [y for line in lines for _, y in line]) * 1.3
    place = lambda x, y: (f"{left + width * math.log(x) / math.log(most_x):.1f},"
                          f"{top + height * (1 - math.log(max(y, low) / low) / math.log(high / low)):.1f}")
    until = min(most_x, high)
    text = [f'<text x="{left}" y="{top - 8}" fill="currentColor" font-weight="bold">{title}</text>',
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="currentColor" stroke-opacity="0.3"/>',
            f'<polyline points="{place(1, 1)} {place(until, until)}" fill="none" stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="4 4"/>',
            f'<text x="{left}" y="{top + height + 16}" fill="currentColor">{first[0]:,} {unit}</text>',
            f'<text x="{left + width}" y="{top + height + 16}" text-anchor="end" fill="currentColor">{found[-1][0]:,}</text>']
    for line, colour, name in zip(lines, COLOURS, ("s", "MB")):
        text.append(f'<polyline points="{" ".join(place(x, y) for x, y in line)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        text.append(f'<text x="{left + width + 4}" y="{place(*line[-1]).split(",")[1]}" fill="{colour}">{line[-1][1]:.1f} x {name}</text>')
    return text


def draw_svg(path, all_series):
    columns, width, height, gap_x, gap_y = 2, 330, 150, 100, 60
    rows = (len(all_series) + 1) // columns
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * (width + gap_x) + 20} {rows * (height + gap_y) + 30}" '
            'font-family="sans-serif" font-size="12" role="img"><title>Growth of time and memory</title>',
            "<style>svg { color: #222; background: #fff } @media (prefers-color-scheme: dark) { svg { color: #ddd; background: #161616 } }</style>"]
    for index, one in enumerate(all_series):
        text += panel(*one, 20 + index % columns * (width + gap_x), 30 + index // columns * (height + gap_y), width, height)
    with open(path, "w") as file:
        file.write("\n".join(text + ["</svg>", ""]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, default=18)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--svg")
    options = parser.parse_args()
    found = list(series(options))
    if options.svg:
        draw_svg(options.svg, found)


main()
