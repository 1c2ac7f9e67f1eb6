"""管理与监督 (§4 展现层, §7.1): the supervisor's overview, low ratings, staff accounts, the audit trail; each page for one role."""
