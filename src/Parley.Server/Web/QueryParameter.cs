namespace Parley.Server.Web;

/// <summary>A query parameter that an endpoint reads by hand, for the API document: endpoint metadata.</summary>
/// <param name="Format">JSON schema format, e.g. <c>date-time</c>; null: plain text.</param>
public sealed record QueryParameter(string Name, string Description, bool Required = false, string? Format = null);
