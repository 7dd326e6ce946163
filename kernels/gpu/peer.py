"""torchvision's Faster R-CNN with a ResNet and FPN as a server of training steps (see steps.py), on a GPU under bf16 autocast.

    python3 kernels/gpu/peer.py --data FOLDER --weights FILE [--depth 50] [--batch 16] [--device cuda]

Writes the weights that it starts from, warms up, then does as many steps as each line that it reads says and prints the seconds of one. Images
and targets are on the device before the first step.
"""
import argparse
import json
import os
import sys
import time

import numpy
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from reference_model import faster_rcnn  # noqa: E402 (the folder first)

WARM_STEPS = 3


def load(folder, device):
    with open(os.path.join(folder, "annotations", "instances_train.json")) as file:
        data = json.load(file)
    boxes = {image["id"]: [] for image in data["images"]}
    for one in data["annotations"]:
        x, y, width, height = one["bbox"]
        boxes[one["image_id"]].append(([x, y, x + width, y + height], one["category_id"]))
    items = []
    for image in data["images"]:
        with Image.open(os.path.join(folder, "images", image["file_name"])) as picture:
            pixels = torch.from_numpy(numpy.array(picture).transpose(2, 0, 1).copy()).float() / 255
        corners, labels = zip(*boxes[image["id"]])
        items.append((pixels.to(device), {"boxes": torch.tensor(corners).float().to(device), "labels": torch.tensor(labels).to(device)}))
    return items, len(data["categories"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--depth", type=int, default=50)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    torch.manual_seed(0)
    items, classes = load(options.data, options.device)
    model = faster_rcnn(options.depth, items[0][0].shape[1], classes)
    torch.save(model.state_dict(), options.weights)
    model.to(options.device).train()
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0025, momentum=0.9, weight_decay=1e-4)
    on_gpu = torch.device(options.device).type == "cuda"
    done = 0

    def steps(count):
        nonlocal done
        for _ in range(count):
            start = options.batch * done % max(len(items) - options.batch + 1, 1)
            pixels, targets = zip(*items[start:start + options.batch])
            optimiser.zero_grad()
            with torch.autocast("cuda" if on_gpu else "cpu", dtype=torch.bfloat16, enabled=on_gpu):
                loss = sum(model(list(pixels), list(targets)).values())
            loss.backward()
            optimiser.step()
            done += 1
        if on_gpu:
            torch.cuda.synchronize()

    steps(WARM_STEPS if on_gpu else 1)
    for line in sys.stdin:
        begin = time.perf_counter()
        steps(int(line))
        print(f"{(time.perf_counter() - begin) / int(line):.6f}", flush=True)


main()
