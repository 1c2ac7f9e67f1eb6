"""服务层 (§4): what the hall does; one module per business word."""
