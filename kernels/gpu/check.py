"""Builds the native library against this Python's torch, checks every CUDA operator and times it, in one call under ten minutes.

    python3 kernels/gpu/check.py [--drcnn FOLDER] [--json FILE] [--device cuda|cpu] [--build FOLDER] [--repeats 100] [--rounds 15]

Needs python3 with a CUDA torch and torchvision, nvcc, cmake and g++; no package registry and no .NET. With --drcnn, the folder or the archive
that `dotnet fsi build.fsx publish` makes, the program's own `doctor` runs too, and whole training steps of R50-FPN at 800 x 1333, bf16,
batch 16 are timed in turn with torchvision's Faster R-CNN, --group steps of each. Prints a table and writes all of it as JSON; ends with 1 when
a check failed. A part that breaks off counts as failed, and the others go on. A ratio is torchvision's time over ours: above 1 ours is faster.

--device cpu checks the script itself where there is no GPU: the kernels' blocks run on the CPU one after another (kernels/common/launch.h), the steps
are small ones of R18 in float32, and their times mean nothing.
"""
import argparse
import glob
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

import torch

import operators
import steps
from table import Table

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def configured(folder, device, libtorch):
    """The command that configures a build."""
    command = ["cmake", "-S", os.path.join(ROOT, "kernels"), "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DDRCNN_IMAGE=OFF", "-Wno-dev",
               f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={folder}"]
    if device == "cuda":
        major, minor = torch.cuda.get_device_capability()
        command += [f"-DDRCNN_LIBTORCH={libtorch}", f"-DCMAKE_CUDA_ARCHITECTURES={major}{minor}"]
    return command


def build(folder, device, libtorch, log, table):
    """The libraries of a fresh build; an error of cmake or a compiler ends the script, but for the one that a single process does not load."""
    start = time.perf_counter()
    made = ["cmake", "--build", folder, "--parallel", str(os.cpu_count()), "--target"]
    operators = ["drcnn"] if device == "cuda" else ["drcnn", "drcnn_shim"]
    kernels = ["drcnn_kernels", "drcnn_kernels_cuda"] if device == "cuda" else ["drcnn_kernels"]
    with open(log, "w") as file:

        def run(command):
            return subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode == 0

        for command in (configured(folder, device, libtorch), made + operators):
            if not run(command):
                with open(log) as written:
                    sys.exit(f"{written.read()[-6000:]}\n`{' '.join(command)}` failed; all of its output is in {log}")
        shared = run(made + ["drcnn_dist"])
    table.check("library of several processes", shared, "built" if shared else f"not built: {log} says why")
    table.note("build", f"{time.perf_counter() - start:.0f} s")
    return [os.path.join(folder, f"lib{target}.so") for target in operators + kernels + ["drcnn_dist"] * shared]


def require_matching_nvcc():
    """One of another major version would bring a second CUDA runtime into the process."""
    nvcc = next((path for path in (shutil.which("nvcc"), *(os.path.join(os.environ.get(name, ""), "bin", "nvcc") for name in ("CUDA_HOME", "CUDA_PATH")),
                                   "/usr/local/cuda/bin/nvcc") if path and os.path.isfile(path)), None)
    if nvcc is None:
        sys.exit("nvcc was not found on the PATH, below CUDA_HOME or in /usr/local/cuda: install the CUDA toolkit of torch's version, "
                 f"{torch.version.cuda}.")
    said = subprocess.run([nvcc, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"release (\d+)\.\d+", said)
    if version is None or version[1] != torch.version.cuda.split(".")[0]:
        sys.exit(f"{nvcc} is of CUDA {version[0][8:] if version else 'an unknown version'}, torch {torch.__version__} of {torch.version.cuda}: "
                 "expected the same major version.")


def machine(table, device):
    table.note("torch", f"{torch.__version__}, CUDA {torch.version.cuda}, {platform.platform()}")
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        table.note("device", f"{properties.name}, {properties.multi_processor_count} multiprocessors, {properties.total_memory >> 30} GiB")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--build", help="where to build; without it a temporary folder")
    parser.add_argument("--json", default="gpu-check.json")
    parser.add_argument("--repeats", type=int, default=100, help="runs that must give identical bits")
    parser.add_argument("--rounds", type=int, default=15, help="alternating rounds of each timing")
    parser.add_argument("--drcnn", help="a published folder of the program, or its archive")
    parser.add_argument("--depth", type=int, choices=(18, 50), help="of the ResNet whose steps are timed (50; 18 on a CPU)")
    parser.add_argument("--short-side", type=int, help="of their images (800; 128 on a CPU)")
    parser.add_argument("--batch", type=int, help="their images (16; 2 on a CPU)")
    parser.add_argument("--group", type=int, help="steps that are timed as one: on a GPU no single one is waited for (20; 2 on a CPU)")
    options = parser.parse_args(arguments)
    usual = {"depth": 50, "short_side": 800, "batch": 16, "group": 20} if options.device == "cuda" else {
        "depth": 18, "short_side": 128, "batch": 2, "group": 2}
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    # Debian's torch package holds no libraries: they are the system's.
    package = os.path.dirname(torch.__file__)
    options.libtorch = package if glob.glob(os.path.join(package, "lib", "libtorch_cpu.so*")) else ""
    return options


def main():
    options = options_of(sys.argv[1:])
    if options.device == "cuda":
        if not torch.cuda.is_available():
            sys.exit(f"torch {torch.__version__} sees no CUDA device; --device cpu checks the script without one.")
        require_matching_nvcc()
    if options.drcnn and not (os.path.isfile(os.path.join(options.drcnn, "lib", "libdrcnn.so")) or options.drcnn.endswith(".tar.xz") and os.path.isfile(options.drcnn)):
        sys.exit(f"--drcnn {options.drcnn}: expected the folder that `dotnet fsi build.fsx publish` makes, with lib/libdrcnn.so in it, or its .tar.xz")
    table = Table()
    machine(table, options.device)
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(options.build or os.path.join(temporary, "build"))
        libraries = build(folder, options.device, options.libtorch, f"{os.path.splitext(options.json)[0]}-build.log", table)
        for library in libraries[:1 if options.device == "cuda" else 2]:
            torch.ops.load_library(library)
        operators.check(table, options.device, options.repeats)
        table.part("times of the operators", operators.measure, table, options.device, options.rounds)
        if options.drcnn:
            mine = [library for library in libraries if "shim" not in library]
            table.part("whole steps", steps.measure, table, options, mine, temporary)
    table.write(options.json)
    sys.exit(1 if table.failed else 0)


main()
