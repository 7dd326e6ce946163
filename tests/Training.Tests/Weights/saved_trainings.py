"""Writes checkpoints as training scripts around torchvision and Detectron2 do.

    python3 saved_trainings.py FOLDER

makes a Faster R-CNN on ResNet-18 (130 tensors) under the keys and prefixes in use, its backbone alone, and a pickle of arrays with Detectron2's names. The
head is narrow and the numbers are halves, so that the files are small.
"""
import os
import pickle
import re
import sys
from collections import OrderedDict

import torch
import torchvision
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead

HIDDEN = 32


def prefixed(prefix, state):
    return OrderedDict((prefix + name, value) for name, value in state.items())


def halves(state):
    return OrderedDict((name, value.half() if value.is_floating_point() else value) for name, value in state.items())


def detectron2_name(name):
    """As Detectron2's own converter of torchvision's weights names them."""
    name = name if "layer" in name else "stem." + name
    name = re.sub(r"layer(\d)", lambda found: f"res{int(found[1]) + 1}", name)
    name = re.sub(r"bn(\d)", r"conv\1.norm", name)
    return name.replace("downsample.0", "shortcut").replace("downsample.1", "shortcut.norm")


def main(folder):
    torch.manual_seed(1)
    backbone = resnet_fpn_backbone(backbone_name="resnet18", weights=None)
    detector = FasterRCNN(
        backbone, box_head=TwoMLPHead(256 * 7 * 7, HIDDEN), box_predictor=FastRCNNPredictor(HIDDEN, 3)
    )
    optimizer = torch.optim.Adam(detector.parameters(), lr=0.01)
    for parameter in detector.roi_heads.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    state = halves(detector.state_dict())
    resnet = halves(torchvision.models.resnet18(weights=None).state_dict())
    headless = OrderedDict((name, value) for name, value in resnet.items() if not name.startswith("fc."))
    lightning = {"epoch": 3, "global_step": 12, "pytorch-lightning_version": "2.1.0", "hyper_parameters": {"lr": 0.01}}
    metric = {"val_map.iou_thresholds": torch.linspace(0.5, 0.95, 10)}
    files = {
        "detector_plain": state,
        "detector_model_state_dict": {
            "epoch": 3,
            "model_state_dict": state,
            "optimizer_state_dict": optimizer.state_dict(),
            "train_loss_list": [1.5, 1.2],
            "config": {"NC": 3, "CLASSES": ["__background__", "red", "green"]},
        },
        "detector_lightning": {**lightning, "state_dict": prefixed("model.", state)},
        "detector_lightning_metric": {**lightning, "state_dict": OrderedDict(prefixed("model.", state), **metric)},
        "detector_compiled": prefixed("module._orig_mod.", state),
        "detector_ema": {"model": state, "ema": {"module": state, "updates": 7}, "best_fitness": 0.5},
        "backbone_model_state_dict": {"model_state_dict": resnet, "epoch": 3},
        "backbone_net": {"net": resnet, "acc": 71.2, "epoch": 3},
        "two_moco": {"state_dict": {**prefixed("encoder_q.", headless), **prefixed("encoder_k.", headless)}},
    }
    for name, content in files.items():
        protocol = 4 if name == "detector_compiled" else 2
        torch.save(content, os.path.join(folder, name + ".pth"), pickle_protocol=protocol)
    arrays = {detectron2_name(name): value.numpy() for name, value in resnet.items()}
    with open(os.path.join(folder, "backbone_detectron2.pkl"), "wb") as out:
        pickle.dump({"model": arrays, "__author__": "torchvision", "matching_heuristics": True}, out)


if __name__ == "__main__":
    main(sys.argv[1])
