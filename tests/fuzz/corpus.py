#!/usr/bin/env python3
"""Packs a folder of small inputs into one file of hexadecimal lines, an input
a line, sorted, so that a corpus is one file and its changes can be read:

    corpus.py pack FOLDER FILE
    corpus.py unpack FILE FOLDER
"""

import hashlib
import os
import sys


def pack(folder, path):
    inputs = set()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            inputs.add(f.read())
    with open(path, "w", encoding="ascii") as out:
        for data in sorted(inputs, key=lambda d: (len(d), d)):
            out.write(data.hex() + "\n")


def unpack(path, folder):
    os.makedirs(folder, exist_ok=True)
    with open(path, encoding="ascii") as f:
        for line in f:
            data = bytes.fromhex(line)
            name = hashlib.sha1(data).hexdigest()
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    (pack if sys.argv[1] == "pack" else unpack)(*sys.argv[2:])


main()
