using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Parley.EndToEnd.Tests;

/// <summary><c>parley connect --loopback</c> beside a running server, with a client registered at a fixed address of the person's machine.</summary>
public sealed class ConnectVerbTests
{
    [Fact]
    public async Task An_account_is_connected_through_a_fixed_loopback_address_that_listens_only_meanwhile()
    {
        await using var place = await Place.StartAsync();
        await place.RegisterAppAsync();
        var address = $"http://localhost:{ParleyProcess.SparePort()}";
        using var registered = await place.Control.PostAsJsonAsync(
            "/control/clients/redirect-uris",
            new { redirectUri = address }
        );
        registered.IsSuccessStatusCode.ShouldBeTrue(await registered.Content.ReadAsStringAsync());
        using var verb = place.StartVerb(
            ("PARLEY_API_KEY", ParleyProcess.ApiKey),
            ["connect", "--loopback", "--redirect-uri", address, "--url", place.Parley.Url]
        );
        string? link;
        do
        {
            link = await verb.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            link.ShouldNotBeNull(await ErrorOfAsync(verb, link));
        } while (!link.Contains("/connect/", StringComparison.Ordinal));

        using var stranger = new HttpClient();
        using var bare = await stranger.GetAsync(address);
        bare.StatusCode.ShouldBe(HttpStatusCode.NotFound, "an address without a state is no answer");

        using var browser = new FormBrowser();
        await browser.OpenAsync(link);
        await browser.SubmitAsync("Continue");
        browser.Address.Query.ShouldContain(Uri.EscapeDataString(address));
        await browser.SubmitAsync("password", ("email", "olivia@northwind.example"), ("password", "sandbox"));
        await browser.SubmitAsync("Allow");
        browser.Address.GetLeftPart(UriPartial.Authority).ShouldBe(place.Parley.Url, browser.Html);

        var output = await verb.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await verb.WaitForExitAsync();
        verb.ExitCode.ShouldBe(0, await verb.StandardError.ReadToEndAsync());
        output.ShouldContain("Success: connected as olivia@northwind.example");
        await Should.ThrowAsync<HttpRequestException>(() => stranger.GetAsync(address));

        var connection = (await place.Parley.GetAsync("/api/v1/connections")).GetProperty("items")[0];
        connection.GetProperty("status").GetString().ShouldBe("connected");
        connection.GetProperty("purpose").GetString().ShouldBe("account");
        // The token exchange named the same address, and the connection works.
        var tested = await place.Parley.PostAsync(
            $"/api/v1/connections/{connection.GetProperty("id").GetString()}/test",
            new { },
            HttpStatusCode.OK
        );
        tested.GetProperty("ok").GetBoolean().ShouldBeTrue(tested.ToString());
    }

    [Fact]
    public async Task What_stands_in_the_way_is_said_in_one_line()
    {
        await using var place = await Place.StartAsync();
        var withoutKey = await place.RunVerbAsync(["connect", "--loopback", "--url", place.Parley.Url]);
        withoutKey.ExitCode.ShouldBe(1);
        withoutKey.Error.ShouldContain("PARLEY_API_KEY");
        string[] connect = ["connect", "--url", place.Parley.Url, "--key", ParleyProcess.ApiKey];
        // No client is registered yet: Parley's words arrive.
        var withoutApp = await place.RunVerbAsync(connect);
        withoutApp.ExitCode.ShouldBe(1);
        withoutApp.Error.ShouldContain("No provider app is set up");
        var elsewhere = await place.RunVerbAsync([.. connect, "--loopback", "--redirect-uri", "http://example.org:80"]);
        elsewhere.ExitCode.ShouldBe(1);
        elsewhere.Error.ShouldContain("is no address of this machine");
        var taken = await place.RunVerbAsync([.. connect, "--loopback", "--redirect-uri", place.Parley.Url]);
        taken.ExitCode.ShouldBe(1);
        taken.Error.ShouldContain("is taken by another program");
        var stranger = await place.RunVerbAsync(["connect", "--url", place.Parley.Url, "--key", "pk_wrong"]);
        stranger.ExitCode.ShouldBe(1);
        stranger.Error.ShouldContain("401");

        // The address must be one of the person's own machine for the API too.
        using var reply = await place.Parley.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new
            {
                provider = "gotomeeting",
                purpose = "account",
                redirectUri = "https://evil.example/",
            }
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("errors")
            .TryGetProperty("redirectUri", out _)
            .ShouldBeTrue();
    }

    private static async Task<string> ErrorOfAsync(System.Diagnostics.Process verb, string? line) =>
        line is null ? await verb.StandardError.ReadToEndAsync() : "";
}
