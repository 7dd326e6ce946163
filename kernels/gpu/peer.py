"""torchvision's Faster R-CNN with a ResNet-50 and FPN under bf16 autocast, as a server of training steps (see steps.py).

    python3 kernels/gpu/peer.py --data FOLDER --weights FILE [--batch 16] [--device cuda]

Writes the weights that it starts from, warms up, then does a step for each line that it reads and prints its seconds. Images and targets are
on the device before the first step. Frozen batch norms, stem and first stage fixed, as fasterrcnn_resnet50_fpn has it.
"""
import argparse
import json
import os
import sys
import time

import numpy
import torch
import torchvision
from PIL import Image


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
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    torch.manual_seed(0)
    items, classes = load(options.data, options.device)
    height = items[0][0].shape[1]
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=classes + 1, trainable_backbone_layers=3, min_size=height, max_size=100000,
        rpn_nms_thresh=0.85, rpn_post_nms_top_n_train=1000)
    # Without pretrained weights torchvision trains the whole backbone with live batch norms: the work of fine-tuning is what is compared.
    for name, parameter in model.backbone.body.named_parameters():
        if not name.startswith(("layer2", "layer3", "layer4")):
            parameter.requires_grad_(False)
    model.backbone.body = frozen(model.backbone.body)
    torch.save(model.state_dict(), options.weights)
    model.to(options.device).train()
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0025, momentum=0.9, weight_decay=1e-4)
    device = torch.device(options.device).type

    def step(index):
        start = options.batch * index % max(len(items) - options.batch + 1, 1)
        pixels, targets = zip(*items[start:start + options.batch])
        optimiser.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = sum(model(list(pixels), list(targets)).values())
        loss.backward()
        optimiser.step()
        if device == "cuda":
            torch.cuda.synchronize()

    for warm in range(3):
        step(warm)
    for index, _ in enumerate(sys.stdin):
        begin = time.perf_counter()
        step(index)
        print(f"{time.perf_counter() - begin:.6f}", flush=True)


def frozen(body):
    """The batch norms of a network as fixed scales and shifts; those that end a block are small, so that sixteen blocks do not overflow."""
    for name, module in list(body.named_modules()):
        if isinstance(module, torch.nn.BatchNorm2d):
            fixed = torchvision.ops.FrozenBatchNorm2d(module.num_features)
            if name.endswith("bn3"):
                fixed.weight.fill_(0.2)
            parent = body.get_submodule(name.rpartition(".")[0]) if "." in name else body
            setattr(parent, name.rpartition(".")[2], fixed)
    return body


main()
