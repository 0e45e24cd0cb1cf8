from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, ip_address

import pytest
from hypothesis import given, strategies as st

from downloadable.adapters.http.addresses import SPECIAL, is_internal
from downloadable.adapters.http.origins import allowed
from downloadable.domain import ContentForbidden

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:1.1.1.1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2606:4700::1111",
    "2a00:1450::1",
    "3ffe:ffff::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_what_the_whole_internet_knows_is_public(text: str) -> None:
    """Right up to the borders of what is not."""
    assert not is_internal(ip_address(text))


@pytest.mark.parametrize("network", SPECIAL, ids=str)
def test_special_networks_are_internal_from_end_to_end(network: IPv4Network) -> None:
    """The first address and the last one, also as an address of IPv6 where they are of IPv4."""
    for address in (network[0], network[-1]):
        assert is_internal(address)
        if address.version == 4:
            assert is_internal(ip_address(f"::ffff:{address}"))


@pytest.mark.parametrize(
    "text",
    ["::", "::1", "::1.1.1.1", "64:ff9b::1.1.1.1", "1fff::1", "4000::1", "fe80::1%eth0", "2606:4700::1%eth0"],
)
def test_what_is_not_handed_out_is_internal(text: str) -> None:
    """Outside of what there is of IPv6, and within a zone of this machine."""
    assert is_internal(ip_address(text))


def octets(address: IPv4Address) -> list[int]:
    """Return the four numbers of an address."""
    return list(address.packed)


SPELLINGS: list[Callable[[IPv4Address], str]] = [
    str,
    lambda address: str(int(address)),
    lambda address: hex(int(address)),
    lambda address: f"0{int(address):o}",
    lambda address: ".".join(map(hex, octets(address))),
    lambda address: ".".join(f"0{part:o}" for part in octets(address)),
    lambda address: f"{octets(address)[0]}.{int(address) % 2**24}",
    lambda address: f"{octets(address)[0]}.0x{octets(address)[1]:X}.{int(address) % 2**16}",
    lambda address: f"{address}.",
    lambda address: f"[::ffff:{address}]",
    lambda address: f"[::{address}]",
    lambda address: f"[64:ff9b::{address}]",
    lambda address: f"[2002:{int(address) >> 16:x}:{int(address) % 2**16:x}::]",
]

internal_addresses = st.sampled_from([net for net in SPECIAL if isinstance(net, IPv4Network)]).flatmap(
    lambda network: st.ip_addresses(network=network)
)


@given(internal_addresses, st.sampled_from(SPELLINGS), st.sampled_from(["http", "https", "HTTP"]))
def test_no_spelling_makes_an_address_public(
    address: IPv4Address, spelling: Callable[[IPv4Address], str], scheme: str
) -> None:
    """Whatever internal address of IPv4 it is, and however it is written."""
    with pytest.raises(ContentForbidden):
        allowed(f"{scheme}://{spelling(address)}/", frozenset())


def test_the_table_has_each_network_once() -> None:
    """None of them is within another."""
    for network in SPECIAL:
        others = [other for other in SPECIAL if other is not network and other.version == network.version]
        assert not any(network.overlaps(other) for other in others)
