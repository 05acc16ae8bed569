using System.Net;
using System.Text.RegularExpressions;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

/// <summary>Signed-in browsers: seen, and signed out one by one or all at once.</summary>
public sealed partial class SessionTests
{
    [Theory, DatabaseMatrix]
    public async Task A_member_sees_their_browsers_and_signs_them_out(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var here = new FormBrowser(parley);
        here.Http.DefaultRequestHeaders.Add(
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        );
        using var there = new FormBrowser(parley);
        using var elsewhere = new FormBrowser(parley);
        foreach (var browser in new[] { here, there, elsewhere })
        {
            await browser.SignInAsync();
            (await browser.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        var page = await here.ReadAsync("/account");
        page.ShouldContain("Firefox on Linux");
        page.ShouldContain("This one");
        Browsers().Count(page).ShouldBe(3);
        var mine = Browsers()
            .Matches(page)
            .Single(match => page[..match.Index].Contains("This one"))
            .Groups["id"]
            .Value;
        var other = Browsers().Matches(page).First(match => match.Groups["id"].Value != mine).Groups["id"].Value;

        (await here.SubmitAsync("/account", $"/account/browsers/{other}/sign-out")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        (await here.SubmitAsync("/account", $"/account/browsers/{other}/sign-out")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        var left = new[] { there, elsewhere };
        var signedOut = await Task.WhenAll(left.Select(async one => (await one.GetAsync("/account")).StatusCode));
        signedOut.ShouldBe([HttpStatusCode.OK, HttpStatusCode.SeeOther], ignoreOrder: true);

        // A new password ends every other, and this browser goes on with a session of its own.
        (
            await here.SubmitAsync(
                "/account",
                "/account/password",
                ("currentPassword", TestServer.OwnerPassword),
                ("password", "another twelve words")
            )
        ).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await here.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        Browsers().Count(await here.ReadAsync("/account")).ShouldBe(1);
        (await here.ReadAsync("/account")).ShouldNotContain(mine);
        foreach (var one in left)
        {
            (await one.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        // Nothing that opens a session is stored.
        var cookie = here.Http.DefaultRequestHeaders.ToString();
        cookie.ShouldNotBeEmpty();
        await there.SignInAsync(password: "another twelve words");
        (await here.SubmitAsync("/account", "/account/sign-out-others")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await there.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await here.SubmitAsync("/account", "/sign-out")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await CountAsync(parley)).ShouldBe(0);
    }

    [Theory]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
        "Edge on Windows"
    )]
    [InlineData(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1",
        "Safari on iPhone"
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
        "Chrome on Android"
    )]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("", "A browser that does not say which")]
    [InlineData("SomeTool/1.0", "SomeTool/1.0")]
    public void A_browser_is_named_as_people_know_it(string agent, string name) => BrowserName.Of(agent).ShouldBe(name);

    private static Task<long> CountAsync(TestServer parley) =>
        parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM browser_session /* all workspaces: tests */")
        );

    [GeneratedRegex("/account/browsers/(?<id>ses_[a-z0-9]+)/sign-out", RegexOptions.NonBacktracking)]
    private static partial Regex Browsers();
}
