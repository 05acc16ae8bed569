using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Server.Storage;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What a customer holds after booking.</summary>
/// <param name="Door">Path of the door.</param>
/// <param name="Manage">Path of the manage page.</param>
internal sealed record Held(string Id, string Door, string Manage);

/// <summary>The customer's side of a running server.</summary>
internal static partial class CustomerRoom
{
    public const string JoinUrl = "https://meet.goto.com/850123456";

    public static async Task<Held> HoldAsync(
        this BookingBench bench,
        string slug,
        string startsAt,
        string email = "ada@example.org"
    )
    {
        var (status, body) = await bench.BookAsync(slug, startsAt, email);
        status.ShouldBe(HttpStatusCode.Created, body.ToString());
        return HeldBy(body);
    }

    public static Held HeldBy(JsonElement booked) =>
        new(
            booked.GetProperty("id").GetString()!,
            new Uri(booked.GetProperty("doorUrl").GetString()!).AbsolutePath,
            new Uri(booked.GetProperty("manageUrl").GetString()!).AbsolutePath
        );

    /// <summary>As if the provider had made the meeting.</summary>
    public static Task MadeAsync(this BookingBench bench, Held held, string? joinUrl = JoinUrl) =>
        bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                UPDATE arrangement SET applied_version = version, provider_meeting_id = '850123456', join_url = @joinUrl, join_url_source = 'created',
                    access_code = '123-456-789', dial_in = '[{"country":"DE","number":"+49 891 2140 2090","tollFree":false}]'
                WHERE booking_id = @Id /* all workspaces: tests */
                """,
                new { held.Id, joinUrl }
            )
        );

    /// <summary>Everything a person can change, as text; how far the provisioner has come with it is left out.</summary>
    public static async Task<string> EverythingAsync(TestServer parley)
    {
        var all = new List<string>();
        foreach (
            var (table, columns) in ((string, string)[])
                [
                    ("booking", "*"),
                    ("booking_page", "*"),
                    ("occupancy", "*"),
                    ("idempotency", "*"),
                    (
                        "arrangement",
                        "id, door_code, desired, version, subject, starts_at, ends_at, attendees, reference"
                    ),
                    ("effect", "id, kind, operation, effect_key, version"),
                    ("connection", "id, member_id, provider, purpose, disconnected_at"),
                ]
        )
        {
            var rows = await parley.Db.ReadAsync(session =>
                session.QueryAsync<dynamic>($"SELECT {columns} FROM {table} /* all workspaces: tests */")
            );
            all.AddRange(rows.Select(row => $"{table} {row}").Order(StringComparer.Ordinal));
        }

        return string.Join('\n', all);
    }

    /// <summary>Opens the details of a start and sends the form.</summary>
    public static Task<HttpResponseMessage> BookAsync(
        this FormBrowser browser,
        string slug,
        string start,
        string name = "Ada Lovelace",
        string email = "ada@example.org",
        string topic = ""
    ) =>
        browser.SendAsync(
            $"/book/{slug}/details?start={start}&tz=Europe/Berlin",
            ("name", name),
            ("email", email),
            ("topic", topic)
        );

    /// <summary>Opens a page, fills in its last form and sends it with everything hidden in it.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        this FormBrowser browser,
        string page,
        params (string Name, string Value)[] typed
    )
    {
        var form = await FilledAsync(browser, page, typed);
        return await browser.Http.PostAsync(form.Action, new FormUrlEncodedContent(form.Fields));
    }

    public static async Task<(string Action, List<KeyValuePair<string, string>> Fields)> FilledAsync(
        this FormBrowser browser,
        string page,
        params (string Name, string Value)[] typed
    )
    {
        var html = await (await browser.GetAsync(page)).Content.ReadAsStringAsync();
        var form = Forms()
            .Matches(html)
            .Last(match => match.Value.Contains("method=\"post\"", StringComparison.Ordinal))
            .Value;
        var fields = Fields()
            .Matches(form)
            .Select(field => (Html: field.Value, Attributes: AttributesOf(field.Groups["attributes"].Value)))
            .Where(field => field.Attributes.ContainsKey("name"))
            .Where(field =>
                field.Attributes.GetValueOrDefault("type") is not ("checkbox" or "radio")
                || field.Attributes.ContainsKey("checked")
            )
            .Select(field => KeyValuePair.Create(field.Attributes["name"], ValueOf(field.Html, field.Attributes)))
            .Where(field => !typed.Any(own => own.Name == field.Key))
            .Concat(typed.Select(own => KeyValuePair.Create(own.Name, own.Value)))
            .ToList();
        return (Decoded(Action().Match(form).Groups["action"].Value), fields);
    }

    public static async Task<string> TextAsync(this HttpResponseMessage reply) =>
        WebUtility.HtmlDecode(await reply.Content.ReadAsStringAsync());

    private static Dictionary<string, string> AttributesOf(string tag) =>
        Attributes()
            .Matches(tag)
            .ToDictionary(
                one => one.Groups["name"].Value,
                one => Decoded(one.Groups["value"].Value),
                StringComparer.Ordinal
            );

    private static string ValueOf(string html, Dictionary<string, string> attributes) =>
        html.StartsWith("<select", StringComparison.Ordinal) ? Decoded(Chosen().Match(html).Groups["value"].Value)
        : html.StartsWith("<textarea", StringComparison.Ordinal) ? Decoded(Inner().Match(html).Groups["text"].Value)
        : attributes.GetValueOrDefault("value", "");

    private static string Decoded(string html) => WebUtility.HtmlDecode(html);

    [GeneratedRegex("<form .*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex(
        "<input (?<attributes>[^>]*)>|<select (?<attributes>[^>]*)>.*?</select>|<textarea (?<attributes>[^>]*)>.*?</textarea>",
        RegexOptions.Singleline
    )]
    private static partial Regex Fields();

    [GeneratedRegex("(?<name>[a-z-]+)(=\"(?<value>[^\"]*)\")?")]
    private static partial Regex Attributes();

    [GeneratedRegex("<option value=\"(?<value>[^\"]*)\" selected")]
    private static partial Regex Chosen();

    [GeneratedRegex(">(?<text>[^<]*)</textarea>")]
    private static partial Regex Inner();

    [GeneratedRegex("action=\"(?<action>[^\"]+)\"")]
    private static partial Regex Action();
}
