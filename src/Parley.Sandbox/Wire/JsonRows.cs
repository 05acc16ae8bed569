using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.Wire;

/// <summary>200 with a JSON array. Runs after the world's lock is gone: <c>write</c> may use nothing but the row and settings.</summary>
internal sealed class JsonRows<T>(IReadOnlyList<T> rows, Func<T, JsonNode> write) : IResult
{
    private const int Piece = 32 * 1024;

    private static readonly JsonWriterOptions Spelling = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        ArrayBufferWriter<byte> piece = new(Piece * 2);
        await using Utf8JsonWriter json = new(piece, Spelling);
        json.WriteStartArray();
        foreach (T row in rows)
        {
            write(row).WriteTo(json);
            if (json.BytesPending + piece.WrittenCount >= Piece)
            {
                await json.FlushAsync(httpContext.RequestAborted);
                await SendAsync();
            }
        }

        json.WriteEndArray();
        await json.FlushAsync(httpContext.RequestAborted);
        await SendAsync();

        async Task SendAsync()
        {
            await httpContext.Response.Body.WriteAsync(piece.WrittenMemory, httpContext.RequestAborted);
            piece.ResetWrittenCount();
        }
    }
}
