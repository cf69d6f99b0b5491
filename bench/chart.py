"""Draws the CPU time of a message, of every program and limit, as an SVG for light and dark pages.

usage: chart.py RESULTS.json CHART.svg
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

WIDTH = 900
LEFT, RIGHT = 190, 130  # of the bars: names before them, figures behind
TOP, BAR, STEP = 74, 18, 27
KINDS = {"sluice": "Sluice", "peer": "other programs", "limit": "limits"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .small { font-size: 11.5px; fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .sluice { fill: #0969da; } .peer { fill: #8c6d46; } .limit { fill: #818b98; }
  .page { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .sluice { fill: #4493f8; } .peer { fill: #c69c6d; } .limit { fill: #9198a1; }
    .page { fill: #0d1117; }
  }
"""


def bars(results):
    """(name, kind, microseconds, ratio) of what is to be shown, cheapest first."""
    out = []
    for each in results["rows"]:
        # The rows of other numbers of connections are all alike: the table has them.
        if "absent" not in each and "connections" not in each:
            kind = "sluice" if each["name"].startswith("sluice") else "peer"
            out.append((each["name"], kind, each["cpu_us_per_message"]))
    out += [(each["name"], "limit", each["cpu_us_per_message"]) for each in results["limits"]]
    ratios = results["ratios"]
    return [(*each, ratios.get(each[0])) for each in sorted(out, key=lambda each: each[2])]


class Scale:
    """A logarithmic axis over whole powers of ten."""

    def __init__(self, values):
        self.first = math.floor(math.log10(min(values)))
        self.last = max(math.ceil(math.log10(max(values))), self.first + 1)

    def x(self, value):
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def ticks(self):
        return [10.0**power for power in range(self.first, self.last + 1)]


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def draw(results):
    shown = bars(results)
    scale = Scale([each[2] for each in shown])
    bottom = TOP + STEP * len(shown)
    height = bottom + 66
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-labelledby="title">',
        '<title id="title">CPU time of a message from SQS to PostgreSQL</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        text(16, 28, "CPU time of a message from SQS to PostgreSQL", "title"),
        text(16, 47, "microseconds of the client's process, logarithmic; shorter is better", "small"),
    ]
    lines += legend()
    for tick in scale.ticks():
        x = scale.x(tick)
        lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}"/>')
        lines.append(text(x, bottom + 15, f"{tick:,g} µs", "small", "middle"))
    for i, (name, kind, value, ratio) in enumerate(shown):
        y = TOP + STEP * i
        lines.append(text(LEFT - 10, y + 14, name, anchor="end"))
        lines.append(f'<rect class="{kind}" x="{LEFT}" y="{y}" rx="2"'
                     f' width="{scale.x(value) - LEFT:.1f}" height="{BAR}"/>')  # fmt: skip
        times = f" ({ratio:,.{1 if ratio >= 10 else 2}f}×)" if ratio is not None else ""
        lines.append(text(scale.x(value) + 7, y + 14, f"{value:,.2f}{times}"))
    lines += captions(results, bottom)
    return "\n".join([*lines, "</svg>", ""])


def legend():
    x, out = WIDTH - 330, []
    for kind, words in KINDS.items():
        out.append(f'<rect class="{kind}" x="{x}" y="18" width="12" height="12" rx="2"/>')
        out.append(text(x + 18, 28.5, words))
        x += 40 + 7.4 * len(words)
    return out


def captions(results, bottom):
    absent = [each["name"] for each in results["rows"] if "absent" in each]
    versions = results["versions"]
    tools = ", ".join(
        f"{name} {versions[key]}"
        for name, key in [("PostgreSQL", "postgres"), ("Node", "node"), ("sqs-consumer", "sqs-consumer"),
                          ("boto3", "boto3"), ("Benthos", "benthos")]
        if key in versions
    )  # fmt: skip
    first = f"{results['date']}; {results['machine']}; in brackets: in times of sluice-plain"
    second = tools + (f"; absent: {', '.join(absent)}" if absent else "")
    return [text(16, bottom + 38, first, "small"), text(16, bottom + 55, second, "small")]


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    pathlib.Path(sys.argv[2]).write_text(draw(results))


if __name__ == "__main__":
    main()
