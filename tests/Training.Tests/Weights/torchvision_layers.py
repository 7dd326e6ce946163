"""Writes torchvision's Faster R-CNN R50-FPN with random weights, an image, and what each of its parts makes of it.

    python3 torchvision_layers.py FOLDER HEIGHT WIDTH

In FOLDER, detector.pth is its state dict and layers.pth has the image, boxes in it, and every output by name. Levels count from the finest.
"""
import sys

import torch
from torchvision.models.detection import fasterrcnn_resnet50_fpn

CLASSES, BOXES, MULTIPLE = 80, 96, 32


def detector():
    model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=CLASSES + 1).eval()
    for key, value in model.state_dict().items():
        if ".bn" in key or ".downsample.1." in key:
            # The residual branches are damped: features stay of one size over the depth.
            if key.endswith(("weight", "var")):
                value.uniform_(0.3, 0.7)
            elif key.endswith(("bias", "mean")):
                value.normal_(0, 0.1)
        elif key.endswith("bias"):
            value.normal_(0, 0.1)
    return model


def boxes(height, width):
    """Of 16 to 1024 pixels a side, so that each level of the pyramid has some; the large ones leave a small image."""
    sides = 16 * torch.exp2(torch.rand(BOXES, 2) * 6)
    corner = torch.rand(BOXES, 2) * torch.tensor([width, height]) * 0.8
    return torch.cat([corner, corner + sides], 1)


def per_anchor(maps, values):
    """[1, anchors * values, H, W] of each level to [anchors of the level, values], as the anchors are counted."""
    return [level.view(-1, values, *level.shape[2:]).permute(2, 3, 0, 1).reshape(-1, values) for level in maps]


@torch.no_grad()
def main(folder, height, width):
    torch.manual_seed(1)
    model = detector()
    padded = [-(-side // MULTIPLE) * MULTIPLE for side in (height, width)]
    image = torch.zeros(1, 3, *padded)
    image[..., :height, :width].normal_()
    rois = boxes(height, width)

    stages = model.backbone.body(image)
    pyramid = model.backbone(image)
    objectness, deltas = model.rpn.head(list(pyramid.values()))
    pooled = model.roi_heads.box_roi_pool(pyramid, [rois], [tuple(padded)])
    classes, regression = model.roi_heads.box_predictor(model.roi_heads.box_head(pooled))

    outputs = {"image": image, "boxes": rois, "pooled": pooled, "classes": classes, "regression": regression}
    levels = {"stage": stages.values(), "pyramid": pyramid.values()}
    levels.update(objectness=per_anchor(objectness, 1), deltas=per_anchor(deltas, 4))
    for name, values in levels.items():
        outputs.update((f"{name}.{level}", value.clone()) for level, value in enumerate(values))
    torch.save(model.state_dict(), f"{folder}/detector.pth")
    torch.save(outputs, f"{folder}/layers.pth")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
