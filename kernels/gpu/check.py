"""Builds the kernels' libraries, checks every CUDA operator against torchvision's and our CPU's, and times it, in one call below eight minutes.

    python3 kernels/gpu/check.py [--program FOLDER] [--json FILE] [--device cuda|cpu] [--build FOLDER | --built FOLDER ...] [--repeats 100] [--rounds 15]

Needs nvcc, cmake, g++ and a python3 with a CUDA torch of any version and its torchvision; no package registry and no .NET. The kernels' C functions
are called by ctypes with torch's pointers. Where compute-sanitizer is, a few of the checks run under its memcheck and racecheck.

With --program, the folder or the archive that `dotnet fsi build.fsx publish --without-libtorch` makes, the program's `doctor` runs on the libtorch of
this Python (or the one that DRCNN_LIBTORCH names); where it loads, whole training steps of R50-FPN at 800 x 1333, bf16, batch 16 are timed in turn
with torchvision's Faster R-CNN, --group steps of each.

Prints a table and writes all of it as JSON; ends with 1 when a check failed. A part that breaks off counts as failed, and the others go on. A ratio
is torchvision's time over ours: above 1 ours is faster.

A speed that was hoped for and not reached is named "slow" and is no failure.

--device cpu needs no GPU and no nvcc: the CUDA kernels run on the CPU one block after another (kernels/common/cuda_stand_in.h), the steps are small
ones of R18 in float32 that take a GPU's way on the CPU (DRCNN_GPU_STAND_IN), and their times mean nothing.
"""
import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import torch
    import torchvision
except ImportError as error:
    sys.exit(f"{sys.executable} has no {error.name}: run this with a python3 that has torch and torchvision.")

import operators
import sanitizer
import steps
import times
from table import Table

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "kernels", "python"))
from drcnn_kernels import Kernels  # noqa: E402 (the folder first)
from drcnn_kernels_cuda import CudaKernels  # noqa: E402

TARGETS = {"cuda": ["drcnn_kernels", "drcnn_kernels_cuda"], "cpu": ["drcnn_kernels", "drcnn_kernels_shim"]}


def find_tool(name):
    """Of CUDA's toolkit; None where it is not there."""
    folders = [os.path.join(os.environ[home], "bin") for home in ("CUDA_HOME", "CUDA_PATH") if home in os.environ]
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *folders, "/usr/local/cuda/bin"]))


def configured(folder, device):
    """The command that configures a build."""
    command = ["cmake", "-S", os.path.join(ROOT, "kernels"), "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DDRCNN_IMAGE=OFF", "-Wno-dev",
               f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={folder}", f"-DDRCNN_CUDA={'ON' if device == 'cuda' else 'OFF'}"]
    if device == "cuda":
        major, minor = torch.cuda.get_device_capability()
        nvcc = os.path.realpath(find_tool("nvcc"))
        # Where torch brings no CUDA runtime of nvcc's version, nvcc's own is loaded.
        toolkit = os.path.dirname(os.path.dirname(nvcc))
        command += [f"-DCMAKE_CUDA_COMPILER={nvcc}", f"-DCMAKE_CUDA_ARCHITECTURES={major}{minor}",
                    f"-DCMAKE_SHARED_LINKER_FLAGS=-Wl,-rpath,{toolkit}/lib64:{toolkit}/lib"]
    return command


def build(folder, device, log, table):
    """An error of cmake or a compiler ends the script: there is nothing to check then."""
    start = time.perf_counter()
    made = ["cmake", "--build", folder, "--parallel", str(os.cpu_count()), "--target", *TARGETS[device]]
    with open(log, "w") as file:
        for command in (configured(folder, device), made):
            if subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode != 0:
                with open(log) as written:
                    sys.exit(f"{written.read()[-6000:]}\n`{' '.join(command)}` failed; all of its output is in {log}")
    if device == "cuda":
        said = subprocess.run([find_tool("nvcc"), "--version"], stdout=subprocess.PIPE, text=True).stdout
        table.note("nvcc", next((line for line in said.splitlines() if "release" in line), "of an unknown version"))
    table.note("build", f"{time.perf_counter() - start:.0f} s")


def libraries_in(folders, device):
    """The paths of our CPU's library and of the CUDA kernels'."""
    found = []
    for target in TARGETS[device]:
        paths = [os.path.join(folder, f"lib{target}.so") for folder in folders]
        found.append(next((path for path in paths if os.path.isfile(path)), None))
        if found[-1] is None:
            sys.exit(f"lib{target}.so is not in {' or '.join(folders)}")
    return found


def machine(table, device):
    table.note("torch", f"{torch.__version__}, torchvision {torchvision.__version__}, CUDA {torch.version.cuda}, {platform.platform()}")
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        table.note("device", f"{properties.name}, {properties.multi_processor_count} multiprocessors, {properties.total_memory >> 30} GiB")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--build", help="where to build; without it a temporary folder")
    where.add_argument("--built", nargs="+", metavar="FOLDER", help="folders with the libraries, which are then not built")
    parser.add_argument("--json", default="gpu-check.json")
    parser.add_argument("--repeats", type=int, default=100, help="runs that must give identical bits")
    parser.add_argument("--rounds", type=int, default=15, help="alternating rounds of each timing")
    parser.add_argument("--program", help="a published folder of the program, or its archive")
    parser.add_argument("--depth", type=int, choices=(18, 50), help="of the ResNet whose steps are timed (50; 18 on a CPU)")
    parser.add_argument("--short-side", type=int, help="of their images (800; 128 on a CPU)")
    parser.add_argument("--batch", type=int, help="their images (16; 2 on a CPU)")
    parser.add_argument("--group", type=int, help="steps that are timed as one: on a GPU no single one is waited for (20; 2 on a CPU)")
    # For sanitizer.py: a few checks of built libraries, and nothing else.
    parser.add_argument("--few", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    usual = {"depth": 50, "short_side": 800, "batch": 16, "group": 20} if options.device == "cuda" else {
        "depth": 18, "short_side": 128, "batch": 2, "group": 2}
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def check(table, options, temporary):
    folders = options.built
    if not folders:
        folders = [os.path.abspath(options.build or os.path.join(temporary, "build"))]
        build(folders[0], options.device, f"{os.path.splitext(options.json)[0]}-build.log", table)
    libraries = libraries_in(folders, options.device)
    run = operators.Checked(table, CudaKernels(libraries[1]), Kernels(libraries[0]), options.device, options.few)
    if options.few:
        operators.check_results(run)
        return
    operators.check(run, options.repeats)
    part = [os.path.abspath(__file__), "--few", "--device", options.device, "--built", *folders]
    table.part("compute-sanitizer", sanitizer.check, table, options.device, find_tool("compute-sanitizer"), part)
    times.measure(table, run.ours, options.device, options.rounds)
    if options.program:
        table.part("the program", steps.measure, table, options, libraries, temporary)


def main():
    options = options_of(sys.argv[1:])
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"torch {torch.__version__} sees no CUDA device; --device cpu checks the script without one.")
    if options.device == "cuda" and not options.built and find_tool("nvcc") is None:
        sys.exit("nvcc was not found on the PATH, below CUDA_HOME or in /usr/local/cuda: install the CUDA toolkit.")
    if options.program and not steps.is_program(options.program):
        sys.exit(f"--program {options.program}: expected the folder that `dotnet fsi build.fsx publish --without-libtorch` makes, with drcnn and "
                 "lib/libdrcnn_kernels.so in it, or its .tar.xz")
    if options.device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    table = Table()
    machine(table, options.device)
    with tempfile.TemporaryDirectory() as temporary:
        table.part("the check", check, table, options, temporary)
    if options.few:
        print(sanitizer.LAST_LINE)
    else:
        table.write(options.json)
    sys.exit(1 if table.failed else 0)


main()
