"""seeds.py COUNT BYTES FOLDER - files of random bytes, the same ones each time: where the fuzzer starts from.

Idea    Most of these make a machine with some memory and use up what is left on calls; from nothing the fuzzer would
        have to find that out first.
"""
import os
import random
import sys

count, length, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
dice = random.Random(1)
for i in range(count):
    with open(os.path.join(folder, f"seed-{i}"), "wb") as seed:
        seed.write(dice.randbytes(length))
