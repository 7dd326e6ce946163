"""Times decoding by our codecs and by Pillow, in turns, for the same files of a folder: python3 kernels/bench/decoding.py [FOLDER] [ROUNDS].

JPEGs are the folder's first ten; PNGs are made of them by Pillow. Each program decodes all files of a kind from memory, once in a round; printed are the medians
a picture and their ratio. Needs python3-pil and a build (dotnet fsi build.fsx build). For a quiet machine.
"""

import io
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image

root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root.parent / "shared/data/bccd"
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15


def pillow(files):
    start = time.perf_counter()
    for data in files:
        Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    return (time.perf_counter() - start) * 1000 / len(files)


with tempfile.TemporaryDirectory() as made:
    jpegs = sorted(folder.rglob("*.jpg"))[:10]
    if not jpegs:
        sys.exit(f"{folder}: no .jpg is there")
    kinds = {"JPEG": jpegs, "PNG": []}
    for jpeg in jpegs:
        png = pathlib.Path(made) / f"{jpeg.stem}.png"
        Image.open(jpeg).convert("RGB").save(png)
        kinds["PNG"].append(png)
    for kind, paths in kinds.items():
        files = [path.read_bytes() for path in paths]
        script = ["dotnet", "fsi", f"--reference:{root}/host-cs/DynamicRcnn.Cli/bin/Release/net10.0/DynamicRcnn.Data.dll"]
        ours = subprocess.Popen(
            [*script, str(root / "kernels/bench/decoding.fsx"), *map(str, paths)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        times = {"ours": [], "Pillow": []}
        for turn in range(rounds + 3):
            ours.stdin.write("\n")
            ours.stdin.flush()
            measured = float(ours.stdout.readline())
            other = pillow(files)
            if turn >= 3:  # compiled by then
                times["ours"].append(measured)
                times["Pillow"].append(other)
        ours.stdin.close()
        ours.wait()
        a, b = statistics.median(times["ours"]), statistics.median(times["Pillow"])
        print(f"{kind}: {len(files)} files, ours {a:.2f} ms, Pillow {b:.2f} ms a picture, ratio {a / b:.2f}")
