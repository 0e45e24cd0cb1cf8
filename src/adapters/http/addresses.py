"""Which addresses are public, in each spelling that a resolver takes for one. Does no I/O."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_network

__all__ = ["Address", "is_internal", "is_own_name", "literal_address"]

Address = IPv4Address | IPv6Address

# What hosts files call the machine itself.
OWN_NAMES = frozenset({"localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"})
# Names below these are of this machine or of this network, by RFC 6761, RFC 6762, RFC 8375, ICANN and custom.
OWN_DOMAINS = (
    ".localhost",
    ".local",
    ".home.arpa",
    ".internal",
    ".localdomain",
    ".localdomain4",
    ".localdomain6",
)

# "Global Unicast": all that is handed out of IPv6. Outside of it are loopback, link-local, site-local, private and
# multicast addresses, and those that hold one of IPv4: compatible, translated, NAT64 (RFC 4291, RFC 6052, RFC 8215).
GLOBAL_UNICAST = ip_network("2000::/3")

# The registries of special purposes (RFC 6890); versions of Python differ in what they take for global of them.
SPECIAL = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared, behind a provider's NAT
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # in no registry: Azure's own, which tells its machines their settings
            "169.254.0.0/16",  # link-local; where clouds tell a machine its credentials
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and the broadcast address
            "2001::/23",  # protocol assignments; Teredo, which holds an address of IPv4
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which holds an address of IPv4
            "3fff::/20",  # documentation
        ),
    )
)


def is_internal(address: Address) -> bool:
    """Tell whether *address* is anything but one that the whole internet knows."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_internal(address.ipv4_mapped)
        # A zone is one of this machine's own networks (RFC 4007).
        if address.scope_id is not None or address not in GLOBAL_UNICAST:
            return True
    return any(address in network for network in SPECIAL)


def is_own_name(host: str) -> bool:
    """Tell whether *host*, in lower case and without the dot of the root, can only be a name in this network."""
    return host in OWN_NAMES or host.endswith(OWN_DOMAINS)


def literal_address(host: str) -> Address | None:
    """Read *host* as an address, as resolvers do, for whom "127.1", "0x7f.0.0.1" and "2130706433" are one, too."""
    if ":" in host:
        return IPv6Address(host)
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
