"""The schedule of the two public codes on made-up batches; writes public_folds.txt, which PublicFoldsTests.fs compares with ours.

    python3 public_folds.py > public_folds.txt

What computes is theirs: torch.topk and kthvalue on float32, Python's sum and sorted (before 3.12: left to right), NumPy's mean and median.
Official: network.py and the training loop of hkzhang95/DynamicRCNN. MMDetection: dynamic_roi_head.py of version 3 (version 2 fails
without positives). Each line: rule, scenario, iteration, IoU threshold and beta as the bits of a double.
"""

import struct
import sys

import numpy as np
import torch

assert sys.version_info < (3, 12), "later versions of Python compensate their sums"

IMAGES, K_I, K_E, C, WINDOWS = 3, 5, 3, 100, 3

# name: seed, levels (0 = full mantissas), proposals (least, span), ground truths (least, span), IoU and error scale, no positives every n-th
SCENARIOS = {
    "plain": (1, 0, (8, 8), (1, 3), 1.0, 1.0, 0),
    "few-proposals": (2, 0, (4, 2), (1, 1), 1.0, 1.0, 0),
    "no-positives": (3, 0, (6, 4), (1, 1), 0.25, 1.0, 2),
    "many-truths": (4, 0, (4, 4), (9, 4), 1.0, 1.0, 0),
    "ties": (5, 4, (8, 8), (1, 3), 1.0, 1.0, 0),
    "zeros": (6, 0, (8, 8), (1, 1), 0.0, 0.0, 5),
    "nothing-measured": (7, 0, (8, 8), (1, 1), 0.5, 1.0, 1),
}


def generator(seed):
    state = seed
    while True:
        state = (1103515245 * state + 12345) % 2**31
        yield state


def batch(numbers, iteration, scenario):
    """IoUs [G, P], errors [G, P] and sampled positives [P] of each image; the last G proposals are the ground truth."""
    _, levels, proposals, truths, iou_scale, error_scale, every = scenario

    def below(count):
        return (next(numbers) >> 16) % count

    def unit():
        return below(levels + 1) / levels if levels else next(numbers) / 2147483647.0

    images = []
    for _ in range(IMAGES):
        g_count = truths[0] + below(truths[1] + 1)
        p_count = proposals[0] + below(proposals[1] + 1)
        ious = [[unit() * iou_scale for _ in range(p_count)] + [float(g == t) for t in range(g_count)] for g in range(g_count)]
        errors = [[unit() * error_scale for _ in range(p_count)] + [float(g != t) for t in range(g_count)] for g in range(g_count)]
        drawn = [below(4) == 0 for _ in range(p_count + g_count)]
        if every and iteration % every == 0:
            drawn = [False] * len(drawn)
        images.append((torch.tensor(ious), torch.tensor(errors), torch.tensor(drawn)))
    return images


def official(scenario):
    numbers, threshold, beta, ious, errors = generator(scenario[0]), 0.4, 1.0, [], []
    for iteration in range(1, WINDOWS * C + 1):
        u, e = [], []
        for iou, error, _ in batch(numbers, iteration, scenario):
            best, matched = iou.max(dim=0)
            matched[best < threshold] = -1
            chosen = matched.clamp(min=0).unsqueeze(0)
            u.append(iou.gather(0, chosen).squeeze(0))
            e.append(error.gather(0, chosen).squeeze(0))
        u, e = torch.cat(u), torch.cat(e)
        ious.append(torch.topk(u, K_I * IMAGES)[0][-1].item())
        errors.append(torch.kthvalue(e, min(K_E * IMAGES, len(e)))[0].item())
        if iteration % C == 0:
            threshold = max(sum(ious) / C, 0.4)
            beta = min(sorted(errors)[C // 2], 1.0)
            ious, errors = [], []
            yield iteration, threshold, beta


def mmdetection(scenario):
    numbers, beta, ious, errors = generator(scenario[0]), 1.0, [], []
    for iteration in range(1, WINDOWS * C + 1):
        images = batch(numbers, iteration, scenario)
        largest = [iou.max(dim=0)[0] for iou, _, _ in images]
        ious.append(np.mean([torch.topk(x, min(K_I, len(x)))[0][-1].item() for x in largest]))
        e = torch.cat([error.gather(0, iou.max(dim=0)[1].unsqueeze(0)).squeeze(0)[drawn] for iou, error, drawn in images])
        if len(e) > 0:
            errors.append(torch.kthvalue(e, min(K_E * IMAGES, len(e)))[0].item())
        if len(ious) % C == 0:
            threshold = max(0.4, np.mean(ious))
            if errors and np.median(errors) >= 1e-15:
                beta = min(1.0, np.median(errors))
            ious, errors = [], []
            yield iteration, threshold, beta


def bits(value):
    return struct.pack(">d", float(value)).hex()


for rule, fold in (("Official", official), ("MMDetection", mmdetection)):
    for name, scenario in SCENARIOS.items():
        for iteration, threshold, beta in fold(scenario):
            print(rule, name, iteration, bits(threshold), bits(beta))
