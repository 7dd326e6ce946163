"""Writes recorded-pictures.txt: small files of every format but JPEG and PNG and the pixels that Pillow gives, a line each: name, sides, file, pixels.

/usr/bin/python3 recorded_pictures.py > recorded-pictures.txt      (python3-pil; recorded with Pillow 9.4.0)
"""

import base64
import io

from PIL import Image

W, H = 13, 9
rgb = Image.new("RGB", (W, H))
rgb.putdata([(x * 19, y * 28, (x * y * 5) % 256) for y in range(H) for x in range(W)])
alpha = Image.new("L", (W, H))
alpha.putdata([(x * y * 3) % 256 for y in range(H) for x in range(W)])
rgba = rgb.copy()
rgba.putalpha(alpha)
grey = rgb.convert("L")
one = rgb.convert("1")
palette = rgb.quantize(30)
few = rgb.quantize(14)
wide = Image.new("I;16", (W, H))
wide.putdata([(x * y * 601) % 65536 for y in range(H) for x in range(W)])


def record(name, file, pixels):
    encoded = [base64.b64encode(part).decode() for part in (file, pixels)]
    print(name, W, H, *encoded)


def saved(name, image, kind, pixels=None, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    if pixels is None:
        pixels = Image.open(io.BytesIO(file.getvalue())).convert("RGB").tobytes()
    record(name, file.getvalue(), pixels)


for name, image in {"rgb": rgb, "rgba": rgba, "grey": grey, "palette": palette}.items():
    if name != "rgba":
        saved(f"BMP {name}", image, "BMP")
    saved(f"TGA {name}", image, "TGA")
    saved(f"TGA {name} packed", image, "TGA", compression="tga_rle")
saved("BMP rgba", rgba, "BMP")
saved("BMP one", one, "BMP")
for name, image in {"rgb": rgb, "rgba": rgba}.items():
    saved(f"WebP {name}", image, "WEBP", quality=80)
    saved(f"WebP {name} lossless", image, "WEBP", lossless=True, exact=True)
for compression in "raw packbits tiff_lzw tiff_adobe_deflate".split():
    for name, image in {"rgb": rgb, "grey": grey, "few": few}.items():
        saved(f"TIFF {name} {compression}", image, "TIFF", compression=compression)
for compression in "group3 group4".split():
    saved(f"TIFF one {compression}", one, "TIFF", compression=compression, tiffinfo={262: 0})
saved("TIFF rgba tiff_lzw", rgba, "TIFF", compression="tiff_lzw")
saved("TIFF pages", rgb, "TIFF", save_all=True, append_images=[grey.resize((20, 20))])
# Pillow cuts 16 bits of grey off at 255; OpenCV and libpng's strip_16 keep the high byte.
high = b"".join(bytes([value >> 8]) * 3 for value in wide.getdata())
saved("TIFF grey16", wide, "TIFF", pixels=high)
for name, image in {"rgb": rgb, "grey": grey, "one": one}.items():
    saved(f"PBM {name}", image, "PPM")
plain = {
    "3": (b"255\n", " ".join(str(sample) for pixel in rgb.getdata() for sample in pixel), rgb),
    "2": (b"255\n", " ".join(str(sample) for sample in grey.getdata()), grey),
    "1": (b"", " ".join("01"[sample == 0] for sample in one.getdata()), one),
}
for kind, (most, text, image) in plain.items():
    record(f"PBM plain{kind}", f"P{kind}\n# text\n{W} {H}\n".encode() + most + text.encode() + b"\n", image.convert("RGB").tobytes())
