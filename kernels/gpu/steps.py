"""Whole training steps of the published program and of torchvision on one device, some steps of each in turn; and the program's own doctor.

The program is run from a copy of its folder that holds the kernels just built, with DRCNN_LIBTORCH naming this Python's torch unless it names
another already.
"""
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tarfile
import threading
import time

import torch

BOXES, CLASSES = 12, 80
# A program that says nothing for so many seconds hangs; a CPU may be shared.
PATIENCE = {"cuda": 120, "cpu": 3600}
# No further round begins after so many seconds, but for the first three.
ROUNDS_SECONDS = 90
# What LibTorchSharp is built for.
LIBTORCH = "2.10"


def draw(folder, count, height, width):
    """A COCO folder of noise of one size with random boxes."""
    import numpy
    from PIL import Image
    random = numpy.random.default_rng(1)
    for name in ("annotations", "images"):
        os.makedirs(os.path.join(folder, name))
    images, annotations = [], []
    for image in range(1, count + 1):
        coarse = random.integers(0, 256, (20, 33, 3), dtype=numpy.uint8)
        Image.fromarray(coarse).resize((width, height), Image.BICUBIC).save(os.path.join(folder, "images", f"{image}.jpg"), quality=90)
        images.append({"id": image, "file_name": f"{image}.jpg", "width": width, "height": height})
        sizes = random.integers(height // 25, height // 2, (BOXES, 2))
        corners = (random.random((BOXES, 2)) * ((width, height) - sizes)).astype(int)
        for corner, size in zip(corners.tolist(), sizes.tolist()):
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": int(random.integers(1, CLASSES + 1)),
                                "iscrowd": 0, "bbox": corner + size, "area": size[0] * size[1]})
    categories = [{"id": k, "name": f"class {k}"} for k in range(1, CLASSES + 1)]
    with open(os.path.join(folder, "annotations", "instances_train.json"), "w") as file:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, file)


def is_program(path):
    return path.endswith(".tar.xz") and os.path.isfile(path) or all(
        os.path.isfile(os.path.join(path, name)) for name in ("drcnn", os.path.join("lib", "libdrcnn_kernels.so")))


def with_libraries(published, libraries, temporary):
    """A copy of the published folder, or of the packed one, with these libraries in it."""
    copy = os.path.join(temporary, "published")
    if os.path.isdir(published):
        shutil.copytree(published, os.path.join(copy, "drcnn"))
    else:
        with tarfile.open(published) as archive:
            archive.extractall(copy)
    copy = os.path.join(copy, "drcnn")
    for library in libraries:
        shutil.copy2(library, os.path.join(copy, "lib"))
    return copy


def folder_of_torch():
    """Of the library that this process has loaded: pip's lies in its package, Debian's with the system's."""
    with open("/proc/self/maps") as maps:
        return next(os.path.dirname(line.split(maxsplit=5)[-1].strip()) for line in maps if "libtorch_cpu.so" in line)


class Served:
    """A program of the step protocol: a line with a number in, so many steps done, the seconds of one out."""

    def __init__(self, name, command, environment, temporary, patience):
        self.name, self.command, self.patience = name, command, patience
        self.errors = open(os.path.join(temporary, f"{name}.stderr"), "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1, env=environment)

    def steps(self, count):
        hanging = threading.Timer(self.patience, self.process.kill)
        hanging.start()
        try:
            self.process.stdin.write(f"{count}\n")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            hanging.cancel()
        if not line:
            code = self.process.wait()
            self.errors.seek(0)
            said = (self.errors.read().strip().splitlines() or ["nothing"])[-1]
            how = f"was killed after {self.patience} s or by the system" if code == -signal.SIGKILL else f"ended with {code}"
            raise RuntimeError(f"{self.name} {how} and said: {said} (`{' '.join(self.command)}`)")
        return float(line.split()[0])

    def end(self):
        try:
            self.process.stdin.close()
            self.process.wait(30)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
        self.errors.close()


def ask_doctor(table, launcher, environment, device):
    """Whether the program can train here. That LibTorchSharp does not load on a libtorch that it was not built for is no failure."""
    doctor = subprocess.run([launcher, "doctor"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE[device])
    lines = doctor.stdout.splitlines()
    for line in lines:
        table.note("doctor", line)
    facts = dict(line.split(maxsplit=1) for line in lines if len(line.split(maxsplit=1)) == 2)
    loads = facts.get("libtorch", "missing") != "missing"
    if not loads and not torch.__version__.startswith(LIBTORCH + "."):
        verdict = lines[-1] if lines else (doctor.stderr.strip().splitlines() or [f"it ended with {doctor.returncode}"])[-1]
        table.note("the program", f"not tried: LibTorchSharp, built for libtorch {LIBTORCH}, does not load on torch {torch.__version__} ({verdict})")
        return False
    expected = "CPU and CUDA" if device == "cuda" else "CPU"
    found = facts.get("operators", "none")
    good = doctor.returncode == 0 and loads and found == expected
    table.check("drcnn doctor", good, doctor.stderr.strip() or f"operators for {found}{'' if good else f', expected {expected}'}")
    return good


def measure(table, options, libraries, temporary):
    on_gpu = options.device == "cuda"
    height, width = options.short_side, options.short_side * 1333 // 800
    # Without a GPU the second library is none of the program's, but what lets it take a GPU's way on the CPU.
    launcher = os.path.join(with_libraries(options.program, libraries if on_gpu else libraries[:1], temporary), "drcnn")
    environment = dict(os.environ, DRCNN_LIBTORCH=os.environ.get("DRCNN_LIBTORCH") or folder_of_torch())
    if not on_gpu:
        environment["DRCNN_GPU_STAND_IN"] = os.path.abspath(libraries[1])
    if not ask_doctor(table, launcher, environment, options.device):
        return
    data, weights = os.path.join(temporary, "data"), os.path.join(temporary, "weights.pth")
    draw(data, 2 * options.batch, height, width)
    both = ["--data", data, "--batch", str(options.batch), "--weights", weights]
    peer = [sys.executable, os.path.join(os.path.dirname(__file__), "peer.py"), "--depth", str(options.depth), "--device", options.device, *both]
    ours = [launcher, "bench", "--serve", "--preset", f"bench-r{options.depth}", "--mode", "train", "--short-side", str(height), *both,
            "--set", f"solver.precision={'BFloat16' if on_gpu else 'Float32'}", "--set", f"run.device={options.device}"]
    programs = []
    try:
        # The peer first: it writes the weights that both start from.
        programs.append(Served("torchvision", peer, os.environ, temporary, PATIENCE[options.device]))
        programs[0].steps(1)
        programs.insert(0, Served("drcnn", ours, environment, temporary, PATIENCE[options.device]))
        programs[0].steps(1)
        times, start = ([], []), time.perf_counter()
        for round in range(options.rounds):
            if round >= 3 and time.perf_counter() - start > ROUNDS_SECONDS:
                break
            for which in (0, 1) if round % 2 == 0 else (1, 0):
                times[which].append(programs[which].steps(options.group))
        table.ratio(f"step of R{options.depth}-FPN, {height} x {width}, {'bf16' if on_gpu else 'float32'}, batch {options.batch}",
                    *map(statistics.median, times), [b / a for a, b in zip(*times)], 1.5 if on_gpu else None)
        speed = [options.batch / statistics.median(each) for each in times]
        table.note("images a second", f"{speed[0]:.1f}, torchvision {speed[1]:.1f}{', wanted 100 on an H200' if on_gpu else ''}")
    finally:
        for served in programs:
            served.end()
