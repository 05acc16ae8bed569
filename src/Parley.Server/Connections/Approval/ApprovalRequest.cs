using System.Text;
using Parley.Conferencing;

namespace Parley.Server.Connections.Approval;

/// <summary>What an administrator must know to approve the app, and the message that asks for it.</summary>
public sealed record ApprovalRequest
{
    public required ProviderDescriptor Provider { get; init; }
    public required ApprovalGuide Guide { get; init; }
    public required string Purpose { get; init; }
    public required string Workspace { get; init; }

    /// <summary>As it is found in the provider's list of apps.</summary>
    public required string AppName { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Scope and what it is for.</summary>
    public required IReadOnlyList<(string Scope, string? For)> Scopes { get; init; }

    /// <summary>A page of ours that says both steps; carries no right.</summary>
    public required string AdministratorUrl { get; init; }

    /// <returns>Null: nobody has to be asked at this provider, or no app is set up that a person could consent to.</returns>
    public static ApprovalRequest? Of(ProviderDescriptor provider, ProviderApp? app, string workspace, string origin)
    {
        if (provider.Approval is not { } guide || app is null || app.IsServerToServer)
        {
            return null;
        }

        var registration = provider.RegistrationByPurpose.GetValueOrDefault(app.Purpose) ?? provider.Registration;
        var advised = (registration?.Scopes ?? [])
            .Where(scope => scope.NeededBy.Contains(app.Purpose, StringComparer.Ordinal))
            .Select(scope => (scope.Scope, (string?)scope.Purpose))
            .ToList();
        return new ApprovalRequest
        {
            Provider = provider,
            Guide = guide,
            Purpose = app.Purpose,
            Workspace = workspace,
            AppName = registration?.ClientName ?? "Parley",
            ClientId = app.ClientId,
            Scopes =
                advised.Count > 0
                    ? advised
                    : provider
                        .Scopes.Where(need =>
                            need.Purposes is null || need.Purposes.Contains(app.Purpose, StringComparer.Ordinal)
                        )
                        .Select(need => (need.Scope, need.NeededFor.Count > 0 ? ScopeWords.To(need.NeededFor) : null))
                        .ToList(),
            AdministratorUrl = $"{origin}/approval/{app.Id}",
        };
    }

    public string Subject => $"Please approve the app {AppName} for {Provider.Name}";

    /// <summary>Plain text, lines ending in LF.</summary>
    public string Message
    {
        get
        {
            var text = new StringBuilder()
                .Append("Hello,\n\n")
                .Append(
                    $"I would like to connect my {Provider.Name} account to Parley, with which {Workspace} makes meetings for its bookings. "
                )
                .Append(
                    $"{Provider.Name} tells me that an administrator of our account has to approve the app first.\n\n"
                )
                .Append($"App: {AppName}\nClient id: {ClientId}\nPermissions it asks for:\n");
            foreach (var (scope, reason) in Scopes)
            {
                text.Append(reason is null ? $"- {scope}\n" : $"- {scope} ({reason.TrimEnd('.')})\n");
            }

            return text.Append($"\nWhere: {Guide.PlaceName}, {Guide.PlaceUrl}\n")
                .Append($"How, step by step: {AdministratorUrl}\n\n")
                .Append("I can go on as soon as it is approved; please tell me. Thank you!\n")
                .ToString();
        }
    }

    /// <summary>Opens a mail to nobody yet (RFC 6068; line breaks are CRLF).</summary>
    public string MailTo =>
        $"mailto:?subject={Uri.EscapeDataString(Subject)}&body={Uri.EscapeDataString(Message.Replace("\n", "\r\n", StringComparison.Ordinal))}";
}
