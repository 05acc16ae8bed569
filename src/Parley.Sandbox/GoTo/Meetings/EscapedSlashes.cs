using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Spells <c>/</c> as <c>\/</c>. In JSON a slash stands nowhere but in text, so the bytes can be replaced.</summary>
internal sealed class EscapedSlashes(IResult inner) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        Stream wire = httpContext.Response.Body;
        using MemoryStream reply = new();
        httpContext.Response.Body = reply;
        try
        {
            await inner.ExecuteAsync(httpContext);
        }
        finally
        {
            httpContext.Response.Body = wire;
        }

        byte[] spelled = reply.ToArray();
        if (httpContext.Response.ContentType?.Contains("json", StringComparison.Ordinal) == true)
        {
            spelled = [.. spelled.SelectMany(letter => letter == (byte)'/' ? (byte[])[(byte)'\\', letter] : [letter])];
            httpContext.Response.ContentLength = spelled.Length;
        }

        await wire.WriteAsync(spelled, httpContext.RequestAborted);
    }
}
