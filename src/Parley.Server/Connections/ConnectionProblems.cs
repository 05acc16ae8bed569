using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>Problems several endpoints of connections answer alike.</summary>
internal static class ConnectionProblems
{
    public static Problem NotFound() => new(ProblemCodes.NotFound, "There is no such connection in this workspace.");
}
