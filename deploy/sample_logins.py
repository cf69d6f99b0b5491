#!/usr/bin/env python3
"""Prints sample logins, one a line; some of them are bad.

usage: sample_logins.py COUNT [SEED]

One in a hundred is no login at all, one in two hundred has a version that is none. Addresses and
devices come again, as they do in life.
"""

import json
import random
import sys
import uuid


def login(r):
    number = r.randrange(20_000)  # of a device, and of the address that it mostly has
    out = {
        "user_id": str(uuid.UUID(int=r.getrandbits(128), version=4)),
        "app_version": f"{r.randrange(5)}.{r.randrange(10)}.{r.randrange(10)}",
        "device_type": r.choice(["android", "ios"]),
        "ip": f"199.{172 + number % 4}.{number // 4 % 250}.{number // 1000 + 1}",
        "locale": r.choice(["RU", "US", "DE", "BR", "JP", None]),
        "device_id": f"{number % 1000:03}-{number // 1000:02}-{number % 7919:04}",
    }
    if r.random() < 0.005:
        out["app_version"] = "latest"
    return out


def main():
    count = int(sys.argv[1])
    r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for _ in range(count):
        body = {"foo": "oops_wrong_msg_type", "bar": "123"} if r.random() < 0.01 else login(r)
        print(json.dumps(body, separators=(",", ":")))


if __name__ == "__main__":
    main()
