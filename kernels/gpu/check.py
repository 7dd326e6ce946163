"""Builds the native library against this Python's torch, checks every CUDA operator and times it, in one call under ten minutes.

    python3 kernels/gpu/check.py [--drcnn FOLDER] [--json FILE] [--device cuda|cpu] [--build FOLDER] [--repeats 100] [--rounds 15]

Needs python3 with a CUDA torch and torchvision, nvcc, cmake and g++; no package registry and no .NET. With --drcnn, the folder
that `dotnet fsi build.fsx publish` makes, the program's own `doctor` runs too, and whole training steps of R50-FPN at 800 x 1333, bf16,
batch 16 are timed in turn with torchvision's fasterrcnn_resnet50_fpn. Prints a table and writes all of it as JSON; ends with 1 when a
check failed. A ratio is torchvision's time over ours: above 1 ours is faster.

--device cpu checks the script itself where there is no GPU: the kernels' blocks run on the CPU one after another (kernels/tests)
and their times mean nothing.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

import torch

import operators
import steps
from table import Table

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def build(folder, device, table):
    """The libraries of a fresh build; an error of cmake or a compiler ends the script."""
    configure = ["cmake", "-S", os.path.join(ROOT, "kernels"), "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DDRCNN_IMAGE=OFF", "-Wno-dev",
                 f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={folder}"]
    targets = ["drcnn"]
    if device == "cuda":
        major, minor = torch.cuda.get_device_capability()
        configure += [f"-DDRCNN_LIBTORCH={os.path.dirname(torch.__file__)}", f"-DCMAKE_CUDA_ARCHITECTURES={major}{minor}"]
    else:
        targets.append("drcnn_shim")
    start = time.perf_counter()
    log = os.path.join(folder, "build.log")
    os.makedirs(folder, exist_ok=True)
    with open(log, "w") as file:
        for command in (configure, ["cmake", "--build", folder, "--parallel", str(os.cpu_count()), "--target", *targets]):
            if subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode != 0:
                file.flush()
                with open(log) as written:
                    sys.exit(f"{written.read()[-6000:]}\n`{' '.join(command)}` failed; all of its output is in {log}")
    table.note("build", f"{time.perf_counter() - start:.0f} s")
    return [os.path.join(folder, f"lib{target}.so") for target in targets]


def machine(table, device):
    table.note("torch", f"{torch.__version__}, CUDA {torch.version.cuda}, {platform.platform()}")
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        table.note("device", f"{properties.name}, {properties.multi_processor_count} multiprocessors, {properties.total_memory >> 30} GiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--build", help="where to build; without it a temporary folder")
    parser.add_argument("--json", default="gpu-check.json")
    parser.add_argument("--repeats", type=int, default=100, help="runs that must give identical bits")
    parser.add_argument("--rounds", type=int, default=15, help="alternating rounds of each timing")
    parser.add_argument("--drcnn", help="a published folder of the program")
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"torch {torch.__version__} sees no CUDA device; --device cpu checks the script without one.")
    if options.drcnn and not os.path.isfile(os.path.join(options.drcnn, "lib", "libdrcnn.so")):
        sys.exit(f"--drcnn {options.drcnn}: no lib/libdrcnn.so in it, expected the folder that `dotnet fsi build.fsx publish` makes")
    table = Table()
    machine(table, options.device)
    with tempfile.TemporaryDirectory() as temporary:
        libraries = build(os.path.abspath(options.build or os.path.join(temporary, "build")), options.device, table)
        for library in libraries:
            torch.ops.load_library(library)
        operators.check(table, options.device, options.repeats)
        operators.measure(table, options.device, options.rounds)
        if options.drcnn:
            steps.measure(table, options, libraries[0], temporary)
    table.write(options.json)
    sys.exit(1 if table.failed else 0)


main()
