using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.Wire;

/// <summary>Answers of the twins. JSON is written byte by byte as recorded, so <c>+0000</c> stays legible.</summary>
internal static class WireJson
{
    private static readonly JsonSerializerOptions Spelling = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };

    public static IResult Answer(int status, JsonNode body) =>
        Results.Text(body.ToJsonString(Spelling), "application/json", Encoding.UTF8, status);

    /// <summary>An array of rows, written row by row: a long list is never held as a whole.</summary>
    public static IResult Rows<T>(IReadOnlyList<T> rows, Func<T, JsonNode> write) => new JsonRows<T>(rows, write);

    /// <summary>The error family of the meeting API: <c>{"int_err_code","msg"}</c>.</summary>
    public static IResult MeetingError(int status, string code, string message) =>
        Answer(status, new JsonObject { ["int_err_code"] = code, ["msg"] = message });

    /// <summary>The error family of the edge and of the admin API: <c>{"errorCode","message"}</c>.</summary>
    public static IResult EdgeError(int status, string code, string message) =>
        Answer(status, new JsonObject { ["errorCode"] = code, ["message"] = message });
}
