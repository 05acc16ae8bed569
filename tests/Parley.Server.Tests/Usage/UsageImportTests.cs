using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

/// <summary>The vendor's activity report, taken over by language; what cannot be known is said, not guessed.</summary>
public sealed class UsageImportTests
{
    private static async Task<UsageWorld> WorldAsync(DatabaseKind database)
    {
        var world = await UsageWorld.StartAsync(database, UsagePagesTests.Account());
        await world.RunAsync();
        return world;
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> ImportAsync(
        UsageWorld world,
        string csv,
        string query = ""
    )
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(csv));
        body.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        var reply = await world.Api.PostAsync($"{world.Connector}/import{query}", body);
        return (reply.StatusCode, JsonNode.Parse(await reply.Content.ReadAsStringAsync())!);
    }

    private static int Int(JsonNode body, string name) => body[name]!.GetValue<int>();

    [Theory, DatabaseMatrix]
    public async Task A_report_fills_in_what_history_does_not_know_and_only_later_dates_replace(DatabaseKind database)
    {
        await using var world = await WorldAsync(database);
        var (status, body) = await ImportAsync(
            world,
            "E-Mail-Adresse;Name;Letztes Meeting\r\nCEM@northwind.example;Cem;01.10.2026\r\nghost@northwind.example;?;02.10.2026\r\nann@northwind.example;Ann;\r\nbob@northwind.example;Bob;gestern\r\n",
            "?locale=de"
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        Int(body, "rows").ShouldBe(4);
        Int(body, "updated").ShouldBe(1);
        body["emailColumn"]!.GetValue<string>().ShouldBe("E-Mail-Adresse");
        body["unmatched"]!.ToJsonString().ShouldBe("""["ghost@northwind.example"]""");
        body["unknown"]!
            .AsArray()
            .Select(unknown => Int(unknown!["lines"]!.AsArray()[0]!.Parent!.Parent!, "rows"))
            .Sum()
            .ShouldBe(2);
        var cem = (await world.ItemsAsync())["Cem"];
        cem["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-10-01");
        cem["state"]!.GetValue<string>().ShouldBe("inactive");
        cem["source"]!.GetValue<string>().ShouldBe("imported report");

        (_, body) = await ImportAsync(world, "email,last meeting\ncem@northwind.example,30/09/2026\n", "?locale=en-GB");
        Int(body, "updated").ShouldBe(0);
        Int(body, "unchanged").ShouldBe(1);
        (await world.ItemsAsync())["Cem"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-10-01");
        (_, body) = await ImportAsync(
            world,
            "email\tlast meeting\ncem@northwind.example\t19/11/2026\ncem@northwind.example\t20/11/2026\ncem@northwind.example\t20/11/2027\n",
            "?locale=en-GB"
        );
        body["unknown"]!.AsArray().Single()!["reason"]!.GetValue<string>().ShouldContain("future");
        (await world.ItemsAsync())["Cem"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-11-20");
        (await world.ItemsAsync())["Cem"]["state"]!.GetValue<string>().ShouldBe("active");
    }

    [Theory, DatabaseMatrix]
    public async Task Dates_that_read_differently_are_reported_and_none_is_kept(DatabaseKind database)
    {
        await using var world = await WorldAsync(database);
        // Read by several languages alike: there is nothing to choose.
        var (_, body) = await ImportAsync(
            world,
            "email,last meeting\ncem@northwind.example,2026/10/02\n",
            "?locale=auto"
        );
        body["locale"]!.GetValue<string>().ShouldBe("ja");
        Int(body, "updated").ShouldBe(1);

        (_, body) = await ImportAsync(world, "email,last meeting\ncem@northwind.example,11/10/2026\n", "?locale=auto");
        body["locale"].ShouldBeNull();
        body["ambiguousLocales"]!.ToJsonString().ShouldBe("""["en-GB","en-US"]""");
        Int(body, "updated").ShouldBe(0);
        body["unknown"]!.AsArray().Single()!["reason"]!
            .GetValue<string>()
            .ShouldContain("Choose the report's language");

        (_, body) = await ImportAsync(
            world,
            "email,last meeting\nann@northwind.example,10 nov. 2026 PM\ncem@northwind.example,11 nov. 2026 AM\n",
            "?locale=auto"
        );
        body["locale"].ShouldBeNull();
        body["unknown"]!.AsArray().Single()!["reason"]!.GetValue<string>().ShouldBe(ReportDates.BrazilianReason);
        (_, body) = await ImportAsync(
            world,
            "e-mail,Última reunião\ncem@northwind.example,20 nov PM\n",
            "?locale=pt-BR"
        );
        body["unknown"]!.AsArray().Single()!["reason"]!.GetValue<string>().ShouldBe(ReportDates.BrazilianReason);
        Int(body, "updated").ShouldBe(0);
        (await world.ItemsAsync())["Cem"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-10-02");
    }

    [Theory, DatabaseMatrix]
    public async Task A_locale_of_Brazil_is_heeded_when_the_account_has_it(DatabaseKind database)
    {
        await using var world = await WorldAsync(database);
        var goTo = world.Connections.GoTo;
        goTo.Account = goTo.Account with { Locale = "pt_BR" };
        await world.Connections.ReconnectAsync(world.ConnectionId);
        var (_, body) = await ImportAsync(world, "email,last meeting\ncem@northwind.example,02/10/2026\n");
        body["locale"]!.GetValue<string>().ShouldBe("pt-BR");
        Int(body, "updated").ShouldBe(0);
        (_, body) = await ImportAsync(world, "email,last meeting\ncem@northwind.example,02/10/2026\n", "?locale=en-GB");
        Int(body, "updated").ShouldBe(1);
    }

    [Theory]
    [InlineData("E-mail Address", "Last Meeting Date")]
    [InlineData("E-Mail-Adresse", "Letzte Besprechung")]
    [InlineData("Correo electrónico", "Última reunión")]
    [InlineData("Adresse e-mail", "Date de la dernière réunion")]
    [InlineData("Indirizzo e-mail", "Data dell'ultima riunione")]
    [InlineData("メールアドレス", "最終ミーティング")]
    [InlineData("이메일 주소", "마지막 회의")]
    [InlineData("电子邮件地址", "上次会议")]
    public async Task Columns_are_found_by_their_headings(string email, string last)
    {
        await using var world = await WorldAsync(DatabaseKind.Sqlite);
        var (status, body) = await ImportAsync(
            world,
            $"Name,{last},{email}\nCem,28.09.2026,cem@northwind.example\n",
            "?locale=de"
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        Int(body, "updated").ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task What_cannot_be_read_is_refused_with_what_is_there(DatabaseKind database)
    {
        await using var world = await WorldAsync(database);
        var (status, body) = await ImportAsync(world, "Wer,Wann\ncem@northwind.example,01.10.2026\n", "?locale=de");
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["errors"]!.AsObject().Select(error => error.Key).Order().ShouldBe(["dateColumn", "emailColumn"]);
        body["columns"]!.ToJsonString().ShouldBe("""["Wer","Wann"]""");
        const string twoDates = "E-mail,Last meeting,Last session\ncem@northwind.example,01.09.2026,02.09.2026\n";
        (status, body) = await ImportAsync(world, twoDates, "?locale=de");
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["errors"]!["dateColumn"]![0]!
            .GetValue<string>()
            .ShouldBe("may be \"Last meeting\" or \"Last session\"; choose one");
        (status, body) = await ImportAsync(world, twoDates, "?locale=de&dateColumn=Last%20session");
        body["dateColumn"]!.GetValue<string>().ShouldBe("Last session", body.ToJsonString());
        (status, _) = await ImportAsync(
            world,
            "Wer,Wann\ncem@northwind.example,01.10.2026\n",
            "?locale=de&emailColumn=wer&dateColumn=Wann"
        );
        status.ShouldBe(HttpStatusCode.OK);
        (status, _) = await ImportAsync(world, "", "?locale=de");
        status.ShouldBe(HttpStatusCode.BadRequest);
        (status, body) = await ImportAsync(world, "email,last meeting\n", "?locale=sv");
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["errors"]!["locale"].ShouldNotBeNull();
        (status, _) = await ImportAsync(world, "email,last meeting\n" + new string('x', UsageImport.LargestFile));
        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        var json = await world.Api.PostAsync(
            $"{world.Connector}/import",
            new StringContent("{}", Encoding.UTF8, "application/json")
        );
        json.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);

        await using var fresh = await UsageWorld.StartAsync(database, UsagePagesTests.Account());
        (status, body) = await ImportAsync(
            fresh,
            "email,last meeting\ncem@northwind.example,01.10.2026\n",
            "?locale=de"
        );
        status.ShouldBe(HttpStatusCode.Conflict);
        body["next"]!.GetValue<string>().ShouldContain("run first");
    }

    [Theory, DatabaseMatrix]
    public async Task The_page_takes_a_file_and_asks_for_columns_it_cannot_find(DatabaseKind database)
    {
        await using var world = await WorldAsync(database);
        using var owner = await UsagePagesTests.OwnerAsync(world);
        var reply = await UploadAsync(owner, world, "Wer,Wann\ncem@northwind.example,01.10.2026\n", ("locale", "de"));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("<option value=\"Wer\"");
        reply = await UploadAsync(
            owner,
            world,
            "Wer,Wann\ncem@northwind.example,01.10.2026\n<b>=1+1</b>@x.example,01.10.2026\n",
            ("locale", "de"),
            ("emailColumn", "Wer"),
            ("dateColumn", "Wann")
        );
        var html = await reply.Content.ReadAsStringAsync();
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, html);
        html.ShouldContain("2 rows were read. The last meeting of 1 person is known by it now");
        html.ShouldContain("&lt;b&gt;=1&#x2B;1&lt;/b&gt;@x.example");
        (await UploadAsync(owner, world, "", ("locale", "de"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<HttpResponseMessage> UploadAsync(
        FormBrowser owner,
        UsageWorld world,
        string csv,
        params (string Name, string Value)[] fields
    )
    {
        var path = $"/usage/{world.ConnectionId}/import";
        using var form = new MultipartFormDataContent
        {
            { new StringContent(FormBrowser.TokenOf(await owner.ReadAsync(path))), "_csrf" },
            { new StringContent(csv), "file", "report.csv" },
        };
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        return await owner.Http.PostAsync(path, form);
    }
}
