"""展现层 (§4): one module per kind of visitor; HTTP in, HTML or JSON out."""
