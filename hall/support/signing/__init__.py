"""签名 (§4, domain §16): keys and signatures on papers and codes; national (SM2 with SM3) and international algorithms. Owns the key files."""
