"""Writes what run.py measured: JSON, a table in Markdown, and a bar chart."""

import json
from html import escape
from pathlib import Path


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown"


def ratio(row: dict, rows: list[dict]) -> str:
    """This row against the best peer that does the same work at the same precision or none."""
    if not row["contender"].startswith("cnclip"):
        return ""
    bits = "bf16" if "bf16" in row["contender"] else "fp32"
    peers = [
        other for other in rows
        if other["work"] == row["work"] and other["batch"] == row["batch"]
        and not other["contender"].startswith("cnclip")
        and (bits in other["contender"] or row["work"] in ("tokenizer", "start to first answer"))]
    if not peers:
        return ""
    if "seconds" in row:
        return f"{min(p['seconds'] for p in peers) / row['seconds']:.1f}"
    return f"{row['rate'] / max(p['rate'] for p in peers):.2f}"


def markdown(result: dict) -> str:
    lines = [
        "# What was measured", "",
        f"{result['model']} with random weights on {result['processor']}, {result['threads']} "
        f"threads, {result['clock']} clock, commit {result['commit']}, load average "
        f"{result['load'][0]:.1f}.",
        ", ".join(f"{name} {number}" for name, number in result["versions"].items()) + ".",
        "", "Made by `make bench`. Every contender in turn, round after round; a figure is the "
        "median of its rounds. The last column compares with the best peer of the same precision "
        "in the same run. Compare nothing across runs. Photographs: "
        f"{result['photographs']}. " + result.get("runs", ""), "",
        "| work | batch | contender | a second | seconds | peak MB | cosine to fp32 "
        "| share of matrix rate | to best peer |", "|---|--:|---|--:|--:|--:|--:|--:|--:|"]
    for row in result["rows"]:
        exact = row.get("cosine")
        lines.append(
            f"| {row['work']} | {row['batch']} | {row['contender']} | "
            + (f"{row['rate']:.1f}" if "rate" in row else "") + " | "
            + (f"{row['seconds']:.2f}" if "seconds" in row else "") + " | "
            + (f"{row['megabytes']:.0f}" if "megabytes" in row else "") + " | "
            + (f"{exact:.5f}" if exact is not None else "") + " | "
            + (f"{100 * row['fraction']:.0f} %" if row.get("fraction") else "") + " | "
            + ratio(row, result["rows"]) + " |")
    if result["missing"]:
        lines += ["", "Not measured here:", ""]
        lines += [f"- {name}: {reason}" for name, reason in result["missing"].items()]
    lines += ["", "![rates beside the best peer's](RESULTS.svg)", ""]
    return "\n".join(lines)


def chart(result: dict) -> str:
    rows = [row for row in result["rows"] if "rate" in row and row["work"] != "tokenizer"]
    height = 24 * len(rows) + 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height}" '
             'font-family="sans-serif" font-size="12">']
    for index, row in enumerate(rows):
        group = [r["rate"] for r in rows
                 if r["work"] == row["work"] and r["batch"] == row["batch"]]
        width = 360 * row["rate"] / max(group)
        y = 10 + 24 * index
        color = "#c8442c" if row["contender"].startswith("cnclip") else "#8a94a6"
        label = escape(f"{row['work']}, batch {row['batch']}: {row['contender']}")
        parts.append(f'<text x="415" y="{y + 14}" text-anchor="end">{label}</text>'
                     f'<rect x="425" y="{y}" width="{width:.0f}" height="18" fill="{color}"/>'
                     f'<text x="{430 + width:.0f}" y="{y + 14}">{row["rate"]:.1f}</text>')
    return "".join(parts) + "</svg>\n"


def write(folder: Path, result: dict) -> None:
    (folder / "RESULTS.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    (folder / "RESULTS.md").write_text(markdown(result))
    (folder / "RESULTS.svg").write_text(chart(result))
