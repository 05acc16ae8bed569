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
    private const string OnlyPublic =
        "only hosts of the public internet are delivered to, unless an operator allows a network with Webhooks__AllowedNetworks";
    private static readonly string[] InsideNames = [".localhost", ".internal", ".local"];

    private const string Loopback = "this machine itself";
    private const string Private = "a private network";
    private const string LinkLocal = "a link-local address";
    private const string Several = "many receivers at once (multicast or broadcast)";
    private const string Reserved = "a reserved address, at which nothing of the public internet is";

    // RFC 6890 and its kin: everything that is not the public internet, and what it is instead.
    private static readonly (IPNetwork Network, string What)[] Internal =
    [
        .. new[]
        {
            ("0.0.0.0/8", Loopback),
            ("10.0.0.0/8", Private),
            ("100.64.0.0/10", Private),
            ("127.0.0.0/8", Loopback),
            ("169.254.0.0/16", LinkLocal),
            ("172.16.0.0/12", Private),
            ("192.0.0.0/24", Reserved),
            ("192.0.2.0/24", Reserved),
            ("192.88.99.0/24", Reserved),
            ("192.168.0.0/16", Private),
            ("198.18.0.0/15", Reserved),
            ("198.51.100.0/24", Reserved),
            ("203.0.113.0/24", Reserved),
            ("224.0.0.0/4", Several),
            ("255.255.255.255/32", Several),
            ("240.0.0.0/4", Reserved),
            ("::/128", Loopback),
            ("::1/128", Loopback),
            ("64:ff9b:1::/48", Private),
            ("100::/64", Reserved),
            ("2001::/23", Reserved),
            ("2001:db8::/32", Reserved),
            ("3fff::/20", Reserved),
            ("5f00::/16", Reserved),
            ("fc00::/7", Private),
            ("fe80::/10", LinkLocal),
            ("fec0::/10", Private),
            ("ff00::/8", Several),
        }.Select(entry => (IPNetwork.Parse(entry.Item1), entry.Item2)),
    ];

    // Of the clouds: AWS (and most others), ECS, EKS; Google; Alibaba; Oracle; Azure's wire server.
    private static readonly IPNetwork[] Never =
    [
        .. new[]
        {
            "169.254.169.254/32",
            "169.254.170.2/32",
            "169.254.170.23/32",
            "fd00:ec2::254/128",
            "fd00:ec2::23/128",
            "fd20:ce::254/128",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <returns>Why the URL may not be delivered to; null when it may.</returns>
    public string? Objection(string url)
    {
        if (url.Length > MaximumLength || url.Any(c => c is <= ' ' or '\\' or >= '\x7f'))
        {
            return "must be an absolute https address in ASCII, without blanks, at most 2000 characters";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            return "must be an absolute https address, such as https://crm.example.com/hooks/parley";
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
            return Where(literal) is { } where ? $"{where} ({Meant(literal)}){Cure(literal)}"
                : IsOwn(literal) ? null
                : Plain(uri);
        }

        // Where an operator allowed networks of their own, names are judged by what they lead to, when it is connected to.
        if (allowed.Count > 0)
        {
            return null;
        }

        // A name without a dot, and localhost beneath any, are the inside of some network.
        return
            !uri.IdnHost.Contains('.', StringComparison.Ordinal)
            || Array.Exists(InsideNames, name => uri.IdnHost.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            ? $"names a host of some inner network; {OnlyPublic}"
            : Plain(uri);
    }

    /// <returns>Why no connection is made to this address; null when one may be. It does not name the address.</returns>
    public string? Objection(IPAddress address) => Where(address) is { } where ? where + Cure(address) : null;

    private string? Where(IPAddress address)
    {
        var meant = Meant(address);
        return IsNever(meant) ? "leads to where a cloud hands out its machines' credentials"
            : IsAllowed(meant) ? null
            : Array.Find(Internal, one => Same(one.Network, meant) && one.Network.Contains(meant)) is { What: { } what }
                ? $"leads to {what}"
            : null;
    }

    private static string Cure(IPAddress address) =>
        IsNever(Meant(address)) ? "; nothing is ever delivered there" : $"; {OnlyPublic}";

    private static bool IsNever(IPAddress meant) =>
        Array.Exists(Never, network => Same(network, meant) && network.Contains(meant));

    /// <summary>Whether an operator allowed the network it is in: plain http may go there.</summary>
    public bool IsOwn(IPAddress address) => IsAllowed(Meant(address));

    /// <summary>Below 1024 are other protocols' ports; they are for an operator's own networks alone.</summary>
    public static bool IsUsualPort(int port) => port is 443 or >= 1024;

    private bool IsAllowed(IPAddress address) =>
        allowed.Any(network => Same(network, address) && network.Contains(address));

    private static string? Plain(Uri uri) =>
        uri.Scheme != "https" ? "must be https"
        : IsUsualPort(uri.Port) ? null
        : "must use port 443 or one from 1024 on";

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
