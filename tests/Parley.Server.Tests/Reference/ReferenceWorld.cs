using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Meetings;
using Parley.Server.Tests.WriteBack;
using Parley.Server.Web;

namespace Parley.Server.Tests.Reference;

/// <summary>A server with one of everything the API names by id, so that each documented example can be sent as it stands.</summary>
internal sealed class ReferenceWorld : IAsyncDisposable
{
    /// <summary>The connection the examples name; the real one takes its place.</summary>
    public const string ExampleConnection = "con_06e2zq3m9h1k4p7r8s5t6v0w2x";

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    private readonly CrmReceiver _crm;

    private ReferenceWorld(ConnectedServer server, CrmReceiver crm) => (Server, _crm) = (server, crm);

    public ConnectedServer Server { get; }

    public static async Task<ReferenceWorld> StartAsync()
    {
        var crm = await CrmReceiver.StartAsync();
        var server = await ConnectedServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Webhooks:AllowedNetworks"] = "127.0.0.0/8" }
        );
        var world = new ReferenceWorld(server, crm);
        var meeting = await server.CreateAsync();
        var providerId = (await server.ArrangementAsync(meeting)).ProviderMeetingId!;
        await RecordsApiTests.RunAsync(
            server,
            providerId,
            "2026-11-10T09:00:00Z",
            30,
            ("Alice Example", "alice@example.org")
        );
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        var run = await world.MadeAsync($"/api/v1/usage/connectors/{account}/run", null);
        await TestServer.EventuallyAsync(
            async () =>
                (await server.Api.GetFromJsonAsync<JsonNode>($"/api/v1/usage/connectors/{account}/runs"))!["items"]![
                    0
                ]!["status"]!.GetValue<string>() == "completed",
            "the account was read"
        );
        world.Set("connections", server.ConnectionId);
        world.Set("connectors", account);
        world.Set("usage", account);
        world.Set("meetings", providerId);
        world.Set("arrangements", meeting);
        world.Set("runs", run);
        world.Set("providers", ConnectedServer.GoTo);
        world.Set("apps", "organizer");
        world.Set("pages", "standing");
        world.Set("booking-pages", await world.PageAsync("standing"));
        world.Set(
            "bookings",
            await world.MadeAsync(
                "/api/v1/public/pages/standing/bookings",
                world.Example("book", body => body["startsAt"] = "2026-12-08T10:00:00Z")
            )
        );
        // Before there is an endpoint for webhooks, which would be told of its meeting.
        await world.AddWriteBacksAsync();
        var hook = await world.MadeAsync("/api/v1/webhooks", world.Example("createWebhook"));
        world.Set("webhooks", hook);
        world.Set("deliveries", await world.MadeAsync($"/api/v1/webhooks/{hook}/test", null));
        world.Set("api-keys", await world.MadeAsync("/api/v1/api-keys", world.Example("createApiKey")));
        var pending = await world.MadeAsync("/api/v1/connections", world.Example("createConnection"));
        // What an operation would spoil for the others gets one of its own; what it needs otherwise is named here.
        world.Set("markApprovalRequested/connections", pending);
        world.Set("disconnectConnection/connections", await server.ConnectAnotherAsync("odile@northwind.example"));
        world.Set("deleteBookingPage/booking-pages", await world.PageAsync("to-be-deleted"));
        world.Set("deleteWebhook/webhooks", await world.MadeAsync("/api/v1/webhooks", world.Example("createWebhook")));
        await world.AddPeopleAsync();
        await world.AddSessionAsync(meeting);
        world.Set("putOrganizerProviderApp/providers", ConnectedServer.Zoom);
        world.Set("putProviderApp/providers", ConnectedServer.Zoom);
        world.Set("putProviderApp/apps", "account");
        return world;
    }

    /// <summary>The request as the document tells it, with real ids in it.</summary>
    public HttpRequestMessage Request(DocumentedOperation operation)
    {
        var words = ApiReference.Operations.GetValueOrDefault(operation.Id);
        var path = PathOf(operation);
        if (words?.Query is { } query)
        {
            path += "?" + Real(query, operation);
        }

        var request = new HttpRequestMessage(operation.Method, path);
        if (operation.Body is { Example: { } example, Type: { } type })
        {
            var text = type.EndsWith("json", StringComparison.Ordinal)
                ? example.ToJsonString()
                : example.GetValue<string>();
            request.Content = new StringContent(Real(text, operation), Encoding.UTF8, new MediaTypeHeaderValue(type));
        }

        return request;
    }

    public string PathOf(DocumentedOperation operation)
    {
        var segments = operation.Path.Split('/');
        for (var index = 1; index < segments.Length; index++)
        {
            if (segments[index].StartsWith('{'))
            {
                segments[index] = IdOf(operation, segments[index - 1]);
            }
        }

        return string.Join('/', segments);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _crm.DisposeAsync();
    }

    private async Task AddPeopleAsync()
    {
        var owner = (await Server.Api.GetFromJsonAsync<JsonNode>("/api/v1/members"))!["items"]![0]!["id"]!;
        Set("getMemberHoldings/members", owner.GetValue<string>());
        Set("members", await JoinedAsync("Mia"));
        var leaver = await JoinedAsync("Leo");
        Set("deactivateMember/members", leaver);
        Set("reactivateMember/members", leaver);
        Set("invitations", await MadeAsync("/api/v1/invitations", Example("createInvitation")));
    }

    private async Task<string> JoinedAsync(string name)
    {
        var person = new NewMember($"{name}@example.org", name, "correct horse battery", "Europe/Berlin");
        var joined = await Server.Parley.Db.WriteAsync(session =>
            Server
                .Parley.Services.GetRequiredService<Memberships>()
                .InsertAsync(session, Server.WorkspaceId, person, Role.Member)
        );
        return joined.Value.Id;
    }

    private async Task AddWriteBacksAsync()
    {
        const string path = "/api/v1/write-backs";
        Set("write-backs", await MadeAsync(path, Example("createWriteBack")));
        Set("deleteWriteBack/write-backs", await MadeAsync(path, Example("createWriteBack")));
        // One that is answered, so that what is told of it does not change while it is read; the newest, so that no list begins with it.
        await Server.AdvanceAsync(Duration.FromSeconds(1));
        var taken = await MadeAsync(path, Example("createWriteBack", body => body["url"] = $"{_crm.Url}/notes"));
        var (status, reply) = await Server.SendAsync(HttpMethod.Post, Server.Meetings, Example("createMeeting"));
        ((int)status).ShouldBeInRange(200, 299, reply.ToString());
        JsonArray? told = null;
        await TestServer.EventuallyAsync(
            async () =>
                (
                    told = (await Server.Api.GetFromJsonAsync<JsonNode>($"{path}/{taken}/deliveries"))![
                        "items"
                    ]!.AsArray()
                )
                    is [{ } only]
                && only["status"]!.GetValue<string>() == "delivered",
            "the meeting was written back"
        );
        foreach (var operation in (string[])["listWriteBackDeliveries", "testWriteBack", "redeliverWriteBack"])
        {
            Set($"{operation}/write-backs", taken);
        }

        Set("redeliverWriteBack/deliveries", told![0]!["id"]!.GetValue<string>());
    }

    private async Task AddSessionAsync(string arrangement)
    {
        var path = $"/api/v1/arrangements/{arrangement}/sessions";
        using var asked = await Server.Api.PostAsync($"{path}/look", null);
        ((int)asked.StatusCode).ShouldBe(202);
        await TestServer.EventuallyAsync(
            async () => (await Server.Api.GetFromJsonAsync<JsonNode>(path))!["items"]!.AsArray().Count == 1,
            "the session was found"
        );
    }

    private string IdOf(DocumentedOperation operation, string kind) =>
        _ids.TryGetValue($"{operation.Id}/{kind}", out var own) ? own
        : _ids.TryGetValue(kind, out var id) ? id
        : throw new InvalidOperationException(
            $"{operation} names a kind of thing the examples do not know: make one in ReferenceWorld and Set(\"{kind}\", its id)."
        );

    private string Real(string text, DocumentedOperation operation) =>
        text.Replace(
            ExampleConnection,
            operation.Path.Contains("/usage/", StringComparison.Ordinal) ? _ids["usage"] : Server.ConnectionId,
            StringComparison.Ordinal
        );

    private void Set(string kind, string id) => _ids[kind] = id;

    private Task<string> PageAsync(string slug) =>
        MadeAsync("/api/v1/booking-pages", Example("createBookingPage", page => page["slug"] = slug));

    private JsonObject Example(string operation, Action<JsonObject>? change = null)
    {
        var body = JsonNode
            .Parse(
                ApiReference
                    .Operations[operation]
                    .Request!.ToJsonString()
                    .Replace(ExampleConnection, Server.ConnectionId, StringComparison.Ordinal)
            )!
            .AsObject();
        change?.Invoke(body);
        return body;
    }

    private async Task<string> MadeAsync(string path, JsonNode? body)
    {
        var (status, reply) = await Server.SendAsync(HttpMethod.Post, path, body);
        ((int)status).ShouldBeInRange(200, 299, $"{path} {reply}");
        return reply["id"]!.GetValue<string>();
    }
}
