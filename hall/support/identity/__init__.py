"""身份 (§7.1, domain §16): people, enterprises, departments, staff and machine clients; sign-in and tokens; protected personal fields."""
