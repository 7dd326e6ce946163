"""Writes torchvision's Faster R-CNN with random weights, two images, and what it makes of them, under our detector's names.

    python3 torchvision_detector.py (18 | 50) FILE

FILE is in the safetensors format. Keys of weights begin with "weights.", those of the gradients of the losses' sum with
"gradients.". Labels begin with 0 and leave out the background.
Detections are padded with zeros to DETECTIONS rows. The samplers take every anchor and every RoI: losses are no matter of chance.
What it makes of them is computed in float64 and rounded to float32 at the end, so that it is the same on every processor.
"""
import json
import re
import struct
import sys

import torch
import torchvision
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou
from torchvision.ops.misc import FrozenBatchNorm2d

CLASSES, CHANNELS, HIDDEN, DETECTIONS = 3, 32, 64, 20
# Of 80 seeds those whose decisions are farthest from going the other way: objectness and scores by 1e-4, where float32 is off by some 1e-6.
SEEDS = {18: 13, 50: 59}
HEIGHT, WIDTH = 192, 256  # every level's stride divides both
SIZES = [(192, 256), (150, 201)]  # without the padding
EVERYTHING = 100_000

NAMES = [
    (r"^backbone\.body\.", "backbone."),
    (r"^backbone\.fpn\.inner_blocks\.(\d)\.0\.", r"fpn.lateral.\1."),
    (r"^backbone\.fpn\.layer_blocks\.(\d)\.0\.", r"fpn.output.\1."),
    (r"^rpn\.head\.conv\.0\.0\.", "rpn.conv."),
    (r"^rpn\.head\.cls_logits\.", "rpn.objectness."),
    (r"^rpn\.head\.bbox_pred\.", "rpn.deltas."),
    (r"^roi_heads\.box_head\.fc6\.", "roi_head.fc1."),
    (r"^roi_heads\.box_head\.fc7\.", "roi_head.fc2."),
    (r"^roi_heads\.box_predictor\.cls_score\.", "roi_head.classes."),
    (r"^roi_heads\.box_predictor\.bbox_pred\.", "roi_head.deltas."),
]


def our_name(key):
    for pattern, ours in NAMES:
        key = re.sub(pattern, ours, key)
    return key


def anchors(stride):
    """[3, 4]: side 8 * stride, ratios 0.5, 1, 2; torchvision's own would be rounded to whole pixels."""
    root = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64).sqrt()
    half = torch.stack([4 * stride / root, 4 * stride * root], 1)
    return torch.cat([-half, half], 1).float()


def detector(depth):
    resnet = {18: torchvision.models.resnet18, 50: torchvision.models.resnet50}[depth]
    body = resnet(weights=None, norm_layer=FrozenBatchNorm2d)
    stages = {f"layer{stage}": str(stage - 1) for stage in (1, 2, 3, 4)}
    widths = [(64 if depth == 18 else 256) << stage for stage in range(4)]
    generator = AnchorGenerator(((32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5)
    generator.cell_anchors = [anchors(stride) for stride in (4, 8, 16, 32, 64)]
    model = FasterRCNN(
        BackboneWithFPN(body, stages, widths, CHANNELS),
        rpn_anchor_generator=generator,
        rpn_pre_nms_top_n_train=15,
        rpn_pre_nms_top_n_test=15,
        rpn_post_nms_top_n_train=40,
        rpn_post_nms_top_n_test=40,
        rpn_batch_size_per_image=EVERYTHING,
        rpn_positive_fraction=1.0,
        box_head=TwoMLPHead(CHANNELS * 7 * 7, HIDDEN),
        box_predictor=FastRCNNPredictor(HIDDEN, CLASSES + 1),
        box_score_thresh=0.8,
        box_detections_per_img=DETECTIONS,
        box_batch_size_per_image=EVERYTHING,
        box_positive_fraction=1.0,
    )
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if ".bn" in key or ".downsample.1." in key:
                # The residual branches are damped: features stay of one size over the depth.
                value.uniform_(0.3, 0.7) if key.endswith(("weight", "var")) else value.normal_(0, 0.1)
            elif key.endswith("bias"):
                value.normal_(0, 0.1)
        model.rpn.head.conv[0][0].weight.mul_(5)
    return model


def spread(layer, logits):
    """Moves and scales a layer so that each of the logits it gave, [rows, outputs], has mean 0 and deviation 2."""
    scale = 2 / logits.std(0)
    layer.bias.copy_((layer.bias - logits.mean(0)) * scale)
    layer.weight.mul_(scale.view(-1, *[1] * (layer.weight.dim() - 1)))


@torch.no_grad()
def decide(model, features, batch):
    """Gives random weights opinions: objectness and classes that differ from box to box."""
    rpn, heads = model.rpn, model.roi_heads
    logits = rpn.head(list(features.values()))[0]
    spread(rpn.head.cls_logits, torch.cat([level.transpose(0, 1).flatten(1) for level in logits], 1).t())
    pooled = heads.box_roi_pool(features, rpn(batch, features)[0], batch.image_sizes)
    spread(heads.box_predictor.cls_score, heads.box_predictor(heads.box_head(pooled))[0])


def in_float64(model):
    """From here on the model computes in float64. Boxes are compared in float32 still: whether the anchors that a box lies in are
    equally good for it is a matter of that rounding, which is the same everywhere."""
    model.double()
    for part in (model.rpn, model.roi_heads):
        part.box_similarity = lambda boxes, others: box_iou(boxes.float(), others.float()).double()


def truth(generator, count, size):
    corner = torch.rand(count, 2, generator=generator) * torch.tensor([size[1], size[0]]) * 0.6
    side = 20 + torch.rand(count, 2, generator=generator) * 50
    labels = torch.randint(1, CLASSES + 1, (count,), generator=generator)
    return {"boxes": torch.cat([corner, corner + side], 1).double(), "labels": labels}


def padded(rows, count):
    return torch.stack([torch.cat([row, row.new_zeros(count - len(row), *row.shape[1:])]) for row in rows])


def write(path, tensors):
    tensors = {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
    kinds = {torch.float32: "F32", torch.int64: "I64"}
    header, place = {}, 0
    for key, tensor in tensors.items():
        end = place + tensor.numel() * tensor.element_size()
        header[key] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().tobytes())


def main(depth, path):
    torch.manual_seed(SEEDS[depth])
    generator = torch.Generator().manual_seed(1)
    model = detector(depth)
    images = torch.randn(2, 3, HEIGHT, WIDTH, generator=generator)
    for index, (height, width) in enumerate(SIZES):
        images[index, :, height:], images[index, :, :, width:] = 0, 0
    targets = [truth(generator, count, size) for count, size in zip((5, 2), SIZES)]

    model.eval()
    with torch.no_grad():
        decide(model, model.backbone(images), ImageList(images, SIZES))
        in_float64(model)
        images = images.double()
        batch = ImageList(images, SIZES)
        features = model.backbone(images)
        found, _ = model.roi_heads(features, model.rpn(batch, features)[0], SIZES)
    model.train()
    features = model.backbone(images)
    proposals, losses = model.rpn(batch, features, targets)
    losses.update(model.roi_heads(features, proposals, SIZES, targets)[1])
    sum(losses.values()).backward()

    tensors = {"weights." + our_name(key): value for key, value in model.state_dict().items()}
    tensors.update(("gradients." + our_name(key), weight.grad) for key, weight in model.named_parameters())
    tensors["images"] = images
    tensors["sizes"] = torch.tensor(SIZES, dtype=torch.float32)
    tensors["truth.counts"] = torch.tensor([len(target["labels"]) for target in targets])
    tensors["truth.boxes"] = padded([target["boxes"] for target in targets], 5)
    tensors["truth.labels"] = padded([target["labels"] - 1 for target in targets], 5)
    tensors["found.counts"] = torch.tensor([len(image["labels"]) for image in found])
    tensors["found.boxes"] = padded([image["boxes"] for image in found], DETECTIONS)
    tensors["found.scores"] = padded([image["scores"] for image in found], DETECTIONS)
    tensors["found.labels"] = padded([image["labels"] - 1 for image in found], DETECTIONS)
    names = ("loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg")
    tensors["losses"] = torch.stack([losses[name] for name in names])
    write(path, tensors)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(int(sys.argv[1]), sys.argv[2])
