"""The simulated bank's pages: where one pays, and where one watches. Plain HTML, no script."""

from datetime import datetime, timedelta
from html import escape

from hall.integration.adapters.sandbox_bank.bank import FAULTS, Bank, Order

_STATUS = {"pending": "待支付", "done": "成功", "failed": "失败"}
_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:0;background:#f2f4f7;color:#1f2933}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem}header{background:#14395c;color:#fff}header p{max-width:64rem;margin:0 auto;padding:.75rem 1rem}
section{background:#fff;border:1px solid #d9dfe6;border-radius:8px;padding:1.25rem;margin:1rem 0}h1{font-size:1.25rem;margin:0}h2{font-size:1.0625rem;margin:0 0 .5rem}
.sum{font-size:2.25rem;font-weight:600;margin:.5rem 0}.muted{color:#52606d}.pay{max-width:28rem;margin:2rem auto}
button{font:inherit;min-height:44px;padding:.25rem 1rem;border:1px solid #8795a1;border-radius:6px;background:#fff;cursor:pointer}
button.main{width:100%;background:#14395c;color:#fff;border-color:#14395c}form{margin:.5rem 0}.row{display:flex;flex-wrap:wrap;gap:.5rem}.row form{margin:0}
button[aria-pressed=true]{background:#7a2e0e;border-color:#7a2e0e;color:#fff}.wrap{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;padding:.375rem .5rem;border-bottom:1px solid #e4e7eb;white-space:nowrap}
"""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><header><p>模拟银行 · 只用于试用，不会真的扣款</p></header>"
        f"<main>{body}</main></body></html>"
    )


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f} 元"


def checkout(order: Order, now: datetime) -> str:
    """Where the payer pays."""
    if order.status != "pending" or now >= order.expires_at:
        word = "已经付过款" if order.status == "done" else "这笔订单已经结束"
        return _page(
            "收银台", f'<section class="pay"><h1>{word}</h1><p><a href="{escape(order.return_url)}">返回政务大厅</a></p></section>'
        )
    return _page(
        "收银台",
        f'<section class="pay"><h1>{escape(order.subject)}</h1><p class="sum">{_yuan(order.amount)}</p>'
        f'<p class="muted">订单号 {escape(order.number)}<br>请在 {order.expires_at + timedelta(hours=8):%H:%M} 前完成</p>'
        f'<form method="post" action="/pay/{order.token}/pay"><button class="main">确认付款</button></form>'
        f'<form method="post" action="/pay/{order.token}/fail"><button>余额不足（付款失败）</button></form>'
        f'<p><a href="{escape(order.return_url)}">不付了，返回</a></p></section>',
    )


def nothing() -> str:
    """What is not there."""
    return _page("没有找到", '<section class="pay"><h1>没有找到这笔订单</h1></section>')


def overview(bank: Bank) -> str:
    """Everything, newest first, and the buttons."""
    faults = "".join(
        f'<form method="post" action="/faults/{name}"><button aria-pressed="{str(bank.fault == name).lower()}">{escape(words)}</button></form>'
        for name, words in FAULTS.items()
    )
    with bank.lock:
        orders = "".join(
            f"<tr><td>{escape(o.number)}</td><td>{_yuan(o.amount)}</td><td>{_STATUS[o.status]}</td><td>{escape('、'.join(t for t, _ in o.txns))}</td>"
            f'<td>{escape(o.subject)}</td><td><a href="/pay/{o.token}">收银台</a></td></tr>'
            for o in reversed(list(bank.orders.values())[-50:])
        )
        refunds = "".join(
            f"<tr><td>{escape(r.number)}</td><td>{escape(r.order)}</td><td>{_yuan(r.amount)}</td><td>{_STATUS[r.status]}</td></tr>"
            for r in reversed(list(bank.refunds.values())[-50:])
        )
        notices = "".join(
            f"<tr><td>{escape(n.fields['order'])}</td><td>{_STATUS.get(n.fields['status'], '')}</td><td>{'压着' if n.is_held else n.tries}</td>"
            f"<td>{escape('、'.join(n.answers[-4:]))}</td></tr>"
            for n in reversed(bank.notices[-50:])
        )
    held = '<div class="row"><form method="post" action="/do/release"><button>把压着的通知发出去</button></form>'
    held += '<form method="post" action="/do/refunds"><button>让受理的退款到账</button></form></div>'
    return _page(
        "模拟银行",
        f"<h1>模拟银行</h1><section><h2>出什么故障</h2><div class='row'>{faults}</div></section><section><h2>按钮</h2>{held}</section>"
        f"<section><h2>订单</h2><div class='wrap'><table><tr><th>订单号<th>金额<th>状态<th>银行流水<th>说明<th></tr>{orders}</table></div></section>"
        f"<section><h2>通知</h2><div class='wrap'><table><tr><th>订单号<th>内容<th>发了几次<th>大厅怎么答</tr>{notices}</table></div></section>"
        f"<section><h2>退款</h2><div class='wrap'><table><tr><th>退款号<th>订单号<th>金额<th>状态</tr>{refunds}</table></div></section>",
    )
