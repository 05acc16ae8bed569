using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>The pages of meetings over the real adapter and the twin, with the owner signed in.</summary>
internal sealed partial class PagesWorld : IAsyncDisposable
{
    public const string Odile = "7300195775692112843";
    public const string Oscar = "7300195775692112813";

    private PagesWorld(ConnectedServer server) => (Server, Owner) = (server, new FormBrowser(server.Parley));

    public ConnectedServer Server { get; }
    public FormBrowser Owner { get; }
    public string Account => $"/connections/{Server.ConnectionId}/meetings";

    public static async Task<PagesWorld> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null,
        string account = ConnectedServer.Olivia,
        Func<ConnectedServer, Task>? before = null
    )
    {
        var server = await ConnectedServer.StartAsync(database, settings, account: account);
        if (before is not null)
        {
            await before(server);
        }

        var world = new PagesWorld(server);
        await world.Owner.SignInAsync();
        return world;
    }

    /// <summary>The form as a person fills it in who changes only what is given; null leaves a field out (an unticked box).</summary>
    public (string, string)[] Filled(params (string Name, string? Value)[] changes)
    {
        var fields = new List<(string Name, string Value)>
        {
            ("connectionId", Server.ConnectionId),
            ("coOrganizersOf", Server.ConnectionId),
            ("subject", "Quarterly <review>"),
            ("type", "scheduled"),
            ("date", "2026-12-10"),
            ("time", "14:30"),
            ("durationMinutes", "45"),
            ("timeZone", "Europe/Berlin"),
            ("audio", "hybrid"),
            ("notify", "true"),
        };
        foreach (var name in changes.Select(change => change.Name).Distinct(StringComparer.Ordinal))
        {
            fields.RemoveAll(field => field.Name == name);
        }

        fields.AddRange(
            changes.Where(change => change.Value is not null).Select(change => (change.Name, change.Value!))
        );
        return [.. fields];
    }

    public Task<HttpResponseMessage> ScheduleAsync(params (string Name, string? Value)[] changes) =>
        Owner.SubmitAsync("/meetings/new", "/meetings/new", Filled(changes));

    /// <returns>The path of the meeting's page.</returns>
    public async Task<string> ScheduledAsync(params (string Name, string? Value)[] changes)
    {
        var reply = await ScheduleAsync(changes);
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
        return reply.Headers.Location!.ToString();
    }

    /// <summary>The twin's own record of meetings, the personal rooms left out.</summary>
    public async Task<List<JsonNode>> TruthAsync() =>
        (await Server.TwinHttp.GetFromJsonAsync<JsonNode>("/control/meetings"))!["items"]!
            .AsArray()
            .Where(node => !node!["personalRoom"]!.GetValue<bool>())
            .Select(node => node!)
            .ToList();

    /// <summary>A meeting somebody made in GoTo's own program.</summary>
    public async Task<string> MadeElsewhereAsync(string subject = "Made elsewhere", string audio = "VoIP")
    {
        var reply = await Server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject,
                starttime = "2026-12-11T09:00:00Z",
                endtime = "2026-12-11T10:00:00Z",
                passwordrequired = false,
                conferencecallinfo = audio,
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
        return (await TruthAsync()).Single(node => node["subject"]!.GetValue<string>() == subject)[
            "id"
        ]!.GetValue<string>();
    }

    public async Task<JsonNode> HeldAsync(object body)
    {
        var reply = await Server.TwinHttp.PostAsJsonAsync("/control/sessions", body);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
        return await ConnectedServer.Body(reply);
    }

    /// <summary>The value of a hidden field.</summary>
    public static string Hidden(string html, string name)
    {
        var match = Input().Matches(html).FirstOrDefault(input => input.Groups["name"].Value == name);
        match.ShouldNotBeNull(name);
        return WebUtility.HtmlDecode(match.Groups["value"].Value);
    }

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        await Server.DisposeAsync();
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Input();
}
