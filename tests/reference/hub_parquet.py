"""Writes the Parquet files of tests/annotations/parquet, with pictures as the `datasets` library has them.

    python tests/reference/hub_parquet.py tests/annotations/parquet

Reference only: no test needs Python. The files are of `datasets` 5.0.1, `pyarrow` 25.0.1 and `pillow`
12.3.0. Every picture is generated: a photo of 12×8 pixels of one colour, a mask of stripes of values.
"""

import sys

import pyarrow.parquet

from datasets import ClassLabel, Dataset, Features, Image, Sequence, Value
from PIL import Image as Pil

folder = sys.argv[1]
SIZE = (12, 8)


def photo(row):
    return Pil.new("RGB", SIZE, (6 * row, 255 - 6 * row, 7))


def mask(row, values, mode="L"):
    picture = Pil.new(mode, SIZE)
    for x in range(SIZE[0]):
        for y in range(SIZE[1]):
            picture.putpixel((x, y), values[(x + row) // 3 % len(values)])
    return picture


def dataset(rows, columns, features):
    table = {column: [cell(row) for row in rows] for column, cell in columns.items()}
    return Dataset.from_dict(table, features=Features(features))


def write(name, *of):
    dataset(*of).to_parquet(f"{folder}/{name}")


pictures = {"image": Image(), "label": Image()}
values = [0, 1, 3, 255]

# datasets 5.0.1 leaves pictures as they are and writes an index of pages.
write("indexed.parquet", range(40), {
    "id": lambda row: row, "image": photo, "label": lambda row: mask(row, values),
}, {"id": Value("int64"), **pictures})

# Earlier versions left it to pyarrow, which compresses all columns with snappy and writes no index.
table = dataset(range(3), {
    "pixel_values": photo, "label": lambda row: mask(row, values),
}, {"pixel_values": Image(), "label": Image()}).with_format("arrow")[:]
pyarrow.parquet.write_table(table, f"{folder}/snappy.parquet", row_group_size=2)

# The classes of a row, by which the features name them, and one row without a mask.
write("listed.parquet", range(3), {
    "image": photo,
    "annotation": lambda row: None if row == 1 else mask(row, [0, 1, 2]),
    "scene": lambda row: 0,
    "classes_on_image": lambda row: [0, 1, 2],
}, {
    "image": Image(),
    "annotation": Image(),
    "scene": ClassLabel(names=["street", "field"]),
    "classes_on_image": Sequence(ClassLabel(names=["ground", "tree", "sky"])),
})

# What cannot be used as it is: no mask, several images, a mask in colours.
write("unlabelled.parquet", range(1), {"image": photo, "label": lambda row: row},
      {"image": Image(), "label": Value("int64")})
write("stereo.parquet", range(2), {
    "left": photo, "right": photo, "semantic": lambda row: mask(row, [0, 1]),
}, {"left": Image(), "right": Image(), "semantic": Image()})
write("coloured.parquet", range(2), {
    "image": photo, "mask": lambda row: mask(row, [(0, 0, 0), (255, 0, 0)], "RGB"),
}, {"image": Image(), "mask": Image()})
