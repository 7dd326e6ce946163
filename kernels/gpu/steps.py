"""Whole training steps of the published program and of torchvision on one GPU, a step of each in turn; and the program's own doctor.

The program is run from a copy of its folder that holds the native library just built, with DRCNN_LIBTORCH naming this Python's torch.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys

import torch

IMAGES, BOXES, CLASSES, HEIGHT, WIDTH = 32, 12, 80, 800, 1333


def draw(folder):
    """A COCO folder of noise of one size with random boxes."""
    import numpy
    from PIL import Image
    random = numpy.random.default_rng(1)
    for name in ("annotations", "images"):
        os.makedirs(os.path.join(folder, name))
    images, annotations = [], []
    for image in range(1, IMAGES + 1):
        coarse = random.integers(0, 256, (20, 33, 3), dtype=numpy.uint8)
        Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.BICUBIC).save(os.path.join(folder, "images", f"{image}.jpg"), quality=90)
        images.append({"id": image, "file_name": f"{image}.jpg", "width": WIDTH, "height": HEIGHT})
        sizes = random.integers(32, 400, (BOXES, 2))
        corners = (random.random((BOXES, 2)) * ((WIDTH, HEIGHT) - sizes)).astype(int)
        for corner, size in zip(corners.tolist(), sizes.tolist()):
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": int(random.integers(1, CLASSES + 1)),
                                "iscrowd": 0, "bbox": corner + size, "area": size[0] * size[1]})
    categories = [{"id": k, "name": f"class {k}"} for k in range(1, CLASSES + 1)]
    with open(os.path.join(folder, "annotations", "instances_train.json"), "w") as file:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, file)


def with_library(folder, library, temporary):
    """A copy of the published folder with another native library; links where the file system allows."""
    copy = os.path.join(temporary, "drcnn")

    def link(source, target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    shutil.copytree(folder, copy, copy_function=link)
    mine = os.path.join(copy, "lib", "libdrcnn.so")
    os.remove(mine)
    shutil.copy2(library, mine)
    return copy


class Served:
    """A program of the step protocol: a line in, a step done, its seconds out."""

    def __init__(self, command, environment):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment)

    def step(self):
        try:
            self.process.stdin.write("step\n")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"ended early: {' '.join(self.command)}")
        return float(line.split()[0])

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def measure(table, options, library, temporary):
    program = with_library(options.drcnn, library, temporary)
    environment = dict(os.environ, DRCNN_LIBTORCH=os.path.dirname(torch.__file__))
    launcher = os.path.join(program, "drcnn")
    doctor = subprocess.run([launcher, "doctor"], env=environment, capture_output=True, text=True)
    operators = [line for line in doctor.stdout.splitlines() if line.startswith("operators")]
    expected = "CPU and CUDA" if options.device == "cuda" else "CPU"
    for line in doctor.stdout.splitlines():
        table.note("doctor", line)
    table.check("drcnn doctor", doctor.returncode == 0 and operators and operators[0].endswith(expected), doctor.stderr.strip())
    if options.device != "cuda":
        return table.note("whole steps", "not timed: there is no GPU")
    data = os.path.join(temporary, "data")
    draw(data)
    weights = os.path.join(temporary, "weights.pth")
    peer = [sys.executable, os.path.join(os.path.dirname(__file__), "peer.py"), "--data", data, "--batch", str(options.batch), "--weights", weights]
    ours = [launcher, "bench", "--serve", "--data", data, "--preset", "bench-r50", "--mode", "train", "--short-side", str(HEIGHT),
            "--batch", str(options.batch), "--weights", weights, "--set", "solver.precision=BFloat16", "--set", "run.device=cuda"]
    programs = []
    try:
        # The peer first: it writes the weights that both start from.
        programs.append(Served(peer, os.environ))
        programs[0].step()
        programs.insert(0, Served(ours, environment))
        programs[0].step()
        times = [], []
        for round in range(options.rounds):
            for which in (0, 1) if round % 2 == 0 else (1, 0):
                times[which].append(programs[which].step())
        table.ratio(f"step of R50-FPN, {HEIGHT} x {WIDTH}, bf16, batch {options.batch}", *map(statistics.median, times),
                    [b / a for a, b in zip(*times)], 1.5)
        table.note("images a second", f"{options.batch / statistics.median(times[0]):.1f}, torchvision {options.batch / statistics.median(times[1]):.1f}")
    except RuntimeError as error:
        table.check("whole steps", False, str(error))
    finally:
        for served in programs:
            served.end()
