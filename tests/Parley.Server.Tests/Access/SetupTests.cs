using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed class SetupTests
{
    private static readonly Dictionary<string, string?> NoBootstrap = new()
    {
        ["Bootstrap:Email"] = null,
        ["Bootstrap:Password"] = null,
        ["Bootstrap:ApiKey"] = null,
    };

    [Theory, DatabaseMatrix]
    public async Task The_link_on_the_console_makes_one_owner_and_nothing_else_does(DatabaseKind database)
    {
        var console = new StringWriter();
        await using var parley = await StartEmptyAsync(database, console);
        var link = LinkOf(console);
        using var browser = new FormBrowser(parley);

        (await browser.ReadAsync("/")).ShouldContain("no owner yet");
        (await browser.ReadAsync("/sign-in")).ShouldContain("no owner yet");
        (await browser.GetAsync("/setup/" + Ids.Secret(24))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await parley.Client.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        var refused = await browser.SubmitAsync(link, link, Person(password: "short"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("must have at least 10 characters");

        var made = await browser.SubmitAsync(link, link, Person());
        made.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        made.Headers.Location!.ToString().ShouldBe("/");
        (await browser.ReadAsync("/account")).ShouldContain("ada@example.org");

        using var second = new FormBrowser(parley);
        (await second.GetAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await second.GetAsync("/")).Headers.Location!.ToString().ShouldBe("/sign-in");
        (await second.SignInAsync("ada@example.org", "nine words in a row")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
    }

    [Theory, DatabaseMatrix]
    public async Task The_setup_link_is_neither_logged_nor_stored(DatabaseKind database)
    {
        var console = new StringWriter();
        await using var parley = await StartEmptyAsync(database, console);
        var token = LinkOf(console)["/setup/".Length..];
        await parley.Client.GetAsync("/setup/" + token);

        parley.Log.Lines.ShouldNotContain(line => line.Contains(token));
        var stored = await parley.Db.ReadAsync(session =>
            session.QueryAsync<string>("SELECT hash FROM setup_token /* all workspaces: test */")
        );
        stored.ShouldHaveSingleItem().ShouldBe(Ids.HashOf(token));
    }

    [Fact]
    public async Task Every_start_without_an_owner_prints_a_fresh_link_and_ends_the_last()
    {
        var first = new StringWriter();
        await using var one = await StartEmptyAsync(DatabaseKind.Postgres, first);
        var second = new StringWriter();
        await using var two = await StartEmptyAsync(DatabaseKind.Postgres, second, one);

        (await two.Client.GetAsync(LinkOf(second))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await two.Client.GetAsync(LinkOf(first))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Of_two_who_use_the_link_at_once_one_becomes_the_owner(DatabaseKind database)
    {
        var console = new StringWriter();
        await using var parley = await StartEmptyAsync(database, console);
        var token = LinkOf(console)["/setup/".Length..];
        var firstRun = parley.Services.GetRequiredService<FirstRun>();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(index =>
                    firstRun.BecomeOwnerAsync(
                        token,
                        new NewMember($"p{index}@example.org", "P", "nine words in a row", "Europe/Berlin")
                    )
                )
        );

        answers.Count(answer => answer.Succeeded).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_key_without_an_owner_gets_one_without_a_password(DatabaseKind database)
    {
        var settings = new Dictionary<string, string?>(NoBootstrap) { ["Bootstrap:ApiKey"] = TestServer.ApiKey };
        await using var parley = await TestServer.StartAsync(database, settings);

        (await parley.Api.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var browser = new FormBrowser(parley);
        (await browser.SignInAsync(FirstRun.NamelessOwner, "")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("not an address", "long enough password", null, "Bootstrap__Email")]
    [InlineData("a@example.org", null, null, "Bootstrap__Password")]
    [InlineData(null, "long enough password", null, "Bootstrap__Email")]
    [InlineData("a@example.org", "short", null, "Bootstrap__Password")]
    [InlineData("a@example.org", "long enough password", "pk_short", "Bootstrap__ApiKey")]
    public async Task Bootstrap_settings_that_cannot_work_stop_the_start(
        string? email,
        string? password,
        string? key,
        string named
    )
    {
        var settings = new Dictionary<string, string?>
        {
            ["Bootstrap:Email"] = email,
            ["Bootstrap:Password"] = password,
            ["Bootstrap:ApiKey"] = key,
        };
        var failure = await Should.ThrowAsync<StartupException>(() =>
            TestServer.StartAsync(DatabaseKind.Sqlite, settings)
        );
        failure.Message.ShouldContain(named);
    }

    [Fact]
    public async Task Another_master_key_does_not_start()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Postgres);
        var failure = await Should.ThrowAsync<StartupException>(() =>
            TestServer.StartAsync(
                DatabaseKind.Postgres,
                new Dictionary<string, string?> { ["Secrets:MasterKey"] = Convert.ToBase64String(new byte[32]) },
                shareDatabaseWith: parley
            )
        );
        failure.Message.ShouldContain("another master key");
    }

    [Theory, DatabaseMatrix]
    public async Task The_cookie_key_ring_lies_in_the_database_wrapped(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var browser = new FormBrowser(parley);
        await browser.SignInAsync();

        var rows = await parley.Db.ReadAsync(session =>
            session.QueryAsync<byte[]>("SELECT wrapped FROM data_protection_key /* all workspaces: test */")
        );
        var xml = System.Text.Encoding.UTF8.GetString(rows.ShouldHaveSingleItem());
        xml.ShouldContain("<wrapped masterKey=");
        xml.ShouldNotContain("<masterKey");
    }

    private static Task<TestServer> StartEmptyAsync(
        DatabaseKind database,
        StringWriter console,
        TestServer? shareDatabaseWith = null
    ) =>
        TestServer.StartAsync(
            database,
            NoBootstrap,
            services => services.AddSingleton(new OperatorConsole(console)),
            shareDatabaseWith: shareDatabaseWith
        );

    private static string LinkOf(StringWriter console)
    {
        var text = console.ToString();
        return text[text.IndexOf("/setup/", StringComparison.Ordinal)..].Trim();
    }

    private static (string, string)[] Person(string password = "nine words in a row") =>
        [("email", "ada@example.org"), ("name", "Ada"), ("password", password), ("timeZone", "Europe/Berlin")];
}
