# Small PNG and JPEG files of every kind, and what Pillow makes of them: images/ and images.safetensors.
# Run it in tests/golden, with the packages of requirements.txt.
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

FOLDER = pathlib.Path("images")
FOLDER.mkdir(exist_ok=True)
random = np.random.default_rng(7)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def pack(row, depth):
    """A row of numbers as bytes, as PNG has them."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = "".join(format(value, f"0{depth}b") for value in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(name, pixels, color, depth, interlaced=False, before=b""):
    """Writes a PNG of pixels [height, width, channels], without filters."""
    height, width, channels = pixels.shape
    rows = b""
    for x, y, dx, dy in PASSES if interlaced else [(0, 0, 1, 1)]:
        for row in pixels[y::dy, x::dx]:
            if row.size:
                rows += b"\0" + pack(row.reshape(-1), depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    (FOLDER / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def noise(channels, depth, most=None):
    return random.integers(0, most or 2**depth, (10, 13, channels))


GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
for depth in (1, 2, 4, 8, 16):
    png(f"gray{depth}.png", noise(1, depth), GRAY, depth)
for depth in (8, 16):
    png(f"rgb{depth}.png", noise(3, depth), RGB, depth)
    png(f"gray_alpha{depth}.png", noise(2, depth), GRAY_ALPHA, depth)
    png(f"rgba{depth}.png", noise(4, depth), RGBA, depth)
for depth in (1, 2, 4, 8):
    colors = min(2**depth, 40)
    palette = chunk(b"PLTE", random.integers(0, 256, (colors, 3)).astype(np.uint8).tobytes())
    png(f"palette{depth}.png", noise(1, depth, colors), PALETTE, depth, before=palette)
    clear = chunk(b"tRNS", random.integers(0, 256, colors - 1).astype(np.uint8).tobytes())
    png(f"palette{depth}_clear.png", noise(1, depth, colors), PALETTE, depth, before=palette + clear)
some = noise(1, 8, 6)
png("gray8_clear.png", some, GRAY, 8, before=chunk(b"tRNS", struct.pack(">H", 3)))
some = noise(3, 8, 2)
png("rgb8_clear.png", some, RGB, 8, before=chunk(b"tRNS", struct.pack(">HHH", 1, 0, 1)))
png("interlaced.png", noise(3, 8), RGB, 8, interlaced=True)
png("interlaced1.png", noise(1, 1), GRAY, 1, interlaced=True)
png("interlaced_narrow.png", noise(4, 8)[:5, :2], RGBA, 8, interlaced=True)
text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 1000)) + chunk(b"gAMA", struct.pack(">I", 45455))
png("text.png", noise(3, 8), RGB, 8, before=text)
Image.fromarray(noise(3, 8).astype(np.uint8)).save(FOLDER / "pillow.png")  # with filters

y, x = np.mgrid[:19, :21]
photo = np.stack([x * 12, y * 13, 255 - (x + y) * 6], 2) + random.integers(-20, 20, (19, 21, 3))
photo = Image.fromarray(photo.clip(0, 255).astype(np.uint8))
photo.save(FOLDER / "photo.jpg")
photo.save(FOLDER / "photo444.jpg", subsampling="4:4:4", quality=95)
photo.save(FOLDER / "photo422.jpg", subsampling="4:2:2", restart_marker_blocks=1)
photo.save(FOLDER / "progressive.jpg", progressive=True)
photo.save(FOLDER / "kept_rgb.jpg", keep_rgb=True)
photo.convert("L").save(FOLDER / "gray.jpg", quality=30)
photo.convert("L").save(FOLDER / "gray_progressive.jpg", progressive=True)
photo.convert("CMYK").save(FOLDER / "cmyk.jpg")
photo.crop((0, 0, 1, 1)).save(FOLDER / "pixel.jpg")
for orientation in range(1, 9):
    # As cameras write it, in either order of bytes, behind a text that lies behind the directory.
    order = "<" if orientation % 2 else ">"
    entries = [(0x010F, 2, 8, struct.pack(order + "I", 38)),  # the maker
               (0x0112, 3, 1, struct.pack(order + "HH", orientation, 0))]
    tiff = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        tiff += struct.pack(order + "HHI", tag, kind, count) + value
    tiff += struct.pack(order + "I", 0) + b"Candle.\0"
    photo.crop((0, 0, 11, 7)).save(FOLDER / f"orientation{orientation}.jpg", exif=b"Exif\0\0" + tiff)


def native(image):
    """8 bits for each channel, with those that the file has."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if "gray_alpha" in image.filename:
        return image.convert("LA")
    clear = "transparency" in image.info
    modes = {"1": "L", "L": "LA" if clear else "L", "P": "RGBA" if clear else "RGB", "CMYK": "RGB"}
    return image.convert(modes.get(image.mode, "RGBA" if clear else image.mode))


values = {}
for path in sorted(FOLDER.iterdir()):
    image = Image.open(path)
    if image.getexif():
        image = ImageOps.exif_transpose(image)
        image.filename = path.name
    image = native(image)
    for channels, mode in ((0, image.mode), (1, "L"), (3, "RGB"), (4, "RGBA")):
        # Gray comes from colors without alpha.
        pixels = np.asarray((image.convert("RGB") if mode == "L" and image.mode == "RGBA" else image).convert(mode))
        pixels = pixels.reshape(*pixels.shape[:2], -1)
        values[f"{path.name}/{channels}"] = np.ascontiguousarray(pixels.transpose(2, 0, 1))
pixels = random.integers(0, 256, (37, 53, 3)).astype(np.uint8)
pixels[:20, :30] = 255  # so that sums reach the highest number
values["resize/input"] = np.ascontiguousarray(pixels.transpose(2, 0, 1))
for height, width in ((10, 20), (37, 20), (64, 53), (50, 111), (1, 1), (5, 90), (36, 52)):
    # Rows first, as every Pillow did before version 13, which chooses.
    rows = Image.fromarray(pixels).resize((width, 37), Image.Resampling.BILINEAR)
    resized = np.asarray(rows.resize((width, height), Image.Resampling.BILINEAR))
    values[f"resize/{height}x{width}"] = np.ascontiguousarray(resized.transpose(2, 0, 1))
save_file(values, "images.safetensors")
