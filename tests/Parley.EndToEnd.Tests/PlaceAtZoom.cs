using System.Text.Json;

namespace Parley.EndToEnd.Tests;

// Apart from the rest: the same place, seen from its Zoom twin.
public sealed partial class Place
{
    /// <summary>As <see cref="OnPostgresAsync"/>, with the server pointed at the Zoom twin too and its apps entered.</summary>
    public static async Task<Place> AtZoomAsync()
    {
        var place = await OnPostgresAsync();
        place._settings["Providers__Zoom__AuthorizeUrl"] = $"{place.Twin.Url}/zoom/oauth/authorize";
        place._settings["Providers__Zoom__TokenUrl"] = $"{place.Twin.Url}/zoom/oauth/token";
        place._settings["Providers__Zoom__RevokeUrl"] = $"{place.Twin.Url}/zoom/oauth/revoke";
        place._settings["Providers__Zoom__ApiBaseUrl"] = $"{place.Twin.Url}/zoom/v2";
        place._settings["Providers__Zoom__JoinHosts"] = place.Twin.Url;
        await place.RestartAsync();
        using var added = await place.Control.PostAsync(
            "/control/clients/redirect-uris",
            JsonContent($"{{\"provider\":\"zoom\",\"redirectUri\":\"{place.Parley.Url}/oauth/zoom/callback\"}}")
        );
        added.IsSuccessStatusCode.ShouldBeTrue(await added.Content.ReadAsStringAsync());
        var app = place.Twin.ZoomApps.Single(app => app.Purpose == "organizer");
        using var put = await place.Parley.Api.PutAsync(
            "/api/v1/providers/zoom/app",
            JsonContent(
                JsonSerializer.Serialize(
                    new
                    {
                        kind = "oauth",
                        clientId = app.ClientId,
                        clientSecret = app.ClientSecret,
                    }
                )
            )
        );
        put.IsSuccessStatusCode.ShouldBeTrue(await put.Content.ReadAsStringAsync());
        return place;
    }

    /// <summary>Connects Zoe's Zoom account, the way an integrator and she would.</summary>
    /// <returns>The connection's id.</returns>
    public async Task<string> ConnectZoomAsync(string email = "zoe@northwind.example")
    {
        var pending = await Parley.PostAsync("/api/v1/connections", new { provider = "zoom", purpose = "organizer" });
        await ConsentAtZoomAsync(pending.GetProperty("connectUrl").GetString()!, email);
        var id = pending.GetProperty("id").GetString()!;
        var connection = await Parley.GetAsync($"/api/v1/connections/{id}");
        connection.GetProperty("status").GetString().ShouldBe("connected", connection.ToString());
        return id;
    }

    /// <summary>A person gives permission again.</summary>
    public async Task ReconnectZoomAsync(string connection, string email = "zoe@northwind.example")
    {
        var link = await Parley.PostAsync(
            $"/api/v1/connections/{connection}/reconnect",
            new { },
            System.Net.HttpStatusCode.OK
        );
        await ConsentAtZoomAsync(link.GetProperty("connectUrl").GetString()!, email);
    }

    public Task ZoomSettingsAsync(object settings)
    {
        var all = JsonSerializer.SerializeToNode(settings)!.AsObject();
        all["provider"] = "zoom";
        return SettingsAsync(all);
    }

    /// <summary>How often an operation reached the Zoom twin, faulty calls included.</summary>
    public async Task<long> ZoomCallsAsync(string operation) =>
        JsonDocument
            .Parse(await Control.GetStringAsync("/control/log?provider=zoom"))
            .RootElement.GetProperty("counts")
            .TryGetProperty(operation, out var count)
            ? count.GetInt64()
            : 0;

    private async Task ConsentAtZoomAsync(string connectUrl, string email)
    {
        using var browser = new FormBrowser();
        await browser.OpenAsync(connectUrl);
        await browser.SubmitAsync("Continue");
        await browser.SubmitAsync("password", ("email", email), ("password", "sandbox"));
        if (browser.Html.Contains("Allow", StringComparison.Ordinal))
        {
            await browser.SubmitAsync("Allow");
        }

        browser.Address.GetLeftPart(UriPartial.Authority).ShouldBe(Parley.Url, browser.Html);
    }
}
