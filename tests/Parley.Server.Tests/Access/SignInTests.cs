using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed class SignInTests
{
    [Theory, DatabaseMatrix]
    public async Task Signing_in_gives_a_cookie_scripts_and_other_sites_cannot_use(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var browser = new FormBrowser(parley);

        var reply = await browser.SignInAsync();

        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var cookie = reply
            .Headers.GetValues("Set-Cookie")
            .Single(value => value.StartsWith("parley-session=", StringComparison.Ordinal));
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=lax");
        cookie.ShouldNotContain("expires");
        (await browser.ReadAsync("/account")).ShouldContain(TestServer.OwnerEmail);
    }

    [Fact]
    public async Task Behind_https_cookies_are_Secure_and_bound_to_the_host()
    {
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?> { ["PublicUrl"] = "https://meet.example.org" }
        );

        var page = await parley.Client.GetAsync("/sign-in");

        var cookie = page.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldStartWith("__Host-parley-csrf=");
        cookie.ShouldContain("secure");
        cookie.ShouldContain("path=/");
    }

    [Theory, DatabaseMatrix]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var browser = new FormBrowser(parley);

        var wrong = await browser.SignInAsync(password: "not the password");
        var unknown = await browser.SignInAsync("nobody@example.org", "not the password");

        wrong.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        unknown.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        Comparable(await wrong.Content.ReadAsStringAsync(), TestServer.OwnerEmail)
            .ShouldBe(Comparable(await unknown.Content.ReadAsStringAsync(), "nobody@example.org"));

        static string Comparable(string html, string email) =>
            html.Replace(FormBrowser.TokenOf(html), "", StringComparison.Ordinal)
                .Replace(email, "", StringComparison.Ordinal);
    }

    [Theory, DatabaseMatrix]
    public async Task After_ten_wrong_passwords_the_account_rests_five_minutes(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var signIn = parley.Services.GetRequiredService<SignIn>();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            (await signIn.CheckAsync(TestServer.OwnerEmail, "wrong", "192.0.2.1")).Succeeded.ShouldBeFalse();
        }

        (
            await signIn.CheckAsync(TestServer.OwnerEmail, TestServer.OwnerPassword, "192.0.2.1")
        ).Succeeded.ShouldBeFalse();
        parley.Clock.Advance(Duration.FromMinutes(6));
        (
            await signIn.CheckAsync(TestServer.OwnerEmail, TestServer.OwnerPassword, "192.0.2.1")
        ).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task Guessing_is_slowed_down_per_address_with_a_wait_that_is_named()
    {
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?> { ["RateLimits:Enabled"] = "true" }
        );
        using var browser = new FormBrowser(parley);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            (await browser.SignInAsync("someone@example.org", "wrong")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        var slowed = await browser.SignInAsync("someone@example.org", "wrong");

        slowed.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        slowed.Headers.RetryAfter!.Delta!.Value.ShouldBe(TimeSpan.FromMinutes(15));
        (await slowed.Content.ReadAsStringAsync()).ShouldContain("Try again in 15 minutes");
        parley.Clock.Advance(Duration.FromMinutes(15));
        (await browser.SignInAsync()).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("/members?x=1", "/members?x=1")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https:evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/%2fevil.example", "/")]
    [InlineData("%2f%2fevil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/\n/evil.example", "/")]
    [InlineData("@evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public async Task After_signing_in_only_paths_of_ours_are_gone_to(string asked, string went)
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var browser = new FormBrowser(parley);

        (await browser.SignInAsync(returnTo: asked)).Headers.Location!.OriginalString.ShouldBe(went);
    }

    [Fact]
    public async Task A_page_for_members_sends_strangers_to_sign_in_and_back()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var reply = await parley.Client.GetAsync("/members?a=b");

        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        reply.Headers.Location!.OriginalString.ShouldBe("/sign-in?return_to=%2Fmembers%3Fa%3Db");
    }

    [Fact]
    public async Task Signing_out_needs_the_form_and_ends_the_session()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var browser = new FormBrowser(parley);
        await browser.SignInAsync();

        (await browser.GetAsync("/sign-out")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await browser.Http.PostAsync("/sign-out", new FormUrlEncodedContent([]))).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await browser.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.SubmitAsync("/account", "/sign-out")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, DatabaseMatrix]
    public async Task A_reset_link_works_once_for_an_hour_and_signs_out_everywhere(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var resets = parley.Services.GetRequiredService<PasswordResets>();
        using var signedIn = new FormBrowser(parley);
        await signedIn.SignInAsync();
        (await signedIn.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var late = PathOf(await resets.LinkForEmailAsync(TestServer.OwnerEmail));
        parley.Clock.Advance(Duration.FromMinutes(61));
        (await parley.Client.GetAsync(late)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var link = PathOf(await resets.LinkForEmailAsync(TestServer.OwnerEmail));
        using var browser = new FormBrowser(parley);
        var page = await browser.GetAsync(link);
        page.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        var token = link["/reset?token=".Length..];
        var set = await browser.SubmitAsync(link, "/reset", ("token", token), ("password", "an entirely new one"));

        set.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.ReadAsync("/sign-in")).ShouldContain("Your new password is set");
        (await parley.Client.GetAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await signedIn.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.SignInAsync()).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SignInAsync(password: "an entirely new one")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, DatabaseMatrix]
    public async Task Asking_for_a_new_password_answers_the_same_and_mails_only_members(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var browser = new FormBrowser(parley);

        var unknown = await browser.SubmitAsync("/forgot", "/forgot", ("email", "nobody@example.org"));
        var known = await browser.SubmitAsync("/forgot", "/forgot", ("email", TestServer.OwnerEmail));

        (await known.Content.ReadAsStringAsync())
            .Replace(TestServer.OwnerEmail, "", StringComparison.Ordinal)
            .ShouldBe(
                (await unknown.Content.ReadAsStringAsync()).Replace("nobody@example.org", "", StringComparison.Ordinal)
            );
        await TestServer.EventuallyAsync(async () => await PlannedAsync() == 1, "the mail is planned");
        (await PlannedAsync()).ShouldBe(1);

        Task<long> PlannedAsync() =>
            parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM effect WHERE operation = 'passwordReset' /* all workspaces: test */"
                )
            );
    }

    private static string PathOf(string? link) => new Uri(link.ShouldNotBeNull()).PathAndQuery;
}
