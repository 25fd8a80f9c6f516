#!/usr/bin/env python3
"""Runs the Python of docs/ten_networks.md and writes weights, inputs and results to networks.safetensors. torch==2.15.0."""

import pathlib
import re

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
for code in re.findall(r"```python\n(.*?)```", (HERE / "../../docs/ten_networks.md").read_text(), re.S):
    exec(code)

words = lambda count, *shape: torch.randint(0, count, shape)
INPUTS = {
    "MLP": (MLP, torch.rand(3, 6)),
    "Convnet": (Convnet, torch.rand(2, 1, 8, 8)),
    "ResidualBlock": (lambda: ResidualBlock(2, 4, 2), torch.rand(2, 2, 6, 6)),
    "UNetLevel": (UNetLevel, torch.rand(1, 2, 4, 6)),
    "Tagger": (Tagger, words(20, 2, 5)),
    "Reader": (Reader, torch.rand(3, 4, 3), torch.tensor([2, 4, 1])),
    "TransformerBlock": (TransformerBlock, torch.rand(2, 5, 8)),
    "VAE": (VAE, torch.rand(3, 6), torch.rand(3, 2)),
    "GAN": (GAN, torch.rand(4, 6), torch.rand(4, 3)),
    "LanguageModel": (LanguageModel, words(12, 2, 6)),
}
torch.manual_seed(0)
tensors = {}
for name, (make, *inputs) in INPUTS.items():
    model = make()
    for key, x in model.state_dict().items():
        tensors[f"{name}/state {key}"] = x.clone().contiguous()
    results = model(*inputs)
    for i, x in enumerate(inputs):
        tensors[f"{name}/input {i}"] = x
    for i, x in enumerate(results if isinstance(results, tuple) else (results,)):
        tensors[f"{name}/output {i}"] = x.detach().clone()
save_file(tensors, str(HERE / "networks.safetensors"))
