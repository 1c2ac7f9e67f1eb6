"""身份 (§7.1, domain §16): people, enterprises, departments and staff; sign-in; protected personal fields."""
