"""Where messages may go: addresses that people give, judged with a book of names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.publish.target import Target, TargetError, TargetRules, allowed_target, host_name

PUBLIC = "93.184.216.34"
BOOK = {
    "hooks.example.com": [PUBLIC],
    "xn--bcher-kva.example": ["2606:2800:220:1::1"],
    "inside.example": ["10.1.2.3"],
    "half.example": [PUBLIC, "127.0.0.1"],
    "empty.example": [],
    "localhost": ["127.0.0.1", "::1"],
    PUBLIC: [PUBLIC],
    "::1": ["::1"],
    "127.0.0.1": ["127.0.0.1"],
}
RULES = TargetRules(frozenset(BOOK))


def lookup(host: str, port: int) -> list[str]:
    assert 0 < port < 65536
    if host not in BOOK:
        raise OSError(host)
    return BOOK[host]


def judged(url: str, rules: TargetRules = RULES) -> Target | str:
    try:
        return allowed_target(url, rules, lookup=lookup)
    except TargetError as error:
        return error.reason


def test_what_is_allowed_comes_with_the_address_to_connect_to():
    assert judged("https://hooks.example.com/a/b?c=d%20e") == Target(
        True, "hooks.example.com", 443, (PUBLIC,), "/a/b?c=d%20e"
    )
    assert judged("https://hooks.example.com") == Target(
        True, "hooks.example.com", 443, (PUBLIC,), "/"
    )
    assert judged("HTTPS://Hooks.Example.COM.:8443/?x") == Target(
        True, "hooks.example.com", 8443, (PUBLIC,), "/?x"
    )
    bucher = Target(True, "xn--bcher-kva.example", 443, ("2606:2800:220:1::1",), "/")
    for host in (
        "bücher.example",
        "BÜCHER.example",
        "xn--bcher-kva.example",
        "bu\u0308cher.example",
    ):
        assert judged(f"https://{host}/") == bucher
    assert judged(f"https://{PUBLIC}/") == Target(True, PUBLIC, 443, (PUBLIC,), "/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "scheme"),
        ("ftp://hooks.example.com/", "scheme"),
        ("file:///etc/passwd", "url"),
        ("javascript:alert(1)", "url"),
        ("//hooks.example.com/", "url"),
        ("hooks.example.com", "url"),
        ("", "url"),
        ("https://", "url"),
        ("https:///path", "url"),
        ("https://hooks.example.com:0/", "url"),
        ("https://hooks.example.com:99999/", "url"),
        ("https://hooks.example.com:port/", "url"),
        ("https://user@hooks.example.com/", "user"),
        ("https://user:word@hooks.example.com/", "user"),
        ("https://@hooks.example.com/", "user"),
        ("https://hooks.example.com@evil.example/", "user"),
        ("https://hooks.example.com#@evil.example/", "url"),
        ("https://hooks.example.com/#part", "url"),
        ("https://evil.example\\@hooks.example.com/", "url"),
        ("https://hooks.example.com\\.evil.example/", "url"),
        ("https://hooks.example.com/ HTTP/1.1\r\nX: y", "url"),
        (" https://hooks.example.com/", "url"),
        ("https://hooks.example.com/\u00e9", "url"),
        ("https://hooks.example.com/\x00", "url"),
        ("https://hooks.example.com/" + "x" * 2000, "url"),
        ("https://evil.example/", "host"),
        ("https://sub.hooks.example.com/", "host"),
        ("https://hooks.example.com.evil.example/", "host"),
        ("https://hooksXexample.com/", "host"),
        ("https://0x7f.0.0.1/", "host"),
        ("https://2130706433/", "host"),
        ("https://evil\u2024example/", "url"),
        ("https://empty.example/", "unknown"),
        ("https://inside.example/", "address"),
        ("https://half.example/", "address"),
        ("https://localhost/", "address"),
        ("https://[::1]/", "address"),
        ("https://[::1/", "url"),
    ],
)
def test_what_is_not(url: str, reason: str):
    assert judged(url) == reason


INSIDE = """
127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
0.0.0.0 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1
fd12::1 fec0::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe
2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::1
""".split()  # noqa: SIM905


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_reached_however_it_is_written(address: str):
    for found in ([address], [PUBLIC, address]):
        with pytest.raises(TargetError) as caught:
            allowed_target("https://hooks.example.com/", RULES, lookup=lambda *_, a=found: a)
        assert caught.value.reason == "address"


def test_what_settings_may_open_and_what_not():
    loopback = TargetRules(RULES.hosts, allow_loopback=True)
    private = TargetRules(RULES.hosts, allow_private=True)
    assert judged("http://localhost:8080/x", loopback) == Target(
        False, "localhost", 8080, ("127.0.0.1", "::1"), "/x"
    )
    assert judged("http://[::1]:8080/", loopback) == Target(False, "::1", 8080, ("::1",), "/")
    here = Target(False, "127.0.0.1", 80, ("127.0.0.1",), "/")
    assert judged("http://127.0.0.1/", loopback) == here
    assert isinstance(judged("https://half.example/", loopback), Target)
    assert judged("http://half.example/", loopback) == "address", "plain http stays on the machine"
    assert judged("http://hooks.example.com/", loopback) == "address"
    assert judged("https://inside.example/", loopback) == "address"
    assert isinstance(judged("https://inside.example/", private), Target)
    assert judged("http://inside.example/", private) == "scheme"
    assert judged("https://localhost/", private) == "address"
    both = TargetRules(RULES.hosts, allow_loopback=True, allow_private=True)
    for address in (
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",
        "::ffff:169.254.169.254",
        "240.0.0.1",
        "100.64.0.1",
        "fec0::1",
    ):
        with pytest.raises(TargetError):
            allowed_target("https://hooks.example.com/", both, lookup=lambda *_, a=address: [a])


@given(
    st.text(max_size=40), st.sampled_from(["", "https://", "https://hooks.example.com", "http://["])
)
@settings(deadline=None)
def test_any_text_is_judged(text: str, opening: str):
    found = judged(opening + text)
    if isinstance(found, Target):
        assert found.is_encrypted
        assert found.addresses in ((PUBLIC,), ("2606:2800:220:1::1",))
        assert found.path.isascii()
        assert found.path.isprintable()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("my_host.example", None),
        ("a..example", None),
        ("", None),
        ("x" * 64, None),
    ],
)
def test_names_have_one_form(text: str, name: str | None):
    if name is None:
        with pytest.raises(UnicodeError):
            host_name(text)
    else:
        assert host_name(text) == name == host_name(name)
