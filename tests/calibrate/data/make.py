#!/usr/bin/env python3
"""Makes the files of this folder: what Pillow and numpy make of small inputs. Needs numpy and pillow."""
import io
import pathlib
import zipfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent


def pixels(height, width, channels, seed):
    """A smooth pattern with noise on it, so that both kinds of content are resampled."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    noise = np.random.default_rng(seed).integers(0, 120, (height, width, channels))
    return ((x * 9 + y * 5 + c * 40) % 136 + noise).astype(np.uint8)


def images():
    rgb = Image.fromarray(pixels(13, 20, 3, 1))
    rgb.save(HERE / "small.png")
    for width, height in [(7, 5), (33, 29), (20, 5), (9, 13), (1, 1)]:
        (HERE / f"small_{width}x{height}.rgb").write_bytes(rgb.resize((width, height), Image.BILINEAR).tobytes())
    rgba = Image.fromarray(pixels(6, 8, 4, 2))
    rgba.save(HERE / "alpha.png")
    (HERE / "alpha.rgb").write_bytes(rgba.convert("RGB").tobytes())
    gray = Image.fromarray(pixels(6, 8, 1, 3)[:, :, 0])
    gray.save(HERE / "gray.png")
    (HERE / "gray.rgb").write_bytes(gray.convert("RGB").tobytes())
    photo = Image.fromarray(pixels(21, 34, 3, 4)).resize((68, 42), Image.BILINEAR)
    photo.save(HERE / "photo.jpg", quality=88)
    (HERE / "photo.rgb").write_bytes(Image.open(HERE / "photo.jpg").convert("RGB").tobytes())
    photo.convert("L").save(HERE / "gray.jpg", quality=88)
    (HERE / "gray_jpg.rgb").write_bytes(Image.open(HERE / "gray.jpg").convert("RGB").tobytes())
    photo.convert("CMYK").save(HERE / "cmyk.jpg", quality=88)


def arrays():
    x = np.arange(24, dtype=np.float32).reshape(4, 2, 3) / 8
    labels = np.array([3, 1, 4, 1], np.int64)
    np.savez(HERE / "stored.npz", x=x, labels=labels)
    np.savez_compressed(HERE / "deflated.npz", x=x, labels=labels)
    np.savez(HERE / "unnamed.npz", x, labels)
    np.savez(HERE / "uneven.npz", x=x, y=x[:3])
    np.savez(HERE / "float_labels.npz", x=x, labels=labels.astype(np.float32))
    np.savez(HERE / "only_labels.npz", labels=labels)
    np.savez(HERE / "objects.npz", x=np.array([1, "a"], object))
    np.savez(HERE / "fortran.npz", x=np.asfortranarray(x))
    with zipfile.ZipFile(HERE / "foreign.npz", "w") as archive:
        archive.writestr("readme.txt", "not an array")
    file = io.BytesIO()
    np.save(file, x)
    with zipfile.ZipFile(HERE / "cut.npz", "w") as archive:
        archive.writestr("x.npy", file.getvalue()[:-20])
    np.save(HERE / "fortran.npy", np.asfortranarray(x))
    np.save(HERE / "big_endian.npy", x.astype(">f4"))


def fnv1a(data):
    value = 14695981039346656037
    for byte in data:
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def shared_pixels(shared):
    """Hashes of what Pillow makes of some images of the shared data, as float NCHW."""
    def rows(name):
        return [line.split("\t")[0] for line in (shared / "images" / name).read_text().splitlines()[1:]]

    def crop(image, short, size):
        k = short / min(image.size)
        image = image.resize((max(short, round(image.width * k)), max(short, round(image.height * k))), Image.BILINEAR)
        left, top = (image.width - size) // 2, (image.height - size) // 2
        return np.asarray(image.crop((left, top, left + size, top + size)), np.float32)

    def letterbox(image):
        k = 416 / max(image.size)
        image = image.resize((round(image.width * k), round(image.height * k)), Image.BILINEAR)
        x = np.full((416, 416, 3), 114, np.float32)
        x[:image.height, :image.width] = np.asarray(image, np.float32)[:, :, ::-1]
        return x

    lines = ["kind\tindex\thash"]
    kinds = [("crop", "labels.tsv", lambda image: crop(image, 256, 224)), ("smaller", "labels.tsv", lambda image: crop(image, 180, 160)),
             ("letterbox", "coco.tsv", letterbox)]
    for kind, table, make in kinds:
        names = rows(table)
        for index in [0, 7, 50, 100, 200]:
            pixels = make(Image.open(shared / "images" / names[index]).convert("RGB"))
            lines.append(f"{kind}\t{index}\t{fnv1a(pixels.transpose(2, 0, 1).tobytes())}")
    (HERE / "shared_pixels.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    images()
    arrays()
    data = HERE.parents[3] / "shared" / "data"
    if data.exists():
        shared_pixels(data)
