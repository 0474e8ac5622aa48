"""A secret of the program is known again by its digest alone."""

from __future__ import annotations

from reputation.customers.token_hash import hash_token


def test_a_digest_is_the_sha_256_of_the_text() -> None:
    # FIPS 180-4, example "abc": what stands in the tables has to be found by every later version.
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_token("Überall") == hash_token("Überall") != hash_token("überall")
