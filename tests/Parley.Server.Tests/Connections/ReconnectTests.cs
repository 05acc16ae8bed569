using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

public sealed class ReconnectTests
{
    [Theory, DatabaseMatrix]
    public async Task Another_account_at_a_reconnect_is_refused_with_a_choice(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        var olivia = world.GoTo.Account;
        var mallory = olivia with { OrganizerKey = "2", Email = "mallory@example.org", Name = "Mallory" };

        var refused = await ReturnAsync(await PressAsync($"/connections/{id}/reconnect"), mallory);
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var page = await refused.Content.ReadAsStringAsync();
        page.ShouldContain("belongs to olivia@example.org, but mallory@example.org signed in");
        page.ShouldContain("Try again as olivia@example.org");
        page.ShouldContain("Connect the other account as a new connection");
        page.ShouldContain($"action=\"/connections/{id}/reconnect\"");
        refused.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("https://gotomeeting.example");
        (await world.StatusAsync(id)).ShouldBe("connected");

        // One choice: the right account this time.
        (await ReturnAsync(await PressAsync($"/connections/{id}/reconnect", page), olivia)).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        // The other: a connection of its own, beside the old one.
        var start = await PressAsync("/connections/start", page, ("provider", "gotomeeting"), ("purpose", "organizer"));
        (await ReturnAsync(start, mallory)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var items = (await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/connections"))
            .GetProperty("items")
            .EnumerateArray()
            .OrderBy(item => item.GetProperty("id").GetString() == id ? 0 : 1)
            .ToList();
        items
            .Select(item => item.GetProperty("account").GetProperty("email").GetString())
            .ShouldBe(["olivia@example.org", "mallory@example.org"]);
        items[0].GetProperty("id").GetString().ShouldBe(id);

        async Task<HttpResponseMessage> PressAsync(
            string action,
            string? html = null,
            params (string Name, string Value)[] fields
        )
        {
            html ??= await browser.ReadAsync("/connections");
            return await browser.Http.PostAsync(
                action,
                new FormUrlEncodedContent(
                    fields
                        .Select(field => KeyValuePair.Create(field.Name, field.Value))
                        .Append(new("_csrf", FormBrowser.TokenOf(html)))
                )
            );
        }

        async Task<HttpResponseMessage> ReturnAsync(HttpResponseMessage leaving, Conferencing.AccountIdentity account)
        {
            leaving.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            world.GoTo.Account = account;
            return await browser.GetAsync(ConnectWorld.Callback(leaving.Headers.Location!));
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_role_given_or_taken_later_is_noticed_within_a_day_without_anybody_asking(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync("account");
        world.GoTo.Account = world.GoTo.Account with { IsAdministrator = true };
        await world.Parley.AdvanceAsync(NodaTime.Duration.FromHours(23));
        await world.CareAsync();
        (await ProblemAsync()).ShouldBe("not_an_administrator", "it was asked less than a day ago");

        await world.Parley.AdvanceAsync(NodaTime.Duration.FromHours(1));
        await world.CareAsync();
        (await ProblemAsync()).ShouldBeNull();

        world.GoTo.Account = world.GoTo.Account with { IsAdministrator = false };
        var care = world.Parley.Services.GetRequiredService<ConnectionCare>();
        (await care.AskRolesAsync(default)).ShouldBe(0, "once a day");
        await world.Parley.AdvanceAsync(NodaTime.Duration.FromDays(1));
        (await care.AskRolesAsync(default)).ShouldBe(1);
        (await ProblemAsync()).ShouldBe("not_an_administrator");

        async Task<string?> ProblemAsync() =>
            (await world.GetAsync(id)).GetProperty("problem") is { ValueKind: JsonValueKind.Object } problem
                ? problem.GetProperty("code").GetString()
                : null;
    }

    [Theory, DatabaseMatrix]
    public async Task An_account_for_reports_without_the_role_says_so_until_a_check_finds_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync("account");

        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("connected");
        var problem = connection.GetProperty("problem");
        problem.GetProperty("code").GetString().ShouldBe("not_an_administrator");
        problem.GetProperty("next").GetString()!.ShouldContain("press Test");
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        (await browser.ReadAsync("/dashboard")).ShouldContain("is not an administrator");
        var failed = await TestAsync();
        failed.GetProperty("ok").GetBoolean().ShouldBeFalse();
        failed.ToString().ShouldContain("no administrator role");

        world.GoTo.Account = world.GoTo.Account with { IsAdministrator = true };
        (await TestAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await world.GetAsync(id)).GetProperty("problem").ValueKind.ShouldBe(JsonValueKind.Null);

        async Task<JsonElement> TestAsync() =>
            await (
                await world.Api.PostAsync($"/api/v1/connections/{id}/test", null)
            ).Content.ReadFromJsonAsync<JsonElement>();
    }

    [Theory, DatabaseMatrix]
    public async Task An_organizer_needs_no_role(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        (await world.GetAsync(id)).GetProperty("problem").ValueKind.ShouldBe(JsonValueKind.Null);
    }
}
