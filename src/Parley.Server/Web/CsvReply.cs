using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.Web;

/// <summary>
/// A table for spreadsheets (RFC 4180, UTF-8 with the mark that tells them so), written as it is made. Cells come from strangers: those
/// a spreadsheet would run as a formula (first character =, +, -, @, tab, CR or LF) get an apostrophe in front, which makes them text.
/// </summary>
public sealed class CsvReply : IAsyncDisposable
{
    private static readonly CsvConfiguration Configuration = new(CultureInfo.InvariantCulture)
    {
        NewLine = "\r\n",
        InjectionOptions = InjectionOptions.Escape,
        InjectionCharacters = ['=', '+', '-', '@', '\t', '\r', '\n'],
        // A spreadsheet set to semicolons parts at them, and what follows one would run: within quotes it stays one cell.
        ShouldQuote = _ => true,
        InjectionEscapeCharacter = '\'',
    };

    private readonly CsvWriter _csv;

    private CsvReply(CsvWriter csv) => _csv = csv;

    /// <summary>Sends the headers and the first row.</summary>
    /// <param name="fileName">ASCII letters, digits, - and _ only; without extension.</param>
    public static async Task<CsvReply> StartAsync(HttpContext context, string fileName, params string[] columns)
    {
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}.csv\"";
        context.Response.Headers.CacheControl = "no-cache, no-store";
        return await StartAsync(context.Response.Body, columns);
    }

    /// <summary>Writes the first row. The stream stays open.</summary>
    public static async Task<CsvReply> StartAsync(Stream target, params string[] columns)
    {
        var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        var reply = new CsvReply(new CsvWriter(writer, Configuration));
        await reply.AddAsync(columns);
        return reply;
    }

    public async Task AddAsync(params string?[] cells)
    {
        foreach (var cell in cells)
        {
            _csv.WriteField(cell ?? "");
        }

        await _csv.NextRecordAsync();
    }

    public ValueTask DisposeAsync() => _csv.DisposeAsync();
}
