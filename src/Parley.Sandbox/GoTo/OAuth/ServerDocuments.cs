using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>What the authorization server says about itself, and what is left of its predecessor (reference §1.1).</summary>
internal sealed class ServerDocuments(World world, SandboxAddress address)
{
    private const string Retired =
        "This endpoint is no longer valid, see "
        + "https://developer.goto.com/guides/Authentication/New_Token_Retrieval_Migration_Guide/";

    private static readonly string[] AnyMethod = ["GET", "POST"];

    public static void Map(IEndpointRouteBuilder routes, ServerDocuments documents)
    {
        routes.MapGet("/goto/.well-known/oauth-authorization-server", documents.Metadata);
        routes.MapGet("/.well-known/oauth-authorization-server/goto", documents.Metadata);
        routes.MapGet("/goto/oauth/jwks.json", KeySet);
        routes.MapMethods("/goto/oauth/v2/{**path}", AnyMethod, documents.Shut);
    }

    /// <summary>
    /// RFC 8414, in the order and with the values of the real server's document. One differs: this server reads no client metadata
    /// documents and says so. <c>none</c> is served when the client is made public (settings, <c>publicClient</c>).
    /// </summary>
    private IResult Metadata()
    {
        string issuer = $"{address.BaseUrl}/goto";
        return WireJson.Answer(
            StatusCodes.Status200OK,
            new JsonObject
            {
                ["issuer"] = issuer,
                ["authorization_endpoint"] = $"{issuer}/oauth/authorize",
                ["token_endpoint"] = $"{issuer}/oauth/token",
                ["jwks_uri"] = $"{issuer}/oauth/jwks.json",
                ["response_types_supported"] = new JsonArray("code"),
                ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token"),
                ["token_endpoint_auth_methods_supported"] = new JsonArray(
                    "client_secret_basic",
                    "client_secret_post",
                    "none"
                ),
                ["introspection_endpoint"] = $"{issuer}/oauth/introspect",
                ["revocation_endpoint"] = $"{issuer}/oauth/revoke",
                ["code_challenge_methods_supported"] = new JsonArray("S256"),
                ["client_id_metadata_document_supported"] = false,
            }
        );
    }

    /// <summary>Empty, and true: the tokens of this server look like signed ones but are random, so no key verifies them.</summary>
    private static IResult KeySet() =>
        WireJson.Answer(StatusCodes.Status200OK, new JsonObject { ["keys"] = new JsonArray() });

    /// <summary>The old host <c>api.getgo.com/oauth/v2</c>: every path of it points at the migration guide.</summary>
    private IResult Shut() =>
        WireJson.Answer(
            world.Read(state => state.Directory.RetiredHostStatus),
            new JsonObject { ["message"] = Retired }
        );
}
