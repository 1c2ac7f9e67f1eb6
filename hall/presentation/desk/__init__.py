"""工作台 (§4 展现层, §7.1): incoming cases of a department: queue, case page, actions; the supervisor's read-only view of them."""
