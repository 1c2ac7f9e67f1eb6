"""网上缴费 (§6.3, domain §13): bills of cases, orders at banks, what banks say, refunds, reconciliation. Owns all of these."""
