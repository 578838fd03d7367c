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


if __name__ == "__main__":
    images()
    arrays()
