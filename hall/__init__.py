"""govhall: a provincial online government-services hall (省级网上政务大厅)."""

__version__ = "0.1.0"
