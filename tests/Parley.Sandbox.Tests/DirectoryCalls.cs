using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Calls at the twin's directory, with the keys of its personas.</summary>
internal static class DirectoryCalls
{
    public const string Northwind = "6514392870011230017";
    public const string Fabrikam = "6514392870011230029";
    public const string Business = "8200417735012340011";
    public const string Webinar = "8200417735012340023";
    public const string Sales = "614392870011230051";
    public const string OliviaKey = "7300195775692112801";
    public const string OscarKey = "7300195775692112813";
    public const string UnaKey = "7300195775692112827";
    public const string FionaKey = "7300195775692112839";
    public const string SvenKey = "7300195775692112861";
    public const string InesKey = "7300195775692112879";
    public const string Rita = "rita@northwind.example";
    public const string Users = $"accounts/{Northwind}/users";

    public static Task<(HttpStatusCode Status, JsonNode? Body)> AdminAsync(
        this Twin twin,
        string path,
        string? token,
        HttpMethod? method = null,
        string? body = null
    ) => CallAsync(twin, $"admin/rest/v1/{path}", token, method, body);

    public static Task<(HttpStatusCode Status, JsonNode? Body)> ScimAsync(
        this Twin twin,
        string path,
        string? token,
        HttpMethod? method = null,
        string? body = null
    ) => CallAsync(twin, $"identity/v1/{path}", token, method, body);

    public static Task<string> OrgTokenAsync(this Twin twin, string account = Twin.Olivia) =>
        twin.TokenAsync(account, ",\"scopes\":[\"identity:scim.org\"]");

    public static IEnumerable<string> Texts(this JsonNode? list, string field) =>
        list!.AsArray().Select(item => item![field]!.ToString());

    private static async Task<(HttpStatusCode Status, JsonNode? Body)> CallAsync(
        Twin twin,
        string path,
        string? token,
        HttpMethod? method,
        string? body
    )
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, $"/goto/{path}");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : Twin.Json(body);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        string text = await reply.Content.ReadAsStringAsync();
        return (reply.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
