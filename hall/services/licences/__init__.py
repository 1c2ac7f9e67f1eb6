"""证照验真 (§5.3.3, domain §10): looking licences up at their source, with consent and purpose; who looked. Owns look-ups and consents."""
