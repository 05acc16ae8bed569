using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Web;

/// <summary>What counts as one origin of requests.</summary>
public static class ClientNetwork
{
    /// <summary>The address; of IPv6 the /64, which a household or a phone has whole. "unknown" without one.</summary>
    public static string Of(IPAddress? address) =>
        address is null ? "unknown"
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
        : address.ToString();
}
