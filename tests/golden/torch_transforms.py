#!/usr/bin/env python3
"""Writes torch_transforms.safetensors: what PyTorch 2.15.0 makes of images, by torchvision's formulas.

    pip install -r requirements.txt && python torch_transforms.py

Of the metadata, "cases" says function, options and image of the tensors "0", "1", ...
"""

import colorsys
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import golden

numbers = golden.Numbers()


def values(*shape):
    return torch.tensor(np.array([numbers() for _ in range(math.prod(shape))], "float32").reshape(shape))


COLOR = (values(3, 9, 12) + 1) / 2
COLOR[:, 0, 0] = 0.25  # grey
COLOR[:, 0, 1] = torch.tensor([1.0, 0.0, 0.0])
COLOR[:, 0, 2] = torch.tensor([0.0, 0.5, 0.5])
IMAGES = {"color": COLOR, "grey": (values(1, 8, 7) + 1) / 2, "noise": values(2, 8, 7), "bend": 2 * values(2, 9, 12)}


def sample(image, grid, fill):
    """grid_sample with zeros outside, and the fill by a mask that goes the same way."""
    image = torch.cat([image, torch.ones_like(image[:1])])[None]
    result = F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]
    return result[:-1] + (1 - result[-1:]) * fill


def affine(image, angle=0.0, translate_x=0.0, translate_y=0.0, scale=1.0, shear_x=0.0, shear_y=0.0, fill=0.0):
    rotation, sx, sy = (math.radians(each) for each in (angle, shear_x, shear_y))
    rotate_and_shear = np.array([
        [math.cos(rotation - sy) / math.cos(sy),
         -math.cos(rotation - sy) * math.tan(sx) / math.cos(sy) - math.sin(rotation)],
        [math.sin(rotation - sy) / math.cos(sy),
         -math.sin(rotation - sy) * math.tan(sx) / math.cos(sy) + math.cos(rotation)]])
    inverse = np.linalg.inv(scale * rotate_and_shear)
    shift = -inverse @ np.array([translate_x, translate_y])
    height, width = image.shape[1:]
    theta = np.array([[inverse[0, 0], inverse[0, 1] * height / width, 2 * shift[0] / width],
                      [inverse[1, 0] * width / height, inverse[1, 1], 2 * shift[1] / height]])
    grid = F.affine_grid(torch.tensor(theta)[None], [1, 1, height, width], align_corners=False)
    return sample(image.double(), grid, fill)


def displace(image, fill=0.0):
    height, width = image.shape[1:]
    dy, dx = IMAGES["bend"].double()
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = torch.stack([(2 * (x + dx) + 1) / width - 1, (2 * (y + dy) + 1) / height - 1], -1)[None]
    return sample(image.double(), grid, fill)


def elastic_displacement(noise, alpha, sigma):
    radius = math.ceil(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma).double() ** 2)
    kernel /= kernel.sum()
    x = noise[:, None].double()
    x = F.conv2d(F.conv2d(x, kernel[None, None, None], padding=(0, radius)), kernel[None, None, :, None],
                 padding=(radius, 0))
    return alpha * x[:, 0]


def resize_image(image, height, width):
    return F.interpolate(image[None].double(), (height, width), mode="bilinear", antialias=True)[0]


def blend(image, other, factor):
    return (factor * image + (1 - factor) * other).clamp(0, 1)


def grey(image):
    return 0.2989 * image[0:1] + 0.587 * image[1:2] + 0.114 * image[2:3] if image.shape[0] == 3 else image


def adjust_brightness(image, factor):
    return blend(image.double(), 0, factor)


def adjust_contrast(image, factor):
    return blend(image.double(), grey(image.double()).mean(), factor)


def adjust_saturation(image, factor):
    return blend(image.double(), grey(image.double()), factor)


def adjust_hue(image, turn):
    result = image.double().clone()
    for y in range(image.shape[1]):
        for x in range(image.shape[2]):
            h, s, v = colorsys.rgb_to_hsv(*result[:, y, x].tolist())
            result[:, y, x] = torch.tensor(colorsys.hsv_to_rgb((h + turn) % 1, s, v))
    return result


def to_grayscale(image):
    return grey(image.double()).expand(3, -1, -1)


CASES = [
    (affine, {"angle": 30.0}, "color"), (affine, {"angle": -100.0, "fill": 0.5}, "grey"),
    (affine, {"translate_x": 2.5, "translate_y": -1.25}, "color"), (affine, {"scale": 0.5, "fill": 1.0}, "grey"),
    (affine, {"shear_x": 20.0}, "color"), (affine, {"shear_y": -15.0}, "color"),
    (affine, {"angle": 12.0, "translate_x": -1.0, "translate_y": 2.0, "scale": 1.3, "shear_x": 10.0, "shear_y": 5.0,
              "fill": 0.25}, "color"),
    (displace, {}, "color"), (displace, {"fill": 0.75}, "color"),
    (elastic_displacement, {"alpha": 8.0, "sigma": 1.5}, "noise"),
    (elastic_displacement, {"alpha": 34.0, "sigma": 4.0}, "noise"),
    (resize_image, {"height": 4, "width": 5}, "color"), (resize_image, {"height": 17, "width": 6}, "color"),
    (resize_image, {"height": 1, "width": 20}, "grey"), (resize_image, {"height": 8, "width": 7}, "grey"),
    (adjust_brightness, {"factor": 1.5}, "color"), (adjust_brightness, {"factor": 0.25}, "grey"),
    (adjust_contrast, {"factor": 1.75}, "color"), (adjust_contrast, {"factor": 0.5}, "grey"),
    (adjust_saturation, {"factor": 2.0}, "color"), (adjust_saturation, {"factor": 0.25}, "color"),
    (adjust_hue, {"turn": 0.2}, "color"), (adjust_hue, {"turn": -0.45}, "color"), (to_grayscale, {}, "color"),
]


def main():
    arrays = {name: image.numpy() for name, image in IMAGES.items()}
    cases = []
    for function, options, name in CASES:
        arrays[str(len(cases))] = function(IMAGES[name], **options).float().contiguous().numpy()
        cases.append({"function": function.__name__, "options": options, "image": name})
    golden.save(pathlib.Path(__file__).with_name("torch_transforms.safetensors"), arrays,
                {"made_by": f"torch_transforms.py with PyTorch {torch.__version__}", "cases": json.dumps(cases)})
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
