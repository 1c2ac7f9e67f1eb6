"""表单设计 (§5.3.2): departments design the forms of their items, the hall publishes them; groups of fields, code tables. Owns form drafts."""
