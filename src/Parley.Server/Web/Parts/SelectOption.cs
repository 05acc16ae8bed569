namespace Parley.Server.Web.Parts;

public sealed record SelectOption(string Value, string Text);
