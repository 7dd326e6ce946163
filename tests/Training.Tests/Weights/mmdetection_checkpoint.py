"""Writes a training checkpoint as MMDetection 3 does: the weights among logs, hooks, an optimiser and schedules.

    python3 mmdetection_checkpoint.py FOLDER

makes zip2.pth and zip4.pth, for two protocols of pickle, and old2.pth in the format before PyTorch 1.6. mmengine need not be installed: its
classes have stand-ins here, so that the pickles hold their names and states.
"""
import datetime
import os
import pathlib
import sys
import types
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import torch


def stand_in(module, cls):
    """Gives a class to a module that is made up, with the packages above it."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        sys.modules.setdefault(name, types.ModuleType(name))
    cls.__module__ = module
    for value in vars(cls).values():
        if isinstance(value, types.FunctionType):
            value.__module__ = module
    setattr(sys.modules[module], cls.__name__, cls)


class HistoryBuffer:
    def __init__(self, values):
        self._log_history, self._count_history, self.max_length = values, np.ones(len(values)), 1_000_000

    def mean(self):
        pass

    def __getstate__(self):
        # Methods by name, as the classes of schedules keep them too.
        return dict(vars(self), _statistics_methods={"mean": HistoryBuffer.mean})


class ConfigDict(dict):
    pass


class Slots:
    __slots__ = ["a"]

    def __init__(self):
        self.a = 1


class Items(list):
    pass


stand_in("mmengine.logging.history_buffer", HistoryBuffer)
stand_in("mmengine.config.config", ConfigDict)
stand_in("project.hooks", Slots)
stand_in("project.hooks", Items)


def checkpoint():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    one_cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, 10, cycle_momentum=False)
    steps = torch.optim.lr_scheduler.MultiStepLR(optimizer, [8, 11])
    items = Items([1, 2, 3])
    items.name = "items"
    return {
        "meta": {
            "epoch": 12,
            "iter": np.int64(87960),
            "time": "20230101_000000",
            "seed": 1 << 80,
            "cfg": "model = dict()\n",
            "dataset_meta": {"classes": ("cat", "dog"), "palette": [(220, 20, 60), (119, 11, 32)]},
            "hook_msgs": {"best_score": np.float32(0.4), "last_ckpt": pathlib.PosixPath("work_dirs/epoch_12.pth")},
            "began": datetime.datetime.now(datetime.timezone.utc),
            "took": datetime.timedelta(days=1),
            "device": torch.device("cpu"),
            "type": torch.float16,
            "config": ConfigDict(model=ConfigDict(type="FasterRCNN")),
            "tags": {"a", "b"},
            "frozen": frozenset("ab"),
            (0, 1): "pair",
            0.5: "half",
            None: "none",
        },
        "state_dict": model.state_dict(),
        "message_hub": {
            "log_scalars": OrderedDict(
                loss=HistoryBuffer(np.arange(5.0)), empty=HistoryBuffer(np.array([], dtype=object))
            ),
            "runtime_info": OrderedDict(
                texts=np.array(["ab", "c"]),
                objects=np.array([None, "a"], dtype=object),
                days=np.array(["2023-01-01"], dtype="datetime64[D]"),
                pairs=np.zeros(2, dtype=[("a", "f4"), ("b", "i8")]),
            ),
            "random": (
                np.random.RandomState(0),
                np.random.default_rng(0),
                torch.get_rng_state(),
                np.random.get_state(),
            ),
        },
        "optimizer": optimizer.state_dict(),
        "param_schedulers": [one_cycle.state_dict(), steps.state_dict()],
        "hooks": [Slots(), items, Items, defaultdict(list, a=[1]), Counter("aab"), complex(1, 2), slice(1, 2), range(3)],
    }


def main(folder):
    content = checkpoint()
    for name, protocol, zipped in (("zip2", 2, True), ("zip4", 4, True), ("old2", 2, False)):
        path = os.path.join(folder, f"{name}.pth")
        torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)


if __name__ == "__main__":
    main(sys.argv[1])
