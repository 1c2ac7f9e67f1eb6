"""Search on the whole catalogue, beside a plain ILIKE over names; quality on the judged queries"""

from collections.abc import Iterator

from bench import search
from bench.ground import Ground
from bench.load import gets
from bench.table import Row, latency

WORDS = ("营业执照", "身份证", "公积金", "结婚", "护士", "食品经营许可", "生孩子", "驾照", "养老", "卫生许可")


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """The query itself in processes of their own, then whole pages over HTTP."""
    for row in search.bench(rounds=1 if is_quick else 5):
        yield Row(row.what, row.value, row.beside)
    seconds = 2.0 if is_quick else 6.0
    with ground.served() as hall:
        for clients in (1, 8):
            # A number in the query string that no page was kept under.
            paths = [f"/search?q={_quoted(word)}&n={clients}{number}" for number in range(2000) for word in WORDS]
            load = gets(hall, paths, clients=clients, seconds=seconds)
            yield Row(
                f"search page over HTTP, {clients} client{'s' * (clients > 1)}",
                latency(load.times),
                f"{load.rate:,.0f}/s, {load.cpu_ms:.1f} ms CPU, {load.failures} wrong",
            )


def _quoted(word: str) -> str:
    return "".join(f"%{byte:02X}" for byte in word.encode())
