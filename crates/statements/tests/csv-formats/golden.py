#!/usr/bin/env python3
"""Write the golden set that `cargo test` reads: one plain file of each format and two files of each edge.

    golden.py DIR        DIR is crates/statements/tests/data

DIR/files/<name>.csv is a statement, DIR/truth.jsonl has one line of truth a file, with rows as
[day, amount_minor, payee, balance_minor, pending].  The set is committed, so that the tests need no Python; it is
written again only when the generator changes.
"""
import json
import random
import shutil
import sys
from pathlib import Path

from generate import EDGES, HERE, build

SEED = "golden"


def chosen(formats):
    """(format, edges) of every file: all formats plain, then each edge on two formats that it fits."""
    for fmt in formats:
        yield fmt, []
    for at, edge in enumerate(EDGES):
        fitting = [fmt for fmt in formats if EDGES[edge](fmt)]
        rng = random.Random("%s|%s" % (SEED, edge))
        rows = [] if edge in ("long", "one_row", "few_rows", "early_days_only") else ["few_rows"]
        for fmt in rng.sample(fitting, min(1 if edge == "long" else 2, len(fitting))):
            yield fmt, [edge] + rows


def main():
    out = Path(sys.argv[1])
    shutil.rmtree(out / "files", ignore_errors=True)
    (out / "files").mkdir(parents=True)
    formats = json.loads((HERE / "formats.json").read_text("utf-8"))["formats"]
    with open(out / "truth.jsonl", "w", encoding="utf-8", newline="\n") as lines:
        for fmt, edges in chosen(formats):
            name = "-".join([fmt["id"]] + edges[:1]) + ".csv"
            data, truth = build(fmt, edges, random.Random("%s|%s" % (SEED, name)))
            (out / "files" / name).write_bytes(data)
            truth["file"] = name
            truth["rows"] = [[r["day"], r["amount_minor"], r["payee"], r.get("balance_minor"), r.get("pending", False)]
                             for r in truth["rows"]]
            lines.write(json.dumps(truth, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
