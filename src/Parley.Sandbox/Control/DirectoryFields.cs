using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary>The part of <c>/control/settings</c> about the directory and the authorization server.</summary>
internal sealed record DirectoryFields
{
    private string? AdminKeys { get; init; }
    private string? EmptyResults { get; init; }
    private string? StatusWords { get; init; }
    private int? AdminPutStatus { get; init; }
    private bool? CountInvited { get; init; }
    private int? CodeSeconds { get; init; }
    private bool? OldTokenReply { get; init; }
    private bool? PatGrant { get; init; }
    private bool? PublicClient { get; init; }
    private bool? PkceRequired { get; init; }
    private int? RetiredHostStatus { get; init; }

    public static DirectoryFields Read(ControlBody body)
    {
        DirectoryFields fields = new()
        {
            AdminKeys = body.Text("adminKeys", oneOf: ["mixed", "strings", "numbers"]),
            EmptyResults = body.Text("emptyResults", oneOf: ["absent", "array"]),
            StatusWords = body.Text("statusWords", oneOf: ["lower", "upper", "interface"]),
            AdminPutStatus = body.Whole("adminPutStatus", 200, 204),
            CountInvited = body.Flag("countInvited"),
            CodeSeconds = body.Whole("codeSeconds", 1, 24 * 3600),
            OldTokenReply = body.Flag("oldTokenReply"),
            PatGrant = body.Flag("patGrant"),
            PublicClient = body.Flag("publicClient"),
            PkceRequired = body.Flag("pkceRequired"),
            RetiredHostStatus = body.Whole("retiredHostStatus", 200, 599),
        };
        if (fields.AdminPutStatus is not (null or 200 or 204))
        {
            body.Refuse("adminPutStatus", "must be 200 or 204");
        }

        return fields;
    }

    public DirectorySettings Over(DirectorySettings before) =>
        before with
        {
            AdminKeys = AdminKeys ?? before.AdminKeys,
            EmptyResults = EmptyResults ?? before.EmptyResults,
            StatusWords = StatusWords ?? before.StatusWords,
            AdminPutStatus = AdminPutStatus ?? before.AdminPutStatus,
            CountInvited = CountInvited ?? before.CountInvited,
            CodeSeconds = CodeSeconds ?? before.CodeSeconds,
            OldTokenReply = OldTokenReply ?? before.OldTokenReply,
            PatGrant = PatGrant ?? before.PatGrant,
            PublicClient = PublicClient ?? before.PublicClient,
            PkceRequired = PkceRequired ?? before.PkceRequired,
            RetiredHostStatus = RetiredHostStatus ?? before.RetiredHostStatus,
        };

    public static JsonNode With(JsonNode settings, DirectorySettings directory)
    {
        settings["adminKeys"] = directory.AdminKeys;
        settings["emptyResults"] = directory.EmptyResults;
        settings["statusWords"] = directory.StatusWords;
        settings["adminPutStatus"] = directory.AdminPutStatus;
        settings["countInvited"] = directory.CountInvited;
        settings["codeSeconds"] = directory.CodeSeconds;
        settings["oldTokenReply"] = directory.OldTokenReply;
        settings["patGrant"] = directory.PatGrant;
        settings["publicClient"] = directory.PublicClient;
        settings["pkceRequired"] = directory.PkceRequired;
        settings["retiredHostStatus"] = directory.RetiredHostStatus;
        return settings;
    }
}
