#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Curves of bench-growth.sh's JSON as SVG, one file each.

  bench_plot.py JSON FOLDER [PREFIX]     writes FOLDER/PREFIXNAME.svg (PREFIX: growth-)

The abscissa is logarithmic, the ordinate begins at 0: what is flat looks flat, and what is logarithmic is a straight line.
"""
import json
import math
import os
import sys
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 52, 72
COLOURS = ("#1f5fa8", "#b4471f", "#2c7a3f", "#7a3f8f")
MARKS = ("circle", "square", "triangle", "circle")


def nice_step(most, lines=5):
    """1, 2 or 5 times a power of ten, so that so many steps reach the most."""
    raw = most / lines
    power = 10 ** math.floor(math.log10(raw))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= raw)


def number(n):
    for size, letter in ((1000000, "M"), (1000, "k")):
        if n >= size:
            return f"{n / size:g}{letter}"
    return f"{n:g}"


def mark(kind, x, y, colour):
    if kind == "square":
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'
    if kind == "triangle":
        return f'<path d="M{x:.1f} {y - 4.5:.1f} l4.5 8 h-9 z" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" fill="{colour}"/>'


class Plot:
    def __init__(self, curve, unit):
        points = [p for s in curve["series"] for p in s["points"]]
        low, high = min(p["n"] for p in points), max(p["n"] for p in points)
        self.curve, self.unit = curve, unit
        self.decades = (math.floor(math.log10(low)), math.ceil(math.log10(high)))
        if self.decades[0] == self.decades[1]:
            self.decades = (self.decades[0], self.decades[0] + 1)
        self.step = nice_step(1.05 * max(p["ns"] for p in points))
        self.most = self.step * math.ceil(1.05 * max(p["ns"] for p in points) / self.step)

    def x(self, n):
        first, last = self.decades
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(n) - first) / (last - first)

    def y(self, ns):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ns / self.most

    def axes(self):
        out = []
        for i in range(round(self.most / self.step) + 1):
            y = self.y(i * self.step)
            out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" class="grid"/>')
            out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{i * self.step:g}</text>')
        for d in range(self.decades[0], self.decades[1] + 1):
            x = self.x(10 ** d)
            out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" class="grid"/>')
            out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{number(10 ** d)}</text>')
        out.append(f'<path d="M{LEFT} {TOP} V{HEIGHT - BOTTOM} H{WIDTH - RIGHT}" class="axis"/>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        out.append(f'<text x="{middle}" y="{HEIGHT - BOTTOM + 36}" text-anchor="middle">{escape(self.curve["x"])}</text>')
        out.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
                   "ns per packet</text>")
        return out

    def lines(self):
        out, at = [], LEFT
        for i, s in enumerate(self.curve["series"]):
            colour, kind = COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)]
            places = [(self.x(p["n"]), self.y(p["ns"])) for p in s["points"]]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            for (x, y), p in zip(places, s["points"]):
                out.append(mark(kind, x, y, colour))
                out.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle" class="value" fill="{colour}">'
                           f'{p["ns"]:.0f}</text>')
            out.append(mark(kind, at + 6, HEIGHT - 16, colour))
            out.append(f'<text x="{at + 16}" y="{HEIGHT - 12}">{escape(s["label"])}</text>')
            at += 32 + 7 * len(s["label"])
        return out

    def svg(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
                'font-family="sans-serif" font-size="12">')
        style = ("<style>.grid{stroke:#ddd}.axis{stroke:#333;fill:none}.value{font-size:10px}"
                 ".title{font-size:14px;font-weight:bold}.note{fill:#555}</style>")
        title = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
                 f'<text x="{LEFT}" y="20" class="title">Cost of a packet against {escape(self.curve["x"])}</text>',
                 f'<text x="{LEFT}" y="38" class="note">{escape(self.curve["stays"])}</text>']
        return "\n".join([head, style, *title, *self.axes(), *self.lines(), "</svg>"]) + "\n"


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[1]) as f:
        data = json.load(f)
    prefix = sys.argv[3] if len(sys.argv) == 4 else "growth-"
    os.makedirs(sys.argv[2], exist_ok=True)
    for curve in data["curves"]:
        with open(os.path.join(sys.argv[2], f"{prefix}{curve['name']}.svg"), "w") as f:
            f.write(Plot(curve, data["unit"]).svg())


if __name__ == "__main__":
    main()
