"""torchvision's Faster R-CNN as the presets bench-r18 and bench-r50 have it: frozen norms, stem and first stage fixed."""
import torchvision
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.misc import FrozenBatchNorm2d


def faster_rcnn(depth, side, classes):
    """Of fresh weights; side: the images' short one, classes: without the background."""
    resnet = getattr(torchvision.models, f"resnet{depth}")(weights=None, norm_layer=FrozenBatchNorm2d)
    for name, buffer in resnet.named_buffers():
        if name.endswith("bn3.weight" if depth >= 50 else "bn2.weight"):
            buffer.fill_(0.2)  # fixed norms of ones would let sixteen residual blocks overflow
    return FasterRCNN(_resnet_fpn_extractor(resnet, 3), num_classes=classes + 1, min_size=side, max_size=100000,
                      rpn_nms_thresh=0.85, rpn_post_nms_top_n_train=1000)
