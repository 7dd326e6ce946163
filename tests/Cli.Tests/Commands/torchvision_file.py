"""Writes a Faster R-CNN of torchvision's as torch.save does, a picture, and what torchvision finds in it.

    python3 torchvision_file.py FOLDER

makes detector.pth, picture.png and found.json, a list of {"label": from 1, "score", "box": x1, y1, x2, y2}. The detector is that of
Model.Tests/torchvision_detector.py with 18 layers, the input torchvision's own.
"""
import json
import os
import sys

import torch
import torchvision

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "Model.Tests"))
import torchvision_detector as parts  # noqa: E402


def picture():
    """[3, H, W] bytes: coloured blobs of many sizes."""
    picture = torch.zeros(3, parts.HEIGHT, parts.WIDTH)
    for side in (4, 16, 64):
        coarse = torch.rand(1, 3, parts.HEIGHT // side, parts.WIDTH // side)
        picture += torch.nn.functional.interpolate(coarse, picture.shape[1:], mode="nearest")[0]
    return (picture * 85).to(torch.uint8)


@torch.no_grad()
def main(folder):
    torch.manual_seed(13)  # of 31 seeds the one whose decisions are farthest from going the other way, see SEEDS there
    model = parts.detector(18).eval()
    model.transform.min_size, model.transform.max_size = (parts.HEIGHT,), parts.WIDTH
    pixels = picture()
    image = pixels.float() / 255
    batch, _ = model.transform([image])
    parts.decide(model, model.backbone(batch.tensors), batch)
    torch.save(model.state_dict(), os.path.join(folder, "detector.pth"))
    found = model.double()([image.double()])[0]  # in float64 the same on every processor
    torchvision.io.write_png(pixels, os.path.join(folder, "picture.png"))
    rows = zip(found["labels"].tolist(), found["scores"].tolist(), found["boxes"].tolist())
    with open(os.path.join(folder, "found.json"), "w") as out:
        json.dump([{"label": label, "score": score, "box": box} for label, score, box in rows], out)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(sys.argv[1])
