"""文字识别 (§5.3.2): the words of photographed documents, and the values they state: identity cards, business licences. Owns readings."""
