"""The picture that the network sees, and what pens, scanners and cutting do to it.

`normalise` is the same procedure as `src/reading/recognise/characters.rs` and must stay so: a network trained on other
pictures than it is asked about reads worse without a sign. `worn` bends and wears a whole batch of clean characters at
once, so that no picture is seen twice.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

SIDE = 40
BODY = 36


def normalise(ink):
    """Ink (0 paper .. 255 ink) to SIDE x SIDE: longest side BODY, box in the middle, darkest pixel 255; or None."""
    peak = int(ink.max())
    if peak < 48:
        return None
    labels, count = ndimage.label(ink >= max(40, int(0.35 * peak)), structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    keep = areas >= max(3, 0.012 * areas.max())
    keep[0] = False
    kept = keep[labels]
    ys, xs = np.nonzero(kept)
    if len(ys) == 0:
        return None
    near = ndimage.binary_dilation(kept, structure=np.ones((3, 3)))
    body = np.where(near, ink, 0)[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float64)
    scale = BODY / max(body.shape)
    height, width = (max(1, math.floor(n * scale + 0.5)) for n in body.shape)
    small = triangle(body.shape[0], height) @ body @ triangle(body.shape[1], width).T
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    out = np.zeros((SIDE, SIDE), dtype=np.uint8)
    out[top : top + height, left : left + width] = np.floor(small * 255 / small.max() + 0.5)
    return out


def triangle(source, target):
    """Rows of weights that bring `source` pixels to `target`: linear between pixels, averaging where it shrinks."""
    step = source / target
    reach = max(step, 1.0)
    centres = (np.arange(target)[:, None] + 0.5) * step
    weights = np.maximum(0, 1 - np.abs(np.arange(source)[None] + 0.5 - centres) / reach)
    return weights / weights.sum(1, keepdims=True)


def drawn(x, *shape):
    """Random numbers from 0 to 1, where the pictures are: one a picture, or of a shape a picture."""
    return torch.rand(len(x), *(shape or (1, 1, 1)), device=x.device)


def uniform(x, low, high):
    return drawn(x) * (high - low) + low


def some(x, share):
    return (drawn(x) < share).float()


def whole(x, low, high):
    """Whole numbers, `high` not among them."""
    return torch.randint(low, high, (len(x), 1, 1, 1), device=x.device)


def normal(x, *shape):
    return torch.randn(len(x), *shape, device=x.device)


def field(x, channels, cells):
    """Smooth random values."""
    return F.interpolate(normal(x, channels, cells, cells), size=x.shape[2:], mode="bilinear", align_corners=False)


def rectangle(x, top, high, left, wide):
    """1 within it, 0 around it."""
    places = torch.arange(x.shape[-1], device=x.device)
    down, across = places.view(1, 1, -1, 1), places.view(1, 1, 1, -1)
    return ((down >= top) & (down < top + high) & (across >= left) & (across < left + wide)).float()


def bent(x, gentle):
    """Turned, slanted, stretched and bent; `gentle` (n) is 1 for print, which lies straight."""
    wild = (1 - 0.6 * gentle) * (0.3 + drawn(x).flatten())
    turn, slant = normal(x).clamp(-2, 2) * 0.06 * wild, normal(x) * 0.10 * wild
    wide, high = (torch.exp(normal(x) * 0.12 * wild) for _ in range(2))
    cos, sin = torch.cos(turn), torch.sin(turn)
    matrix = torch.stack([cos * wide, (slant - sin) * wide, sin * high, (cos + slant * sin) * high], 1).view(-1, 2, 2)
    theta = torch.cat([matrix, normal(x, 2, 1) * 0.02], 2)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    bend = field(x, 2, 4) * (drawn(x) * 0.045 * wild.view(-1, 1, 1, 1))
    return F.grid_sample(x, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def pen(x):
    """Thicker, or (where there is enough) thinner strokes."""
    thick = F.max_pool2d(x, 3, 1, 1)
    thin = -F.max_pool2d(-x, 3, 1, 1)
    sturdy = ((thin > 0.5).float().mean((1, 2, 3), keepdim=True) > 0.04).float()
    amount = uniform(x, -1, 1) * some(x, 0.6)
    return x + amount.clamp(0, 1) * (thick - x) + (-amount).clamp(0, 0.8) * sturdy * (thin - x)


def scanned(x):
    """Blur, few dots, threshold, uneven ink, noise."""
    soft = F.avg_pool2d(F.avg_pool2d(x, 3, 1, 1), 3, 1, 1)
    x = x + uniform(x, 0, 1) * some(x, 0.7) * (soft - x)
    few = int(np.random.choice([22, 26, 30, 36, 44]))
    coarse = F.interpolate(x, size=(few, few), mode="area")
    hard = ((coarse - uniform(x, 0.3, 0.55)) / 0.03).sigmoid()
    coarse = coarse + some(x, 0.55) * (hard - coarse)
    x = x + some(x, 0.35) * (F.interpolate(coarse, size=x.shape[2:], mode="bilinear", align_corners=False) - x)
    hard = ((x - uniform(x, 0.25, 0.6)) / uniform(x, 0.03, 0.15)).sigmoid()
    x = x + some(x, 0.6) * (hard - x)
    faint = (field(x, 1, 7) * 0.5).clamp(0, 1)
    x = x * (1 - faint * uniform(x, 0.2, 1.1).clamp(0, 0.95) * some(x, 0.3))
    return x * uniform(x, 0.6, 1) + torch.randn_like(x) * uniform(x, 0, 0.05)


def stained(x):
    """Specks, rests of rules, and strips that the rules' removal took along."""
    size = x.shape[-1]
    kind = drawn(x)
    for share in (1, 2 / 3, 1 / 3):
        side = whole(x, 1, 4)
        speck = rectangle(x, whole(x, 6, size - 8), side, whole(x, 6, size - 8), side) * (kind < 0.08) * some(x, share)
        x = torch.maximum(x, speck * uniform(x, 0.4, 1))
    across = some(x, 0.5) > 0
    begin, long, wide = whole(x, 0, 36), whole(x, 8, 50), whole(x, 1, 3)
    edge = torch.tensor([5, 6, 7, 56, 57], device=x.device)[whole(x, 0, 5)]
    rule = [torch.where(across, a, b) for a, b in ((edge, begin), (wide, long), (begin, edge), (long, wide))]
    x = x + rectangle(x, *rule) * ((kind >= 0.08) & (kind < 0.145)) * uniform(x, 0.3, 1)
    at, none, all_of_it = whole(x, 8, size - 10), torch.zeros_like(begin), torch.full_like(begin, size)
    strip = [torch.where(across, a, b) for a, b in ((at, none), (wide, all_of_it), (none, at), (all_of_it, wide))]
    x = x * (1 - rectangle(x, *strip) * ((kind >= 0.145) & (kind < 0.22)) * uniform(x, 0.4, 1))
    return torch.where(x < 0.12, 0.0, x.clamp(0, 1))


def framed(x):
    """`normalise` for a batch, near enough."""
    size = x.shape[-1]
    peak = x.amax((1, 2, 3), keepdim=True).clamp(min=0.19)
    mask = x[:, 0] >= torch.clamp(0.35 * peak[:, 0], min=0.157)
    spans = []
    for along in (mask.any(1), mask.any(2)):  # columns, rows
        first = along.float().argmax(1)
        last = size - along.flip(1).float().argmax(1)
        spans.append((first.float(), torch.where(along.any(1), last, size).float()))
    (left, right), (top, bottom) = spans
    step = torch.maximum(right - left, bottom - top) / BODY
    places = torch.arange(SIDE, device=x.device) + 0.5 - SIDE / 2

    def axis(first, last):
        at = ((first + last) / 2)[:, None] + places[None] * step[:, None]
        inside = (at > first[:, None] - 0.5 * step[:, None]) & (at < last[:, None] + 0.5 * step[:, None])
        return at * 2 / size - 1, inside.float()

    (across, ok_x), (down, ok_y) = axis(left, right), axis(top, bottom)
    grid = torch.stack([across[:, None, :].expand(-1, SIDE, -1), down[:, :, None].expand(-1, -1, SIDE)], 3)
    out = F.grid_sample(x, grid, align_corners=False) * (ok_x[:, None, :] * ok_y[:, :, None])[:, None]
    return out / out.amax((1, 2, 3), keepdim=True).clamp(min=0.1)


@torch.no_grad()
def worn(glyphs, gentle, frame=True):
    """Clean characters (n x 64 x 64 bytes) as they come from a scan; `gentle` (n) is 1 for print."""
    x = glyphs.unsqueeze(1).float() / 255
    x = stained(scanned(pen(bent(x, gentle.float()))))
    return framed(x) if frame else x
