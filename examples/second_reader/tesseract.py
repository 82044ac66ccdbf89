"""A second reader over the agreed lines of JSON (docs/second-reader.md), with Tesseract's own program behind it.

    [second_reader]
    command = ["python3", "/opt/jitan/tesseract.py"]

To put another reader behind it, replace `lines_of`.
"""

import base64
import json
import subprocess
import sys


def lines_of(png, dots_per_inch):
    """What Tesseract reads in a picture: for each line its text and its least sure word's confidence."""
    command = ["tesseract", "stdin", "stdout", "-l", "jpn", "--psm", "7", "--dpi", str(dots_per_inch), "tsv"]
    table = subprocess.run(command, input=png, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    lines = {}
    for row in table.decode().splitlines()[1:]:
        columns = row.split("\t")
        if len(columns) == 12 and float(columns[10]) >= 0 and columns[11].strip():
            text, sure = lines.get(columns[4], ("", 1.0))
            lines[columns[4]] = (text + columns[11], min(sure, float(columns[10]) / 100))
    return [{"text": text, "confidence": sure} for text, sure in lines.values()]


for question in sys.stdin:
    question = json.loads(question)
    answer = {"lines": lines_of(base64.b64decode(question["png"]), question["dots_per_inch"])}
    print(json.dumps(answer, ensure_ascii=False), flush=True)
