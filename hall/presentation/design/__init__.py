"""设计: tokens, base pages, components, middleware, error pages, shared by every visitor module.

Templates extend base.html (public), base_slim.html (while filling in) or base_console.html (desk and console) and import macros from
templates/components/, each file of which opens with its signatures.
"""
