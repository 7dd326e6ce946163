"""Times whole steps of this program against torchvision's Faster R-CNN, a step of each in turn, on drawn images and equal weights.

    python3 kernels/bench/steps.py [--rounds N] [--threads N] [--depths 18,50] [--sides 320,800] [--modes train,infer]
                                   [--precisions Float32,BFloat16]

Each line: the median seconds of ours and of torchvision's, and the median, least and largest ratio of the rounds; below 1 ours is
faster. docs/performance.md says what both do in a step. The program must be built; both get this process's environment. Under BFloat16
ours computes in it and torchvision in float32; it is left out where the processor has no avx512_bf16.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

import torch

from drawn_data import draw
from reference_model import faster_rcnn

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BATCH, CLASSES = 2, 20


def torchvision_step(depth, side, mode, items, weights):
    """A function that does a step; the weights it starts from are written to a file."""
    torch.manual_seed(0)
    model = faster_rcnn(depth, side, CLASSES)
    torch.save(model.state_dict(), weights)
    model.train(mode == "train")
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=0.0025, momentum=0.9, weight_decay=1e-4)

    def step(index):
        if mode == "infer":
            with torch.no_grad():
                model([items[index % len(items)][0]])
            return
        start = BATCH * index % len(items)
        pixels, targets = zip(*items[start:start + BATCH])
        optimiser.zero_grad()
        sum(model(list(pixels), list(targets)).values()).backward()
        optimiser.step()

    return step


def has_bfloat16():
    with open("/proc/cpuinfo") as file:
        return "avx512_bf16" in file.read()


def compare(depth, side, mode, precision, folder, items, options):
    weights = os.path.join(folder, f"r{depth}.pth")
    step = torchvision_step(depth, side, mode, items, weights)
    command = [os.path.join(ROOT, "drcnn"), "bench", "--serve", "--data", folder, "--preset", f"bench-r{depth}", "--mode", mode,
               "--short-side", str(side), "--batch", str(BATCH), "--weights", weights, "--threads", str(options.threads),
               "--set", f"solver.precision={precision}", "--set", f"evaluation.precision={precision}"]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ours():
        program.stdin.write("step\n")
        line = program.stdout.readline()
        if not line:
            raise SystemExit(f"ended early: {' '.join(command)}")
        return float(line)

    steps = iter(range(options.rounds + 2))

    def theirs():
        index = next(steps)
        start = time.perf_counter()
        step(index)
        return time.perf_counter() - start

    ours(), theirs(), theirs()
    times = [], []
    for round in range(options.rounds):
        for which in (0, 1) if round % 2 == 0 else (1, 0):
            times[which].append((ours, theirs)[which]())
    program.stdin.close()
    program.wait()
    ratios = [mine / other for mine, other in zip(*times)]
    print(f"{f'R{depth} {mode} side {side} {precision}':34} {statistics.median(times[0]):9.3f} s   torchvision {statistics.median(times[1]):9.3f} s   "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--depths", default="18,50")
    parser.add_argument("--sides", default="320,800")
    parser.add_argument("--modes", default="train,infer")
    parser.add_argument("--precisions", default="Float32,BFloat16")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    precisions = options.precisions.split(",")
    if "BFloat16" in precisions and not has_bfloat16():
        print("BFloat16: this processor has no avx512_bf16; left out")
        precisions.remove("BFloat16")
    with tempfile.TemporaryDirectory() as folder:
        items = draw(folder, classes=CLASSES)
        for depth in options.depths.split(","):
            for side in options.sides.split(","):
                for mode in options.modes.split(","):
                    for precision in precisions:
                        compare(int(depth), int(side), mode, precision, folder, items, options)


main()
