"""A small COCO folder of noise, for benchmarks that need images of a size with so many boxes."""
import json
import os

import numpy
import torch
from PIL import Image

IMAGES = 8


def draw(folder, objects=12, classes=20, width=640, height=480):
    """Writes it, so many objects an image; returns the same images and targets as torchvision takes them."""
    random = numpy.random.default_rng(1)
    os.makedirs(os.path.join(folder, "annotations"))
    os.makedirs(os.path.join(folder, "images"))
    images, annotations, items = [], [], []
    for image in range(1, IMAGES + 1):
        coarse = random.integers(0, 256, (15, 20, 3), dtype=numpy.uint8)
        picture = Image.fromarray(coarse).resize((width, height), Image.BICUBIC)
        name = f"{image}.png"
        picture.save(os.path.join(folder, "images", name))
        images.append({"id": image, "file_name": name, "width": width, "height": height})
        sizes = random.integers(24, 240, (objects, 2))
        corners = (random.random((objects, 2)) * ((width, height) - sizes)).astype(int)
        labels = random.integers(1, classes + 1, objects)
        for corner, size, label in zip(corners.tolist(), sizes.tolist(), labels.tolist()):
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": label, "iscrowd": 0,
                                "bbox": corner + size, "area": size[0] * size[1]})
        pixels = torch.from_numpy(numpy.asarray(picture).transpose(2, 0, 1).copy()).float() / 255
        boxes = torch.from_numpy(numpy.concatenate([corners, corners + sizes], 1)).float()
        items.append((pixels, {"boxes": boxes, "labels": torch.from_numpy(labels)}))
    categories = [{"id": k, "name": f"class {k}"} for k in range(1, classes + 1)]
    with open(os.path.join(folder, "annotations", "instances_train.json"), "w") as file:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, file)
    return items
