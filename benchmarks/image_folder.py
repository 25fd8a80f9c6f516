"""Images a second of a folder of JPEG files, shuffled: bench_image_folder and PyTorch's DataLoader, in turns.

    python benchmarks/image_folder.py build/release/benchmarks/bench_image_folder [IMAGES] [ROUNDS]

The files are made up: smooth shapes and noise of 320 x 240 pixels, quality 85, 5,000 of them unless told otherwise.
PyTorch's dataset does what torchvision's ImageFolder does with ToTensor, Resize and Normalize: Pillow decodes (with
libjpeg-turbo, as Taper does) and resizes. torchvision itself is used instead if it is installed. The first round reads
the files into the system's cache and does not count. Ratios are the medians of the rounds.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WIDTH, HEIGHT, CLASSES, BATCH = 320, 240, 10, 32


def make_photos(folder, count):
    random = np.random.default_rng(1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for i in range(count):
        waves = random.uniform(0.005, 0.08, (3, 2))
        phases = random.uniform(0, 6, 3)
        planes = [127 + 90 * np.sin(a * x + b * y + p) for (a, b), p in zip(waves, phases)]
        pixels = np.stack(planes, 2) + random.integers(-12, 13, (HEIGHT, WIDTH, 1))
        path = folder / f"class{i % CLASSES}" / f"{i:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=85)


class Folder(Dataset):
    def __init__(self, folder, size):
        self.files = [(path, label) for label, inner in enumerate(sorted(folder.iterdir())) for path in sorted(inner.iterdir())]
        self.size = size
        self.means = torch.tensor(MEANS).view(-1, 1, 1)
        self.deviations = torch.tensor(DEVIATIONS).view(-1, 1, 1)

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        path, label = self.files[i]
        with open(path, "rb") as file:
            image = Image.open(file).convert("RGB")
        if self.size:
            image = image.resize((self.size, self.size), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()
        return pixels.float().div(255).sub_(self.means).div_(self.deviations), label


def dataset(folder, size):
    try:
        from torchvision import datasets, transforms
    except ImportError:
        return Folder(folder, size)
    steps = [transforms.ToTensor(), transforms.Normalize(MEANS, DEVIATIONS)]
    return datasets.ImageFolder(folder, transforms.Compose(([transforms.Resize((size, size))] if size else []) + steps))


def images_per_second(folder, size, workers):
    loader = DataLoader(dataset(folder, size), BATCH, shuffle=True, num_workers=workers)
    start, seen = time.perf_counter(), 0
    for _, labels in loader:
        seen += len(labels)
    return seen / (time.perf_counter() - start)


def main(bench, count, rounds):
    torch.set_num_threads(1)  # as its workers do; on a busy machine more are slower
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_photos(folder, count)
        kind = type(dataset(folder, 64)).__module__
        print(f"PyTorch {torch.__version__}, {kind}; {count} files of {WIDTH} x {HEIGHT}, images a second")
        for size in 0, 128:
            for workers in 0, 1, 2:
                ours, theirs = [], []
                for _ in range(rounds + 1):
                    command = [bench, name, str(size), str(BATCH), str(workers)]
                    ours.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
                    theirs.append(images_per_second(folder, size, workers))
                ratio = statistics.median(a / b for a, b in zip(ours[1:], theirs[1:]))
                what = f"resized to {size} x {size}" if size else "as they are"
                print(f"{what}, {workers} workers: taper {statistics.median(ours[1:]):.0f}, "
                      f"PyTorch {statistics.median(theirs[1:]):.0f}; {ratio:.2f} times", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000, int(sys.argv[3]) if len(sys.argv) > 3 else 3)
