using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Parley.Server.Mail;

/// <summary>
/// What a mail says, once: written out as text and as HTML from the same blocks, so that the two never disagree. Everything is
/// encoded here and nowhere else; only addresses given to <see cref="Link"/> become links.
/// </summary>
internal sealed class MailDocument
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly List<Block> _blocks = [];

    /// <summary>BCP 47 tag of the words.</summary>
    public required string Language { get; init; }

    public MailDocument Heading(string text) => Add(new HeadingBlock(text));

    public MailDocument Paragraph(string text) => Add(new ParagraphBlock(text, Quiet: false));

    /// <summary>Small print.</summary>
    public MailDocument Note(string text) => Add(new ParagraphBlock(text, Quiet: true));

    /// <summary>A label and what belongs to it.</summary>
    public MailDocument Fact(string label, string value) => Add(new FactBlock(label, value, Url: null));

    /// <param name="url">Ours or an allowed provider's; never anything a stranger typed.</param>
    public MailDocument Link(string label, string url) => Add(new FactBlock(label, url, url));

    /// <summary>The one thing to press.</summary>
    public MailDocument Button(string label, string url) => Add(new ButtonBlock(label, url));

    /// <summary>Lines of at most any length, CRLF, as RFC 2046 §4.1.1 asks of text in its canonical form.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Block? before = null;
        foreach (var block in _blocks)
        {
            if (before is not null && !(before is FactBlock && block is FactBlock))
            {
                text.Append("\r\n");
            }

            text.Append(
                block switch
                {
                    HeadingBlock heading => $"{heading.Text}\r\n",
                    ParagraphBlock paragraph => $"{paragraph.Text}\r\n",
                    FactBlock fact => $"{fact.Label}: {fact.Value}\r\n",
                    ButtonBlock button => $"{button.Label}:\r\n{button.Url}\r\n",
                    _ => "",
                }
            );
            before = block;
        }

        return text.ToString();
    }

    /// <summary>One column, inline styles, colours that hold in dark mode, no image, no script, nothing loaded.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        html.Append($"<!DOCTYPE html>\r\n<html lang=\"{Text(Language)}\"><head><meta charset=\"utf-8\">");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        // Stops phones from making links of numbers and dates they find in other people's words.
        html.Append("<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">");
        html.Append("<meta name=\"color-scheme\" content=\"light dark\">");
        html.Append("<meta name=\"supported-color-schemes\" content=\"light dark\">");
        html.Append(
            "<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){body,.page{background:#16181d!important;color:#e8eaed!important}.quiet{color:#a9afb8!important}a{color:#6fcbd6!important}a.button{background:#6fcbd6!important;color:#06282d!important}}</style>"
        );
        html.Append("</head>\r\n<body style=\"margin:0;background:#ffffff;color:#1b1e24\">");
        html.Append(
            "<div class=\"page\" style=\"max-width:560px;margin:0 auto;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;background:#ffffff;color:#1b1e24\">\r\n"
        );
        foreach (var block in _blocks)
        {
            html.Append(Html(block)).Append("\r\n");
        }

        return html.Append("</div></body></html>\r\n").ToString();
    }

    private static string Html(Block block) =>
        block switch
        {
            HeadingBlock heading =>
                $"<h1 style=\"margin:0 0 16px;font-size:20px;line-height:1.3\">{Text(heading.Text)}</h1>",
            ParagraphBlock { Quiet: true } note =>
                $"<p class=\"quiet\" style=\"margin:16px 0 0;font-size:14px;color:#5b626d\">{Text(note.Text)}</p>",
            ParagraphBlock paragraph => $"<p style=\"margin:0 0 16px\">{Text(paragraph.Text)}</p>",
            FactBlock fact =>
                $"<p style=\"margin:0 0 8px;overflow-wrap:anywhere\"><span class=\"quiet\" style=\"color:#5b626d\">{Text(fact.Label)}</span><br>{Value(fact)}</p>",
            ButtonBlock button =>
                $"<p style=\"margin:16px 0;overflow-wrap:anywhere\"><a class=\"button\" href=\"{Text(button.Url)}\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:#0f5c66;color:#ffffff;text-decoration:none;font-weight:600\">{Text(button.Label)}</a><br><a href=\"{Text(button.Url)}\" style=\"font-size:14px;color:#0f5c66\">{Text(button.Url)}</a></p>",
            _ => "",
        };

    private static string Value(FactBlock fact) =>
        fact.Url is null
            ? Text(fact.Value)
            : $"<a href=\"{Text(fact.Url)}\" style=\"color:#0f5c66\">{Text(fact.Value)}</a>";

    private static string Text(string text) => Encoder.Encode(text);

    private MailDocument Add(Block block)
    {
        _blocks.Add(block);
        return this;
    }

    private abstract record Block;

    private sealed record HeadingBlock(string Text) : Block;

    private sealed record ParagraphBlock(string Text, bool Quiet) : Block;

    private sealed record FactBlock(string Label, string Value, string? Url) : Block;

    private sealed record ButtonBlock(string Label, string Url) : Block;
}
