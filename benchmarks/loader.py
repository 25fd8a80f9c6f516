"""Images a second of MNIST's loaders, shuffled: bench_loader and PyTorch's DataLoader, in turns.

    python benchmarks/loader.py build/release/benchmarks/bench_loader examples/data/mnist [ROUNDS]

PyTorch loads two datasets: "pixels" converts each image when it is asked for, as bench_loader and torchvision do (whose
own has to go through a Pillow image besides); "floats" is a TensorDataset of images that were converted before, which
take four times the memory: the fastest that its DataLoader does. Ratios are the medians of the rounds.
"""
import gzip
import statistics
import subprocess
import sys
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

SECONDS = 1.0


def read(folder, name, offset):
    with gzip.open(f"{folder}/{name}.gz") as file:
        return torch.from_numpy(np.frombuffer(file.read(), np.uint8, offset=offset).copy())


class Pixels(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return (self.images[i].float().div(255) - 0.1307) / 0.3081, self.labels[i]


def images_per_second(loader):
    for _ in zip(range(3), loader):  # warms up
        pass
    seen, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        for images, labels in loader:
            seen += len(labels)
            if time.perf_counter() - start > 2 * SECONDS:
                break
    return seen / (time.perf_counter() - start)


def main(bench, folder, rounds):
    images = read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    labels = read(folder, "train-labels-idx1-ubyte", 8).long()
    datasets = {"pixels": Pixels(images, labels),
                "floats": TensorDataset((images.float().div(255) - 0.1307) / 0.3081, labels)}
    print(f"PyTorch {torch.__version__}, thousands of images a second")
    for batch in 32, 128:
        for workers in 0, 1, 2:
            rates = {name: [] for name in ("taper", *datasets)}
            for _ in range(rounds):
                command = [bench, "images", folder, str(batch), str(workers), str(SECONDS)]
                rates["taper"].append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
                for name, dataset in datasets.items():
                    loader = DataLoader(dataset, batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
                    rates[name].append(images_per_second(loader))
                    del loader
            line = f"batches of {batch:3}, {workers} workers: " + ", ".join(
                f"{name} {statistics.median(rate) / 1000:.0f}" for name, rate in rates.items())
            for name in datasets:
                ratio = statistics.median(t / p for t, p in zip(rates["taper"], rates[name]))
                line += f"; {ratio:.1f} times {name}"
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 3)
