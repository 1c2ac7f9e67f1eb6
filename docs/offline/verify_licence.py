#!/usr/bin/env python3
"""Check a licence of the hall without the network, and without any of the hall's code: Python 3.9 or newer, nothing else.

    python3 verify_licence.py --keys keys.json [--revoked revoked.json] 'HL1:…'      the text that a scanner reads from the second QR code

Fetch https://<hall>/open/keys.json once, from a network that you trust, and compare a key id with the hall's own notice; fetch
/open/revoked.json as often as you like to be up to date. Exit status: 0 genuine, 1 not genuine, 3 genuine but revoked or replaced.

What is checked: HL1:<base45 (RFC 9285) of payload and 64 bytes of signature>. The payload is a JSON list: key id, verification code,
number, version, title, holder, department, day of issue, last day (or ""). Signed are `govhall licence 1`, a zero byte, the payload;
with Ed25519 (RFC 8032) or SM2 with SM3 (GB/T 32918.2, signer id 1234567812345678), as the key says.
"""

import argparse
import hashlib
import json
import sys
from datetime import date

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FIELDS = ("核验码", "编号", "版本", "名称", "持有人", "出具部门", "出具日期", "有效期至")

# --- Ed25519 ---------------------------------------------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741


def _edwards_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def _edwards_times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _edwards_add(total, point)
        point, number = _edwards_add(point, point), number >> 1
    return total


def _edwards_point(content):
    y = int.from_bytes(content, "little") & (2**255 - 1)
    if len(content) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (not x and content[31] >> 7):
        return None
    if x & 1 != content[31] >> 7:
        x = P - x
    return x, y, 1, x * y % P


BASE = _edwards_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_ed25519(public, message, signature):
    key, first = _edwards_point(public), _edwards_point(signature[:32])
    second = int.from_bytes(signature[32:], "little")
    if key is None or first is None or second >= L:
        return False
    factor = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    a, b = _edwards_times(second, BASE), _edwards_add(first, _edwards_times(factor, key))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


# --- SM2 with SM3 ----------------------------------------------------------------------------------------------------------------
Q = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = Q - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


def _rotated(word, by):
    by %= 32
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def sm3(message):
    """GB/T 32905, for Pythons whose OpenSSL does not know it."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + (len(message) * 8).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + i : start + i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ _rotated(w[j - 3], 15)
            w.append(x ^ _rotated(x, 15) ^ _rotated(x, 23) ^ _rotated(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            s1 = _rotated((_rotated(a, 12) + e + _rotated(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            s2 = s1 ^ _rotated(a, 12)
            t1 = ((a ^ b ^ c if j < 16 else a & b | a & c | b & c) + d + s2 + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            t2 = ((e ^ f ^ g if j < 16 else e & f | ~e & g) + h + s1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = t1, a, _rotated(b, 9), c
            e, f, g, h = t2 ^ _rotated(t2, 9) ^ _rotated(t2, 17), e, _rotated(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(word.to_bytes(4, "big") for word in state)


def _curve_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % Q == 0:
        return None
    slope = (3 * a[0] * a[0] + A) * pow(2 * a[1], Q - 2, Q) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], Q - 2, Q)
    x = (slope * slope - a[0] - b[0]) % Q
    return x, (slope * (a[0] - x) - a[1]) % Q


def _curve_times(number, point):
    total = None
    while number:
        if number & 1:
            total = _curve_add(total, point)
        point, number = _curve_add(point, point), number >> 1
    return total


def is_sm2(public, message, signature):
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(public) != 64 or x >= Q or y >= Q or (y * y - x * x * x - A * x - B) % Q or not (0 < r < N and 0 < s < N):
        return False
    identity = b"1234567812345678"
    parts = [(len(identity) * 8).to_bytes(2, "big"), identity, *(number.to_bytes(32, "big") for number in (A, B, GX, GY, x, y))]
    digest = int.from_bytes(sm3(sm3(b"".join(parts)) + message), "big")
    both = (r + s) % N
    point = _curve_add(_curve_times(s, (GX, GY)), _curve_times(both, (x, y))) if both else None
    return point is not None and (digest + point[0]) % N == r


# --- the licence -----------------------------------------------------------------------------------------------------------------
def from_base45(text):
    digits = [SIGNS.index(sign) for sign in text]
    content = bytearray()
    for place in range(0, len(digits), 3):
        part = digits[place : place + 3]
        content += sum(digit * 45**power for power, digit in enumerate(part)).to_bytes(len(part) - 1, "big")
    return bytes(content)


def is_signed(key, message, signature):
    verify = {"ed25519": is_ed25519, "sm2": is_sm2}[key["algorithm"]]
    return len(signature) == 64 and verify(bytes.fromhex(key["public"]), message, signature)


def read(text, keys):
    """The claims of a genuine code. Raises: ValueError for anything else."""
    try:
        content = from_base45(text.strip()[4:]) if text.strip().startswith("HL1:") else b""
        payload, signature = content[:-64], content[-64:]
        key_id, *claims = json.loads(payload)
        key = next(one for one in keys if one["key_id"] == key_id)
        is_genuine = len(claims) == len(FIELDS) and is_signed(key, b"govhall licence 1\0" + payload, signature)
    except (ValueError, KeyError, TypeError, OverflowError, StopIteration):
        is_genuine = False
    if not is_genuine:
        raise ValueError("not a code of this hall, or changed")
    return dict(zip(FIELDS, claims))


def fate(claims, published, keys):
    """What the published list says of it: "", "revoked" or "superseded". Raises: ValueError for a list that is not the hall's."""
    listed = json.dumps(published["list"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = next((one for one in keys if one["key_id"] == published["key_id"]), None)
    if key is None or not is_signed(key, b"govhall revocations 1\0" + listed, bytes.fromhex(published["signature"])):
        raise ValueError("the list is not signed by this hall")
    name = hashlib.sha256(claims["核验码"].encode()).hexdigest()
    return next((row["status"] for row in published["list"]["results"] if row["code_sha256"] == name), "")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check a licence of the hall without the network.")
    parser.add_argument("--keys", required=True, help="keys.json of the hall")
    parser.add_argument("--revoked", help="revoked.json of the hall")
    parser.add_argument("code", help="what the QR code says: HL1:…")
    options = parser.parse_args(arguments)
    with open(options.keys, encoding="utf-8") as source:
        keys = json.load(source)["keys"]
    try:
        claims = read(options.code, keys)
        status = ""
        if options.revoked:
            with open(options.revoked, encoding="utf-8") as source:
                status = fate(claims, json.load(source), keys)
    except ValueError as fault:
        print(f"不是真的 NOT GENUINE: {fault}")
        return 1
    for name, value in claims.items():
        print(f"{name}：{value or '长期'}")
    if status:
        print({"revoked": "真的，但已被撤销 REVOKED", "superseded": "真的，但已换发 REPLACED"}[status])
        return 3
    is_past = claims["有效期至"] and claims["有效期至"] < date.today().isoformat()
    print("真的，但已过有效期 GENUINE, EXPIRED" if is_past else "真的 GENUINE")
    return 0


if __name__ == "__main__":
    sys.exit(main())
