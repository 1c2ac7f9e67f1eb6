"""How a draw goes, with nothing but the standard library: this very file recomputes it anywhere. Pure.

    python lots.py DRAW.json        or        hall appointments draw-verify DRAW.json

1. `commitment` is the SHA-256 of `seed`; it was public before the first entry, so the seed was not chosen afterwards.
2. Entries are ordered by SHA-256 of `seed:entry`, as hexadecimal text, smallest first.
3. In this order each entry takes a seat of the first of its shares that has one left; entries in `void` are passed over: their
   owners had booked elsewhere meanwhile, or could not book.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ALGORITHM = "govhall-draw-1"


def commitment_of(seed: str) -> str:
    """What is published before the first entry."""
    return hashlib.sha256(seed.encode()).hexdigest()


def in_order(seed: str, entries: Iterable[str]) -> list[str]:
    """The entries in the order of the draw."""
    return sorted(entries, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())


def first_free(left: Mapping[str, int], shares: Sequence[str]) -> str | None:
    """The first of the shares with a seat left, None when there is none."""
    return next((share for share in shares if left.get(share, 0) > 0), None)


def winners(seed: str, entries: Mapping[str, Sequence[str]], seats: Mapping[str, int], void: Iterable[str] = ()) -> dict[str, str]:
    """Who wins a seat of which share. `entries` names the shares open to each."""
    left, passed_over, won = dict(seats), set(void), {}
    for code in in_order(seed, entries):
        share = None if code in passed_over else first_free(left, entries[code])
        if share is not None:
            left[share] -= 1
            won[code] = share
    return won


def record(
    *, draw: str, slot: str, commitment: str, seed: str, seats: Mapping[str, int], entries: Mapping[str, Sequence[str]], void: Sequence[str],
    won: Mapping[str, str],
) -> dict[str, object]:  # fmt: skip
    """The public record of a draw."""
    return {
        "algorithm": ALGORITHM,
        "draw": draw,
        "slot": slot,
        "commitment": commitment,
        "seed": seed,
        "seats": dict(seats),
        "entries": {code: list(shares) for code, shares in entries.items()},
        "void": list(void),
        "won": dict(won),
    }


def faults(text: str, *, commitment: str = "") -> list[str]:
    """What is wrong with a record, in sentences; empty when the draw was made as promised.

    `commitment` is the one that somebody noted before the draw; without it the record's own is believed.
    """
    try:
        made = json.loads(text)
        seed, entries, seats, void, won = (made[name] for name in ("seed", "entries", "seats", "void", "won"))
        promised = made["commitment"]
        computed, own = winners(seed, entries, seats, void), commitment_of(seed)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["这不是完整的摇号记录。"]
    found = []
    if made.get("algorithm") != ALGORITHM:
        found.append(f"摇号规则应为 {ALGORITHM}。")
    if commitment and commitment != promised:
        found.append("记录中的承诺值与您事先记下的不同。")
    if own != promised:
        found.append("种子与事先公布的承诺值不符。")
    if computed != won:
        missing, extra = sorted(computed.keys() - won.keys()), sorted(won.keys() - computed.keys())
        found.append(f"中签结果与重新计算的不同：应中未中 {missing}，不应中而中 {extra}。")
    return found


def main(arguments: Sequence[str]) -> int:
    """Check one record; prints what was found. 0: right, 1: wrong."""
    if not 1 <= len(arguments) <= 2:
        print("用法：python lots.py 摇号记录.json [事先公布的承诺值]")
        return 2
    wrong = faults(Path(arguments[0]).read_text(encoding="utf-8"), commitment=arguments[1] if len(arguments) > 1 else "")
    print("\n".join(wrong) or "摇号结果与规则一致。")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
