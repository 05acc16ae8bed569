using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>How far a token reaches for an operation.</summary>
internal enum ZoomReach
{
    None,

    /// <summary>The user who authorised.</summary>
    Own,

    /// <summary>Any user of the account.</summary>
    Account,
}

/// <summary>Which scopes an operation takes (reference §1.9): classic or granular, for oneself or, with <c>:admin</c>, for the account.</summary>
internal static class ZoomScopes
{
    private const string Admin = ":admin";

    /// <summary>Of no call: an app is told of people who come and go only with it (reference §1.9).</summary>
    private const string Participants = "meeting:read:participant";

    /// <summary>User-level scopes of an app that books meetings: everything the twin serves to an organizer.</summary>
    public static readonly IReadOnlyList<string> Organizer =
    [
        .. ZoomOperations
            .Api.Where(operation => operation is { AdminOnly: false, Granular: not null })
            .Select(operation => operation.Granular!)
            .Append(Participants)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Everything with <c>:admin</c>.</summary>
    public static readonly IReadOnlyList<string> Account =
    [
        .. ZoomOperations
            .Api.Where(operation => operation.Granular is not null)
            .Select(operation => operation.Granular + Admin)
            .Append(Participants + Admin)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What apps made before granular scopes came have.</summary>
    public static readonly IReadOnlyList<string> ClassicOrganizer =
    [
        "meeting:read",
        "meeting:write",
        "recording:read",
        "user:read",
        "user_zak:read",
    ];

    public static readonly IReadOnlyList<string> ClassicAccount =
    [
        "account:read:admin",
        "billing:read:admin",
        "dashboard_meetings:read:admin",
        "marketplace_app:read:admin",
        "marketplace_app:write:admin",
        "meeting:read:admin",
        "meeting:write:admin",
        "recording:read:admin",
        "report:read:admin",
        "user:read:admin",
    ];

    public static ZoomReach Reach(ZoomOperation operation, IReadOnlyList<string> granted)
    {
        ZoomReach reach = ZoomReach.None;
        foreach (string scope in All(operation))
        {
            if (granted.Contains(scope + Admin, StringComparer.Ordinal))
            {
                return ZoomReach.Account;
            }

            if (!operation.AdminOnly && granted.Contains(scope, StringComparer.Ordinal))
            {
                reach = ZoomReach.Own;
            }
        }

        return reach;
    }

    /// <summary>What a refusal names: scopes of the app's own generation, any one of which would do.</summary>
    /// <param name="operation">The call refused.</param>
    /// <param name="app">Whose token it was.</param>
    /// <param name="others">Whether the call was about somebody else, for which only <c>:admin</c> would do.</param>
    public static IReadOnlyList<string> Missing(ZoomOperation operation, ZoomApp app, bool others = false)
    {
        IEnumerable<string> plain =
            app.ClassicScopes || operation.Granular is null ? operation.Classic.Take(1) : [operation.Granular];
        return operation.AdminOnly || others
            ? [.. plain.Select(scope => scope + Admin)]
            : [.. plain.SelectMany(scope => new[] { scope, scope + Admin })];
    }

    /// <summary>Whether an app with these scopes is told of an event.</summary>
    public static bool Hears(IReadOnlyList<string> scopes, string name) =>
        !name.StartsWith("meeting.participant_", StringComparison.Ordinal)
        || scopes.Any(scope =>
            scope is Participants or (Participants + Admin) or "meeting:read" or ("meeting:read" + Admin)
        );

    private static IEnumerable<string> All(ZoomOperation operation) =>
        operation.Granular is null ? operation.Classic : operation.Classic.Append(operation.Granular);
}
