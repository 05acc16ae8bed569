using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Parley.Server.Hosting;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Tests.WebShell;

public sealed partial class ShellTests
{
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/no/such/page")]
    [InlineData("/api/v1/no-such-thing")]
    [InlineData("/health/live")]
    public async Task Every_reply_carries_the_security_headers(string path)
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var reply = await parley.Client.GetAsync(path);

        var policy = reply.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("form-action 'self';");
        policy.ShouldNotContain("unsafe");
        reply.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        reply.Headers.GetValues("Referrer-Policy").Single().ShouldBe("same-origin");
        reply.Headers.GetValues("Cross-Origin-Opener-Policy").Single().ShouldBe("same-origin");
        reply.Headers.Contains("Permissions-Policy").ShouldBeTrue();
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        reply.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task Unknown_paths_and_wrong_methods_are_problems_for_programs_and_pages_for_people()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var missing = await parley.Api.GetAsync("/api/v1/no-such-thing");
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ApiKeyTests.JsonOf(missing)).GetProperty("code").GetString().ShouldBe("not_found");

        var wrong = await parley.Api.PutAsync("/api/v1/api-keys", new StringContent("{}"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await ApiKeyTests.JsonOf(wrong)).GetProperty("code").GetString().ShouldBe("method_not_allowed");

        var page = await parley.Client.GetAsync("/no/such/page");
        page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await page.Content.ReadAsStringAsync()).ShouldContain("Nothing here");
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var browser = new FormBrowser(parley);
        (await browser.SignInAsync()).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        var reply = await browser.Http.PostAsync(
            "/api-keys",
            new FormUrlEncodedContent([new("name", "x"), new("scopes", "admin")])
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("out of date");
        (await browser.ReadAsync("/api-keys")).ShouldNotContain(">x<");
    }

    [Fact]
    public async Task Assets_are_kept_for_a_year_by_an_address_that_changes_with_them()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var html = await parley.Client.GetStringAsync("/sign-in");
        var url = Stylesheet().Match(html).Groups["url"].Value;

        var reply = await parley.Client.GetAsync(url);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromDays(365));
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/css");

        var again = new HttpRequestMessage(HttpMethod.Get, url);
        again.Headers.IfNoneMatch.Add(reply.Headers.ETag!);
        (await parley.Client.SendAsync(again)).StatusCode.ShouldBe(HttpStatusCode.NotModified);

        var packed = new HttpRequestMessage(HttpMethod.Get, url);
        packed.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        (await parley.Client.SendAsync(packed)).Content.Headers.ContentEncoding.ShouldContain("br");
        (await parley.Client.GetAsync("/assets/x/no-such.css")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_demo_says_so_on_every_page_and_only_the_demo()
    {
        await using var demo = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            demo: new DemoOptions(true, "http://localhost:5081", [])
        );
        var html = await demo.Client.GetStringAsync("/sign-in");
        html.ShouldContain("Demo — no real meetings");
        html.ShouldContain("http://localhost:5081");

        await using var real = await TestServer.StartAsync(DatabaseKind.Sqlite);
        (await real.Client.GetStringAsync("/sign-in")).ShouldNotContain("Demo");
    }

    [Fact]
    public async Task Metrics_count_requests_without_naming_them()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        await parley.Client.GetAsync("/setup/some-secret");

        var text = await parley.Client.GetStringAsync("/metrics");

        text.ShouldContain("parley_http_requests_total{code=\"4xx\"} 1\n");
        text.ShouldContain("# TYPE process_resident_memory_bytes gauge\n");
        text.ShouldNotContain("some-secret");
    }

    [Fact]
    public async Task A_page_asks_for_the_one_origin_its_form_may_end_at()
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.AllowFormActionTo("https://login.example.org/oauth/authorize?x=y");
        var headers = new SecurityHeaders(_ => Task.CompletedTask);
        var started = new StartCallbacks();
        context.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpResponseFeature>(started);

        await headers.InvokeAsync(context);
        await started.StartAsync();

        context
            .Response.Headers.ContentSecurityPolicy.ToString()
            .ShouldContain("form-action 'self' https://login.example.org;");
    }

    private sealed class StartCallbacks : Microsoft.AspNetCore.Http.Features.HttpResponseFeature
    {
        private readonly List<(Func<object, Task> Callback, object State)> _callbacks = [];

        public override void OnStarting(Func<object, Task> callback, object state) => _callbacks.Add((callback, state));

        public async Task StartAsync()
        {
            foreach (var (callback, state) in _callbacks)
            {
                await callback(state);
            }
        }
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_413()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var reply = await parley.Api.PostAsync(
            "/api/v1/api-keys",
            new StringContent(new string(' ', 1100 * 1024), System.Text.Encoding.UTF8, "application/json")
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await ApiKeyTests.JsonOf(reply)).GetProperty("code").GetString().ShouldBe("too_large");
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/a/b?c=d", true)]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("//a", false)]
    [InlineData("/\\a", false)]
    [InlineData("/a\\b", false)]
    [InlineData("/%5Ca", false)]
    public void Local_paths_are_told_from_others(string path, bool local) => LocalPath.IsLocal(path).ShouldBe(local);

    [GeneratedRegex("<link rel=\"stylesheet\" href=\"(?<url>[^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Stylesheet();
}
