"""开发标准接口 (§4): one Protocol per kind of outside system; plain values cross, never a request or a table."""
