"""What Pillow and OpenCV make of pictures, for ResampledPicturesTests.

    resampled.py compare LIBRARY FOLDER   counts the values in which FOLDER's results differ from the library's
    resampled.py record                   prints the values that ResamplerTests holds

FOLDER holds NAME-WIDTHxHEIGHT.rgb for each picture and NAME-WIDTHxHEIGHT-to-WIDTHxHEIGHT.rgb for each of its sizes:
rows of 8-bit RGB without padding. LIBRARY is PIL or cv2.
"""
import pathlib
import sys


def by_pillow(rgb, size, target):
    from PIL import Image

    return Image.frombytes("RGB", size, rgb).resize(target, Image.BILINEAR).tobytes()


def by_opencv(rgb, size, target):
    import cv2
    import numpy

    pixels = numpy.frombuffer(rgb, numpy.uint8).reshape(size[1], size[0], 3)
    return cv2.resize(pixels, target, interpolation=cv2.INTER_LINEAR).tobytes()


LIBRARIES = {"PIL": by_pillow, "cv2": by_opencv}


def size_of(text):
    width, height = text.split("x")
    return int(width), int(height)


def compare(library, folder):
    values = differences = 0
    for result in sorted(pathlib.Path(folder).glob("*-to-*.rgb")):
        original, _, target = result.stem.rpartition("-to-")
        size = size_of(original.rpartition("-")[2])
        theirs = LIBRARIES[library]((result.parent / f"{original}.rgb").read_bytes(), size, size_of(target))
        ours = result.read_bytes()
        values += len(theirs)
        if ours != theirs:
            differences += abs(len(ours) - len(theirs)) + sum(a != b for a, b in zip(ours, theirs))
    print(f"{differences} of {values}")


def record():
    size = (7, 5)
    rgb = bytes((i * 73 + i * i % 251) % 256 for i in range(3 * size[0] * size[1]))
    for library, resize in LIBRARIES.items():
        for target in ((3, 2), (10, 4), (7, 3), (2, 9)):
            print(library, *target, resize(rgb, size, target).hex())


if sys.argv[1] == "record":
    record()
else:
    compare(sys.argv[2], sys.argv[3])
