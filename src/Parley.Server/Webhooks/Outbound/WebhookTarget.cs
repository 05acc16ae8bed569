using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Whether an address may be delivered to. Judged twice: the URL when it is set, the resolved address when the connection is made (a name
/// may lead elsewhere by then). Only public addresses over https; an operator may allow networks of their own, but never the
/// addresses at which clouds hand out credentials.
/// </summary>
public sealed class WebhookTarget(IReadOnlyList<IPNetwork> allowed)
{
    private const int MaximumLength = 2000;

    // RFC 6890 and its kin: everything that is not the public internet.
    private static readonly IPNetwork[] Internal =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "::1/128",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork[] Never =
    [
        .. new[] { "169.254.169.254/32", "169.254.170.2/32", "fd00:ec2::254/128", "100.100.100.200/32" }.Select(
            IPNetwork.Parse
        ),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <returns>Why the URL may not be delivered to; null when it may.</returns>
    public string? Objection(string url)
    {
        if (url.Length > MaximumLength || url.Any(c => c is <= ' ' or '\\' or >= '\x7f'))
        {
            return "must be an absolute https address in ASCII, without blanks";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            return "must be an absolute https address";
        }

        if (uri.UserInfo.Length > 0)
        {
            return "must not carry a user name or password";
        }

        if (uri.Fragment.Length > 0)
        {
            return "must not carry a fragment";
        }

        if (uri.IdnHost.EndsWith('.'))
        {
            return "must not end its host name with a dot";
        }

        // Numbers in any notation (decimal, octal, hexadecimal) are one address here: the parser has made them so.
        var literal = uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? IPAddress.Parse(uri.IdnHost)
            : null;
        if (literal is not null)
        {
            return Objection(literal) ?? (IsAllowed(literal) ? null : Plain(uri));
        }

        // A name without a dot, and localhost beneath any, are the inside of some network.
        var inside =
            !uri.IdnHost.Contains('.', StringComparison.Ordinal)
            || uri.IdnHost.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || uri.IdnHost.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
            || uri.IdnHost.EndsWith(".local", StringComparison.OrdinalIgnoreCase);
        return inside
            ? allowed.Count > 0
                ? null
                : "must be a host of the public internet"
            : allowed.Count > 0
                ? null
                : Plain(uri);
    }

    /// <returns>Why no connection is made to this address; null when one may be.</returns>
    public string? Objection(IPAddress address)
    {
        var meant = Meant(address);
        if (Array.Exists(Never, network => network.Contains(meant)))
        {
            return "hands out credentials of the machine and is never delivered to";
        }

        return IsAllowed(meant) || !Array.Exists(Internal, network => Same(network, meant) && network.Contains(meant))
            ? null
            : "is not an address of the public internet; an operator may allow a network with Webhooks__AllowedNetworks";
    }

    /// <summary>Whether an operator allowed the network it is in: plain http may go there.</summary>
    public bool IsOwn(IPAddress address) => IsAllowed(Meant(address));

    private bool IsAllowed(IPAddress address) =>
        allowed.Any(network => Same(network, address) && network.Contains(address));

    private static string? Plain(Uri uri) =>
        uri.Scheme != "https" ? "must be https"
        : uri.Port is 443 or 8443 || uri.Port >= 1024 ? null
        : "must use port 443, 8443 or one from 1024 on";

    private static bool Same(IPNetwork network, IPAddress address) =>
        network.BaseAddress.AddressFamily == address.AddressFamily;

    // An IPv4 address in the clothes of IPv6 is that address.
    private static IPAddress Meant(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return Nat64.Contains(address) ? new IPAddress(bytes.AsSpan(12, 4))
            : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0
            && !IPAddress.IPv6Loopback.Equals(address)
            && !IPAddress.IPv6Any.Equals(address)
                ? new IPAddress(bytes.AsSpan(12, 4))
            : address;
    }
}
