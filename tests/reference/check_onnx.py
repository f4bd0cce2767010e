"""Checks .onnx files with ONNX's own checker: python check_onnx.py FILE...

Reference only: no test needs Python. Install `onnx`; tests/reference/export_examples.ts writes
files to check.
"""

import sys

import onnx


def check(path: str) -> str:
    """What the file holds, or what is wrong with it."""
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)  # types and shapes included
    except Exception as error:  # the checker, protobuf and the file system have errors of their own
        return f"REFUSED: {error}"
    (opset,) = model.opset_import
    kinds = len({node.op_type for node in model.graph.node})
    return f"accepted: opset {opset.version}, {len(model.graph.node)} nodes of {kinds} kinds"


def main(paths: list[str]) -> int:
    if not paths:
        print("Cannot check: .onnx files needed, got none", file=sys.stderr)
        return 2
    results = {path: check(path) for path in paths}
    for path, result in results.items():
        print(f"{path}: {result}")
    return int(any(result.startswith("REFUSED") for result in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
