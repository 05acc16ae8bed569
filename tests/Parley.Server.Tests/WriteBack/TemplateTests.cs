using System.Text.Json.Nodes;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;
using Parley.Server.WriteBack;

namespace Parley.Server.Tests.WriteBack;

/// <summary>What stands in an event is put where a template names it, and stays what it is.</summary>
public sealed class TemplateTests
{
    private static readonly Placeholders Values = Of("He said \"no\" <& \\ 'ü'\n打", "10/42?a=b");

    private static Placeholders Of(string subject, string? recordId) =>
        Placeholders.Of(
            "msg_1",
            new JsonObject
            {
                ["type"] = "meeting.ended",
                ["data"] = new JsonObject
                {
                    ["subject"] = subject,
                    ["joinUrl"] = null,
                    ["reference"] = new JsonObject { ["recordId"] = recordId },
                    ["session"] = new JsonObject { ["durationMinutes"] = 29 },
                    ["noShow"] = false,
                    ["attendance"] = new JsonObject
                    {
                        ["count"] = 2,
                        ["attendees"] = new JsonArray(
                            new JsonObject { ["name"] = "Ada", ["minutes"] = 27 },
                            new JsonObject { ["name"] = null, ["minutes"] = 2 }
                        ),
                    },
                },
            }.ToJsonString()
        );

    [Fact]
    public void In_JSON_a_value_between_quotation_marks_is_text_and_one_without_is_what_it_is()
    {
        const string template = """
            {"note":"About {{meeting.subject}} \"{{event.id}}\"","bare":{{meeting.subject}},"minutes":{{session.durationMinutes}},"text":"{{session.durationMinutes}}",
             "noShow":{{attendance.noShow}},"link":{{meeting.joinUrl}},"linkText":"{{meeting.joinUrl}}","people":"{{ attendance.people }}"}
            """;
        var filled = JsonNode.Parse(Template.Parse(template).Body(WriteBackContent.Json, Values))!;

        filled["note"]!.GetValue<string>().ShouldBe("About He said \"no\" <& \\ 'ü'\n打 \"msg_1\"");
        filled["bare"]!.GetValue<string>().ShouldBe("He said \"no\" <& \\ 'ü'\n打");
        filled["minutes"]!.GetValue<int>().ShouldBe(29);
        filled["text"]!.GetValue<string>().ShouldBe("29");
        filled["noShow"]!.GetValue<bool>().ShouldBeFalse();
        filled["link"].ShouldBeNull();
        filled["linkText"]!.GetValue<string>().ShouldBe("");
        filled["people"]!.GetValue<string>().ShouldBe("Ada (27 min), Guest (2 min)");
    }

    [Theory]
    [InlineData(WriteBackContent.Form, "a={{reference.recordId}}&b=1", "a=10%2F42%3Fa%3Db&b=1")]
    [InlineData(WriteBackContent.Text, "{{reference.recordId}}!", "10/42?a=b!")]
    [InlineData(
        WriteBackContent.Xml,
        "<a>{{meeting.subject}}</a>",
        "<a>He said &quot;no&quot; &lt;&amp; \\ &apos;ü&apos;\n打</a>"
    )]
    public void Other_kinds_of_body_escape_in_their_own_way(string type, string template, string filled) =>
        Template.Parse(template).Body(type, Values).ShouldBe(filled);

    [Fact]
    public void In_an_address_a_value_is_one_piece_of_it_and_never_more()
    {
        var template = Template.Parse(
            "https://crm.example/records/{{reference.recordId}}/notes?about={{meeting.subject}}"
        );
        template
            .Url(Values)
            .Url!.ShouldStartWith("https://crm.example/records/10%2F42%3Fa%3Db/notes?about=He%20said%20%22");
        new Uri(template.Url(Values).Url!).AbsolutePath.ShouldBe("/records/10%2F42%3Fa%3Db/notes");

        template.Url(Of("", "..")).Objection.ShouldBe("a part of the address would lead upwards");
        template.Url(Of("", ".")).Objection.ShouldNotBeNull();
        template.Url(Of("", null)).Objection!.ShouldContain("reference.recordId is empty");
        template.Url(Of("", "7")).Url.ShouldBe("https://crm.example/records/7/notes?about=");
    }

    [Fact]
    public void What_cannot_be_filled_in_is_refused_when_it_is_set_each_by_its_name()
    {
        var right = new WriteBackSettings
        {
            Name = "CRM",
            Url = "https://crm.example/{{reference.recordId}}",
            Body = "{\"a\":\"{{meeting.subject}}\"}",
            Events = ["meeting.ended"],
        };
        Errors(right).ShouldBeEmpty();

        Errors(right with { Body = "{\"a\":\"{{meeting.host}}\"}" })["body"].ShouldContain("{{meeting.host}}");
        Errors(right with { Url = "https://crm.example/{{meeting.hostUrl}}" })["url"]
            .ShouldContain("{{meeting.hostUrl}}");
        Errors(right with { Body = "{\"a\":\"{{meeting.subject\"}" })["body"].ShouldContain("begins no placeholder");
        Errors(right with { Body = "{\"a\":}" })["body"].ShouldContain("is not JSON");
        // A member without a name where the event tells none.
        Errors(right with { Body = "{ {{meeting.subject}}: 1 }" })["body"].ShouldContain("is not JSON");
        Errors(right with { Url = "https://{{reference.system}}.example/" })["url"].ShouldContain("behind the host");
        Errors(right with { Url = "https://crm.example{{reference.recordId}}/" })["url"]
            .ShouldContain("behind the host");
        Errors(right with { Url = "https://169.254.169.254/{{reference.recordId}}" })["url"]
            .ShouldContain("credentials");
        Errors(right with { Url = "https://10.0.0.1/" })["url"].ShouldContain("public internet");
        Errors(right with { Url = "http://crm.example/" })["url"].ShouldContain("https");
        Errors(right with { Events = [] }).ShouldContainKey("events");
        Errors(right with { Events = ["connection.broken"] }).ShouldContainKey("events[0]");
        Errors(right with { Method = "DELETE" }).ShouldContainKey("method");
        Errors(right with { ContentType = "image/png" }).ShouldContainKey("contentType");
        Header("Host", "x").ShouldContainKey("headers[0].name");
        Header("Content-Type", "x").ShouldContainKey("headers[0].name");
        Header("X Bad", "x").ShouldContainKey("headers[0].name");
        Header("X-Fine", "a\r\nb").ShouldContainKey("headers[0].value");
        Header("X-Fine", "").ShouldContainKey("headers[0].value");
        Header("X-Fine", "x").ShouldBeEmpty();

        Dictionary<string, string> Header(string name, string value) =>
            Errors(right with { Headers = [new WriteBackHeader(name, value, Secret: false)] });
    }

    [Fact]
    public void A_secret_that_is_kept_is_not_taken_to_another_host_unseen()
    {
        var settings = new WriteBackSettings
        {
            Name = "CRM",
            Url = "https://crm.example/elsewhere",
            Body = "{}",
            Events = ["meeting.ended"],
            Headers = [new WriteBackHeader("Authorization", null, Secret: true)],
        };
        var known = new HashSet<string>(StringComparer.Ordinal) { "authorization" };
        var target = new WebhookTarget([]);

        settings.Check(target, known, "https://crm.example").ShouldBeNull();
        settings
            .Check(target, known, "https://other.example")!
            .Errors!["headers[0].value"][0]
            .ShouldContain("entered again");
        (settings with { Headers = [new WriteBackHeader("Authorization", "new", Secret: true)] })
            .Check(target, known, "https://other.example")
            .ShouldBeNull();
    }

    private static Dictionary<string, string> Errors(WriteBackSettings settings) =>
        settings
            .Check(new WebhookTarget([]), new HashSet<string>(StringComparer.Ordinal), null)
            ?.Errors!.ToDictionary(error => error.Key, error => string.Join("; ", error.Value), StringComparer.Ordinal)
        ?? new Dictionary<string, string>(StringComparer.Ordinal);
}
