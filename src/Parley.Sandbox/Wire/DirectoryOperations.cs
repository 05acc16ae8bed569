namespace Parley.Sandbox.Wire;

/// <summary>Names of the calls of the admin API, of SCIM and of the authorization server.</summary>
internal static class DirectoryOperations
{
    public static readonly IReadOnlyList<string> All =
    [
        Operations.Page,
        "oauth.token",
        "oauth.refresh",
        "oauth.revoke",
        "oauth.introspect",
        "oauth.metadata",
        "oauth.retired",
        "admin.me",
        "admin.users.list",
        "admin.users.get",
        "admin.users.create",
        "admin.users.update",
        "admin.users.delete",
        "admin.licenses.list",
        "admin.licenses.get",
        "admin.licenses.unassign",
        "admin.groups.list",
        "admin.attributes.list",
        "admin.rolesets.list",
        "admin.templates.list",
        "scim.me",
        "scim.users.list",
        "scim.users.get",
        "scim.users.create",
        "scim.users.update",
        "scim.users.delete",
        "scim.groups.list",
        "scim.groups.get",
        "scim.groups.create",
        "scim.groups.update",
        "scim.groups.delete",
        "scim.schema",
        "scim.configuration",
    ];

    /// <summary>Lists that can lag behind.</summary>
    public static readonly IReadOnlyList<string> Lists = ["admin.users.list", "scim.users.list"];

    /// <summary>The name of a call, by the parts of its path; null when it is none of these.</summary>
    public static string? Name(string method, string[] parts, string body) =>
        parts switch
        {
            ["goto", "oauth", "v2", ..] => "oauth.retired",
            ["goto", "oauth", "token"] => body.Contains("grant_type=refresh_token", StringComparison.Ordinal)
                ? "oauth.refresh"
                : "oauth.token",
            ["goto", "oauth", "revoke"] => "oauth.revoke",
            ["goto", "oauth", "introspect"] => "oauth.introspect",
            ["goto", "oauth", "jwks.json"] or ["goto", ".well-known", _] => "oauth.metadata",
            ["goto", "oauth", ..] => Operations.Page,
            ["goto", "admin", "rest", "v1", "me"] => "admin.me",
            ["goto", "admin", "rest", "v1", "accounts", _, .. var rest] => Admin(method, rest),
            ["goto", "identity", "v1", .. var rest] => Scim(method, rest),
            _ => null,
        };

    private static string? Admin(string method, string[] rest) =>
        rest switch
        {
            ["users"] when method == "GET" => "admin.users.list",
            ["users", _] when method == "GET" => "admin.users.get",
            ["users", ..] => Write("admin.users", method),
            ["licenses"] => "admin.licenses.list",
            ["licenses", _] => "admin.licenses.get",
            ["licenses", _, "users", _] => "admin.licenses.unassign",
            ["groups"] => "admin.groups.list",
            ["attributes"] => "admin.attributes.list",
            ["rolesets"] => "admin.rolesets.list",
            ["templates"] => "admin.templates.list",
            _ => null,
        };

    private static string? Scim(string method, string[] rest) =>
        rest switch
        {
            ["Users", "me"] => "scim.me",
            ["Users"] when method == "GET" => "scim.users.list",
            ["Users", _] when method == "GET" => "scim.users.get",
            ["Users", ..] => Write("scim.users", method),
            ["Groups"] when method == "GET" => "scim.groups.list",
            ["Groups", _] when method == "GET" => "scim.groups.get",
            ["Groups", ..] => Write("scim.groups", method),
            ["Schemas", "Users"] => "scim.schema",
            ["ServiceProviderConfigs"] => "scim.configuration",
            _ => null,
        };

    private static string Write(string what, string method) =>
        method switch
        {
            "POST" => $"{what}.create",
            "DELETE" => $"{what}.delete",
            _ => $"{what}.update",
        };
}
