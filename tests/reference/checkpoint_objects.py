"""Writes tests/checkpoints/objects: small training checkpoints with Python objects of every kind
beside the weights, and one whose weights lie in a dict's subclass.

    python tests/reference/checkpoint_objects.py tests/checkpoints/objects

Needs torch and numpy; the classes that stand for mmengine's and others' are defined here under
their modules' names, so that the files name what those libraries' files name.
"""

import argparse
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import logging
import operator
import pathlib
import random
import re
import sys
import types
import uuid

import numpy as np
import torch


def module(name, **members):
    """Makes `name` importable with these classes in it."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        sys.modules.setdefault(path, types.ModuleType(path))
    made = sys.modules[name]
    for key, member in members.items():
        member.__module__, member.__qualname__ = name, key
        setattr(made, key, member)
    return made


class HistoryBuffer:
    def __init__(self):
        self._log_history = np.array([0.5, 0.25])
        self._count_history = np.array([1, 1])
        self.max_length = 1000000
        self._statistics_methods = {"mean": operator.itemgetter(0)}


class AttributeDict(dict):
    pass


class OwnDict(collections.OrderedDict):
    pass


class Phase(enum.Enum):
    TRAIN = "train"


class Flags(enum.IntFlag):
    A = 1


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, [2]


class Reduced:
    def __reduce__(self):
        return (Reduced, (), {"x": 1}, iter([1, 2]), iter([("k", "v")]))

    def append(self, item):
        pass

    def extend(self, items):
        pass

    def __setitem__(self, key, value):
        pass


class Stateful:
    def __getstate__(self):
        return ("a tuple", 3)

    def __setstate__(self, state):
        pass

    def method(self):
        pass


class WithNew:
    def __new__(cls, *, size):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return ((), {"size": 4})


@dataclasses.dataclass
class Settings:
    rate: float = 0.1
    sizes: tuple = (1, 2)


Point = collections.namedtuple("Point", "x y")


class OwnTensor(torch.Tensor):
    pass


class OwnList(list):
    pass


class OwnSet(set):
    pass


module("mmengine.logging.history_buffer", HistoryBuffer=HistoryBuffer)
module("pytorch_lightning.utilities.parsing", AttributeDict=AttributeDict)
own = module(
    "train", OwnDict=OwnDict, Phase=Phase, Flags=Flags, Slots=Slots, Reduced=Reduced, Stateful=Stateful,
    WithNew=WithNew, Settings=Settings, Point=Point, OwnTensor=OwnTensor, OwnList=OwnList, OwnSet=OwnSet,
)


def weights():
    plain = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    marked = torch.tensor([6.0, 7.0])
    marked.note = "an attribute"
    parameter = torch.nn.Parameter(torch.tensor([8.0]))
    parameter.note = "another"
    return {
        "plain": plain,
        "half": torch.tensor([0.5, -2.0], dtype=torch.bfloat16),
        "marked": marked,
        "parameter": torch.nn.Parameter(torch.tensor([9.0, 10.0]), requires_grad=False),
        "parameter_with_state": parameter,
        "subclass": torch.tensor([11.0]).as_subclass(OwnTensor),
        "buffer": torch.nn.Buffer(torch.tensor([12.0])),
    }


def objects(protocol):
    generator = np.random.default_rng(3)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    found = {
        "history": HistoryBuffer(),
        "namespace": argparse.Namespace(rate=0.1, out=pathlib.PosixPath("/data/out"), size=torch.Size([3, 4])),
        "path": pathlib.PosixPath("/data"),
        "defaultdict": collections.defaultdict(list, {"a": [1]}),
        "nested_defaultdict": collections.defaultdict(functools.partial(collections.defaultdict, int)),
        "counter": collections.Counter("abca"),
        "deque": collections.deque([1, 2], maxlen=3),
        "attribute_dict": AttributeDict(lr=0.1),
        "device": torch.device("cuda:0"), "dtype": torch.float16, "size": torch.Size([1, 2]),
        "layout": torch.strided,
        "enum": Phase.TRAIN, "flags": Flags.A, "slots": Slots(), "reduced": Reduced(), "stateful": Stateful(),
        "with_new": WithNew(size=4),
        "method": Stateful().method, "function": math_mean, "builtin": len, "type": dict, "class": Stateful,
        "dataclass": Settings(), "namedtuple": Point(1, 2), "partial": functools.partial(max, 1, key=abs),
        "own_list": OwnList([1, 2]), "own_set": OwnSet([1, 2]),
        "set": {1, 2}, "frozenset": frozenset("ab"), "complex": 1 + 2j, "range": range(3), "slice": slice(1, 2),
        "bytes": b"\x00\xff" * 20, "bytearray": bytearray(b"\x00\xff" * 20), "array": array.array("d", [1.0]),
        "ellipsis": ..., "big": 2**200, "date": datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc),
        "delta": datetime.timedelta(1), "decimal": decimal.Decimal("1.5"), "fraction": fractions.Fraction(1, 3),
        "uuid": uuid.UUID(int=7), "pattern": re.compile("a+"), "stream": io.BytesIO(b"abc"),
        "level": logging.INFO, "random": random.Random(1).getstate()[1][:4], "simple": types.SimpleNamespace(a=1),
        "ndarray": np.arange(40, dtype=np.float64), "empty": np.zeros((0, 3)), "text_array": np.array(["a", "bc"]),
        "record": np.zeros(2, dtype=[("x", "f4"), ("y", [("z", "i8")])]), "dates": np.array(["2024-01-02"], "datetime64[D]"),
        "object_array": np.array([{"a": 1}, None], dtype=object), "fortran": np.asfortranarray(np.eye(3)),
        "big_endian": np.arange(3, dtype=">i2"), "masked": np.ma.masked_array([1, 2], [True, False]),
        "matrix": np.matrix([[1]]), "rng": generator, 
        "scalars": [np.float64(0.5), np.float16(2), np.int64(-3), np.bool_(True), np.str_("abc"), np.complex64(1j),
                    np.datetime64("2024-01-02"), np.longdouble(1), np.bytes_(b"x")],
        "numpy_dtype": np.dtype("f4"),
        "module": torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.ReLU()),
        "optimizer_object": optimizer, "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 2).state_dict(),
        "lambda_lr": torch.optim.lr_scheduler.LambdaLR(optimizer, math_mean).state_dict(),
        "scaler": torch.amp.GradScaler("cpu").state_dict(),
        "complex_tensor": torch.ones(2, dtype=torch.complex64),
        "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "sparse": torch.eye(2).to_sparse(), "uint16": torch.ones(2, dtype=torch.uint16),
        "float8": torch.ones(2).to(torch.float8_e4m3fn), "meta_tensor": torch.empty(2, device="meta"),
        "exception": ValueError("no"),
        "logger": logging.getLogger("train"),
    }
    return found


def math_mean(x):
    return x


math_mean.__module__ = "train"
own.math_mean = math_mean

if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    for protocol in (2, 5):
        content = {"epoch": 3, **objects(protocol), "state_dict": weights()}
        torch.save(content, out / f"all_{protocol}.pth", pickle_protocol=protocol)
    content = {"epoch": 3, **objects(2), "state_dict": weights()}
    # Beside a module this format keeps its source text.
    for key in ("complex_tensor", "quantized", "sparse", "uint16", "float8", "module"):
        del content[key]
    torch.save(content, out / "all_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(OwnDict(model=OwnDict(weights())), out / "own_dict.pth")
    for path in sorted(out.glob("*.pth")):
        print(path.name, path.stat().st_size)
