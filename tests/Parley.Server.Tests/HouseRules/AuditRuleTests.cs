using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Audit;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.HouseRules;

/// <summary>Whatever can be changed is in the audit, or it is said here why not.</summary>
public sealed partial class AuditRuleTests
{
    /// <summary>What a route that changes something leaves in the audit; longest first part of the path that fits.</summary>
    private static readonly (string Path, string Action)[] Audited =
    [
        ("/account/browsers/", AuditActions.BrowserSignedOut),
        ("/account/password", AuditActions.PasswordChanged),
        ("/account/sign-out", AuditActions.MemberSignedOut),
        ("/account", AuditActions.MemberChanged),
        ("/members/invitations", AuditActions.InvitationCreated),
        ("/members", AuditActions.MemberRoleChanged),
        ("/api/v1/members", AuditActions.MemberRoleChanged),
        ("/api/v1/invitations", AuditActions.InvitationCreated),
        ("/api-keys", AuditActions.ApiKeyCreated),
        ("/api/v1/api-keys", AuditActions.ApiKeyCreated),
        ("/sign-in", AuditActions.SignInFailed),
        ("/sign-out", AuditActions.SignedOut),
        ("/reset", AuditActions.PasswordReset),
        ("/setup/", AuditActions.MemberJoined),
        ("/invite/", AuditActions.MemberJoined),
        ("/booking-pages", AuditActions.BookingPageChanged),
        ("/api/v1/booking-pages", AuditActions.BookingPageChanged),
        ("/book/", AuditActions.BookingCreated),
        ("/api/v1/public/pages/", AuditActions.BookingCreated),
        ("/booking/", AuditActions.BookingCancelled),
        ("/api/v1/bookings", AuditActions.BookingCancelled),
        ("/meetings", AuditActions.MeetingCreated),
        ("/api/v1/connections/{connectionId}/meetings", AuditActions.MeetingCreated),
        ("/connections/{connectionId}/meetings/", AuditActions.ForeignMeetingChanged),
        ("/connections/apps/", AuditActions.ProviderAppSaved),
        ("/api/v1/providers/", AuditActions.ProviderAppSaved),
        ("/connections", AuditActions.ConnectionDisconnected),
        ("/api/v1/connections", AuditActions.ConnectionDisconnected),
        ("/usage/apps/", AuditActions.ProviderAppSaved),
        ("/usage", AuditActions.UsageSaved),
        ("/api/v1/usage/", AuditActions.UsageSaved),
        ("/webhook-endpoints", AuditActions.WebhookChanged),
        ("/webhooks", AuditActions.WebhookChanged),
        ("/write-backs", AuditActions.WriteBackChanged),
        ("/api/v1/write-backs", AuditActions.WriteBackChanged),
        ("/embed/api/{key}/meetings", AuditActions.MeetingCreated),
        ("/api/v1/webhooks", AuditActions.WebhookChanged),
    ];

    /// <summary>Routes that are not GET and leave nothing, and why.</summary>
    private static readonly Dictionary<string, string> Silent = new(StringComparer.Ordinal)
    {
        ["/forgot"] = "asks for a mail; the new password is in the audit",
        ["/api/v1/availability/query"] = "a question",
        ["/api/v1/arrangements/{arrangementId}/sessions/look"] = "a look; what it finds is told as meeting.ended",
        ["/api/v1/connections/{connectionId}/radar"] = "a look; what it repairs is in the ledger",
        ["/connect/{link}"] = "a step on the way; connecting is in the audit",
        ["/connect/{link}/again"] = "a new link for the same attempt",
        ["/connect/{link}/approval-requested"] = "a note that somebody was asked",
        ["/webhooks/{provider}"] = "a provider tells what happened there",
        ["/webhooks/{provider}/{appId}"] = "a provider tells what happened there",
    };

    [Fact]
    public async Task Every_route_that_changes_something_is_audited_or_says_why_not()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var routes = parley
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { } methods
                && methods.Any(method => method is "POST" or "PUT" or "PATCH" or "DELETE")
            )
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/'))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        routes.Count.ShouldBeGreaterThan(50);

        routes
            .Where(route => !Silent.ContainsKey(route))
            .Where(route => !Audited.Any(one => route.StartsWith(one.Path, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_action_is_written_somewhere_has_words_and_is_documented()
    {
        var source = Directory
            .EnumerateFiles(
                Path.Combine(HouseRuleTests.Root, "src", "Parley.Server"),
                "*.cs",
                SearchOption.AllDirectories
            )
            .Where(file =>
                Path.GetFileName(file) != "AuditActions.cs" && !file.Contains("/obj/", StringComparison.Ordinal)
            )
            .Select(File.ReadAllText)
            .ToList();
        var documented = File.ReadAllText(Path.Combine(HouseRuleTests.Root, "docs", "audit.md"));
        var codes = typeof(AuditActions)
            .GetFields()
            .Where(field => field.IsLiteral)
            .ToDictionary(field => field.Name, field => (string)field.GetRawConstantValue()!, StringComparer.Ordinal);

        codes.Values.ShouldBe(AuditActions.All.Keys, ignoreOrder: true);
        codes
            .Where(code => !source.Exists(text => text.Contains($"AuditActions.{code.Key}", StringComparison.Ordinal)))
            .Select(code => code.Value)
            .ShouldBeEmpty();
        codes.Values.Where(code => !documented.Contains($"| `{code}` |", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_changes_an_entry_and_only_age_removes_one()
    {
        var statements = Directory
            .EnumerateFiles(
                Path.Combine(HouseRuleTests.Root, "src", "Parley.Server"),
                "*.cs",
                SearchOption.AllDirectories
            )
            .SelectMany(file =>
                Statements().Matches(File.ReadAllText(file)).Select(match => (Path.GetFileName(file), match.Value))
            )
            .ToList();

        statements.ShouldBe([("Housekeeping.cs", "DELETE FROM audit_entry")]);
    }

    [GeneratedRegex("(UPDATE|DELETE FROM) audit_entry", RegexOptions.NonBacktracking)]
    private static partial Regex Statements();
}
