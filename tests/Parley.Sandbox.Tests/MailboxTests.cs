using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

public sealed class MailboxTests
{
    private const string Nested = """
        From: =?UTF-8?Q?Olivia_=C3=96?= <olivia@northwind.example>
        To: Bob <bob@customer.example>
        Subject: =?utf-8?B?R3LDvMOfZQ==?=
         =?utf-8?Q?_und_mehr?=
        Message-ID: <1@tests>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="outer"

        --outer
        Content-Type: multipart/alternative; boundary=inner

        --inner
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=BC=C3=9Fe, a soft=
         break and 1=3D1
        --inner
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PGI+aGFsbG88L2I+
        --inner
        Content-Type: text/calendar; method=REQUEST; charset=utf-8

        BEGIN:VCALENDAR
        END:VCALENDAR
        --inner--
        --outer
        Content-Type: application/octet-stream
        Content-Disposition: attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt
        Content-Transfer-Encoding: base64

        aGk=
        --outer--
        """;

    [Fact]
    public async Task A_nested_mail_is_taken_apart_and_read()
    {
        await using Twin twin = await Twin.StartAsync();
        (await MailSession.DeliverAsync(twin, Crlf(Nested))).ShouldStartWith("250 ");
        JsonNode mail = await OnlyAsync(twin);
        mail["from"]!.GetValue<string>().ShouldBe("olivia@northwind.example");
        mail["envelopeFrom"]!.GetValue<string>().ShouldBe("parley@northwind.example");
        mail["to"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("bob@customer.example");
        mail["subject"]!.GetValue<string>().ShouldBe("Grüße und mehr");
        mail["text"]!.GetValue<string>().ShouldBe("Grüße, a soft break and 1=1");
        mail["html"]!.GetValue<string>().ShouldBe("<b>hallo</b>");
        mail["ics"]!.GetValue<string>().ShouldStartWith("BEGIN:VCALENDAR");
        JsonArray parts = mail["parts"]!.AsArray();
        parts
            .Select(part => part!["contentType"]!.GetValue<string>())
            .ShouldBe(["text/plain", "text/html", "text/calendar", "application/octet-stream"]);
        parts[2]!["parameters"]!["method"]!.GetValue<string>().ShouldBe("REQUEST");
        parts[3]!["fileName"]!.GetValue<string>().ShouldBe("Grüße.txt");
        parts[3]!["size"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_dot_put_before_a_dot_is_taken_off_again()
    {
        await using Twin twin = await Twin.StartAsync();
        (await MailSession.DeliverAsync(twin, "Subject: dots\r\n\r\n..\r\n..two\r\nx..y")).ShouldStartWith("250 ");
        (await OnlyAsync(twin))["text"]!.GetValue<string>().ShouldBe(".\r\n.two\r\nx..y\r\n");
    }

    [Theory]
    [InlineData("Subject: bare\r\n\r\none\ntwo")]
    [InlineData("Subject: bare\r\n\r\none\rtwo")]
    [InlineData("Subject: smuggled\r\n\r\nhi\n.\nMAIL FROM:<evil@evil.example>")]
    [InlineData("Subject: smuggled\r\n\r\nhi\n.\r\nMAIL FROM:<evil@evil.example>")]
    public async Task A_line_break_that_is_not_CR_LF_is_refused_and_ends_no_mail(string data)
    {
        await using Twin twin = await Twin.StartAsync();
        (await MailSession.DeliverAsync(twin, "Subject: whole\r\n\r\none\r\ntwo")).ShouldStartWith("250 ");
        await twin.Http.DeleteAsync("/control/mail");
        (await MailSession.DeliverAsync(twin, data)).ShouldStartWith("550 ");
        (await twin.ControlAsync("mail"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Commands_out_of_order_or_unknown_are_refused_and_the_conversation_goes_on()
    {
        await using Twin twin = await Twin.StartAsync();
        await using MailSession session = await MailSession.OpenAsync(twin);
        (await session.SayAsync("MAIL FROM:<a@b.example>")).ShouldStartWith("503 ");
        string hello = await session.SayAsync("EHLO tests.example");
        hello.ShouldContain("250-SIZE 10485760");
        hello.ShouldContain("SMTPUTF8");
        (await session.SayAsync("DATA")).ShouldStartWith("503 ");
        (await session.SayAsync("RCPT TO:<b@c.example>")).ShouldStartWith("503 ");
        (await session.SayAsync("MAIL FROM:a@b.example")).ShouldStartWith("501 ");
        (await session.SayAsync("MAIL FROM:<a@b.example> SIZE=10485761")).ShouldStartWith("552 ");
        (await session.SayAsync("MAIL FROM:<a@b.example> COLOUR=red")).ShouldStartWith("555 ");
        (await session.SayAsync("MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME SMTPUTF8")).ShouldStartWith("250 ");
        (await session.SayAsync("MAIL FROM:<a@b.example>")).ShouldStartWith("503 ");
        (await session.SayAsync("RCPT TO:<nobody>")).ShouldStartWith("501 ");
        (await session.SayAsync("RSET")).ShouldStartWith("250 ");
        (await session.SayAsync("RCPT TO:<b@c.example>")).ShouldStartWith("503 ");
        (await session.SayAsync("XYZZY")).ShouldStartWith("502 ");
        (await session.SayAsync(new string('x', 3000))).ShouldStartWith("500 ");
        (await session.SayAsync("NOOP")).ShouldStartWith("250 ");
        (await session.SayAsync("quit")).ShouldStartWith("221 ");
        (await session.EndedAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_mail_above_the_limit_is_refused_and_the_next_one_on_the_line_is_kept()
    {
        await using Twin twin = await Twin.StartAsync();
        await using MailSession session = await MailSession.OpenAsync(twin);
        await session.SayAsync("EHLO tests.example");
        string line = new string('x', 998) + "\r\n";
        string large = string.Concat(Enumerable.Repeat(line, (10 * 1024 * 1024 / 1000) + 2));
        foreach ((string body, string expected) in new[] { (large, "552 "), ("Subject: small\r\n\r\n", "250 ") })
        {
            (await session.SayAsync("MAIL FROM:<a@b.example>")).ShouldStartWith("250 ");
            (await session.SayAsync("RCPT TO:<b@c.example>")).ShouldStartWith("250 ");
            (await session.SayAsync("DATA")).ShouldStartWith("354 ");
            await session.SendAsync(body + ".\r\n");
            (await session.ReplyAsync()).ShouldStartWith(expected);
        }

        (await OnlyAsync(twin))["subject"]!.GetValue<string>().ShouldBe("small");
    }

    [Fact]
    public async Task Pipelined_commands_and_mails_by_recipient_work()
    {
        await using Twin twin = await Twin.StartAsync();
        await using MailSession session = await MailSession.OpenAsync(twin);
        await session.SendAsync(
            "EHLO t\r\nMAIL FROM:<>\r\nRCPT TO:<one@c.example>\r\nRCPT TO:<two@c.example>\r\nDATA\r\nSubject: p\r\n\r\n.\r\nQUIT\r\n"
        );
        foreach (string expected in new[] { "250-", "250 ", "250 ", "250 ", "354 ", "250 ", "221 " })
        {
            (await session.ReplyAsync()).ShouldStartWith(expected);
        }

        (await twin.ControlAsync("mail?to=TWO@c.example"))["items"]!.AsArray().Count.ShouldBe(1);
        (await twin.ControlAsync("mail?to=three@c.example"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Content-Type: text/plain; charset=utf-7\r\n\r\nhello")]
    [InlineData("Content-Type: text/plain; charset=no-such\r\n\r\nhello")]
    [InlineData("Subject: =?utf-7?Q?x?=\r\n\r\nhello")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nhello")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\nno section")]
    [InlineData("Content-Transfer-Encoding: base64\r\n\r\n====a")]
    [InlineData("Content-Transfer-Encoding: quoted-printable\r\n\r\n=Z= =")]
    [InlineData("no header at all")]
    [InlineData("")]
    public async Task A_mail_that_cannot_be_read_well_still_has_a_page(string data)
    {
        await using Twin twin = await Twin.StartAsync();
        (await MailSession.DeliverAsync(twin, data)).ShouldStartWith("250 ");
        JsonNode mail = await OnlyAsync(twin);
        foreach (string path in new[] { "/mailbox", $"/mailbox/{mail["id"]!.GetValue<string>()}" })
        {
            using HttpResponseMessage page = await twin.Http.GetAsync(path);
            page.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Hostile_html_appears_only_inside_the_sandboxed_frame()
    {
        await using Twin twin = await Twin.StartAsync();
        await MailSession.DeliverAsync(
            twin,
            "Subject: <img src=x onerror=alert(1)>\r\nFrom: \"<script>f</script>\" <x@y.example>\r\n"
                + "Content-Type: text/html\r\n\r\n<script>alert('html')</script><form action=/control/reset>"
        );
        string list = await PageAsync(twin, "/mailbox");
        list.ShouldContain("&lt;img src=x onerror=alert(1)&gt;");
        using HttpResponseMessage page = await twin.Http.GetAsync("/mailbox/1");
        string html = await page.Content.ReadAsStringAsync();
        foreach (string shown in new[] { list, html })
        {
            shown.ShouldNotContain("<img");
            shown.ShouldNotContain("<script");
        }

        html.ShouldContain(
            "<iframe title=\"HTML of the mail\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\""
        );
        page.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("default-src 'none'");

        using HttpResponseMessage frame = await twin.Http.GetAsync("/mailbox/1/html");
        (await frame.Content.ReadAsStringAsync()).ShouldContain("<script>alert('html')</script>");
        string policy = frame.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldStartWith("sandbox ");
        policy.ShouldContain("default-src 'none'");
        policy.ShouldNotContain("allow-scripts");
        policy.ShouldNotContain("allow-forms");
        policy.ShouldNotContain("allow-same-origin");
        frame.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task Addresses_in_a_text_become_links_and_nothing_else_does()
    {
        await using Twin twin = await Twin.StartAsync();
        await MailSession.DeliverAsync(
            twin,
            "Subject: links\r\n\r\nSee http://127.0.0.1:5080/d/abc?x=1&y=2. Not javascript:alert(1) <b>"
        );
        string html = await PageAsync(twin, "/mailbox/1");
        html.ShouldContain("<a href=\"http://127.0.0.1:5080/d/abc?x=1&amp;y=2\" rel=\"noreferrer\">");
        html.ShouldNotContain("href=\"javascript");
        html.ShouldContain("&lt;b&gt;");
        (await twin.Http.GetAsync("/mailbox/1/html")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await twin.Http.GetAsync("/mailbox/2")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static string Crlf(string text) =>
        new StringBuilder(text).Replace("\r", "").Replace("\n", "\r\n").ToString();

    private static async Task<JsonNode> OnlyAsync(Twin twin) =>
        (await twin.ControlAsync("mail"))["items"]!.AsArray().ShouldHaveSingleItem()!;

    private static async Task<string> PageAsync(Twin twin, string path)
    {
        using HttpResponseMessage reply = await twin.Http.GetAsync(path);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await reply.Content.ReadAsStringAsync();
    }
}
